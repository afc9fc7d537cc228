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

#ifndef EXCPATH_RING_H
#define EXCPATH_RING_H 1

/* A ring of packets from one sender to one worker.
 *
 * As in the rings of a NIC the packets stay the sender's: it frees them itself
 * when the worker is done with them.  The worker gets descriptors, and does
 * not touch an mbuf unless it has to.  To take mbufs from another CPU, where
 * they have been freed, costs a PMD thread several cache misses a packet,
 * which is more than all the rest of sending it; that is what DPDK's rte_ring,
 * which passes the mbufs themselves, comes to.
 *
 * Each function says which side may call it, one thread at a time.  Nothing
 * blocks, makes a system call, or takes a lock; 'lock' is there for senders
 * that do not know better than to share a ring. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_spinlock.h>

#include "ovs-atomic.h"
#include "util.h"

struct rte_mbuf;

/* A packet. */
struct excpath_desc {
    char *data;                 /* The frame, in one piece... */
    uint32_t len;               /* ...of so many bytes. */
    uint32_t flags;             /* EXCPATH_DESC_*. */
};

/* The EXCPATH_VNET_HDR_LEN bytes before 'data' are free to be written. */
#define EXCPATH_DESC_HEADROOM 0x1

/* There is more to know of this packet: see excpath_ring_mbuf(). */
#define EXCPATH_DESC_MBUF 0x2

struct excpath_ring {
    /* Never changes. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline0,
        struct excpath_desc *descs;
        struct rte_mbuf **mbufs;
        uint32_t size;          /* A power of two. */
    );

    /* The sender's. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline1,
        uint32_t head;          /* Next descriptor to fill. */
        uint32_t clean;         /* Next one whose packet is to be freed. */
        uint32_t sampled;       /* The last one that was timed. */
        rte_spinlock_t lock;    /* For senders that have to take turns. */
    );

    /* Written by the sender, read by the worker. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline2,
        ATOMIC(uint32_t) filled;        /* 'head', when it is for others. */
        ATOMIC(uint32_t) sample;        /* The same of 'sampled'... */
        ATOMIC(uint64_t) sample_since;  /* ...which was sent then, in TSC. */
    );

    /* Written by the worker, read by the sender now and then. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline3,
        ATOMIC(uint32_t) done;  /* Next descriptor for the worker. */
    );
};

/* Makes a ring for up to 'size' packets, a power of two; frees it, with the
 * packets that are still in it.  Main thread, and nobody may be using it. */
struct excpath_ring *excpath_ring_create(uint32_t size);
void excpath_ring_destroy(struct excpath_ring *);

/* Sender: puts the 'n' packets in 'pkts' into the ring.  Returns how many, in
 * front, it took ownership of; there was no room for the others.
 *
 * One packet in EXCPATH_RING_SAMPLE is timed, and with 'eager' the first of
 * 'pkts', if the last one that was timed is done.  To know that costs a cache
 * miss: 'eager' is for when that does not count. */
#define EXCPATH_RING_SAMPLE 128
uint16_t excpath_ring_send(struct excpath_ring *, struct rte_mbuf **pkts,
                           uint16_t n, bool eager);

/* How long the packet that is being timed has been waiting at 'now', in TSC; 0
 * if there is none.  Roughly.  Any thread. */
uint64_t excpath_ring_waiting(const struct excpath_ring *, uint64_t now);

/* How many packets there are to be fetched: at least so many for the worker,
 * roughly for any other thread. */
static inline uint32_t
excpath_ring_count(const struct excpath_ring *ring_)
{
    struct excpath_ring *ring = CONST_CAST(struct excpath_ring *, ring_);
    uint32_t filled, done;

    /* In this order, so that it is not less than nothing for others. */
    atomic_read_explicit(&ring->done, &done, memory_order_acquire);
    atomic_read_explicit(&ring->filled, &filled, memory_order_acquire);
    return MIN(filled - done, ring->size);
}

/* Worker: the packet that is 'i' behind the first one that is not done; 'i' is
 * less than excpath_ring_count(). */
static inline const struct excpath_desc *
excpath_ring_peek(const struct excpath_ring *ring_, uint32_t i)
{
    struct excpath_ring *ring = CONST_CAST(struct excpath_ring *, ring_);
    uint32_t done;

    atomic_read_relaxed(&ring->done, &done);
    return &ring->descs[(done + i) & (ring->size - 1)];
}

/* Worker: the mbuf of 'desc', which has EXCPATH_DESC_MBUF. */
static inline struct rte_mbuf *
excpath_ring_mbuf(const struct excpath_ring *ring,
                  const struct excpath_desc *desc)
{
    return ring->mbufs[desc - ring->descs];
}

/* Worker: whether there is a packet that is timed among the first 'n', which
 * are not done yet.  Then it is '*i' behind the first, and was sent at
 * '*since'. */
static inline bool
excpath_ring_get_sample(struct excpath_ring *ring, uint32_t n, uint32_t *i,
                        uint64_t *since)
{
    uint32_t sample, done;

    /* The sender leaves them as they are until that packet is done. */
    atomic_read_relaxed(&ring->sample, &sample);
    atomic_read_relaxed(&ring->done, &done);
    *i = sample - done;
    if (OVS_LIKELY(*i >= n)) {
        return false;
    }
    atomic_read_relaxed(&ring->sample_since, since);
    return true;
}

/* Worker: the first 'n' packets are done. */
static inline void
excpath_ring_finish(struct excpath_ring *ring, uint32_t n)
{
    uint32_t done;

    atomic_read_relaxed(&ring->done, &done);
    atomic_store_explicit(&ring->done, done + n, memory_order_release);
}

#endif /* excpath-ring.h */
