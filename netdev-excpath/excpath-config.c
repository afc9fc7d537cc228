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

#include "excpath-config.h"

#include <errno.h>
#include <string.h>

#include "dpdk.h"
#include "excpath-backend.h"
#include "excpath-endpoint.h"
#include "excpath-failed.h"
#include "excpath-follow.h"
#include "excpath-glue.h"
#include "excpath-keeper.h"
#include "excpath-kernel.h"
#include "excpath-large.h"
#include "excpath-owner.h"
#include "excpath-placement.h"
#include "excpath-watch.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "userspace-tso.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_config);

/* Of interfaces that are in the database, or were once.  Main thread only. */
static struct sset names = SSET_INITIALIZER(&names);

const struct sset *
excpath_config_names(void)
{
    return &names;
}

void
excpath_config_note_end(struct netdev_excpath *x)
{
    if (x->running && !x->n_txq) {
        /* A userspace datapath that takes a port tells it at once how many
         * transmit queues it wants.  This one was not taken.  OVS gives it
         * up and tries again at the next change of a device, which the end of
         * its tap is. */
        excpath_failed_note(netdev_get_name(x->netdev), &x->options, EINVAL,
                            "the port could not be added to its bridge, which "
                            "needs datapath_type=netdev for a port of type "
                            "excpath");
    }
}

/* Starts a new port with the options in 'x->wanted'.  On failure nothing of it
 * is left. */
static int
start_port(struct netdev_excpath *x, char **errp)
{
    const char *name = netdev_get_name(x->netdev);
    int error;

    if (!dpdk_available()) {
        *errp = xstrdup("type excpath needs DPDK, which is not initialized: "
                        "run \"ovs-vsctl set Open_vSwitch . "
                        "other_config:dpdk-init=true\" and see the log for "
                        "what keeps it from starting");
        return ENODEV;
    }

    /* These leave the kernel alone. */
    *errp = excpath_placement_check(x, &x->wanted.options);
    if (*errp) {
        return EINVAL;
    }
    *errp = excpath_endpoint_check(x, &x->wanted.options);
    if (*errp) {
        return ENODEV;
    }
    error = excpath_owner_check(x, &x->wanted.options, errp);
    if (error) {
        return error;
    }

    error = excpath_failed_check(name, &x->wanted.options, errp);
    if (error) {
        return error;
    }

    error = excpath_endpoint_start(x, &x->wanted.options, errp);
    if (error == EXCPATH_NO_NETNS) {
        /* It is added, and starts when it can. */
        excpath_endpoint_expect(x, &x->wanted.options);
        netdev_excpath_set_error(x, EXCPATH_E_FAULT,
                                 xasprintf("out of service: %s", *errp));
        free(*errp);
        *errp = NULL;
        x->waits_for_netns = true;
        error = 0;
    }
    if (error) {
        excpath_failed_note(name, &x->wanted.options, error, *errp);
    } else {
        excpath_failed_forget(name);
        x->running = true;
        netdev_excpath_update_active(x);
    }
    return error;
}

/* Whether 'x' is what it is with another backend, or options of it, than
 * 'opts' say. */
static bool
needs_other(const struct netdev_excpath *x, const struct excpath_options *opts)
{
    return ((opts->backend != EXCPATH_BACKEND_AUTO
             && opts->backend != x->backend->id)
            || excpath_options_need_restart(&x->options, opts, x->unpacks));
}

/* Whether 'x' has a backend and is as 'config' says. */
static bool
is_in_effect(const struct netdev_excpath *x,
             const struct excpath_config *config)
{
    return (x->started
            && !x->tap_gone
            && !x->tap_stale
            && !needs_other(x, &config->options)
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

/* How long to wait before a tap that is gone is made again, at least, and at
 * most if that fails.  Somebody who keeps deleting it must not keep the main
 * thread busy. */
#define MIN_REPAIR_MS 1000
#define MAX_REPAIR_MS 60000

static bool
is_to_wait(const struct netdev_excpath *x)
{
    return x->tap_gone && time_msec() < x->next_repair;
}

/* Returns true if 'x' has to be, and can be, restarted to become what is
 * wanted.  OVS makes it look whenever it reconfigures a bridge, mostly without
 * any change for this port: what failed is not tried twice in a row. */
static bool
needs_restart(struct netdev_excpath *x)
{
    char *error;

    if (!x->running || is_to_wait(x)) {
        return false;
    } else if (is_in_effect(x, &x->wanted)) {
        forget_failure(x);
        x->waits_for_netns = false;
        error = NULL;
    } else if (has_failed(x, &x->wanted)) {
        /* If there is no place for the tap, all that matters is said. */
        error = x->waits_for_netns ? NULL : xstrdup(x->failed_error);
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
    x->options.tap_up = opts->tap_up;
    if (strcmp(x->options.tap_netns, opts->tap_netns)
        && !strcmp(x->options.tap_name, opts->tap_name)) {
        /* Not if it is for another tap, which the port restarts with. */
        ovs_strlcpy(x->options.tap_netns, opts->tap_netns,
                    sizeof x->options.tap_netns);
        x->moves_home = !x->options.tap_netns[0];
        excpath_follow_netns(x);
    }
    if (strcmp(x->options.peer, opts->peer)) {
        ovs_strlcpy(x->options.peer, opts->peer, sizeof x->options.peer);
        excpath_peer_set(x, opts->peer);
        excpath_watch_look(x);
    }
    if (excpath_options_same_offloads(&x->options, opts)) {
        x->options.csum = opts->csum;
        x->options.tso = opts->tso;
    }
    if (opts->backend == EXCPATH_BACKEND_AUTO
        || opts->backend == x->backend->id) {
        if (x->options.backend != opts->backend) {
            free(x->backend_reason);
            x->backend_reason = xstrdup(
                opts->backend == EXCPATH_BACKEND_AUTO
                ? "auto: in use when options:backend was changed"
                : "asked for in options:backend");
        }
        x->options.backend = opts->backend;
    }
    if (x->options.poll_us != opts->poll_us
        || x->options.poll_us_set != opts->poll_us_set
        || !excpath_options_same_cpus(&x->options, opts)) {
        x->options.poll_us = opts->poll_us;
        x->options.poll_us_set = opts->poll_us_set;
        x->options.worker_cpus_set = opts->worker_cpus_set;
        x->options.worker_cpus = opts->worker_cpus;
        excpath_endpoint_tune(x);
    }
    return 0;
}

int
excpath_config_set(struct netdev *netdev, const struct smap *args,
                   char **errp)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);
    struct excpath_options opts;
    char *error_string = NULL;
    int error;

    sset_add(&names, netdev_get_name(netdev));
    error = excpath_options_parse(args, netdev_get_name(netdev),
                                  EXCPATH_MAX_QUEUES, &opts, &error_string);
    if (!error) {
        error_string = excpath_options_check_offloads(
            &opts, userspace_tso_enabled());
        error = error_string ? EINVAL : 0;
    }
    if (!error && x->running) {
        if (strcmp(opts.tap_name, x->options.tap_name)) {
            error = excpath_owner_check(x, &opts, &error_string);
            if (error) {
                /* Once this has passed it is worth another try. */
                forget_failure(x);
            }
        }
        if (!error) {
            error_string = excpath_placement_check(x, &opts);
            error = (error_string ? EINVAL
                     : apply_in_place(x, &opts, &error_string));
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
    if (!error && !excpath_options_equal(&x->wanted.options, &opts)) {
        x->mtu_unfit = 0;
    }
    x->wanted.options = error ? x->options : opts;
    if (needs_restart(x)) {
        netdev_request_reconfigure(netdev);
    }
    return 0;
}

/* Makes 'x' what is wanted if that is another MTU alone, one that its buffers
 * suit: then its backend goes on, and the tap keeps its carrier. */
static bool
change_mtu(struct netdev_excpath *x)
{
    struct excpath_tap_info info;
    int mtu = x->wanted.mtu;

    if (!x->started || x->tap_gone || x->tap_stale
        || needs_other(x, &x->wanted.options)
        || !excpath_owner_locate(x, &info)
        || !excpath_glue_change_mtu(x->netdev, mtu)) {
        return false;
    }
    if (excpath_tap_set_mtu(&x->tap.dev, mtu)) {
        excpath_glue_change_mtu(x->netdev, x->mtu);
        return false;
    }
    x->mtu = mtu;
    forget_failure(x);
    excpath_watch_look(x);
    VLOG_INFO("%s: MTU is %d now", netdev_get_name(x->netdev), mtu);
    return true;
}

/* Makes 'x' what is wanted, or leaves it as it was. */
static void
restart_port(struct netdev_excpath *x)
{
    struct excpath_options old_options = x->options;
    struct excpath_tap old_tap = EXCPATH_TAP_NONE;
    bool other_tap = strcmp(old_options.tap_name, x->wanted.options.tap_name);
    bool same = (x->mtu == x->wanted.mtu
                 && !needs_other(x, &x->wanted.options));
    char *error = NULL;
    int err;

    excpath_endpoint_stop(x);
    if (x->tap_gone) {
        /* If it is not deleted it will be, with its network namespace: to hold
         * on to the one keeps the other. */
        excpath_owner_forget(&x->tap);
        x->tap_gone = false;
        x->next_repair = time_msec() + MIN_REPAIR_MS;
    }
    x->tap_stale = false;
    if (other_tap) {
        /* Kept, with its addresses and routes, until it is clear that the
         * other one works. */
        old_tap = x->tap;
        x->tap = EXCPATH_TAP_NONE;
    }
    excpath_glue_set_requested_mtu(x->netdev, x->wanted.mtu);
    forget_failure(x);
    err = excpath_endpoint_start(x, &x->wanted.options, &error);
    x->waits_for_netns = err == EXCPATH_NO_NETNS;
    if (!err) {
        excpath_owner_release(x, &old_tap);
    } else {
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
    excpath_large_release(x);
    netdev_excpath_set_error(x, EXCPATH_E_FAULT, error);

    if (x->tap.keeper_fd >= 0) {
        x->repair_hold = 0;
    } else if (!x->waits_for_netns) {
        /* What is in the way of another tap may go. */
        x->tap_gone = true;
        x->repair_hold = MIN(MAX(2 * x->repair_hold, MIN_REPAIR_MS),
                             MAX_REPAIR_MS);
        x->next_repair = time_msec() + x->repair_hold;
    }
}

/* OVS does not say so when mtu_request is removed: forgets an MTU that 'x' was
 * to have because of it, and could not.  Returns whether there was one. */
static bool
withdraw_mtu(struct netdev_excpath *x)
{
    bool has_error;

    ovs_mutex_lock(&x->mutex);
    has_error = x->errors[EXCPATH_E_MTU] != NULL;
    ovs_mutex_unlock(&x->mutex);
    if (!x->running || netdev_mtu_is_user_config(x->netdev)
        || !(has_error || (x->wanted.mtu != x->mtu && !x->mtu_follows))) {
        return false;
    }
    netdev_excpath_set_error(x, EXCPATH_E_MTU, NULL);
    x->wanted.mtu = x->mtu;
    return true;
}

int
excpath_config_reconfigure(struct netdev *netdev)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);
    bool follows, withdrawn = withdraw_mtu(x);
    int mtu = x->wanted.mtu;
    int n_txq;

    follows = !withdrawn && x->mtu_follows;
    x->mtu_follows = false;
    if (needs_restart(x)) {
        /* At its end it may find another MTU to follow. */
        if (!change_mtu(x)) {
            restart_port(x);
        }
        if (follows) {
            /* It would be tried again and again. */
            x->mtu_unfit = x->mtu != mtu ? mtu : 0;
        }
        netdev_excpath_update_active(x);
        needs_restart(x);       /* For its error. */
        netdev_change_seq_changed(netdev);
    }
    /* Not more than there are threads: they share the rings of the tap
     * backend. */
    n_txq = x->n_txq ? x->n_txq : x->n_queues;
    excpath_glue_set_n_txq(netdev, n_txq);
    if (x->started && x->backend->set_senders) {
        x->backend->set_senders(x, n_txq);
        excpath_endpoint_tune(x);
    }
    return 0;
}

int
excpath_config_set_mtu(struct netdev *netdev, int mtu)
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
    x->mtu_follows = false;
    x->mtu_requested = netdev_mtu_is_user_config(netdev);
    if (needs_restart(x)) {
        netdev_request_reconfigure(netdev);
    }
    return 0;
}

bool
excpath_config_follow_mtu(struct netdev_excpath *x, int mtu)
{
    int old_mtu = x->wanted.mtu;

    if (mtu > EXCPATH_MAX_MTU || mtu < EXCPATH_MIN_MTU
        || mtu == x->mtu_unfit) {
        return false;
    }
    x->wanted.mtu = mtu;
    if (has_failed(x, &x->wanted) || !needs_restart(x)) {
        x->wanted.mtu = old_mtu;
        return false;
    }
    x->mtu_follows = true;
    netdev_request_reconfigure(x->netdev);
    return true;
}

void
excpath_config_retry(struct netdev_excpath *x)
{
    if (!is_to_wait(x)) {
        forget_failure(x);
        if (needs_restart(x)) {
            netdev_request_reconfigure(x->netdev);
        }
    }
}

void
excpath_config_run(void)
{
    struct netdev_excpath *x;

    excpath_placement_run();

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (withdraw_mtu(x) && needs_restart(x)) {
            netdev_request_reconfigure(x->netdev);
        }
        if (x->running && x->mtu_requested
            && !netdev_mtu_is_user_config(x->netdev)) {
            /* That of the peer counts again. */
            x->mtu_requested = false;
            excpath_watch_look(x);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}
