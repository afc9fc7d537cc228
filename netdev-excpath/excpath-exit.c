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

#include "excpath-exit.h"

#include <stdlib.h>

#include "excpath-backend.h"
#include "excpath-drain.h"
#include "excpath-keeper.h"
#include "excpath-stats.h"
#include "netdev-excpath-private.h"
#include "util.h"

/* Whether anything has come from the kernel since the last call, or is to
 * come. */
static bool
has_received(void *sum_)
    OVS_REQUIRES(excpath_list_mutex)
{
    struct netdev_excpath *x;
    uint64_t *sum = sum_;
    bool unread = false;
    uint64_t now = 0;
    bool moved;

    LIST_FOR_EACH (x, list_node, &excpath_list) {
        struct netdev_stats stats;

        excpath_stats_get(x, &stats);
        now += stats.rx_packets + stats.rx_dropped;
        unread = unread || (x->started && x->backend->has_unread(x));
    }
    moved = unread || now != *sum;
    *sum = now;
    return moved;
}

/* Whether there is anything in the rings to the kernel. */
static bool
has_unsent(void *aux OVS_UNUSED)
    OVS_REQUIRES(excpath_list_mutex)
{
    struct netdev_excpath *x;

    LIST_FOR_EACH (x, list_node, &excpath_list) {
        for (int i = 0; x->started && i < x->n_queues; i++) {
            struct excpath_fill to_kernel, from_kernel;

            if (x->backend->get_fill(x, i, &to_kernel, &from_kernel)
                && to_kernel.now) {
                return true;
            }
        }
    }
    return false;
}

static void
excpath_exit(void)
{
    struct netdev_excpath *x;
    uint64_t received = 0;
    bool any = false;

    ovs_mutex_lock(&excpath_list_mutex);

    /* From now on the kernel counts itself what it has for the taps.  It goes
     * on until their queues end: else packets would gather there. */
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->started) {
            excpath_tap_set_blocked(x->tap.keeper_fd, true);
            any = true;
        }
    }
    if (any) {
        excpath_tap_wait_blocked();
        has_received(&received);
        excpath_drain(has_received, &received);
    }

    /* Others may go on sending, but not to the kernel. */
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        atomic_store_relaxed(&x->tx_active, false);
        atomic_store_relaxed(&x->active, false);
    }
    if (any) {
        excpath_drain(has_unsent, NULL);
    }

    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->was_started) {
            excpath_stats_log(x);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}

void
excpath_exit_init(void)
{
    atexit(excpath_exit);
}
