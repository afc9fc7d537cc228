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
#include "excpath-keeper.h"
#include "excpath-stats.h"
#include "netdev-excpath-private.h"
#include "timeval.h"
#include "util.h"

/* How long to wait at most, and for how long nothing must have moved. */
#define DRAIN_MS 500
#define DRAIN_QUIET_MS 20

/* Whether there are packets in the rings to the kernel. */
static bool
has_unsent(const struct netdev_excpath *x)
{
    for (int i = 0; i < x->n_queues; i++) {
        struct excpath_fill to_kernel, from_kernel;

        if (x->backend->get_fill(x, i, &to_kernel, &from_kernel)
            && to_kernel.now) {
            return true;
        }
    }
    return false;
}

/* Waits until the ports have nothing more to do, or for long enough. */
static void
drain(void)
    OVS_REQUIRES(excpath_list_mutex)
{
    long long int now = time_msec();
    long long int end = now + DRAIN_MS;
    long long int quiet = now + DRAIN_QUIET_MS;
    uint64_t before = 0;

    do {
        struct netdev_excpath *x;
        bool unsent = false;
        uint64_t sum = 0;

        LIST_FOR_EACH (x, list_node, &excpath_list) {
            if (x->started) {
                struct netdev_stats stats;

                excpath_stats_get(x, &stats);
                sum += (stats.rx_packets + stats.rx_dropped
                        + stats.tx_packets + stats.tx_dropped);
                unsent = unsent || has_unsent(x);
            }
        }
        if (sum != before || unsent) {
            quiet = now + DRAIN_QUIET_MS;
            before = sum;
        }
        /* The main thread has left RCU by now. */
        xnanosleep_no_quiesce(1000 * 1000);
        now = time_msec();
    } while (now < MIN(quiet, end));
}

static void
excpath_exit(void)
{
    struct netdev_excpath *x;

    ovs_mutex_lock(&excpath_list_mutex);

    /* From now on the kernel counts itself what it has for the taps.  It goes
     * on until their queues end: else packets would gather there. */
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->started) {
            excpath_tap_set_blocked(x->tap.keeper_fd, true);
        }
    }
    drain();

    /* Others may go on sending, but not to the kernel. */
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        atomic_store_relaxed(&x->tx_active, false);
        atomic_store_relaxed(&x->active, false);
    }
    drain();

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
