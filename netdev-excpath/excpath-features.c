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

#include "excpath-features.h"

#include <rte_memory.h>

#include "excpath-backend.h"
#include "excpath-kernel.h"
#include "excpath-owner.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_features);

/* How often DPDK's memory has grown or shrunk.  Each time virtio_user attaches
 * all of its queues anew (virtio_user_mem_event_cb()), maybe a moment
 * later. */
static atomic_count mem_events = ATOMIC_COUNT_INIT(0);

/* For how many times that they are looked at, about once a second, it may not
 * have done so yet. */
#define LOOKS 2

static void
count_mem_event(enum rte_mem_event type OVS_UNUSED,
                const void *addr OVS_UNUSED, size_t len OVS_UNUSED,
                void *arg OVS_UNUSED)
{
    atomic_count_inc(&mem_events);
}

/* Whether the queues of 'x' may have been attached since it was looked at
 * last. */
static bool
is_attached_anew(const struct netdev_excpath *x)
{
    return (x->n_vhost_fds > 0
            && x->mem_events != atomic_count_get(&mem_events));
}

static void
note(struct netdev_excpath *x)
{
    struct excpath_tap_offloads now;
    struct excpath_tap_info info;

    if (excpath_owner_locate(x, &info)
        && !excpath_tap_get_offloads(&x->tap.dev, &now)) {
        x->tap.off.csum = x->offloads.csum && !now.csum;
        x->tap.off.tso = x->offloads.tso && !now.tso;
    }
}

void
excpath_features_note(struct netdev_excpath *x)
{
    if (!is_attached_anew(x) && !x->n_looks) {
        note(x);
    }
}

static void
switch_off(struct netdev_excpath *x)
{
    int error = excpath_tap_switch_off(&x->tap.dev, x->tap.off);

    if (error) {
        VLOG_WARN("%s: offloads of tap \"%s\" that were switched off with "
                  "ethtool are on again: %s", netdev_get_name(x->netdev),
                  x->tap.dev.name, ovs_strerror(error));
    }
}

/* Has TCP segments to the kernel be merged if 'opts' and the kernel allow
 * that. */
static void
apply_gro(struct netdev_excpath *x, const struct excpath_options *opts)
{
    x->gro = excpath_tap_has_gro(&x->tap.dev);
    if (x->backend->set_gro) {
        x->gro = x->gro && excpath_options_gro(opts);
        x->backend->set_gro(x, x->gro);
    }
}

void
excpath_features_init(void)
{
    static struct ovsthread_once once = OVSTHREAD_ONCE_INITIALIZER;

    if (ovsthread_once_start(&once)) {
        /* With memory that cannot grow or shrink this fails. */
        rte_mem_event_callback_register("excpath", count_mem_event, NULL);
        ovsthread_once_done(&once);
    }
}

void
excpath_features_restore(struct netdev_excpath *x,
                         const struct excpath_options *opts)
{
    x->mem_events = atomic_count_get(&mem_events);
    x->n_looks = 0;
    switch_off(x);
    apply_gro(x, opts);
}

void
excpath_features_watch(struct netdev_excpath *x, bool changed)
{
    struct excpath_tap_offloads now;
    struct excpath_tap_info info;

    if (!x->started) {
        return;
    }
    if (changed && excpath_owner_locate(x, &info)) {
        apply_gro(x, &x->options);
    }
    if (is_attached_anew(x)) {
        x->mem_events = atomic_count_get(&mem_events);
        x->n_looks = LOOKS;
    }
    if (!x->n_looks) {
        if (changed) {
            note(x);
        }
    } else {
        x->n_looks--;
        if (excpath_owner_locate(x, &info)
            && !excpath_tap_get_offloads(&x->tap.dev, &now)) {
            /* What is off is so because somebody wants it. */
            x->tap.off.csum |= x->offloads.csum && !now.csum;
            x->tap.off.tso |= x->offloads.tso && !now.tso;
            if ((x->tap.off.csum && now.csum)
                || (x->tap.off.tso && now.tso)) {
                /* DPDK has done it.  What follows is somebody's wish. */
                x->n_looks = 0;
                switch_off(x);
            }
        }
    }
}
