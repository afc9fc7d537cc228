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

/* The vhost-net backend: DPDK's virtio_user on /dev/vhost-net. */

#include <errno.h>

#include <rte_ethdev.h>

#include "dp-packet.h"
#include "excpath-backend.h"
#include "excpath-drain.h"
#include "excpath-fds.h"
#include "excpath-glue.h"
#include "excpath-keeper.h"
#include "excpath-large.h"
#include "excpath-netns.h"
#include "excpath-stats.h"
#include "excpath-vhost.h"
#include "excpath-vring.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_backend_vhost);

/* How many more buffers of 64 KiB than those in receive rings there are for
 * 'N' queue pairs, for frames on their way through OVS. */
#define N_PASSED(N) (256 + 128 * (N))

static char *
vhost_check(const struct excpath_options *opts)
{
    if (opts->n_queues > EXCPATH_VHOST_MAX_QUEUES) {
        return xasprintf("n_rxq=%d is too much for this version of DPDK: use "
                         "1 to %d", opts->n_queues, EXCPATH_VHOST_MAX_QUEUES);
    }
    return excpath_vhost_check();
}

/* The offloads that go into the DPDK port and into OVS's flags. */
static void
choose_offloads(const struct netdev_excpath *x,
                struct excpath_glue_config *config)
{
    config->rx_offloads = 0;
    config->tx_offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
    if (x->offloads.csum) {
        config->rx_offloads |= (RTE_ETH_RX_OFFLOAD_TCP_CKSUM
                                | RTE_ETH_RX_OFFLOAD_UDP_CKSUM);
        config->tx_offloads |= (RTE_ETH_TX_OFFLOAD_TCP_CKSUM
                                | RTE_ETH_TX_OFFLOAD_UDP_CKSUM);
        config->ol_flags = EXCPATH_CSUM_OL_FLAGS;
    }
    if (x->offloads.tso) {
        config->rx_offloads |= RTE_ETH_RX_OFFLOAD_TCP_LRO;
        config->tx_offloads |= RTE_ETH_TX_OFFLOAD_TCP_TSO;
        config->ol_flags = EXCPATH_TSO_OL_FLAGS;
    }
}

/* If the kernel is to send large frames, has the driver receive everything
 * into buffers that these fit: netdev_excpath_rxq_recv() unpacks the
 * others. */
static int
expect_large(struct netdev_excpath *x, const struct excpath_options *opts,
             struct excpath_glue_config *config, char **errp)
{
    int error;

    if (!x->offloads.tso) {
        return 0;
    }
    config->n_rxq_desc = excpath_options_n_rxq_desc(opts, true);
    error = excpath_large_start(x, opts->n_queues * config->n_rxq_desc
                                   + N_PASSED(opts->n_queues), errp);
    config->rx_mp = x->large_mp;
    x->unpacks = !error;
    return error;
}

/* Stores in 'added' those of the 'n' numbers in 'now' that are not among the
 * 'n_before' in 'before', one for each queue pair at most.  Returns how
 * many. */
static int
find_added(const int before[], int n_before, const int now[], int n,
           int added[EXCPATH_MAX_QUEUES])
{
    int n_added = 0;

    for (int i = 0; i < n && n_added < EXCPATH_MAX_QUEUES; i++) {
        bool old = false;

        for (int j = 0; j < n_before; j++) {
            old |= before[j] == now[i];
        }
        if (!old) {
            added[n_added++] = now[i];
        }
    }
    return n_added;
}

/* Notes which vhost workers serve 'x': those that are there now and are not
 * among the 'n_before' in 'before'. */
static void
note_workers(struct netdev_excpath *x, const pid_t before[], int n_before)
{
    pid_t now[256];
    int n = excpath_vhost_get_workers(now, ARRAY_SIZE(now));

    ovs_mutex_lock(&x->mutex);
    x->n_workers = find_added(before, n_before, now, n, x->workers);
    ovs_mutex_unlock(&x->mutex);
}

static int
start_inside(struct netdev_excpath *x, const struct excpath_options *opts,
             const struct eth_addr mac, char **errp)
{
    struct excpath_glue_config config = {
        .n_queues = opts->n_queues,
        .n_rxq_desc = opts->n_rxq_desc,
        .n_txq_desc = opts->n_txq_desc,
        .mac = mac,
    };
    char *devargs = excpath_vhost_devargs(&x->tap.dev, opts, mac);
    pid_t workers[256];
    int n_workers = excpath_vhost_get_workers(workers, ARRAY_SIZE(workers));
    struct excpath_fds open_fds;
    int n_vhost, n_tap;
    int error;

    excpath_fds_note(&open_fds);
    error = excpath_glue_attach(x->netdev, devargs, errp);
    free(devargs);
    if (error) {
        int n = excpath_fds_close_others(&open_fds);

        if (n) {
            VLOG_DBG("%s: closed %d descriptors that DPDK had left open",
                     netdev_get_name(x->netdev), n);
        }
        return error;
    }
    n_vhost = excpath_fds_find_others(&open_fds, VHOST_NET_PATH,
                                      x->vhost_fds, EXCPATH_MAX_QUEUES);
    n_tap = excpath_fds_find_others(&open_fds, TUN_PATH, x->tap_fds,
                                    EXCPATH_MAX_QUEUES);
    excpath_fds_forget(&open_fds);
    if (n_vhost < 0 || n_tap < 0) {
        *errp = xstrdup("descriptors cannot be found: mount /proc, and have "
                        "/dev/vhost-net and /dev/net/tun in /dev");
        return EIO;
    } else if (n_vhost != opts->n_queues || n_tap != opts->n_queues) {
        *errp = xasprintf("vhost-net did not open for all of the %d queue "
                          "pairs", opts->n_queues);
        return EIO;
    }
    x->n_vhost_fds = n_vhost;

    choose_offloads(x, &config);
    error = expect_large(x, opts, &config, errp);
    if (!error) {
        error = excpath_glue_start(x->netdev, &config, errp);
    }
    if (!error) {
        x->port_id = excpath_glue_get_port_id(x->netdev);
        note_workers(x, workers, n_workers);
        for (int i = 0; i < opts->n_queues; i++) {
            excpath_vring_find(&x->vrings[i], x->port_id, i,
                               excpath_vhost_queue_size(opts),
                               config.n_rxq_desc);
        }
    }
    return error;
}

static int
vhost_start(struct netdev_excpath *x, const struct excpath_options *opts,
            const struct eth_addr mac, char **errp)
{
    struct excpath_netns *ns = x->tap.dev.ns;
    int error;

    /* DPDK looks for the tap where it is called. */
    error = excpath_netns_enter(ns);
    if (error) {
        *errp = xasprintf("network namespace \"%s\" cannot be entered: %s",
                          excpath_netns_get_name(ns), ovs_strerror(error));
    } else {
        error = start_inside(x, opts, mac, errp);
        excpath_netns_leave(ns);
    }
    return error;
}

static bool
vhost_has_unread(const struct netdev_excpath *x)
{
    for (int i = 0; i < x->n_vhost_fds; i++) {
        if (excpath_tap_has_packets(x->tap_fds[i])) {
            return true;
        }
    }
    return false;
}

/* Receives what the kernel has sent, and drops it.  Returns whether there was
 * anything, or is to come. */
static bool
drop_received(void *x_)
{
    struct netdev_excpath *x = x_;
    bool any = vhost_has_unread(x);

    for (int i = 0; i < x->n_queues && x->vrings[i].rx_used; i++) {
        struct rte_mbuf *pkts[NETDEV_MAX_BURST];
        int n;

        while ((n = excpath_vring_recv(&x->vrings[i], x->port_id, i, pkts,
                                       &x->rxq_stats[i].start_drops)) > 0) {
            rte_pktmbuf_free_bulk(pkts, n);
            excpath_count(&x->rxq_stats[i].down_drops, n);
            any = true;
        }
    }
    return any;
}

static bool
has_moved(void *x_)
{
    struct netdev_excpath *x = x_;
    bool moved = drop_received(x);

    for (int i = 0; i < x->n_queues; i++) {
        moved = moved || excpath_vring_n_unsent(&x->vrings[i]);
    }
    return moved;
}

/* Gives the kernel time to put into the rings what it has in the queues of the
 * tap, and to fetch what is in the rings.  That takes longer than what other
 * CPUs were sending when the tap was blocked.  Trial frames that it has not
 * fetched it will not. */
static void
drain(struct netdev_excpath *x, bool service)
{
    excpath_drain(service ? has_moved : drop_received, x);
    for (int i = 0; service && i < x->n_queues; i++) {
        excpath_count(&x->txq_stats[i].unsent_drops,
                      excpath_vring_n_unsent(&x->vrings[i]));
    }
}

static void
vhost_stop(struct netdev_excpath *x, bool service)
{
    if (x->vrings[0].tx_used && excpath_tap_is_alive(x->tap.keeper_fd)) {
        drain(x, service);
    }
    x->n_vhost_fds = 0;
    x->unpacks = false;
    for (int i = 0; i < EXCPATH_MAX_QUEUES; i++) {
        excpath_vring_forget(&x->vrings[i]);
    }
    excpath_glue_detach(x->netdev);
    excpath_large_stop(x);
}

static bool
vhost_send(struct netdev_excpath *x, int qid, struct rte_mbuf *mbuf)
{
    return rte_eth_tx_burst(x->port_id, qid, &mbuf, 1) == 1;
}

static void
vhost_set_poll(struct netdev_excpath *x, int poll_us)
{
    for (int i = 0; i < x->n_vhost_fds; i++) {
        int error = excpath_vhost_set_busyloop(x->vhost_fds[i], poll_us);

        if (error) {
            VLOG_WARN("%s: vhost-net cannot be made to poll for %d us: %s",
                      netdev_get_name(x->netdev), poll_us,
                      ovs_strerror(error));
            break;
        }
    }
}

static bool
vhost_get_fill(const struct netdev_excpath *x, int qid,
               struct excpath_fill *to_kernel,
               struct excpath_fill *from_kernel)
{
    to_kernel->size = x->options.n_txq_desc;
    from_kernel->size = excpath_options_n_rxq_desc(&x->options,
                                                   x->offloads.tso);
    return excpath_vring_get_fill(&x->vrings[qid], to_kernel, from_kernel);
}

static void
vhost_forget_peaks(struct netdev_excpath *x)
{
    for (int i = 0; i < x->n_queues; i++) {
        excpath_vring_forget_peaks(&x->vrings[i]);
    }
}

static uint64_t
vhost_get_waiting(const struct netdev_excpath *x, int qid)
{
    return excpath_vring_get_waiting(&x->vrings[qid]);
}

static void
vhost_time_next(struct netdev_excpath *x)
{
    for (int i = 0; i < x->n_queues; i++) {
        excpath_vring_time_next(&x->vrings[i]);
    }
}

/* With a single CPU a worker that polls has others wait, those of other ports
 * included, which poll as well, and a round trip takes some times "poll-us".
 * This is long enough for a worker that gets 10,000 packets a second not to
 * sleep. */
#define ONE_CPU_POLL_US 150

const struct excpath_backend_ops excpath_backend_vhost = {
    .id = EXCPATH_BACKEND_VHOST_NET,
    .check = vhost_check,
    .start = vhost_start,
    .stop = vhost_stop,
    .send = vhost_send,
    .one_cpu_poll_us = ONE_CPU_POLL_US,
    .set_poll = vhost_set_poll,
    .get_fill = vhost_get_fill,
    .forget_peaks = vhost_forget_peaks,
    .has_unread = vhost_has_unread,
    .get_waiting = vhost_get_waiting,
    .time_next = vhost_time_next,
};
