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

#include "excpath-stats.h"

#include <inttypes.h>
#include <string.h>

#include "excpath-kernel.h"
#include "excpath-owner.h"
#include "netdev-excpath-private.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/netdev.h"
#include "openvswitch/vlog.h"
#include "timeval.h"

VLOG_DEFINE_THIS_MODULE(excpath_stats);

#define SUM_QUEUES(X, BLOCK, NAME)                              \
    ({                                                          \
        uint64_t sum__ = 0;                                     \
                                                                \
        for (int i__ = 0; i__ < EXCPATH_MAX_QUEUES; i__++) {    \
            sum__ += excpath_counter_get(&(X)->BLOCK[i__].NAME); \
        }                                                       \
        sum__;                                                  \
    })

void
excpath_stats_reset(struct netdev_excpath *x)
{
    if (!x->stats_base) {
        x->stats_base = xzalloc_cacheline(sizeof *x->stats_base);
    }
    x->stats_base->when = time_wall_msec();
    for (int i = 0; i < EXCPATH_MAX_QUEUES; i++) {
#define EXCPATH_STAT(NAME) \
        atomic_store_relaxed(&x->stats_base->rxq[i].NAME, \
                             excpath_counter_get(&x->rxq_stats[i].NAME));
        EXCPATH_RXQ_STATS
#undef EXCPATH_STAT
#define EXCPATH_STAT(NAME) \
        atomic_store_relaxed(&x->stats_base->txq[i].NAME, \
                             excpath_counter_get(&x->txq_stats[i].NAME));
        EXCPATH_TXQ_STATS
#undef EXCPATH_STAT
        for (int j = 0; j < EXCPATH_LATENCY_BUCKETS; j++) {
            atomic_store_relaxed(&x->stats_base->latency[i].buckets[j],
                                 excpath_counter_get(
                                     &x->latency[i].buckets[j]));
        }
    }
#define EXCPATH_STAT(NAME) \
    atomic_store_relaxed(&x->stats_base->port.NAME, \
                         excpath_counter_get(&x->port_stats.NAME));
    EXCPATH_PORT_STATS
#undef EXCPATH_STAT
}

/* Whether queue pair 'qid' has counted anything. */
static bool
has_counted(const struct netdev_excpath *x, int qid)
{
    uint64_t sum = 0;

#define EXCPATH_STAT(NAME) \
    sum += excpath_counter_get(&x->rxq_stats[qid].NAME);
    EXCPATH_RXQ_STATS
#undef EXCPATH_STAT
#define EXCPATH_STAT(NAME) \
    sum += excpath_counter_get(&x->txq_stats[qid].NAME);
    EXCPATH_TXQ_STATS
#undef EXCPATH_STAT
    return sum != 0;
}

int
excpath_stats_n_queues(const struct netdev_excpath *x)
{
    int n = EXCPATH_MAX_QUEUES;

    while (n > x->n_queues && !has_counted(x, n - 1)) {
        n--;
    }
    return n;
}

void
excpath_stats_get(const struct netdev_excpath *x, struct netdev_stats *stats)
{
    const struct excpath_port_stats *p = &x->port_stats;

    /* All ones means "not counted". */
    memset(stats, 0xff, sizeof *stats);

    stats->rx_packets = SUM_QUEUES(x, rxq_stats, packets);
    stats->rx_bytes = SUM_QUEUES(x, rxq_stats, bytes);
    stats->rx_dropped = SUM_QUEUES(x, rxq_stats, policer_drops)
                        + SUM_QUEUES(x, rxq_stats, down_drops)
                        + SUM_QUEUES(x, rxq_stats, start_drops)
                        + SUM_QUEUES(x, rxq_stats, linearize_drops)
                        + SUM_QUEUES(x, rxq_stats, invalid_drops);
    stats->rx_errors = 0;
    stats->tx_packets = SUM_QUEUES(x, txq_stats, packets);
    stats->tx_bytes = SUM_QUEUES(x, txq_stats, bytes);
    stats->tx_dropped = SUM_QUEUES(x, txq_stats, ring_full_drops)
                        + SUM_QUEUES(x, txq_stats, invalid_drops)
                        + SUM_QUEUES(x, txq_stats, kernel_drops)
                        + SUM_QUEUES(x, txq_stats, unsent_drops)
                        + excpath_counter_get(&p->down_drops)
                        + excpath_counter_get(&p->tap_down_drops)
                        + excpath_counter_get(&p->no_buffer_drops)
                        + excpath_counter_get(&p->oversize_drops)
                        + excpath_counter_get(&p->offload_drops)
                        + excpath_counter_get(&p->qos_drops);
    stats->tx_errors = 0;
}

static void
format_counter(struct ds *ds, const char *name, uint64_t value)
{
    if (value) {
        ds_put_format(ds, " %s=%"PRIu64, name, value);
    }
}

void
excpath_stats_log(const struct netdev_excpath *x)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

#define EXCPATH_STAT(NAME) \
    format_counter(&ds, "rx_" #NAME, SUM_QUEUES(x, rxq_stats, NAME));
    EXCPATH_RXQ_STATS
#undef EXCPATH_STAT
#define EXCPATH_STAT(NAME) \
    format_counter(&ds, "tx_" #NAME, SUM_QUEUES(x, txq_stats, NAME));
    EXCPATH_TXQ_STATS
#undef EXCPATH_STAT
#define EXCPATH_STAT(NAME) \
    format_counter(&ds, "tx_" #NAME, \
                   excpath_counter_get(&x->port_stats.NAME));
    EXCPATH_PORT_STATS
#undef EXCPATH_STAT
    VLOG_INFO("%s: ends, with%s", netdev_get_name(x->netdev),
              ds.length ? ds_cstr(&ds) : " no packets");
    ds_destroy(&ds);
}

static void
append(struct netdev_custom_stats *stats, const char *name, uint64_t value)
{
    struct netdev_custom_counter *counter;

    stats->counters = xrealloc(stats->counters, (stats->size + 1)
                                                * sizeof *stats->counters);
    counter = &stats->counters[stats->size++];
    counter->value = value;
    ovs_strlcpy(counter->name, name, sizeof counter->name);
}

void
excpath_stats_get_custom(struct netdev_excpath *x,
                         struct netdev_custom_stats *stats)
{
    struct excpath_tap_info info;

#define EXCPATH_STAT(NAME) \
    append(stats, "excpath_rx_" #NAME, SUM_QUEUES(x, rxq_stats, NAME));
    EXCPATH_RXQ_STATS
#undef EXCPATH_STAT
#define EXCPATH_STAT(NAME) \
    append(stats, "excpath_tx_" #NAME, SUM_QUEUES(x, txq_stats, NAME));
    EXCPATH_TXQ_STATS
#undef EXCPATH_STAT
#define EXCPATH_STAT(NAME) \
    append(stats, "excpath_tx_" #NAME, \
           excpath_counter_get(&x->port_stats.NAME));
    EXCPATH_PORT_STATS
#undef EXCPATH_STAT

    /* What the kernel itself dropped at the tap, in its own directions: "rx"
     * is from the switch.  The frames that tried the backend out do not
     * count. */
    if (x->running && excpath_owner_locate(x, &info)) {
        append(stats, "excpath_tap_rx_dropped",
               info.rx_dropped - MIN(info.rx_dropped, x->tap.trial_frames));
        append(stats, "excpath_tap_tx_dropped", info.tx_dropped);
    }
}
