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

#include "excpath-backend.h"
#include "excpath-carrier.h"
#include "excpath-features.h"
#include "excpath-glue.h"
#include "excpath-keeper.h"
#include "excpath-kernel.h"
#include "excpath-large.h"
#include "excpath-netns.h"
#include "excpath-owner.h"
#include "excpath-placement.h"
#include "excpath-status.h"
#include "excpath-trial.h"
#include "excpath-watch.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "smap.h"
#include "timeval.h"
#include "userspace-tso.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_endpoint);

/* How often the next packet of each queue is timed, at most. */
#define TIMING_MS 50

static char *host_id;

/* When it is, in time_msec().  Main thread. */
static long long int next_timing;

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

/* Backends in the order in which backend=auto prefers them. */
static const struct excpath_backend_ops *const backends[] = {
    &excpath_backend_vhost,
    &excpath_backend_tap,
};

/* Whether 'opts' leave it open that 'ops' serves 'x'. */
static bool
is_candidate(const struct netdev_excpath *x,
             const struct excpath_options *opts,
             const struct excpath_backend_ops *ops)
{
    if (opts->backend != EXCPATH_BACKEND_AUTO) {
        return opts->backend == ops->id;
    }
    /* A port that has worked stays with what it has. */
    return !x->was_started || x->backend == ops;
}

/* Returns NULL if 'ops' can serve a port with 'opts', or why it cannot. */
static char *
check_backend(const struct excpath_backend_ops *ops,
              const struct excpath_options *opts)
{
    char *reason = ops->check(opts);
    char *error = NULL;

    if (reason) {
        error = xasprintf("%s%s cannot be used: %s",
                          opts->backend == ops->id ? "backend=" : "",
                          excpath_backend_to_string(ops->id), reason);
        free(reason);
    }
    return error;
}

char *
excpath_endpoint_check(struct netdev_excpath *x,
                       const struct excpath_options *opts)
{
    struct excpath_tap_info info;
    char *error;

    if (x->tap.keeper_fd >= 0 && !x->tap_gone
        && excpath_tap_is_alive(x->tap.keeper_fd)
        && !excpath_owner_locate(x, &info)) {
        /* DPDK finds a tap by its name, and makes one if there is none. */
        return xasprintf("tap \"%s\" was moved to a network namespace that "
                         "has no name or cannot be entered: bring it back for "
                         "the change to be applied", x->tap.dev.name);
    }

    error = excpath_tap_check();
    if (error) {
        return error;
    }
    for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
        if (is_candidate(x, opts, backends[i])) {
            free(error);
            error = check_backend(backends[i], opts);
            if (!error) {
                break;
            }
        }
    }
    return error;
}

static int
start_on_tap(struct netdev_excpath *x, const struct excpath_backend_ops *ops,
             const struct excpath_options *opts,
             const struct excpath_tap_info *info, bool created, char **errp)
{
    struct eth_addr mac;
    int error, mtu;

    excpath_peer_set(x, opts->peer);
    mtu = (excpath_peer_has_mtu(&x->peer) ? x->peer.mtu
           : created ? 0 : info->mtu);
    if (!x->was_started && !x->plain_mtu
        && !netdev_mtu_is_user_config(x->netdev)
        && mtu >= EXCPATH_MIN_MTU && mtu <= EXCPATH_MAX_MTU) {
        /* OVS tells of mtu_request, if there is one, later. */
        excpath_glue_set_requested_mtu(x->netdev, mtu);
        x->wanted.mtu = mtu;
    }
    mtu = excpath_glue_get_requested_mtu(x->netdev);

    if (opts->tap_mac_set) {
        mac = opts->tap_mac;
    } else if (excpath_peer_has_mac(&x->peer)) {
        mac = x->peer.mac;
    } else if (created) {
        mac = excpath_stable_mac(host_id, opts->tap_name);
    } else {
        mac = info->mac;
    }

    if (created) {
        /* At once: udev gives a device whose address still is the kernel's
         * random one an address of its own. */
        excpath_tap_set_mac(&x->tap.dev, mac);
    }
    error = excpath_tap_set_mtu(&x->tap.dev, mtu);
    if (error) {
        *errp = xasprintf("MTU of tap \"%s\" cannot be set to %d: %s",
                          x->tap.dev.name, mtu, ovs_strerror(error));
        return error;
    }
    excpath_features_init();
    x->backend = ops;
    x->started = true;
    x->tap.opened_in = excpath_netns_get_id(x->tap.dev.ns);
    x->offloads = (struct excpath_tap_offloads) {
        .csum = excpath_options_csum(opts, userspace_tso_enabled()),
        .tso = excpath_options_tso(opts, userspace_tso_enabled()),
    };
    error = ops->start(x, opts, mac, errp);
    if (!error) {
        x->n_queues = opts->n_queues;
        error = excpath_trial(x, ops, opts, mac, errp);
    }
    if (!error) {
        excpath_features_restore(x, opts);
        ovs_mutex_lock(&x->mutex);
        x->backend_up = true;
        ovs_mutex_unlock(&x->mutex);
        /* Of a tap that is new, nobody sees what it was before. */
        excpath_carrier_update(x);
    }
    if (!error && created && opts->tap_up) {
        error = excpath_tap_set_up(&x->tap.dev);
        if (error) {
            *errp = xasprintf("tap \"%s\" cannot be brought up: %s",
                              x->tap.dev.name, ovs_strerror(error));
        }
    }
    return error;
}

/* Starts 'x' with 'opts' and 'ops', or leaves it as it was. */
static int
start_with(struct netdev_excpath *x, const struct excpath_backend_ops *ops,
           const struct excpath_options *opts, char **errp)
{
    bool had_keeper = x->tap.keeper_fd >= 0;
    struct excpath_tap_info info, now;
    bool created = false;
    bool acquired;
    int error;

    error = excpath_owner_acquire(x, opts, &info, &created, errp);
    acquired = !error;
    if (!error) {
        error = start_on_tap(x, ops, opts, &info, created, errp);
    }
    if (!error) {
        error = excpath_owner_set_persist(x, opts->persist, errp);
    }
    if (error) {
        excpath_endpoint_stop(x);
        if (created) {
            excpath_owner_release(x, &x->tap);
        } else if (acquired && excpath_owner_locate(x, &now)) {
            /* DPDK sets the MAC address, whatever comes of it. */
            excpath_tap_set_mac(&x->tap.dev, info.mac);
            excpath_tap_set_mtu(&x->tap.dev, info.mtu);
        }
        if (!had_keeper) {
            excpath_owner_forget(&x->tap);
        }
    }
    return error;
}

/* start_with(), for a new port without the MTU of a peer or of a tap that was
 * there if it cannot be had with that: mtu_request, with which it could be,
 * comes only later. */
static int
start_or_shrink(struct netdev_excpath *x,
                const struct excpath_backend_ops *ops,
                const struct excpath_options *opts, char **errp)
{
    int mtu = excpath_glue_get_requested_mtu(x->netdev);
    int error = start_with(x, ops, opts, errp);

    if (error && mtu != excpath_glue_get_requested_mtu(x->netdev)) {
        VLOG_WARN("%s: %s", netdev_get_name(x->netdev), *errp);
        free(*errp);
        *errp = NULL;
        x->wanted.mtu = mtu;
        excpath_glue_set_requested_mtu(x->netdev, mtu);
        x->plain_mtu = true;
        error = start_with(x, ops, opts, errp);
        x->plain_mtu = false;
    }
    return error;
}

int
excpath_endpoint_start(struct netdev_excpath *x,
                       const struct excpath_options *opts, char **errp)
{
    const struct excpath_backend_ops *last = x->backend;
    bool automatic = opts->backend == EXCPATH_BACKEND_AUTO;
    char *reason = NULL;
    int error = ENODEV;

    *errp = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(backends) && error; i++) {
        const struct excpath_backend_ops *ops = backends[i];
        bool checked;

        if (!is_candidate(x, opts, ops)) {
            continue;
        }
        free(reason);
        reason = *errp;         /* Of the one before, or NULL. */
        *errp = check_backend(ops, opts);
        checked = !*errp;
        error = checked ? start_or_shrink(x, ops, opts, errp) : ENODEV;
        /* What keeps another backend from being used matters if this one
         * cannot be used either. */
        if (error && !checked && reason && strcmp(reason, *errp)) {
            char *both = xasprintf("%s (and %s)", *errp, reason);

            free(*errp);
            *errp = both;
        }
    }
    if (!x->running) {
        /* Else they may be wanted for the old options. */
        excpath_large_release(x);
    }
    if (error) {
        x->backend = last;
        free(reason);
        return error;
    }

    if (!automatic) {
        free(x->backend_reason);
        x->backend_reason = xstrdup("asked for in options:backend");
    } else if (!x->was_started) {
        free(x->backend_reason);
        x->backend_reason = (reason
                             ? xasprintf("auto: %s", reason)
                             : xstrdup("auto: /dev/vhost-net works"));
    }
    free(reason);

    x->was_started = true;
    x->options = *opts;
    x->mtu = excpath_glue_get_mtu(x->netdev);
    excpath_watch_look(x);
    excpath_endpoint_tune(x);
    VLOG_INFO("%s: tap \"%s\" served by %s with %d queue pair(s)",
              netdev_get_name(x->netdev), x->tap.dev.name,
              excpath_backend_to_string(x->backend->id), opts->n_queues);
    return 0;
}

void
excpath_endpoint_tune(struct netdev_excpath *x)
{
    if (x->started) {
        int n_cpus = excpath_placement_apply(x);
        int poll_us = (x->options.poll_us_set || n_cpus > 1
                       ? x->options.poll_us : x->backend->one_cpu_poll_us);

        x->backend->set_poll(x, poll_us);
        if (poll_us != x->poll_us) {
            x->poll_us = poll_us;
            netdev_change_seq_changed(x->netdev);
        }
    }
}

void
excpath_endpoint_stop(struct netdev_excpath *x)
{
    bool was_up;

    atomic_store_relaxed(&x->active, false);
    atomic_store_relaxed(&x->tx_active, false);
    ovs_mutex_lock(&x->mutex);
    was_up = x->backend_up;
    x->backend_up = false;
    x->n_workers = 0;
    ovs_mutex_unlock(&x->mutex);
    if (x->started) {
        if (was_up) {
            excpath_features_note(x);
        }
        /* What the kernel still sends it counts itself, and what it has sent
         * the backend can count to the last packet. */
        excpath_tap_set_blocked(x->tap.keeper_fd, true);
        x->backend->stop(x, was_up);
        x->started = false;
        excpath_tap_set_blocked(x->tap.keeper_fd, false);
    }
}

void
excpath_endpoint_expect(struct netdev_excpath *x,
                        const struct excpath_options *opts)
{
    x->backend = backends[ARRAY_SIZE(backends) - 1];
    for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
        if (is_candidate(x, opts, backends[i])) {
            char *error = check_backend(backends[i], opts);

            if (!error) {
                x->backend = backends[i];
                break;
            }
            free(error);
        }
    }
    free(x->backend_reason);
    x->backend_reason = xstrdup(opts->backend == EXCPATH_BACKEND_AUTO
                                ? "auto: can be had"
                                : "asked for in options:backend");
    x->options = *opts;
    x->mtu = excpath_glue_get_requested_mtu(x->netdev);
}

void
excpath_endpoint_get_status(struct netdev_excpath *x, struct smap *smap)
{
    struct excpath_status status = {
        .tap_name = (x->tap.keeper_fd >= 0 ? x->tap.dev.name
                     : x->options.tap_name),
        .made = x->tap.made,
        .peer = x->peer,
        .n_queues = x->options.n_queues,
        .backend = excpath_backend_to_string(x->backend->id),
        .backend_reason = x->backend_reason,
        .io = (x->started && x->backend->get_io
               ? x->backend->get_io(x) : NULL),
        .gro = (!x->started || !x->gro ? "off"
                : x->backend->set_gro ? "worker" : "kernel"),
        .missing = userspace_tso_enabled() ? EXCPATH_MISSING_OFFLOADS : NULL,
        .poll_us = x->started ? x->poll_us : -1,
    };

    if (x->started) {
        status.to_kernel = status.from_kernel = x->offloads;
    }
    if (excpath_owner_locate(x, &status.tap)) {
        status.location = EXCPATH_TAP_HERE;
        status.netns = excpath_netns_get_name(x->tap.dev.ns);
        status.renamed = strcmp(x->tap.dev.name, x->options.tap_name) != 0;
        if (x->started) {
            excpath_tap_get_offloads(&x->tap.dev, &status.from_kernel);
        }
    } else if (x->tap.keeper_fd < 0) {
        status.location = EXCPATH_TAP_MISSING;
    } else if (excpath_tap_is_alive(x->tap.keeper_fd)) {
        status.location = EXCPATH_TAP_ELSEWHERE;
    } else {
        status.location = EXCPATH_TAP_DELETED;
    }

    ovs_mutex_lock(&x->mutex);
    status.backend_up = x->backend_up;
    status.workers = x->workers;
    status.n_workers = x->n_workers;
    status.errors = x->errors;
    status.n_errors = EXCPATH_N_ERRORS;
    excpath_status_format(&status, smap);
    ovs_mutex_unlock(&x->mutex);
}

void
excpath_endpoint_run(void)
{
    struct netdev_excpath *x;

    if (time_msec() < next_timing) {
        return;
    }
    next_timing = time_msec() + TIMING_MS;
    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->started) {
            x->backend->time_next(x);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}
