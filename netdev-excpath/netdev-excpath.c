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
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "dpdk.h"
#include "excpath-endpoint.h"
#include "excpath-glue.h"
#include "excpath-kernel.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "packets.h"
#include "rtnetlink.h"
#include "smap.h"
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
netdev_excpath_set_error(struct netdev_excpath *x, const char *format, ...)
{
    va_list args;
    char *error;

    va_start(args, format);
    error = xvasprintf(format, args);
    va_end(args);

    VLOG_WARN("%s: %s", netdev_get_name(x->netdev), error);
    ovs_mutex_lock(&x->mutex);
    free(x->last_error);
    x->last_error = error;
    ovs_mutex_unlock(&x->mutex);
    netdev_change_seq_changed(x->netdev);
}

static void
clear_error(struct netdev_excpath *x)
{
    ovs_mutex_lock(&x->mutex);
    free(x->last_error);
    x->last_error = NULL;
    ovs_mutex_unlock(&x->mutex);
    x->option_error = false;
    netdev_change_seq_changed(x->netdev);
}

/* Lets packets pass, or not. */
static void
update_active(struct netdev_excpath *x)
{
    ovs_mutex_lock(&x->mutex);
    atomic_store_relaxed(&x->active, x->backend_up && x->port_up);
    ovs_mutex_unlock(&x->mutex);
}

/* Life cycle. */

static int
netdev_excpath_construct(struct netdev *netdev)
{
    struct netdev_excpath *x = xzalloc_cacheline(sizeof *x);
    int error;

    x->netdev = netdev;
    x->keeper_fd = -1;
    x->port_up = true;
    atomic_init(&x->active, false);
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

    excpath_endpoint_stop(x);
    excpath_endpoint_release(x);
    excpath_glue_destruct(netdev);

    free(x->backend_reason);
    free(x->last_error);
    ovs_mutex_destroy(&x->mutex);
    free_cacheline(x);
}

/* Configuration. */

/* Starts a new port.  On failure nothing of it is left. */
static int
start_port(struct netdev_excpath *x, const struct excpath_options *opts,
           char **errp)
{
    char *error_string = NULL;
    int error;

    if (!dpdk_available()) {
        *errp = xasprintf("%s: type excpath needs DPDK, which is not "
                          "initialized: run \"ovs-vsctl set Open_vSwitch . "
                          "other_config:dpdk-init=true\" and see the log for "
                          "what keeps it from starting",
                          netdev_get_name(x->netdev));
        return ENODEV;
    }

    error = excpath_endpoint_start(x, opts, &error_string);
    if (error) {
        *errp = xasprintf("%s: %s", netdev_get_name(x->netdev), error_string);
        free(error_string);
        return error;
    }
    x->running = true;
    update_active(x);
    return 0;
}

static int
netdev_excpath_set_config(struct netdev *netdev, const struct smap *args,
                          char **errp)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);
    struct excpath_options opts;
    char *error_string = NULL;
    int error;

    error = excpath_options_parse(args, netdev_get_name(netdev),
                                  EXCPATH_MAX_QUEUES, &opts, &error_string);
    if (!error && x->running && strcmp(opts.tap_name, x->options.tap_name)) {
        error = excpath_endpoint_check_tap(x, opts.tap_name, &error_string);
    }
    if (!error && !x->running) {
        error = start_port(x, &opts, &error_string);
    }

    if (error && !x->running) {
        VLOG_WARN("%s", error_string);
        *errp = error_string;
        return error;
    } else if (error) {
        /* OVS would delete the port.  It goes on with what it has. */
        netdev_excpath_set_error(x, "option not applied, port unchanged: %s",
                                 error_string);
        free(error_string);
        x->option_error = true;
        return 0;
    }

    /* OVS calls here whenever it reconfigures a bridge, mostly without any
     * change for this port. */
    if (x->has_failed && excpath_options_equal(&opts, &x->failed)) {
        return 0;
    }
    x->has_failed = false;
    if (!excpath_options_equal(&opts, &x->options)) {
        x->requested = opts;
        x->change_seq++;
        netdev_request_reconfigure(netdev);
    } else {
        x->applied_seq = x->change_seq;
        if (x->option_error) {
            clear_error(x);
        }
    }
    return 0;
}

static int
netdev_excpath_reconfigure(struct netdev *netdev)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);
    struct excpath_options old = x->options;
    struct excpath_options new;
    char *error_string = NULL;

    new = x->change_seq != x->applied_seq ? x->requested : old;
    if (x->change_seq == x->applied_seq
        && excpath_glue_get_mtu(netdev)
           == excpath_glue_get_requested_mtu(netdev)) {
        return 0;
    }
    x->applied_seq = x->change_seq;

    error_string = excpath_endpoint_check_restart(x);
    if (error_string) {
        netdev_excpath_set_error(x, "change not applied: %s", error_string);
        free(error_string);
        x->option_error = true;
        return 0;
    }

    excpath_endpoint_stop(x);
    if (strcmp(old.tap_name, new.tap_name)) {
        excpath_endpoint_release(x);
    }
    clear_error(x);
    if (excpath_endpoint_start(x, &new, &error_string)) {
        char *again = NULL;

        netdev_excpath_set_error(x, "change not applied: %s", error_string);
        x->option_error = x->has_failed = true;
        x->failed = new;
        if (excpath_endpoint_start(x, &old, &again)) {
            /* Kept without a backend: everything sent is counted as dropped,
             * and the next change of an option tries again. */
            netdev_excpath_set_error(x, "out of service: %s", again);
            x->option_error = false;
            free(again);
        }
        free(error_string);
    }
    update_active(x);
    netdev_change_seq_changed(netdev);
    return 0;
}

static int
netdev_excpath_set_mtu(struct netdev *netdev, int mtu)
{
    if (mtu > EXCPATH_MAX_MTU || mtu < EXCPATH_MIN_MTU) {
        netdev_excpath_set_error(netdev_excpath_cast(netdev),
                                 "mtu_request=%d is not valid: use %d to %d",
                                 mtu, EXCPATH_MIN_MTU, EXCPATH_MAX_MTU);
        return EINVAL;
    }
    return excpath_glue_base_class()->set_mtu(netdev, mtu);
}

static int
netdev_excpath_set_tx_multiq(struct netdev *netdev OVS_UNUSED,
                             unsigned int n_txq OVS_UNUSED)
{
    /* There are as many transmit as receive queues, whatever the number of
     * threads: a packet's queue is chosen by its flow. */
    return 0;
}

static int
netdev_excpath_set_etheraddr(struct netdev *netdev, const struct eth_addr mac)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);
    int error = excpath_tap_set_mac(x->ifindex, mac);

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
    int error;

    error = excpath_glue_base_class()->update_flags(netdev, off, on,
                                                    old_flagsp);
    if (!error) {
        x->port_up = ((*old_flagsp | on) & ~off & NETDEV_UP) != 0;
        update_active(x);
    }
    return error;
}

/* State. */

static int
netdev_excpath_get_carrier(const struct netdev *netdev, bool *carrier)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    ovs_mutex_lock(&x->mutex);
    *carrier = x->backend_up;
    ovs_mutex_unlock(&x->mutex);
    return 0;
}

static int
netdev_excpath_get_ifindex(const struct netdev *netdev)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    return x->ifindex > 0 ? x->ifindex : -ENODEV;
}

static int
netdev_excpath_get_addr_list(const struct netdev *netdev,
                             struct in6_addr **addr, struct in6_addr **mask,
                             int *n_addr)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    return netdev_get_addrs(x->options.tap_name, addr, mask, n_addr);
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
        if (x->running && (!change || change->if_index == x->ifindex)) {
            excpath_endpoint_changed(x);
            update_active(x);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}

static int
netdev_excpath_class_init(void)
{
    excpath_unixctl_init();
    if (!rtnetlink_notifier_create(link_changed, NULL)) {
        VLOG_WARN("no notification of the kernel's changes to its devices");
    }
    return 0;
}

void
netdev_excpath_init(const struct smap *external_ids)
{
    static struct ovsthread_once once = OVSTHREAD_ONCE_INITIALIZER;

    excpath_endpoint_set_host(smap_get(external_ids, "system-id"));

    if (ovsthread_once_start(&once)) {
        /* What is not set here is inherited from "dpdk": queues, policing,
         * QoS, receive queue allocation. */
        excpath_class = *excpath_glue_base_class();
        excpath_class.type = "excpath";
        excpath_class.init = netdev_excpath_class_init;
        excpath_class.alloc = excpath_glue_alloc;
        excpath_class.dealloc = excpath_glue_dealloc;
        excpath_class.construct = netdev_excpath_construct;
        excpath_class.destruct = netdev_excpath_destruct;
        excpath_class.set_config = netdev_excpath_set_config;
        excpath_class.reconfigure = netdev_excpath_reconfigure;
        excpath_class.set_mtu = netdev_excpath_set_mtu;
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
