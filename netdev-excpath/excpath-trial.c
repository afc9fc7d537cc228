/*
 * Copyright (c) 2026 ovs-excpath authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

#include <config.h>

#include "excpath-trial.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_mbuf.h>

#include "excpath-backend.h"
#include "excpath-glue.h"
#include "excpath-kernel.h"
#include "netdev-excpath-private.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* How long to wait for the kernel to take the trial frames. */
#define TRIAL_WAIT_MS 5000

/* IEEE 802 local experimental ethertype 1: no protocol receives it. */
#define TRIAL_ETHERTYPE 0x88b5

/* How many trial frames the tap took between 'before' and 'now'.  A frame is
 * counted as received, as dropped, or as both, depending on the tap's state
 * and on the way through the kernel's tun driver; nothing else is sent
 * meanwhile. */
static uint64_t
taken_frames(const struct excpath_tap_info *before,
             const struct excpath_tap_info *now)
{
    return MAX(now->rx_packets - before->rx_packets,
               now->rx_dropped - before->rx_dropped);
}

int
excpath_trial(struct netdev_excpath *x, const struct excpath_backend_ops *ops,
              const struct excpath_options *opts, const struct eth_addr mac,
              char **errp)
{
    long long int deadline = time_msec() + TRIAL_WAIT_MS;
    struct excpath_tap_info before, now;
    uint16_t frame[(ETH_HEADER_LEN + ETH_PAYLOAD_MIN) / 2];
    struct eth_header *eth = ALIGNED_CAST(struct eth_header *, frame);
    int error;

    error = excpath_tap_query(&x->tap.dev, &before);
    if (error) {
        *errp = xasprintf("tap \"%s\" disappeared while the port was started",
                          x->tap.dev.name);
        return error;
    }
    if (before.n_queues != opts->n_queues) {
        *errp = xasprintf("tap \"%s\" has %u queues where %d were expected: "
                          "another process uses it", x->tap.dev.name,
                          before.n_queues, opts->n_queues);
        return EBUSY;
    }

    memset(frame, 0, sizeof frame);
    eth->eth_dst = mac;
    eth->eth_src = mac;
    eth->eth_type = htons(TRIAL_ETHERTYPE);
    for (int i = 0; i < opts->n_queues; i++) {
        struct rte_mbuf *mbuf = excpath_glue_make_frame(x->netdev, frame,
                                                        sizeof frame);

        if (!mbuf) {
            *errp = xstrdup("no packet buffer is free: give DPDK more "
                            "hugepages, or ask for fewer queues or "
                            "descriptors, or a smaller MTU");
            return ENOBUFS;
        }
        if (!ops->send(x, i, mbuf)) {
            rte_pktmbuf_free(mbuf);
            *errp = xasprintf("queue pair %d of tap \"%s\" takes no packets",
                              i, x->tap.dev.name);
            return EIO;
        }
        /* No protocol wants it: in the end the kernel drops it. */
        x->tap.trial_frames++;
    }

    now = before;
    do {
        error = excpath_tap_query(&x->tap.dev, &now);
        if (!error && taken_frames(&before, &now) >= opts->n_queues) {
            return 0;
        }
        xnanosleep(1000 * 1000);
    } while (error != ENODEV && time_msec() < deadline);

    *errp = xasprintf("%s did not start: %"PRIu64" of %d trial frames "
                      "arrived at tap \"%s\"; see the kernel's and DPDK's "
                      "messages in the logs",
                      excpath_backend_to_string(ops->id),
                      taken_frames(&before, &now),
                      opts->n_queues, x->tap.dev.name);
    return EIO;
}
