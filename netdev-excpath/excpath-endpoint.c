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

#include "excpath-endpoint.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>

#include "excpath-glue.h"
#include "excpath-kernel.h"
#include "excpath-owner.h"
#include "excpath-status.h"
#include "excpath-vhost.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "smap.h"
#include "timeval.h"
#include "userspace-tso.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_endpoint);

/* How long to wait for the kernel to take the trial frames. */
#define TRIAL_WAIT_MS 5000

/* IEEE 802 local experimental ethertype 1: no protocol receives it. */
#define TRIAL_ETHERTYPE 0x88b5

static char *host_id;

void
excpath_endpoint_set_host(const char *system_id)
{
    char id[256] = "";
    FILE *stream;

    if (system_id) {
        if (!host_id || strcmp(host_id, system_id)) {
            free(host_id);
            host_id = xstrdup(system_id);
        }
        return;
    } else if (host_id) {
        return;
    }

    stream = fopen("/etc/machine-id", "r");
    if (stream) {
        if (fgets(id, sizeof id, stream)) {
            id[strcspn(id, "\n")] = '\0';
        }
        fclose(stream);
    }
    if (!id[0] && gethostname(id, sizeof id - 1)) {
        id[0] = '\0';
    }
    host_id = xstrdup(id);
}

char *
excpath_endpoint_check(const struct netdev_excpath *x,
                       const struct excpath_options *opts)
{
    struct excpath_tap_info info;
    char *reason, *error;

    if (x->tap.keeper_fd >= 0 && excpath_tap_is_alive(x->tap.keeper_fd)
        && !excpath_owner_is_here(x, &info)) {
        /* DPDK finds a tap by its name, and makes one if there is none. */
        return xasprintf("tap \"%s\" was renamed, or moved to another network "
                         "namespace: bring it back for the change to be "
                         "applied", x->options.tap_name);
    }

    reason = excpath_vhost_check();
    if (!reason) {
        return NULL;
    }
    error = xasprintf("backend=%s cannot be used: %s",
                      excpath_backend_to_string(opts->backend), reason);
    free(reason);
    return error;
}

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

/* Sends a frame through each queue of 'x' and waits until the kernel counts
 * them at the tap, received or, as when it is down, dropped: the only proof
 * that memory table, rings and worker are right, since virtio_user reports
 * success whatever happens. */
static int
try_out(struct netdev_excpath *x, const struct excpath_options *opts,
        const struct eth_addr mac, char **errp)
{
    long long int deadline = time_msec() + TRIAL_WAIT_MS;
    struct excpath_tap_info before, now;
    uint16_t frame[(ETH_HEADER_LEN + ETH_PAYLOAD_MIN) / 2];
    struct eth_header *eth = ALIGNED_CAST(struct eth_header *, frame);
    int error;

    error = excpath_tap_query(opts->tap_name, &before);
    if (error) {
        *errp = xasprintf("tap \"%s\" disappeared while the port was started",
                          opts->tap_name);
        return error;
    }
    if (before.n_queues != opts->n_queues) {
        *errp = xasprintf("tap \"%s\" has %u queues where %d were expected: "
                          "another process uses it", opts->tap_name,
                          before.n_queues, opts->n_queues);
        return EBUSY;
    }

    memset(frame, 0, sizeof frame);
    eth->eth_dst = mac;
    eth->eth_src = mac;
    eth->eth_type = htons(TRIAL_ETHERTYPE);
    for (int i = 0; i < opts->n_queues; i++) {
        error = excpath_glue_send_frame(x->netdev, i, frame, sizeof frame);
        if (error) {
            *errp = (error == ENOBUFS
                     ? xstrdup("no packet buffer is free: give DPDK more "
                               "hugepages, or ask for fewer queues or "
                               "descriptors, or a smaller MTU")
                     : xasprintf("queue pair %d of tap \"%s\" takes no "
                                 "packets", i, opts->tap_name));
            return error;
        }
        /* No protocol wants it: in the end the kernel drops it. */
        x->tap.trial_frames++;
    }

    now = before;
    do {
        error = excpath_tap_query(opts->tap_name, &now);
        if (!error && taken_frames(&before, &now) >= opts->n_queues) {
            return 0;
        }
        xnanosleep(1000 * 1000);
    } while (time_msec() < deadline);

    *errp = xasprintf("vhost-net did not start: %"PRIu64" of %d trial frames "
                      "arrived at tap \"%s\"; see the kernel's and DPDK's "
                      "messages in the logs",
                      taken_frames(&before, &now),
                      opts->n_queues, opts->tap_name);
    return EIO;
}

/* The offloads that go into the DPDK port and into OVS's flags. */
static void
choose_offloads(struct excpath_glue_config *config)
{
    /* Nothing is offered to the kernel: it completes the checksums of what it
     * sends, and cuts it into frames, itself. */
    config->rx_offloads = 0;
    config->tx_offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
    if (userspace_tso_enabled()) {
        /* Without these OVS drops what other ports leave unfinished.  The
         * driver has no IPv4 header checksum offload; OVS asks for one only
         * together with TSO, where the driver computes it. */
        config->tx_offloads |= RTE_ETH_TX_OFFLOAD_TCP_TSO
                               | RTE_ETH_TX_OFFLOAD_TCP_CKSUM
                               | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
        config->ol_flags = NETDEV_TX_OFFLOAD_TCP_TSO
                           | NETDEV_TX_OFFLOAD_TCP_CKSUM
                           | NETDEV_TX_OFFLOAD_UDP_CKSUM
                           | NETDEV_TX_OFFLOAD_IPV4_CKSUM;
    }
}

/* Gives DPDK the device for 'opts' and starts it. */
static int
start_backend(struct netdev_excpath *x, const struct excpath_options *opts,
              const struct eth_addr mac, char **errp)
{
    struct excpath_glue_config config = {
        .n_queues = opts->n_queues,
        .n_rxq_desc = opts->n_rxq_desc,
        .n_txq_desc = opts->n_txq_desc,
        .mac = mac,
    };
    char *devargs = excpath_vhost_devargs(opts, mac);
    int n_fds = excpath_vhost_scan_fds();
    int n_fds_now;
    int error;

    error = excpath_glue_attach(x->netdev, devargs, errp);
    free(devargs);
    if (error) {
        return error;
    }
    n_fds_now = excpath_vhost_scan_fds();
    if (n_fds < 0 || n_fds_now < 0) {
        *errp = xstrdup("/proc/self/fd cannot be read: mount /proc");
        return EIO;
    } else if (n_fds_now - n_fds != opts->n_queues) {
        *errp = xasprintf("vhost-net did not open for all of the %d queue "
                          "pairs", opts->n_queues);
        return EIO;
    }

    choose_offloads(&config);
    error = excpath_glue_start(x->netdev, &config, errp);
    if (error) {
        return error;
    }

    x->port_id = excpath_glue_get_port_id(x->netdev);
    x->n_queues = opts->n_queues;
    ovs_mutex_lock(&x->mutex);
    x->tx_offloads = config.tx_offloads;
    ovs_mutex_unlock(&x->mutex);
    return 0;
}

/* Notes which vhost workers serve 'x': those that are there now and are not
 * among the 'n_before' in 'before'. */
static void
note_workers(struct netdev_excpath *x, const pid_t before[], int n_before)
{
    pid_t now[256];
    int n = excpath_vhost_get_workers(now, ARRAY_SIZE(now));

    ovs_mutex_lock(&x->mutex);
    x->n_workers = 0;
    for (int i = 0; i < n && x->n_workers < EXCPATH_MAX_WORKERS; i++) {
        bool old = false;

        for (int j = 0; j < n_before; j++) {
            old |= before[j] == now[i];
        }
        if (!old) {
            x->workers[x->n_workers++] = now[i];
        }
    }
    ovs_mutex_unlock(&x->mutex);
}

static int
start_on_tap(struct netdev_excpath *x, const struct excpath_options *opts,
             const struct excpath_tap_info *info, bool created, char **errp)
{
    int mtu = excpath_glue_get_requested_mtu(x->netdev);
    pid_t workers[256];
    int n_workers = excpath_vhost_get_workers(workers, ARRAY_SIZE(workers));
    struct eth_addr mac;
    int error;

    if (opts->tap_mac_set) {
        mac = opts->tap_mac;
    } else if (created) {
        mac = excpath_stable_mac(host_id, opts->tap_name);
    } else {
        mac = info->mac;
    }

    error = excpath_tap_set_mtu(info->ifindex, mtu);
    if (error) {
        *errp = xasprintf("MTU of tap \"%s\" cannot be set to %d: %s",
                          opts->tap_name, mtu, ovs_strerror(error));
        return error;
    }
    error = start_backend(x, opts, mac, errp);
    if (!error) {
        error = try_out(x, opts, mac, errp);
    }
    if (!error && created && opts->tap_up) {
        error = excpath_tap_set_up(info->ifindex);
        if (error) {
            *errp = xasprintf("tap \"%s\" cannot be brought up: %s",
                              opts->tap_name, ovs_strerror(error));
        }
    }
    if (!error) {
        note_workers(x, workers, n_workers);
    }
    return error;
}

static void
note_tap_up(struct netdev_excpath *x)
{
    struct excpath_tap_info info;
    /* In another network namespace it cannot be seen. */
    bool tap_up = (excpath_tap_query_index(x->tap.ifindex, &info)
                   || info.flags & IFF_UP);

    ovs_mutex_lock(&x->mutex);
    x->tap_up = tap_up;
    ovs_mutex_unlock(&x->mutex);
}

int
excpath_endpoint_start(struct netdev_excpath *x,
                       const struct excpath_options *opts, char **errp)
{
    bool had_keeper = x->tap.keeper_fd >= 0;
    struct excpath_tap_info info;
    bool created = false;
    bool acquired;
    int error;

    error = excpath_owner_acquire(x, opts, &info, &created, errp);
    acquired = !error;
    if (!error) {
        error = start_on_tap(x, opts, &info, created, errp);
    }
    if (!error) {
        error = excpath_owner_set_persist(x, opts->persist, errp);
    }
    if (error) {
        excpath_endpoint_stop(x);
        if (created) {
            excpath_owner_release(x, &x->tap);
        } else if (acquired) {
            /* DPDK sets the MAC address, whatever comes of it. */
            excpath_tap_set_mac(x->tap.ifindex, info.mac);
            excpath_tap_set_mtu(x->tap.ifindex, info.mtu);
        }
        if (!had_keeper && x->tap.keeper_fd >= 0) {
            close(x->tap.keeper_fd);
            x->tap = EXCPATH_TAP_NONE;
        }
        return error;
    }

    x->options = *opts;
    x->mtu = excpath_glue_get_mtu(x->netdev);
    ovs_mutex_lock(&x->mutex);
    x->backend_up = true;
    ovs_mutex_unlock(&x->mutex);
    note_tap_up(x);
    VLOG_INFO("%s: tap \"%s\" served by vhost-net with %d queue pair(s)",
              netdev_get_name(x->netdev), opts->tap_name, opts->n_queues);
    return 0;
}

void
excpath_endpoint_stop(struct netdev_excpath *x)
{
    atomic_store_relaxed(&x->active, false);
    atomic_store_relaxed(&x->tx_active, false);
    ovs_mutex_lock(&x->mutex);
    x->backend_up = false;
    x->n_workers = 0;
    ovs_mutex_unlock(&x->mutex);
    excpath_glue_detach(x->netdev);
}

void
excpath_endpoint_changed(struct netdev_excpath *x)
{
    bool alive = excpath_tap_is_alive(x->tap.keeper_fd);
    bool lost;

    ovs_mutex_lock(&x->mutex);
    lost = x->backend_up && !alive;
    x->backend_up = x->backend_up && alive;
    ovs_mutex_unlock(&x->mutex);

    if (lost) {
        netdev_excpath_set_error(
            x, EXCPATH_E_FAULT,
            xasprintf("tap \"%s\" was deleted in the kernel: delete the port "
                      "and add it again", x->options.tap_name));
    }
    note_tap_up(x);
    netdev_change_seq_changed(x->netdev);
}

void
excpath_endpoint_get_status(struct netdev_excpath *x, struct smap *smap)
{
    struct excpath_status status = {
        .tap_name = x->options.tap_name,
        .made = x->tap.made,
        .n_queues = x->options.n_queues,
        .backend = x->options.backend,
    };

    if (excpath_owner_is_here(x, &status.tap)) {
        status.location = EXCPATH_TAP_HERE;
    } else if (x->tap.keeper_fd >= 0
               && excpath_tap_is_alive(x->tap.keeper_fd)) {
        status.location = EXCPATH_TAP_ELSEWHERE;
    } else {
        status.location = EXCPATH_TAP_DELETED;
    }

    ovs_mutex_lock(&x->mutex);
    status.backend_up = x->backend_up;
    status.tso = (x->tx_offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO) != 0;
    status.workers = x->workers;
    status.n_workers = x->n_workers;
    status.errors = x->errors;
    status.n_errors = EXCPATH_N_ERRORS;
    excpath_status_format(&status, smap);
    ovs_mutex_unlock(&x->mutex);
}
