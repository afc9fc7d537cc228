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

#include <rte_mbuf.h>

#include "excpath-backend.h"
#include "excpath-features.h"
#include "excpath-follow.h"
#include "excpath-glue.h"
#include "excpath-kernel.h"
#include "excpath-large.h"
#include "excpath-owner.h"
#include "excpath-placement.h"
#include "excpath-status.h"
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

/* Backends in the order in which backend=auto prefers them. */
static const struct excpath_backend_ops *const backends[] = {
    &excpath_backend_vhost,
    &excpath_backend_tap,
};

/* Whether 'opts' leave it open that 'ops' serves 'x'. */
static bool
is_candidate(const struct netdev_excpath *x, const struct excpath_options *opts,
             const struct excpath_backend_ops *ops)
{
    if (opts->backend != EXCPATH_BACKEND_AUTO) {
        return opts->backend == ops->id;
    }
    /* A port that runs stays with what it has. */
    return !x->running || x->backend == ops;
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
excpath_endpoint_check(const struct netdev_excpath *x,
                       const struct excpath_options *opts)
{
    struct excpath_tap_info info;
    char *error;

    if (x->tap.keeper_fd >= 0 && excpath_tap_is_alive(x->tap.keeper_fd)
        && !excpath_owner_is_here(x, &info)) {
        /* DPDK finds a tap by its name, and makes one if there is none. */
        return xasprintf("tap \"%s\" was renamed, or moved to another network "
                         "namespace: bring it back for the change to be "
                         "applied", x->options.tap_name);
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
try_out(struct netdev_excpath *x, const struct excpath_backend_ops *ops,
        const struct excpath_options *opts, const struct eth_addr mac,
        char **errp)
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
                              i, opts->tap_name);
            return EIO;
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

    *errp = xasprintf("%s did not start: %"PRIu64" of %d trial frames "
                      "arrived at tap \"%s\"; see the kernel's and DPDK's "
                      "messages in the logs",
                      excpath_backend_to_string(ops->id),
                      taken_frames(&before, &now),
                      opts->n_queues, opts->tap_name);
    return EIO;
}

static int
start_on_tap(struct netdev_excpath *x, const struct excpath_backend_ops *ops,
             const struct excpath_options *opts,
             const struct excpath_tap_info *info, bool created, char **errp)
{
    struct eth_addr mac;
    int error, mtu;

    if (!x->running && !created && !netdev_mtu_is_user_config(x->netdev)
        && info->mtu >= EXCPATH_MIN_MTU && info->mtu <= EXCPATH_MAX_MTU) {
        /* OVS tells of mtu_request, if there is one, later. */
        excpath_glue_set_requested_mtu(x->netdev, info->mtu);
        x->wanted.mtu = info->mtu;
    }
    mtu = excpath_glue_get_requested_mtu(x->netdev);

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
    excpath_features_init();
    x->backend = ops;
    x->started = true;
    x->offloads = (struct excpath_tap_offloads) {
        .csum = excpath_options_csum(opts, userspace_tso_enabled()),
        .tso = excpath_options_tso(opts, userspace_tso_enabled()),
    };
    error = ops->start(x, opts, mac, errp);
    if (!error) {
        x->n_queues = opts->n_queues;
        error = try_out(x, ops, opts, mac, errp);
    }
    if (!error) {
        excpath_features_restore(x, opts);
    }
    if (!error && created && opts->tap_up) {
        error = excpath_tap_set_up(info->ifindex);
        if (error) {
            *errp = xasprintf("tap \"%s\" cannot be brought up: %s",
                              opts->tap_name, ovs_strerror(error));
        }
    }
    return error;
}

static void
note_tap_up(struct netdev_excpath *x, bool tap_up)
{
    ovs_mutex_lock(&x->mutex);
    x->tap_up = tap_up;
    ovs_mutex_unlock(&x->mutex);
}

void
excpath_endpoint_look(struct netdev_excpath *x)
{
    struct excpath_tap_info info;
    bool is_here = excpath_owner_is_here(x, &info);

    /* In another network namespace it cannot be seen; renamed, it can. */
    note_tap_up(x, (!is_here && excpath_tap_query_index(x->tap.ifindex, &info))
                   || info.flags & IFF_UP);
    if (is_here) {
        excpath_follow(x, &info);
    }
}

/* Starts 'x' with 'opts' and 'ops', or leaves it as it was. */
static int
start_with(struct netdev_excpath *x, const struct excpath_backend_ops *ops,
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
        error = start_on_tap(x, ops, opts, &info, created, errp);
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

        if (!is_candidate(x, opts, ops)) {
            continue;
        }
        free(reason);
        reason = *errp;         /* Of the one before, or NULL. */
        *errp = check_backend(ops, opts);
        error = *errp ? ENODEV : start_with(x, ops, opts, errp);
        if (error && reason && strcmp(reason, *errp)) {
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
    } else if (!x->running) {
        free(x->backend_reason);
        x->backend_reason = (reason
                             ? xasprintf("auto: %s", reason)
                             : xstrdup("auto: /dev/vhost-net works"));
    }
    free(reason);

    x->options = *opts;
    x->mtu = excpath_glue_get_mtu(x->netdev);
    ovs_mutex_lock(&x->mutex);
    x->backend_up = true;
    ovs_mutex_unlock(&x->mutex);
    excpath_endpoint_look(x);
    excpath_endpoint_tune(x);
    VLOG_INFO("%s: tap \"%s\" served by %s with %d queue pair(s)",
              netdev_get_name(x->netdev), opts->tap_name,
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
        x->backend->stop(x);
        x->started = false;
    }
}

bool
excpath_endpoint_is_lost(struct netdev_excpath *x)
{
    bool alive = (excpath_tap_is_alive(x->tap.keeper_fd)
                  && !(x->started && x->backend->is_gone
                       && x->backend->is_gone(x)));
    bool lost;

    ovs_mutex_lock(&x->mutex);
    lost = x->backend_up && !alive;
    ovs_mutex_unlock(&x->mutex);
    return lost;
}

void
excpath_endpoint_changed(struct netdev_excpath *x)
{
    if (excpath_endpoint_is_lost(x)) {
        ovs_mutex_lock(&x->mutex);
        x->backend_up = false;
        ovs_mutex_unlock(&x->mutex);
        netdev_excpath_set_error(
            x, EXCPATH_E_FAULT,
            xasprintf("tap \"%s\" was deleted in the kernel: delete the port "
                      "and add it again", x->options.tap_name));
    }
    excpath_endpoint_look(x);
    excpath_features_watch(x, true);
    netdev_change_seq_changed(x->netdev);
}

void
excpath_endpoint_get_status(struct netdev_excpath *x, struct smap *smap)
{
    struct excpath_status status = {
        .tap_name = x->options.tap_name,
        .made = x->tap.made,
        .n_queues = x->options.n_queues,
        .backend = excpath_backend_to_string(x->backend->id),
        .backend_reason = x->backend_reason,
        .io = (x->started && x->backend->get_io
               ? x->backend->get_io(x) : NULL),
        .gro = (!x->started || !x->gro ? "off"
                : x->backend->set_gro ? "worker" : "kernel"),
        .missing = userspace_tso_enabled() ? EXCPATH_MISSING_OFFLOADS : NULL,
        .poll_us = x->poll_us,
    };

    if (x->started) {
        status.to_kernel = status.from_kernel = x->offloads;
    }
    if (excpath_owner_is_here(x, &status.tap)) {
        status.location = EXCPATH_TAP_HERE;
        if (x->started) {
            excpath_tap_get_offloads(x->options.tap_name,
                                     &status.from_kernel);
        }
    } else if (x->tap.keeper_fd >= 0
               && excpath_tap_is_alive(x->tap.keeper_fd)) {
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
