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

/* The netdev class: life cycle, configuration, status. */

#include "netdev-excpath.h"

#include <errno.h>
#include <string.h>

#include "dpdk.h"
#include "excpath-backend.h"
#include "excpath-carrier.h"
#include "excpath-config.h"
#include "excpath-endpoint.h"
#include "excpath-features.h"
#include "excpath-exit.h"
#include "excpath-glue.h"
#include "excpath-health.h"
#include "excpath-hugepages.h"
#include "excpath-kernel.h"
#include "excpath-large.h"
#include "excpath-netns.h"
#include "excpath-owner.h"
#include "excpath-placement.h"
#include "excpath-series.h"
#include "excpath-watch.h"
#include "netdev-excpath-private.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "packets.h"
#include "rtnetlink.h"
#include "seq.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netdev_excpath);

struct ovs_mutex excpath_list_mutex = OVS_MUTEX_INITIALIZER;
struct ovs_list excpath_list OVS_GUARDED_BY(excpath_list_mutex)
    = OVS_LIST_INITIALIZER(&excpath_list);

static struct netdev_class excpath_class;

struct netdev_excpath *
netdev_excpath_cast(const struct netdev *netdev)
{
    return excpath_glue_get(netdev);
}

void
netdev_excpath_set_error(struct netdev_excpath *x, enum excpath_error kind,
                         char *error)
{
    struct excpath_error_history *history = &x->history[kind];
    long long int now = time_msec();
    bool changed;

    ovs_mutex_lock(&x->mutex);
    /* OVS asks for the same again and again. */
    changed = !nullable_string_is_equal(x->errors[kind], error);
    if (changed) {
        if (x->errors[kind]) {
            free(history->past);
            history->past = x->errors[kind];
            history->past_since = history->since;
            history->past_until = now;
        }
        history->since = now;
        x->errors[kind] = nullable_xstrdup(error);
    }
    ovs_mutex_unlock(&x->mutex);

    if (changed) {
        if (error) {
            VLOG_WARN("%s: %s", netdev_get_name(x->netdev), error);
        }
        netdev_change_seq_changed(x->netdev);
    }
    free(error);
}

void
netdev_excpath_update_active(struct netdev_excpath *x)
{
    bool active;

    ovs_mutex_lock(&x->mutex);
    active = x->backend_up && x->port_up;
    atomic_store_relaxed(&x->active, active);
    atomic_store_relaxed(&x->tx_active, active && x->tap_up);
    ovs_mutex_unlock(&x->mutex);
    excpath_carrier_update(x);
}

/* Life cycle. */

static int
netdev_excpath_construct(struct netdev *netdev)
{
    struct netdev_excpath *x = xzalloc_cacheline(sizeof *x);
    int error;

    x->netdev = netdev;
    x->tap = EXCPATH_TAP_NONE;
    x->port_up = true;
    atomic_init(&x->active, false);
    atomic_init(&x->tx_active, false);
    for (int i = 0; i < EXCPATH_MAX_QUEUES; i++) {
        rte_spinlock_init(&x->tx_locks[i].lock);
    }
    ovs_mutex_init(&x->mutex);

    error = excpath_glue_construct(netdev, x);
    if (error) {
        ovs_mutex_destroy(&x->mutex);
        free_cacheline(x);
        return error;
    }

    x->wanted.mtu = excpath_glue_get_requested_mtu(netdev);

    ovs_mutex_lock(&excpath_list_mutex);
    ovs_list_push_back(&excpath_list, &x->list_node);
    ovs_mutex_unlock(&excpath_list_mutex);
    return 0;
}

static void
netdev_excpath_destruct(struct netdev *netdev)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    ovs_mutex_lock(&excpath_list_mutex);
    ovs_list_remove(&x->list_node);
    ovs_mutex_unlock(&excpath_list_mutex);

    excpath_config_note_end(x);
    excpath_endpoint_stop(x);
    if (x->was_started) {
        excpath_stats_log(x);
    }
    excpath_large_release(x);
    excpath_owner_release(x, &x->tap);
    excpath_glue_destruct(netdev);

    ovs_mutex_lock(&x->mutex);
    for (int i = 0; i < EXCPATH_N_ERRORS; i++) {
        free(x->errors[i]);
        free(x->history[i].past);
    }
    ovs_mutex_unlock(&x->mutex);
    free(x->bridge);
    free_cacheline(x->stats_base);
    free(x->failed_error);
    free(x->backend_reason);
    ovs_mutex_destroy(&x->mutex);
    free_cacheline(x);
}

/* Configuration, of which excpath-config.c has most. */

static int
netdev_excpath_set_tx_multiq(struct netdev *netdev, unsigned int n_txq)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    /* There are as many transmit as receive queues, whatever the number of
     * threads: a packet's queue is chosen by its flow.  OVS must only not
     * believe that its threads have to take turns. */
    if (x->n_txq != n_txq) {
        x->n_txq = n_txq;
        netdev_request_reconfigure(netdev);
    }
    return 0;
}

static int
netdev_excpath_set_etheraddr(struct netdev *netdev, const struct eth_addr mac)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);
    struct excpath_tap_info info;
    int error = (excpath_owner_locate(x, &info)
                 ? excpath_tap_set_mac(&x->tap.dev, mac) : ENODEV);

    if (!error) {
        excpath_glue_set_etheraddr(netdev, mac);
    }
    return error;
}

static int
netdev_excpath_update_flags(struct netdev *netdev, enum netdev_flags off,
                            enum netdev_flags on,
                            enum netdev_flags *old_flagsp)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);
    bool tap_is_down;

    if ((off | on) & ~(NETDEV_UP | NETDEV_PROMISC)) {
        return EINVAL;
    }

    /* A port that is down passes no packets, whatever its DPDK device does:
     * the latter stays up, if there is one. */
    *old_flagsp = excpath_glue_update_flags(netdev, off, on);
    if (off | on) {
        x->port_up = ((*old_flagsp | on) & ~off & NETDEV_UP) != 0;
        netdev_excpath_update_active(x);
    }

    /* Nor does one whose tap is down. */
    ovs_mutex_lock(&x->mutex);
    tap_is_down = x->running && !x->tap_up;
    ovs_mutex_unlock(&x->mutex);
    if (tap_is_down) {
        *old_flagsp &= ~NETDEV_UP;
        if (on & NETDEV_UP) {
            /* It was not of much use: OVS has to look again. */
            netdev_change_seq_changed(netdev);
        }
    }
    return 0;
}

/* State. */

static int
netdev_excpath_get_config(const struct netdev *netdev, struct smap *args)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    if (x->running) {
        excpath_options_format(&x->options, x->unpacks, args);
    }
    return 0;
}

static int
netdev_excpath_get_carrier(const struct netdev *netdev, bool *carrier)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    ovs_mutex_lock(&x->mutex);
    *carrier = x->backend_up && x->tap_up;
    ovs_mutex_unlock(&x->mutex);
    return 0;
}

static int
netdev_excpath_get_ifindex(const struct netdev *netdev)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    /* It means something else elsewhere. */
    return (x->tap.keeper_fd >= 0 && !x->tap.dev.ns ? x->tap.ifindex
            : -ENODEV);
}

static int
netdev_excpath_get_addr_list(const struct netdev *netdev,
                             struct in6_addr **addr, struct in6_addr **mask,
                             int *n_addr)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    return (x->tap.keeper_fd < 0 || x->tap.dev.ns
            ? ENODEV : netdev_get_addrs(x->tap.dev.name, addr, mask, n_addr));
}

static int
netdev_excpath_get_stats(const struct netdev *netdev,
                         struct netdev_stats *stats)
{
    excpath_stats_get(netdev_excpath_cast(netdev), stats);
    return 0;
}

static int
netdev_excpath_get_custom_stats(const struct netdev *netdev,
                                struct netdev_custom_stats *stats)
{
    stats->size = 0;
    stats->counters = NULL;
    excpath_stats_get_custom(netdev_excpath_cast(netdev), stats);
    return 0;
}

static int
netdev_excpath_get_status(const struct netdev *netdev, struct smap *smap)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    if (!x->running) {
        return ENODEV;
    }
    if (excpath_glue_get_port_id(netdev) >= 0) {
        excpath_glue_base_class()->get_status(netdev, smap);
    }
    excpath_endpoint_get_status(x, smap);
    return 0;
}

/* Faults that the kernel reports. */

static void
link_changed(const struct rtnetlink_change *change, void *aux OVS_UNUSED)
{
    struct netdev_excpath *x;

    if (change && !rtnetlink_type_is_rtnlgrp_link(change->nlmsg_type)) {
        return;
    }

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->running && (!change || change->if_index == x->tap.ifindex)) {
            excpath_watch_changed(x);
            netdev_excpath_update_active(x);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}

/* How often to look for taps that were deleted in other network namespaces,
 * since only those in OVS's own send notifications. */
#define LOOK_INTERVAL_MS 1000

static long long int next_look = LLONG_MIN;

static void
look_for_taps(void)
{
    struct netdev_excpath *x;

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->running) {
            excpath_watch_run(x);
            netdev_excpath_update_active(x);
        }
        excpath_features_watch(x, false);
    }
    ovs_mutex_unlock(&excpath_list_mutex);
    next_look = time_msec() + LOOK_INTERVAL_MS;
}

/* Looks for what has happened in network namespaces other than OVS's own. */
static void
hear_of_links(void)
{
    struct netdev_excpath *x;

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->tap.dev.ns
            && excpath_netns_run(x->tap.dev.ns, x->tap.ifindex)) {
            excpath_watch_changed(x);
            netdev_excpath_update_active(x);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}

/* Changes when a worker has something to report... */
static uint64_t worker_seqno;

/* ...which is this. */
static void
netdev_excpath_run(const struct netdev_class *class OVS_UNUSED)
{
    uint64_t seqno = seq_read(excpath_backend_seq());

    if (seqno != worker_seqno) {
        worker_seqno = seqno;
        link_changed(NULL, NULL);
    }
    hear_of_links();
    if (time_msec() >= next_look) {
        look_for_taps();
    }
    excpath_peer_run();
    excpath_config_run();
    excpath_endpoint_run();
    excpath_health_run();
    excpath_glue_run();
}

static void
netdev_excpath_wait(const struct netdev_class *class OVS_UNUSED)
{
    struct netdev_excpath *x;

    seq_wait(excpath_backend_seq(), worker_seqno);
    ovs_mutex_lock(&excpath_list_mutex);
    if (!ovs_list_is_empty(&excpath_list)) {
        poll_timer_wait_until(next_look);
        excpath_health_wait();
    }
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->tap.dev.ns) {
            excpath_netns_wait(x->tap.dev.ns);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
    excpath_peer_wait();
}

static int
netdev_excpath_class_init(void)
{
    excpath_unixctl_init();
    excpath_exit_init();
    if (!rtnetlink_notifier_create(link_changed, NULL)) {
        VLOG_WARN("no notification of the kernel's changes to its devices");
    }
    return 0;
}

void
netdev_excpath_configure(struct netdev *netdev, const char *bridge,
                         const char *mac)
{
    struct netdev_excpath *x;

    excpath_peer_note_interface(netdev_get_name(netdev));
    if (netdev_get_class(netdev) != &excpath_class) {
        return;
    }
    x = netdev_excpath_cast(netdev);
    excpath_owner_set_bridge(x, bridge);
    netdev_excpath_set_error(
        x, EXCPATH_E_MAC,
        mac ? xasprintf("mac=%s in the Interface has no effect on this port: "
                        "use options:tap-mac", mac) : NULL);
}

void
netdev_excpath_configured(void)
{
    static bool done = false;

    excpath_peer_interfaces_noted();
    /* What is left over is so from before the start, and without DPDK nothing
     * is known of the ports that there are to be. */
    if (!done && dpdk_available()) {
        done = true;
        excpath_owner_remove_left_over(excpath_config_names());
    }
}

void
netdev_excpath_init(const struct smap *external_ids,
                    const struct smap *other_config, const char *db_version)
{
    static struct ovsthread_once once = OVSTHREAD_ONCE_INITIALIZER;

    excpath_endpoint_set_host(smap_get(external_ids, "system-id"));
    excpath_series_check(db_version);
    excpath_hugepages_check(other_config);

    if (ovsthread_once_start(&once)) {
        excpath_placement_init();
        /* What is not set here is inherited from "dpdk": queues, policing,
         * QoS, receive queue allocation. */
        excpath_class = *excpath_glue_base_class();
        excpath_class.type = "excpath";
        excpath_class.init = netdev_excpath_class_init;
        excpath_class.run = netdev_excpath_run;
        excpath_class.wait = netdev_excpath_wait;
        excpath_class.alloc = excpath_glue_alloc;
        excpath_class.dealloc = excpath_glue_dealloc;
        excpath_class.construct = netdev_excpath_construct;
        excpath_class.destruct = netdev_excpath_destruct;
        excpath_class.get_config = netdev_excpath_get_config;
        excpath_class.set_config = excpath_config_set;
        excpath_class.reconfigure = excpath_config_reconfigure;
        excpath_class.set_mtu = excpath_config_set_mtu;
        excpath_class.set_tx_multiq = netdev_excpath_set_tx_multiq;
        excpath_class.set_etheraddr = netdev_excpath_set_etheraddr;
        excpath_class.update_flags = netdev_excpath_update_flags;
        excpath_class.get_carrier = netdev_excpath_get_carrier;
        excpath_class.get_ifindex = netdev_excpath_get_ifindex;
        excpath_class.get_addr_list = netdev_excpath_get_addr_list;
        excpath_class.get_stats = netdev_excpath_get_stats;
        excpath_class.get_custom_stats = netdev_excpath_get_custom_stats;
        excpath_class.get_status = netdev_excpath_get_status;
        excpath_class.rxq_recv = netdev_excpath_rxq_recv;
        excpath_class.send = netdev_excpath_send;
        netdev_register_provider(&excpath_class);
        ovsthread_once_done(&once);
    }
}
