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

#ifndef EXCPATH_WORKER_PRIVATE_H
#define EXCPATH_WORKER_PRIVATE_H 1

/* Shared by the files of the worker; not for others. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "excpath-membarrier.h"
#include "excpath-tap-io.h"
#include "excpath-tap-writer.h"
#include "ovs-atomic.h"
#include "ovs-thread.h"
#include "util.h"

struct rte_ring;

struct excpath_worker {
    /* Not written while the thread runs. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline0,
        struct excpath_ring **tx_rings;     /* To the kernel, by sender. */
        struct rte_ring *rx_ring;           /* From the kernel. */
        struct excpath_txq_stats *txq_stats;
        struct excpath_rxq_stats *rxq_stats;
        struct excpath_port_stats *port_stats;
        struct excpath_latency *latency;
        unsigned int n_senders;
        int event_fd;               /* Rings while the worker sleeps. */
        bool fence;                 /* Senders need one: see wake(). */
    );

    /* Read by senders for every burst, written only around a sleep, and some
     * times a second. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline1,
        atomic_bool sleeping;
        atomic_bool time_next;      /* The next packet is to be timed. */
    );

    /* The thread's own, but for the atomics. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline2,
        atomic_bool stop;           /* Asks it to end. */
        atomic_bool gone;           /* The tap was deleted. */
        atomic_uint poll_us;
        atomic_bool gro;            /* Merges TCP segments to the kernel. */
        atomic_uint tx_peak;        /* Most packets found in a ring... */
        atomic_uint rx_peak;        /* ...and left in 'rx_ring'. */
        int fd;
        uint64_t idle_since;        /* TSC, or 0. */
        bool blocked;               /* The kernel has no room. */
        bool stuck;                 /* Nowhere to put what it has. */
        bool may_spin;              /* Has more than one CPU to run on. */
        bool gather;                /* Packets come fast: let them gather. */
        bool batch;                 /* Has set SCHED_BATCH for that. */
        uint64_t pace_since;        /* TSC.  Since then: */
        uint64_t n_tx;              /* packets to the kernel... */
        uint64_t n_rx;              /* ...and from it... */
        uint64_t tx_units;          /* ...the same, a large one being... */
        uint64_t rx_units;          /* ...several. */
        unsigned int n_paces;       /* Until 'may_spin' is checked. */
    );
    struct excpath_tap_writer *writer;
    struct excpath_tap_reader reader;

    struct seq *seq;
    enum excpath_tap_io best_io;
    int n_txq_desc;
    char name[16];
    pthread_t thread;
    pid_t tid;
    struct ovs_barrier started;
};

/* The thread. */
void *excpath_worker_main(void *worker);

#endif /* excpath-worker-private.h */
