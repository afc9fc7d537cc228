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

#ifndef EXCPATH_VRING_H
#define EXCPATH_VRING_H 1

/* What the rings tell that DPDK's virtio driver shares with the kernel: how
 * full they are, whether the kernel wants a kick, and how long packets take.
 *
 * They are looked at in memory, from outside the driver, while it and the
 * kernel use them.  No system call, no lock. */

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>

#include "dp-packet.h"
#include "excpath-stats.h"
#include "ovs-atomic.h"
#include "util.h"

struct excpath_latency;

/* One packet in so many is timed. */
#define EXCPATH_VRING_SAMPLE 128

/* The two rings of a queue pair. */
struct excpath_vring {
    /* Read for every burst, and written, from 'time_next' on, only when a
     * packet is timed. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline0,
        /* Written only while no PMD thread uses the port; NULL if the rings
         * were not found. */
        const struct vring_avail *tx_avail;
        const struct vring_avail *rx_avail;
        const struct vring_used *tx_used;
        const struct vring_used *rx_used;
        uint16_t size;          /* Descriptors in each. */
        uint16_t n_rxq_desc;    /* How many of them the driver uses. */
        bool settled;           /* Whether excpath_vring_settle() is done: set
                                 * by the thread that polls, once a start. */

        atomic_bool time_next;  /* The next packet is to be timed. */
        atomic_bool timing;     /* A packet is being timed: */
        ATOMIC(uint16_t) end;   /* it is the kernel's once 'tx_used->idx' is
                                 * that... */
        ATOMIC(uint64_t) since; /* ...and was sent then, in TSC. */
    );

    /* Written by the holder of the transmit queue's lock... */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline1,
        uint32_t n_untimed;     /* Packets since the last one timed. */
        atomic_uint tx_peak;    /* Most packets seen in the ring. */
    );

    /* ...and by the thread that polls the receive queue. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline2,
        atomic_uint rx_peak;
        uint16_t n_polled;      /* Buffers received, until it has settled. */
    );
};

/* Main thread, while no PMD thread uses the port.
 * ---------------------------------------------- */

/* Finds the rings of queue pair 'qid' of DPDK port 'port_id', which is
 * started, with 'size' descriptors, of which the driver uses 'n_rxq_desc' to
 * receive.  If they are not found nothing of the following is known. */
void excpath_vring_find(struct excpath_vring *, uint16_t port_id, int qid,
                        uint16_t size, uint16_t n_rxq_desc);

/* They are going to be gone. */
void excpath_vring_forget(struct excpath_vring *);

/* Main thread.
 * ----------- */

/* Fills in 'now' and 'peak' of '*to_kernel' and '*from_kernel'.  A packet from
 * the kernel counts from when it gets there to when its buffer is given back,
 * which the driver does for several at a time.  Returns false if the rings
 * were not found. */
bool excpath_vring_get_fill(const struct excpath_vring *,
                            struct excpath_fill *to_kernel,
                            struct excpath_fill *from_kernel);
void excpath_vring_forget_peaks(struct excpath_vring *);

/* For how many cycles of the TSC the packet that is being timed has been
 * waiting, 0 if there is none. */
uint64_t excpath_vring_get_waiting(const struct excpath_vring *);

/* How many packets the kernel has yet to fetch. */
uint16_t excpath_vring_n_unsent(const struct excpath_vring *);

/* Has the next packet to the kernel be timed. */
void excpath_vring_time_next(struct excpath_vring *);

/* Hot path.
 * -------- */

/* The holder of the transmit queue's lock, before packets are put into the
 * ring: whether the kernel's worker sleeps, so that the driver is going to
 * kick it.  It may make up its mind before the driver looks. */
static inline bool
excpath_vring_wants_kick(const struct excpath_vring *v)
{
    /* Virtio specification 1.1, section 2.6.10; there is no VIRTIO_F_EVENT_IDX
     * in DPDK. */
    return OVS_LIKELY(v->tx_used)
           && !(__atomic_load_n(&v->tx_used->flags, __ATOMIC_RELAXED)
                & VRING_USED_F_NO_NOTIFY);
}

/* The holder of the transmit queue's lock, before packets are put into the
 * ring: returns the time if one of them is to be timed, otherwise 0.  That is
 * one in EXCPATH_VRING_SAMPLE, one in every burst with a 'kick', and the next
 * after excpath_vring_time_next(). */
uint64_t excpath_vring_begin(struct excpath_vring *, bool kick);

/* The holder of the transmit queue's lock: 'n' packets, more than 0, were put
 * into the ring, which excpath_vring_begin() had returned 'since' for. */
void excpath_vring_sent(struct excpath_vring *, uint16_t n, uint64_t since);

/* The thread that polls the receive queue: notes in 'latency' when the packet
 * that is being timed has become the kernel's. */
void excpath_vring_look(struct excpath_vring *,
                        struct excpath_latency *latency);
static inline void
excpath_vring_poll(struct excpath_vring *v, struct excpath_latency *latency)
{
    bool timing;

    atomic_read_explicit(&v->timing, &timing, memory_order_acquire);
    if (OVS_UNLIKELY(timing)) {
        excpath_vring_look(v, latency);
    }
}

/* When the driver is started it throws away what the kernel has already put
 * into the ring (virtqueue_rxvq_flush() in drivers/net/virtio/virtqueue.c),
 * and tells nobody.  How much that was is known once the ring is seen to be
 * empty: what the kernel has filled in all, less what was received.
 *
 * Until then, in place of rte_eth_rx_burst(), the thread that polls queue
 * 'qid' of DPDK port 'port_id', or the main thread while none does.  Adds the
 * number to '*flushed', in buffers: only a frame that exceeds the port's MTU
 * has more than one. */
uint16_t excpath_vring_settle(struct excpath_vring *, uint16_t port_id,
                              int qid, struct rte_mbuf *[NETDEV_MAX_BURST],
                              excpath_counter *flushed);
static inline uint16_t
excpath_vring_recv(struct excpath_vring *v, uint16_t port_id, int qid,
                   struct rte_mbuf *pkts[NETDEV_MAX_BURST],
                   excpath_counter *flushed)
{
    return (OVS_LIKELY(v->settled)
            ? rte_eth_rx_burst(port_id, qid, pkts, NETDEV_MAX_BURST)
            : excpath_vring_settle(v, port_id, qid, pkts, flushed));
}

/* The thread that polls the receive queue: it got 'n' packets, more than 0,
 * and there may be others if there are 'more'. */
void excpath_vring_received(struct excpath_vring *, uint16_t n, bool more);

#endif /* excpath-vring.h */
