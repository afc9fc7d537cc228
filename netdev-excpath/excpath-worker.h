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

#ifndef EXCPATH_WORKER_H
#define EXCPATH_WORKER_H 1

/* A queue pair of the tap backend, and the thread that serves it.
 *
 * PMD threads pass packets to the worker through a ring each, and one of them
 * gets mbufs from it through another.  The worker moves them to and from a
 * queue of a tap; the kernel makes the one copy that there is.  When nothing
 * is left to do the worker first polls, then naps, and only then goes to
 * sleep; a sender wakes it, with a system call, only if it sleeps.
 *
 * Nothing here waits for the kernel's side: what does not fit into the ring is
 * the sender's to drop, and what the worker does not fetch stays in the
 * kernel's queue. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "excpath-tap-io.h"
#include "excpath-tap-writer.h"

struct excpath_fill;
struct excpath_port_stats;
struct excpath_rxq_stats;
struct excpath_latency;
struct excpath_txq_stats;
struct excpath_worker;
struct rte_mbuf;
struct rte_mempool;
struct seq;

struct excpath_worker_config {
    const char *name;           /* Of the thread: 15 characters are used. */
    int fd;                     /* Queue of a tap with IFF_VNET_HDR, a header
                                 * of EXCPATH_VNET_HDR_LEN bytes, O_NONBLOCK.
                                 * Owned by the worker from its creation. */
    int n_rxq_desc;             /* Most packets in rings, from the kernel... */
    int n_txq_desc;             /* ...and in those to it, which share it: both
                                 * are powers of two. */
    unsigned int n_senders;     /* Threads that send, at least 1. */

    struct rte_mempool *mp;     /* Buffers for packets from the kernel. */

    struct rte_mempool *mp_large;       /* For those that exceed these, or
                                         * NULL if none should. */
    excpath_alloc_large *alloc_large;   /* For those without such a buffer. */

    /* The worker counts here what it did, and what it dropped. */
    struct excpath_rxq_stats *rxq_stats;
    struct excpath_txq_stats *txq_stats;
    struct excpath_port_stats *port_stats;
    struct excpath_latency *latency;

    enum excpath_tap_io best_io;
    struct seq *seq;            /* Changed when the tap is gone. */
};

/* Main thread.
 * ----------- */

/* Makes a worker and starts its thread.  Returns NULL, with a message in
 * '*errp' that the caller must free, on failure: then the caller keeps
 * 'config->fd'. */
struct excpath_worker *excpath_worker_create(
    const struct excpath_worker_config *config, char **errp);

/* Ends the thread and frees everything.  No other thread may be using the
 * worker.  What is in the ring to the kernel is written first, as far as the
 * kernel takes it at once; the rest, and what is in the ring from the kernel,
 * is counted as dropped. */
void excpath_worker_destroy(struct excpath_worker *);

/* The queue of the tap, still the worker's. */
int excpath_worker_get_fd(const struct excpath_worker *);

/* Has as many as 'n' threads be able to send.  No other thread may be using
 * the worker, whose thread is replaced. */
void excpath_worker_set_senders(struct excpath_worker *, unsigned int n);

/* Returns a word for how it writes packets: see
 * excpath_tap_writer_get_io(). */
const char *excpath_worker_get_io(const struct excpath_worker *);

/* The thread's id, as gettid() says. */
pid_t excpath_worker_get_tid(const struct excpath_worker *);

/* Has the worker poll for 'poll_us' before it sleeps; 0 at first. */
void excpath_worker_set_poll_us(struct excpath_worker *, unsigned int poll_us);

/* Has the worker merge TCP segments on their way to the kernel, as
 * excpath-gro.h says; it does not at first. */
void excpath_worker_set_gro(struct excpath_worker *, bool gro);

/* How full the rings to the kernel, the fullest of them, and from it are now,
 * and were at most since the worker was made, the peaks were forgotten, or the
 * number of senders, and so the size of their rings, changed.  Main thread. */
void excpath_worker_get_fill(const struct excpath_worker *,
                             struct excpath_fill *to_kernel,
                             struct excpath_fill *from_kernel);
void excpath_worker_forget_peaks(struct excpath_worker *);

/* For how many cycles of the TSC the packet that is being timed has been
 * waiting, 0 if there is none: of several rings the longest.  Main thread. */
uint64_t excpath_worker_get_waiting(const struct excpath_worker *);

/* Has the next packet to the kernel be timed.  Main thread. */
void excpath_worker_time_next(struct excpath_worker *);

/* Whether the kernel has told that the tap of the worker is gone. */
bool excpath_worker_is_gone(const struct excpath_worker *);

/* Whether the thread is no more: a seccomp filter or a debugger can do that.
 * Main thread. */
bool excpath_worker_has_ended(const struct excpath_worker *);

/* Hot path.
 * -------- */

/* Passes the 'n' packets in 'pkts' to the kernel.  Returns how many it took
 * ownership of, in front; there was no room for the others.  Any thread, each
 * with a 'sender' of its own, less than the number of senders, unless they are
 * 'concurrent'.  No system call unless the worker sleeps. */
uint16_t excpath_worker_send(struct excpath_worker *, unsigned int sender,
                             bool concurrent, struct rte_mbuf **pkts,
                             uint16_t n);

/* Stores up to 'n' packets from the kernel in 'pkts', now the caller's, and
 * returns how many.  One thread at a time.  No system call. */
uint16_t excpath_worker_recv(struct excpath_worker *, struct rte_mbuf **pkts,
                             uint16_t n);

/* How many packets from the kernel are waiting.  Any thread. */
unsigned int excpath_worker_n_rx(const struct excpath_worker *);

#endif /* excpath-worker.h */
