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

#ifndef EXCPATH_STATS_H
#define EXCPATH_STATS_H 1

/* Counters of a port, per queue.
 *
 * Most have one writer at a time, so that counting costs a plain addition.
 * Readers may be any thread. */

#include <stdint.h>

#include "excpath-options.h"
#include "ovs-atomic.h"
#include "util.h"

struct netdev_custom_stats;
struct netdev_excpath;
struct netdev_stats;

typedef ATOMIC(uint64_t) excpath_counter;

/* From the kernel, counted by the PMD thread that polls the queue... */
#define EXCPATH_RXQ_POLL_STATS \
    EXCPATH_STAT(packets) \
    EXCPATH_STAT(bytes) \
    EXCPATH_STAT(policer_drops)

/* ...and by the one that fills it: the worker, or else the PMD thread. */
#define EXCPATH_RXQ_FILL_STATS \
    EXCPATH_STAT(linearized) \
    EXCPATH_STAT(linearize_drops) \
    EXCPATH_STAT(invalid_drops) \
    EXCPATH_STAT(down_drops) \
    EXCPATH_STAT(start_drops)

#define EXCPATH_RXQ_STATS EXCPATH_RXQ_POLL_STATS EXCPATH_RXQ_FILL_STATS

/* To the kernel, counted by the worker, or by the holder of the transmit
 * queue's lock... */
#define EXCPATH_TXQ_DONE_STATS \
    EXCPATH_STAT(packets) \
    EXCPATH_STAT(bytes) \
    EXCPATH_STAT(coalesced) \
    EXCPATH_STAT(bursts) \
    EXCPATH_STAT(invalid_drops) \
    EXCPATH_STAT(kernel_drops) \
    EXCPATH_STAT(unsent_drops)

/* ...and by any sender, but not for every packet. */
#define EXCPATH_TXQ_SEND_STATS \
    EXCPATH_STAT(ring_full_drops) \
    EXCPATH_STAT(wakeups)

#define EXCPATH_TXQ_STATS EXCPATH_TXQ_DONE_STATS EXCPATH_TXQ_SEND_STATS

/* Of the port as a whole, on the way to the kernel. */
#define EXCPATH_PORT_STATS \
    EXCPATH_STAT(down_drops) \
    EXCPATH_STAT(tap_down_drops) \
    EXCPATH_STAT(no_buffer_drops) \
    EXCPATH_STAT(oversize_drops) \
    EXCPATH_STAT(offload_drops) \
    EXCPATH_STAT(qos_drops)

#define EXCPATH_STAT(NAME) excpath_counter NAME;
struct excpath_rxq_stats {
    PADDED_MEMBERS(CACHE_LINE_SIZE, EXCPATH_RXQ_POLL_STATS);
    PADDED_MEMBERS(CACHE_LINE_SIZE, EXCPATH_RXQ_FILL_STATS);
};

struct excpath_txq_stats {
    PADDED_MEMBERS(CACHE_LINE_SIZE, EXCPATH_TXQ_DONE_STATS);
    PADDED_MEMBERS(CACHE_LINE_SIZE, EXCPATH_TXQ_SEND_STATS);
};

struct excpath_port_stats {
    PADDED_MEMBERS(CACHE_LINE_SIZE, EXCPATH_PORT_STATS);
};
#undef EXCPATH_STAT

/* How many packets there are in a ring, and were at most, of so many that
 * there is room for. */
struct excpath_fill {
    unsigned int size;
    unsigned int now;
    unsigned int peak;
};

/* Notes in '*peak', which has no other writer at the same time but for those
 * who forget it, that there were 'n' packets in a ring. */
static inline void
excpath_note_peak(atomic_uint *peak, unsigned int n)
{
    unsigned int most;

    atomic_read_relaxed(peak, &most);
    if (OVS_UNLIKELY(n > most)) {
        atomic_store_relaxed(peak, n);
    }
}

/* Adds 'n' to '*counter', which has no other writer at the same time. */
static inline void
excpath_count(excpath_counter *counter, uint64_t n)
{
    uint64_t value;

    atomic_read_relaxed(counter, &value);
    atomic_store_relaxed(counter, value + n);
}

/* Adds 'n' to '*counter', which any thread may be writing. */
static inline void
excpath_count_shared(excpath_counter *counter, uint64_t n)
{
    uint64_t old;

    atomic_add_relaxed(counter, n, &old);
}

static inline uint64_t
excpath_counter_get(const excpath_counter *counter_)
{
    excpath_counter *counter = CONST_CAST(excpath_counter *, counter_);
    uint64_t value;

    atomic_read_relaxed(counter, &value);
    return value;
}

/* Has the counters of 'x' in "ovs-appctl excpath/stats" and "excpath/latency"
 * start from zero, but not those in the database, which nobody expects to go
 * back.  Main thread only. */
void excpath_stats_reset(struct netdev_excpath *x);

/* How many queue pairs have counters: those there are, and any that there were
 * and that have passed something. */
int excpath_stats_n_queues(const struct netdev_excpath *x);

/* Fills '*stats' with the totals of 'x'.  Any thread. */
void excpath_stats_get(const struct netdev_excpath *x,
                       struct netdev_stats *stats);

/* Logs the counters of 'x', which nobody can ask for any more. */
void excpath_stats_log(const struct netdev_excpath *x);

/* Appends the counters of 'x' to '*stats' under "excpath_" names.  Makes
 * system calls, for the kernel's own drop counters. */
void excpath_stats_get_custom(struct netdev_excpath *x,
                              struct netdev_custom_stats *stats);

#endif /* excpath-stats.h */
