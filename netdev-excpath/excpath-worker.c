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

#include "excpath-worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "excpath-keeper.h"
#include "excpath-ring.h"
#include "excpath-stats.h"
#include "excpath-worker-private.h"
#include "util.h"

/* Fewest packets in the ring of a sender: two bursts of OVS's. */
#define MIN_RING 64

static struct rte_ring *
create_rx_ring(int size)
{
    unsigned int n = rte_align32pow2(size + 1);
    struct rte_ring *ring = xmalloc_cacheline(rte_ring_get_memsize(n));

    /* Of this size exactly; it always succeeds with these arguments. */
    if (rte_ring_init(ring, "excpath", size,
                      RING_F_EXACT_SZ | RING_F_SC_DEQ | RING_F_SP_ENQ)) {
        OVS_NOT_REACHED();
    }
    return ring;
}

static void
create_tx_rings(struct excpath_worker *w, unsigned int n)
{
    /* What a ring has stays there until its sender sends again, so that all
     * of them together have to have a bound.  One of them, that of OVS's main
     * thread, is hardly used. */
    uint32_t size = rte_align32prevpow2(MAX(w->n_txq_desc / MAX(n - 1, 1),
                                            MIN_RING));

    w->n_senders = n;
    w->tx_rings = xmalloc(n * sizeof *w->tx_rings);
    for (unsigned int i = 0; i < n; i++) {
        w->tx_rings[i] = excpath_ring_create(size);
    }
}

/* Frees the rings to the kernel.  What is in them is counted as dropped. */
static void
destroy_tx_rings(struct excpath_worker *w)
{
    for (unsigned int i = 0; i < w->n_senders; i++) {
        excpath_count_shared(&w->port_stats->down_drops,
                             excpath_ring_count(w->tx_rings[i]));
        excpath_ring_destroy(w->tx_rings[i]);
    }
    free(w->tx_rings);
}

static void
start_thread(struct excpath_worker *w)
{
    atomic_store_relaxed(&w->stop, false);
    w->idle_since = 0;
    ovs_barrier_init(&w->started, 2);
    w->thread = ovs_thread_create("excpath", excpath_worker_main, w);
    ovs_barrier_block(&w->started);
    ovs_barrier_destroy(&w->started);
}

struct excpath_worker *
excpath_worker_create(const struct excpath_worker_config *config, char **errp)
{
    struct excpath_worker *w;
    int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (event_fd < 0) {
        *errp = xasprintf("no event descriptor for a worker thread: %s",
                          ovs_strerror(errno));
        return NULL;
    }

    w = xzalloc_cacheline(sizeof *w);
    w->n_txq_desc = config->n_txq_desc;
    create_tx_rings(w, config->n_senders);
    w->rx_ring = create_rx_ring(config->n_rxq_desc);
    w->event_fd = event_fd;
    w->fence = excpath_membarrier(
        MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) != 0;
    w->txq_stats = config->txq_stats;
    w->rxq_stats = config->rxq_stats;
    w->port_stats = config->port_stats;
    w->latency = config->latency;
    atomic_init(&w->sleeping, false);
    atomic_init(&w->time_next, false);
    atomic_init(&w->stop, false);
    atomic_init(&w->gone, false);
    atomic_init(&w->poll_us, 0);
    atomic_init(&w->gro, false);
    atomic_init(&w->tx_peak, 0);
    atomic_init(&w->rx_peak, 0);
    w->fd = config->fd;
    excpath_tap_reader_init(&w->reader, config->mp, config->mp_large,
                            config->alloc_large);
    w->seq = config->seq;
    w->best_io = config->best_io;
    ovs_strlcpy(w->name, config->name, sizeof w->name);

    start_thread(w);
    return w;
}

static void
ring_bell(struct excpath_worker *w)
{
    uint64_t one = 1;

    /* It fails only if the bell rings already. */
    ignore(write(w->event_fd, &one, sizeof one));
}

static void
stop_thread(struct excpath_worker *w)
{
    atomic_store_explicit(&w->stop, true, memory_order_release);
    ring_bell(w);
    xpthread_join(w->thread, NULL);
    if (w->writer) {
        /* It has ended before. */
        excpath_tap_writer_destroy(w->writer);
        w->writer = NULL;
    }
}

void
excpath_worker_destroy(struct excpath_worker *w)
{
    struct rte_mbuf *mbuf;

    if (!w) {
        return;
    }

    stop_thread(w);
    destroy_tx_rings(w);
    /* What is in the kernel's queue ends with it. */
    excpath_count(&w->rxq_stats->down_drops, excpath_tap_read_all(w->fd));
    while (!rte_ring_sc_dequeue(w->rx_ring, (void **) &mbuf)) {
        rte_pktmbuf_free(mbuf);
        excpath_count(&w->rxq_stats->down_drops, 1);
    }
    free_cacheline(w->rx_ring);
    excpath_tap_reader_destroy(&w->reader);
    close(w->fd);
    close(w->event_fd);
    free_cacheline(w);
}

void
excpath_worker_set_senders(struct excpath_worker *w, unsigned int n)
{
    if (n != w->n_senders) {
        stop_thread(w);
        destroy_tx_rings(w);
        create_tx_rings(w, n);
        /* They may be smaller. */
        atomic_store_relaxed(&w->tx_peak, 0);
        start_thread(w);
    }
}

int
excpath_worker_get_fd(const struct excpath_worker *w)
{
    return w->fd;
}

const char *
excpath_worker_get_io(const struct excpath_worker *w)
{
    return excpath_tap_writer_get_io(w->writer);
}

pid_t
excpath_worker_get_tid(const struct excpath_worker *w)
{
    return w->tid;
}

void
excpath_worker_set_poll_us(struct excpath_worker *w, unsigned int poll_us)
{
    atomic_store_relaxed(&w->poll_us, poll_us);
}

void
excpath_worker_set_gro(struct excpath_worker *w, bool gro)
{
    atomic_store_relaxed(&w->gro, gro);
}

void
excpath_worker_get_fill(const struct excpath_worker *w_,
                        struct excpath_fill *to_kernel,
                        struct excpath_fill *from_kernel)
{
    struct excpath_worker *w = CONST_CAST(struct excpath_worker *, w_);

    to_kernel->size = w->tx_rings[0]->size;
    to_kernel->now = 0;
    for (unsigned int i = 0; i < w->n_senders; i++) {
        to_kernel->now = MAX(to_kernel->now,
                             excpath_ring_count(w->tx_rings[i]));
    }
    atomic_read_relaxed(&w->tx_peak, &to_kernel->peak);
    from_kernel->size = rte_ring_get_capacity(w->rx_ring);
    from_kernel->now = rte_ring_count(w->rx_ring);
    atomic_read_relaxed(&w->rx_peak, &from_kernel->peak);
}

void
excpath_worker_forget_peaks(struct excpath_worker *w)
{
    atomic_store_relaxed(&w->tx_peak, 0);
    atomic_store_relaxed(&w->rx_peak, 0);
}

uint64_t
excpath_worker_get_waiting(const struct excpath_worker *w)
{
    uint64_t now = rte_rdtsc();
    uint64_t longest = 0;

    for (unsigned int i = 0; i < w->n_senders; i++) {
        longest = MAX(longest, excpath_ring_waiting(w->tx_rings[i], now));
    }
    return longest;
}

void
excpath_worker_time_next(struct excpath_worker *w)
{
    atomic_store_relaxed(&w->time_next, true);
}

bool
excpath_worker_is_gone(const struct excpath_worker *w_)
{
    struct excpath_worker *w = CONST_CAST(struct excpath_worker *, w_);
    bool gone;

    atomic_read_relaxed(&w->gone, &gone);
    return gone;
}

bool
excpath_worker_has_ended(const struct excpath_worker *w)
{
    return syscall(SYS_tgkill, getpid(), w->tid, 0) && errno == ESRCH;
}

/* Has the worker look at the rings, one of which the caller put something
 * into. */
static void
wake(struct excpath_worker *w)
{
    bool sleeping;

    /* What was put there must precede the look at 'sleeping'.  A barrier would
     * cost something each time; membarrier(), which the worker calls before it
     * sleeps, has every thread of the process execute one then. */
    if (OVS_UNLIKELY(w->fence)) {
        atomic_thread_fence(memory_order_seq_cst);
    } else {
        atomic_signal_fence(memory_order_seq_cst);
    }
    atomic_read_relaxed(&w->sleeping, &sleeping);
    if (OVS_UNLIKELY(sleeping)
        /* One sender is enough. */
        && atomic_compare_exchange_strong(&w->sleeping, &sleeping, false)) {
        excpath_count_shared(&w->txq_stats->wakeups, 1);
        ring_bell(w);
    }
}

uint16_t
excpath_worker_send(struct excpath_worker *w, unsigned int sender,
                    bool concurrent, struct rte_mbuf **pkts, uint16_t n)
{
    struct excpath_ring *ring = w->tx_rings[sender];
    bool sleeping, time_next;
    uint16_t n_sent;

    /* Only a guess, for wake() to verify. */
    atomic_read_relaxed(&w->sleeping, &sleeping);
    atomic_read_relaxed(&w->time_next, &time_next);
    if (OVS_UNLIKELY(time_next)) {
        atomic_store_relaxed(&w->time_next, false);
    }
    if (OVS_UNLIKELY(concurrent)) {
        rte_spinlock_lock(&ring->lock);
    }
    n_sent = excpath_ring_send(ring, pkts, n, sleeping || time_next);
    if (OVS_UNLIKELY(concurrent)) {
        rte_spinlock_unlock(&ring->lock);
    }
    if (OVS_LIKELY(n_sent)) {
        wake(w);
    }
    return n_sent;
}

uint16_t
excpath_worker_recv(struct excpath_worker *w, struct rte_mbuf **pkts,
                    uint16_t n)
{
    return rte_ring_sc_dequeue_burst(w->rx_ring, (void **) pkts, n, NULL);
}

unsigned int
excpath_worker_n_rx(const struct excpath_worker *w)
{
    return rte_ring_count(w->rx_ring);
}
