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
#include <unistd.h>

#include "dpdk.h"
#include "excpath-endpoint.h"
#include "excpath-glue.h"
#include "excpath-kernel.h"
#include "excpath-owner.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "packets.h"
#include "openvswitch/shash.h"
#include "rtnetlink.h"
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
    char *old;

    ovs_mutex_lock(&x->mutex);
    old = x->errors[kind];
    x->errors[kind] = error;
    ovs_mutex_unlock(&x->mutex);

    /* OVS asks for the same again and again. */
    if (!nullable_string_is_equal(old, error)) {
        if (error) {
            VLOG_WARN("%s: %s", netdev_get_name(x->netdev), error);
        }
        netdev_change_seq_changed(x->netdev);
    }
    free(old);
}

/* Lets packets pass, or not. */
static void
update_active(struct netdev_excpath *x)
{
    bool active;

    ovs_mutex_lock(&x->mutex);
    active = x->backend_up && x->port_up;
    atomic_store_relaxed(&x->active, active);
    atomic_store_relaxed(&x->tx_active, active && x->tap_up);
    ovs_mutex_unlock(&x->mutex);
}

/* Adds that failed, by interface name.
 *
 * To start a port changes devices in the kernel even if it fails, and at each
 * change there OVS tries all interfaces again that have failed: without end,
 * if the same failure were allowed to follow at once.  Main thread only. */
struct failed_add {
    struct excpath_options options;
    char *error;
    int err;                    /* Positive errno value. */
    long long int hold;         /* Not to be tried again for so long... */
    long long int until;        /* ...which ends then, in time_msec(). */
};

#define MIN_HOLD_MS 2000
#define MAX_HOLD_MS 60000

static struct shash failed_adds = SHASH_INITIALIZER(&failed_adds);

static void
forget_failed_add(const char *name)
{
    struct failed_add *failed = shash_find_and_delete(&failed_adds, name);

    if (failed) {
        free(failed->error);
        free(failed);
    }
}

static void
note_failed_add(const char *name, const struct excpath_options *options,
                int err, const char *error)
{
    struct failed_add *failed = shash_find_data(&failed_adds, name);
    long long int hold = MIN_HOLD_MS;

    if (failed && excpath_options_equal(&failed->options, options)) {
        hold = MIN(2 * failed->hold, MAX_HOLD_MS);
    }
    forget_failed_add(name);

    failed = xzalloc(sizeof *failed);
    failed->options = *options;
    failed->error = xstrdup(error);
    failed->err = err;
    failed->hold = hold;
    failed->until = time_msec() + hold;
    shash_add(&failed_adds, name, failed);
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

    if (x->running && !x->n_txq) {
        /* A userspace datapath that takes a port tells it at once how many
         * transmit queues it wants.  This one was not taken.  OVS gives it
         * up and tries again at the next change of a device, which the end of
         * its tap is. */
        note_failed_add(netdev_get_name(netdev), &x->options, EINVAL,
                        "the port could not be added to its bridge, which "
                        "needs datapath_type=netdev for a port of type "
                        "excpath");
    }
    excpath_endpoint_stop(x);
    excpath_owner_release(x, &x->tap);
    excpath_glue_destruct(netdev);

    ovs_mutex_lock(&x->mutex);
    for (int i = 0; i < EXCPATH_N_ERRORS; i++) {
        free(x->errors[i]);
    }
    ovs_mutex_unlock(&x->mutex);
    free(x->failed_error);
    ovs_mutex_destroy(&x->mutex);
    free_cacheline(x);
}

/* Configuration. */

/* Starts a new port with the options in 'x->wanted'.  On failure nothing of it
 * is left. */
static int
start_port(struct netdev_excpath *x, char **errp)
{
    const char *name = netdev_get_name(x->netdev);
    struct failed_add *failed = shash_find_data(&failed_adds, name);
    int error;

    if (!dpdk_available()) {
        *errp = xstrdup("type excpath needs DPDK, which is not initialized: "
                        "run \"ovs-vsctl set Open_vSwitch . "
                        "other_config:dpdk-init=true\" and see the log for "
                        "what keeps it from starting");
        return ENODEV;
    }

    /* These leave the kernel alone. */
    *errp = excpath_endpoint_check(x, &x->wanted.options);
    if (*errp) {
        return ENODEV;
    }
    error = excpath_owner_check(x, x->wanted.options.tap_name, errp);
    if (error) {
        return error;
    }

    if (failed && time_msec() < failed->until
        && excpath_options_equal(&failed->options, &x->wanted.options)) {
        *errp = xasprintf("%s (not tried again for another %lld s)",
                          failed->error,
                          (failed->until - time_msec() + 999) / 1000);
        return failed->err;
    }

    error = excpath_endpoint_start(x, &x->wanted.options, errp);
    if (error) {
        note_failed_add(name, &x->wanted.options, error, *errp);
    } else {
        forget_failed_add(name);
        x->running = true;
        update_active(x);
    }
    return error;
}

/* Whether 'x' has a backend and is as 'config' says. */
static bool
is_in_effect(const struct netdev_excpath *x,
             const struct excpath_config *config)
{
    return (excpath_glue_get_port_id(x->netdev) >= 0
            && !excpath_options_need_restart(&x->options, &config->options)
            && x->mtu == config->mtu);
}

static bool
has_failed(const struct netdev_excpath *x, const struct excpath_config *config)
{
    return (x->failed_error
            && excpath_options_equal(&x->failed.options, &config->options)
            && x->failed.mtu == config->mtu);
}

static void
forget_failure(struct netdev_excpath *x)
{
    free(x->failed_error);
    x->failed_error = NULL;
}

/* Returns true if 'x' has to be, and can be, restarted to become what is
 * wanted.  OVS makes it look whenever it reconfigures a bridge, mostly without
 * any change for this port: what failed is not tried twice in a row. */
static bool
needs_restart(struct netdev_excpath *x)
{
    char *error;

    if (!x->running) {
        return false;
    } else if (is_in_effect(x, &x->wanted)) {
        forget_failure(x);
        error = NULL;
    } else if (has_failed(x, &x->wanted)) {
        error = xstrdup(x->failed_error);
    } else {
        error = excpath_endpoint_check(x, &x->wanted.options);
        if (!error) {
            return true;
        }
    }
    netdev_excpath_set_error(
        x, EXCPATH_E_CHANGE,
        error ? xasprintf("change not applied: %s", error) : NULL);
    free(error);
    return false;
}

/* Applies those of the options that take no restart. */
static int
apply_in_place(struct netdev_excpath *x, const struct excpath_options *opts,
               char **errp)
{
    if (opts->persist != x->options.persist && x->tap.keeper_fd >= 0
        && excpath_tap_is_alive(x->tap.keeper_fd)) {
        int error = excpath_owner_set_persist(x, opts->persist, errp);

        if (error) {
            return error;
        }
    }
    x->options.persist = opts->persist;
    x->options.backend = opts->backend;
    x->options.tap_up = opts->tap_up;
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
    if (!error && x->running) {
        if (strcmp(opts.tap_name, x->options.tap_name)) {
            error = excpath_owner_check(x, opts.tap_name, &error_string);
            if (error) {
                /* Once this has passed it is worth another try. */
                forget_failure(x);
            }
        }
        if (!error) {
            error = apply_in_place(x, &opts, &error_string);
        }
    } else if (!error) {
        x->wanted.options = opts;
        error = start_port(x, &error_string);
    }

    if (error && !x->running) {
        VLOG_WARN("%s: %s", netdev_get_name(netdev), error_string);
        *errp = error_string;
        return error;
    }

    /* With an error OVS would delete the port.  It goes on with what it
     * has. */
    netdev_excpath_set_error(
        x, EXCPATH_E_OPTIONS,
        error ? xasprintf("option not applied, port unchanged: %s",
                          error_string) : NULL);
    free(error_string);
    x->wanted.options = error ? x->options : opts;
    if (needs_restart(x)) {
        netdev_request_reconfigure(netdev);
    }
    return 0;
}

/* Makes 'x' what is wanted, or leaves it as it was. */
static void
restart_port(struct netdev_excpath *x)
{
    struct excpath_options old_options = x->options;
    struct excpath_tap old_tap = EXCPATH_TAP_NONE;
    bool other_tap = strcmp(old_options.tap_name, x->wanted.options.tap_name);
    char *error = NULL;

    excpath_endpoint_stop(x);
    if (other_tap) {
        /* Kept, with its addresses and routes, until it is clear that the
         * other one works. */
        old_tap = x->tap;
        x->tap = EXCPATH_TAP_NONE;
    }
    excpath_glue_set_requested_mtu(x->netdev, x->wanted.mtu);
    forget_failure(x);
    if (!excpath_endpoint_start(x, &x->wanted.options, &error)) {
        excpath_owner_release(x, &old_tap);
    } else {
        bool same = (x->mtu == x->wanted.mtu
                     && !excpath_options_need_restart(&old_options,
                                                      &x->wanted.options));

        x->failed = x->wanted;
        x->failed_error = error;
        error = NULL;

        if (other_tap) {
            x->tap = old_tap;
        }
        excpath_glue_set_requested_mtu(x->netdev, x->mtu);
        if (same) {
            error = xasprintf("out of service: %s", x->failed_error);
        } else if (excpath_endpoint_start(x, &old_options, &error)) {
            /* Kept without a backend: everything sent is counted as dropped,
             * and the next change tries again. */
            char *reason = error;

            error = xasprintf("out of service: %s", reason);
            free(reason);
        }
    }
    netdev_excpath_set_error(x, EXCPATH_E_FAULT, error);
}

static int
netdev_excpath_reconfigure(struct netdev *netdev)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    if (needs_restart(x)) {
        restart_port(x);
        update_active(x);
        needs_restart(x);       /* For its error. */
        netdev_change_seq_changed(netdev);
    }
    excpath_glue_set_n_txq(netdev, MAX(x->n_txq, x->n_queues));
    return 0;
}

static int
netdev_excpath_set_mtu(struct netdev *netdev, int mtu)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    if (mtu > EXCPATH_MAX_MTU || mtu < EXCPATH_MIN_MTU) {
        netdev_excpath_set_error(
            x, EXCPATH_E_MTU,
            xasprintf("mtu_request=%d is not valid, MTU unchanged: use %d to "
                      "%d", mtu, EXCPATH_MIN_MTU, EXCPATH_MAX_MTU));
        return EINVAL;
    }
    netdev_excpath_set_error(x, EXCPATH_E_MTU, NULL);

    x->wanted.mtu = mtu;
    if (needs_restart(x)) {
        netdev_request_reconfigure(netdev);
    }
    return 0;
}

/* OVS does not say so when mtu_request is removed. */
static void
netdev_excpath_run(const struct netdev_class *class OVS_UNUSED)
{
    struct netdev_excpath *x;

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        bool has_error;

        ovs_mutex_lock(&x->mutex);
        has_error = x->errors[EXCPATH_E_MTU] != NULL;
        ovs_mutex_unlock(&x->mutex);
        if (x->running && (has_error || x->wanted.mtu != x->mtu)
            && !netdev_mtu_is_user_config(x->netdev)) {
            netdev_excpath_set_error(x, EXCPATH_E_MTU, NULL);
            x->wanted.mtu = x->mtu;
            if (needs_restart(x)) {
                netdev_request_reconfigure(x->netdev);
            }
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}

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
    int error = excpath_tap_set_mac(x->tap.ifindex, mac);

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

    if ((off | on) & ~(NETDEV_UP | NETDEV_PROMISC)) {
        return EINVAL;
    }

    /* A port that is down passes no packets, whatever its DPDK device does:
     * the latter stays up, if there is one. */
    *old_flagsp = excpath_glue_update_flags(netdev, off, on);
    x->port_up = ((*old_flagsp | on) & ~off & NETDEV_UP) != 0;
    update_active(x);
    return 0;
}

/* State. */

static int
netdev_excpath_get_config(const struct netdev *netdev, struct smap *args)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);

    if (x->running) {
        excpath_options_format(&x->options, args);
    }
    return 0;
}

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

    return x->tap.ifindex > 0 ? x->tap.ifindex : -ENODEV;
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
        if (x->running && (!change || change->if_index == x->tap.ifindex)) {
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
        excpath_class.run = netdev_excpath_run;
        excpath_class.alloc = excpath_glue_alloc;
        excpath_class.dealloc = excpath_glue_dealloc;
        excpath_class.construct = netdev_excpath_construct;
        excpath_class.destruct = netdev_excpath_destruct;
        excpath_class.get_config = netdev_excpath_get_config;
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
