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

/* What the thread of a worker does: moves packets, polls, naps and sleeps. */

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "excpath-latency.h"
#include "excpath-ring.h"
#include "excpath-stats.h"
#include "excpath-worker-private.h"
#include "ovs-rcu.h"
#include "seq.h"

/* Packets fetched from the kernel before it is the other direction's turn. */
#define READ_BURST 32

/* How long a worker that has nothing to do spins before it naps.  A reply to
 * what has just been sent mostly comes sooner.  One that has to share its only
 * CPU with others does not spin: it would keep away the very programs whose
 * packets it waits for. */
#define SPIN_US 50

/* How often a worker that spins looks whether there is something to do.  Each
 * look takes cache lines from the CPU of a sender: at once again, it would
 * cost the sender more than all the rest of sending. */
#define LOOK_US 5

/* How long a nap is: what a packet may have to wait for a worker that has not
 * gone to sleep.  It is not added to the time that a nap takes anyway. */
#define NAP_NS (50 * 1000)

/* Packets that come fast are left to gather for GATHER_NS at a time, as a NIC
 * does by moderating its interrupts: else the worker and a program that sends,
 * on the same CPU, would take turns packet by packet.  Fast is, in a
 * millisecond, GATHER_ONE_WAY more packets in one direction than in the other:
 * requests and replies, which wait for each other, are about as many. */
#define GATHER_ONE_WAY 16
#define GATHER_NS (100 * 1000)

/* How long a thread with SCHED_BATCH may have to wait for a program that goes
 * on and on: until a tick of the kernel's after the end of its share, which
 * takes some milliseconds.  What comes meanwhile has to have room in the
 * rings, and in the kernel's queue, which holds TAP_QUEUE packets unless
 * somebody has changed that (DEFAULT_TX_QUEUE_LEN in net/pkt_sched.h). */
#define BATCH_WAIT_NS (10 * 1000 * 1000)
#define TAP_QUEUE 1000

/* After how many milliseconds a worker that does not sleep asks on which CPUs
 * it may run. */
#define PACES 1000

/* Bounds of the sleep of a worker that cannot go on, since nobody takes the
 * packets from the kernel, or there is no buffer for them, or the kernel has
 * no room. */
#define MIN_STUCK_NS (50 * 1000)
#define MAX_STUCK_NS (20 * 1000 * 1000)

static void
note_gone(struct excpath_worker *w)
{
    bool gone;

    atomic_read_relaxed(&w->gone, &gone);
    if (!gone) {
        atomic_store_relaxed(&w->gone, true);
        seq_change(w->seq);
    }
}

/* Counts a packet that the kernel did not take, for 'error'. */
static void
count_refused(struct excpath_worker *w, int error)
{
    switch (error) {
    case EIO:                   /* The tap is down: tun_get_user(). */
        excpath_count_shared(&w->port_stats->tap_down_drops, 1);
        break;

    case EBADFD:                /* There is no tap: tun_chr_write_iter(). */
        excpath_count_shared(&w->port_stats->down_drops, 1);
        note_gone(w);
        break;

    case EINVAL:
        excpath_count(&w->txq_stats->invalid_drops, 1);
        break;

    default:
        excpath_count(&w->txq_stats->kernel_drops, 1);
    }
}

/* For how many packets one of 'len' bytes stands, if it has yet to be cut. */
static uint32_t
count_units(uint32_t len)
{
    return 1 + len / 2048;
}

/* Moves packets from 'ring' to the kernel.  Returns how many. */
static int
step_ring(struct excpath_worker *w, struct excpath_ring *ring)
{
    uint32_t count = excpath_ring_count(ring);  /* Once: it may grow. */
    uint32_t n = MIN(count, EXCPATH_WRITE_BURST);
    uint64_t packets = 0, bytes = 0;
    int errors[EXCPATH_WRITE_BURST];
    uint32_t i, coalesced, timed;
    uint64_t since;
    bool gro;

    if (!n) {
        return 0;
    }

    excpath_note_peak(&w->tx_peak, count);
    atomic_read_relaxed(&w->gro, &gro);
    coalesced = excpath_tap_write_burst(w->writer, ring, n, gro, errors);
    for (i = 0; i < n; i++) {
        if (OVS_LIKELY(!errors[i])) {
            packets++;
            uint32_t len = excpath_ring_peek(ring, i)->len;

            bytes += len;
            w->tx_units += count_units(len);
        } else if (errors[i] == EAGAIN) {
            /* The socket buffer of the tap's queue is full. */
            w->blocked = true;
            break;
        } else {
            count_refused(w, errors[i]);
        }
    }
    excpath_count(&w->txq_stats->packets, packets);
    excpath_count(&w->txq_stats->bytes, bytes);
    excpath_count(&w->txq_stats->coalesced, coalesced);
    excpath_count(&w->txq_stats->bursts, i > 0);
    if (OVS_UNLIKELY(excpath_ring_get_sample(ring, i, &timed, &since))
        && !errors[timed]) {
        excpath_latency_note(w->latency, since, rte_rdtsc(),
                             rte_get_tsc_hz());
    }
    excpath_ring_finish(ring, i);
    return i;
}

/* Moves packets from the senders to the kernel.  Returns how many. */
static int
step_tx(struct excpath_worker *w)
{
    int n = 0;

    w->blocked = false;
    for (unsigned int i = 0; i < w->n_senders && !w->blocked; i++) {
        n += step_ring(w, w->tx_rings[i]);
    }
    return n;
}

/* Whether there is nothing that a sender has passed. */
static bool
is_tx_empty(const struct excpath_worker *w)
{
    for (unsigned int i = 0; i < w->n_senders; i++) {
        if (excpath_ring_count(w->tx_rings[i])) {
            return false;
        }
    }
    return true;
}

/* Moves packets from the kernel to the ring.  Returns how many it took from
 * the kernel, with those that it had to drop. */
static int
step_rx(struct excpath_worker *w)
{
    struct rte_mbuf *pkts[READ_BURST];
    unsigned int n_read, room;
    int error = 0;
    int n = 0;

    /* Only asks for the room, as rte_ring_free_count() would without memory
     * ordering. */
    rte_ring_sp_enqueue_burst(w->rx_ring, (void **) pkts, 0, &room);
    w->stuck = !room;
    for (n_read = 0; n_read < MIN(room, READ_BURST); n_read++) {
        error = excpath_tap_read(w->fd, &w->reader, &pkts[n]);
        if (!error) {
            n++;
        } else if (error != ENOMEM) {
            break;
        }
    }
    for (int i = 0; i < n; i++) {
        w->rx_units += count_units(pkts[i]->pkt_len);
    }
    if (n) {
        rte_ring_sp_enqueue_burst(w->rx_ring, (void **) pkts, n, NULL);
        excpath_note_peak(&w->rx_peak,
                          rte_ring_get_capacity(w->rx_ring) - room + n);
    }
    if (OVS_UNLIKELY(error && error != EAGAIN && error != ENOMEM)) {
        w->stuck = error == ENOBUFS;
        if (error == EBADFD) {
            note_gone(w);
        }
    }
    excpath_count(&w->rxq_stats->linearized, w->reader.n_large);
    excpath_count(&w->rxq_stats->linearize_drops, w->reader.n_large_lost);
    excpath_count(&w->rxq_stats->invalid_drops, w->reader.n_invalid);
    w->reader.n_large = w->reader.n_large_lost = w->reader.n_invalid = 0;
    return n_read;
}

/* Waits up to 'ns' nanoseconds, for ever if that is negative, for something to
 * do that 'w' can be told of: a packet from the kernel, too, unless
 * 'gather'. */
static void
doze(struct excpath_worker *w, int64_t ns, bool gather)
{
    struct timespec ts = {
        .tv_sec = ns / 1000000000,
        .tv_nsec = ns % 1000000000,
    };
    struct pollfd pfds[2] = {
        { .fd = w->event_fd, .events = POLLIN },
        { .fd = w->fd, .events = ((w->stuck || gather ? 0 : POLLIN)
                                  | (w->blocked ? POLLOUT : 0)) },
    };
    bool gone;

    /* A tap that is gone, or one that nothing is wanted of, would only
     * report that. */
    atomic_read_relaxed(&w->gone, &gone);
    if (ppoll(pfds, gone || !pfds[1].events ? 1 : 2, ns < 0 ? NULL : &ts,
              NULL) > 0
        && pfds[0].revents) {
        uint64_t value;

        ignore(read(w->event_fd, &value, sizeof value));
    }
}

/* Notes whether there is more than one CPU to run on.  That changes with the
 * port's options and the PMD threads. */
static void
note_cpus(struct excpath_worker *w)
{
    cpu_set_t cpus;

    w->may_spin = (!sched_getaffinity(0, sizeof cpus, &cpus)
                   && CPU_COUNT(&cpus) > 1);
    w->n_paces = PACES;
}

/* With 'batch', the thread does not, when it wakes up, take the CPU away from
 * a program that sends or receives its packets: it would have to give it back
 * for one or two of them (SCHED_BATCH: the same share of the CPU, but no
 * preemption at a wakeup, see sched(7)).  A policy that somebody else has
 * chosen stays. */
static void
set_batch(struct excpath_worker *w, bool batch)
{
    static const struct sched_param param = { .sched_priority = 0 };

    if (batch != w->batch) {
        bool done = (sched_getscheduler(0)
                     == (batch ? SCHED_OTHER : SCHED_BATCH)
                     && !sched_setscheduler(0, batch ? SCHED_BATCH
                                               : SCHED_OTHER, &param));

        w->batch = batch && done;
    }
}

/* Sleeps until there is something to do. */
static void
sleep_until_woken(struct excpath_worker *w, int64_t ns)
{
    /* What wakes it up comes alone. */
    w->gather = false;
    set_batch(w, false);

    atomic_store_relaxed(&w->sleeping, true);
    /* Either this thread sees what a sender put into its ring, or the sender
     * sees that it has to ring: see wake(). */
    if (w->fence) {
        atomic_thread_fence(memory_order_seq_cst);
    } else if (excpath_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) {
        /* It has no memory for it at the moment: sleep lightly. */
        ns = NAP_NS;
    }
    if (is_tx_empty(w)) {
        doze(w, ns, false);
    }
    atomic_store_relaxed(&w->sleeping, false);
    note_cpus(w);
}

/* Notes every millisecond whether packets come so fast that it is better to
 * let them gather.  With a CPU for the others to go to that gains nothing, and
 * where senders have small rings these would overflow. */
static void
note_pace(struct excpath_worker *w, uint64_t now)
{
    uint64_t us = (now - w->pace_since) * 1000000 / rte_get_tsc_hz();

    if (us >= 1000) {
        uint64_t one_way = w->rx_units > w->tx_units
                           ? w->rx_units - w->tx_units
                           : w->tx_units - w->rx_units;
        uint64_t gathered_tx = w->n_tx * (GATHER_NS / 1000) / us;
        uint64_t waiting_tx = w->n_tx * (BATCH_WAIT_NS / 1000) / us;
        uint64_t waiting_rx = w->n_rx * (BATCH_WAIT_NS / 1000) / us;
        uint32_t room = w->tx_rings[0]->size / 2;

        if (!w->n_paces--) {
            note_cpus(w);
        }
        w->gather = (!w->may_spin && one_way * 1000 >= GATHER_ONE_WAY * us
                     && gathered_tx <= room);
        set_batch(w, w->gather && waiting_tx <= room
                     && waiting_rx <= TAP_QUEUE / 2);
        w->n_tx = w->n_rx = w->rx_units = w->tx_units = 0;
        w->pace_since = now;
    }
}

/* Called when a round has found nothing to do, or nothing that could be
 * done. */
static void
rest(struct excpath_worker *w)
{
    uint64_t now = rte_rdtsc();
    unsigned int poll_us;
    uint64_t idle_us;
    bool gone;

    if (!w->idle_since) {
        w->idle_since = now;
    }
    idle_us = (now - w->idle_since) * 1000000 / rte_get_tsc_hz();

    atomic_read_relaxed(&w->gone, &gone);
    atomic_read_relaxed(&w->poll_us, &poll_us);
    note_pace(w, now);
    if (gone) {
        sleep_until_woken(w, -1);
    } else if (w->blocked || (w->stuck && idle_us < poll_us)) {
        /* Senders need not wake it. */
        doze(w, idle_us < poll_us ? NAP_NS : MAX_STUCK_NS, false);
    } else if (w->stuck) {
        /* Whoever makes room does not say so: look after half as much time
         * again. */
        sleep_until_woken(w, MIN(MAX(idle_us * 500, MIN_STUCK_NS),
                                 MAX_STUCK_NS));
    } else if (idle_us >= poll_us) {
        sleep_until_woken(w, -1);
    } else if (w->gather) {
        doze(w, GATHER_NS, true);
    } else if (!w->may_spin || idle_us >= SPIN_US) {
        doze(w, NAP_NS, false);
    } else {
        uint64_t next_look = now + LOOK_US * rte_get_tsc_hz() / 1000000;

        while (rte_rdtsc() < next_look) {
            rte_pause();
        }
    }
}

void *
excpath_worker_main(void *w_)
{
    struct excpath_worker *w = w_;
    bool registered;
    bool stop;

    set_subprogram_name(w->name);
    /* Nothing here is protected by RCU, and nobody shall wait for it. */
    ovsrcu_quiesce_start();
    /* The default, 50 us, would double a nap. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    /* As an lcore the thread has a cache in each mempool. */
    registered = !rte_thread_register();
    w->gather = w->batch = false;
    w->writer = excpath_tap_writer_create(w->fd, w->best_io);

    w->tid = syscall(SYS_gettid);
    ovs_barrier_block(&w->started);

    for (;;) {
        int n_tx, n_rx;

        atomic_read_explicit(&w->stop, &stop, memory_order_acquire);
        if (stop) {
            break;
        }
        n_tx = step_tx(w);
        n_rx = step_rx(w);
        if (n_tx || n_rx) {
            w->idle_since = 0;
            w->n_tx += n_tx;
            w->n_rx += n_rx;
        } else {
            rest(w);
        }
    }

    while (step_tx(w)) {
        continue;
    }
    excpath_tap_writer_destroy(w->writer);
    w->writer = NULL;
    if (registered) {
        rte_thread_unregister();
    }
    return NULL;
}
