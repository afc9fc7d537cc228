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

#include "excpath-ring.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "excpath-vnet.h"

/* How many packets may be done before the sender frees them.  Fewer would have
 * it read 'done', which the worker has just written, more often; more would
 * have it use buffers that have not been in its cache for longer. */
#define CLEAN_BATCH 32

struct excpath_ring *
excpath_ring_create(uint32_t size)
{
    struct excpath_ring *ring = xzalloc_cacheline(sizeof *ring);

    ovs_assert(is_pow2(size));
    ring->size = size;
    rte_spinlock_init(&ring->lock);
    ring->descs = xzalloc_cacheline(size * sizeof *ring->descs);
    ring->mbufs = xzalloc_cacheline(size * sizeof *ring->mbufs);
    /* The first packet is timed. */
    ring->sampled = -EXCPATH_RING_SAMPLE;
    atomic_init(&ring->sample, ring->sampled);
    atomic_init(&ring->sample_since, 0);
    atomic_init(&ring->filled, 0);
    atomic_init(&ring->done, 0);
    return ring;
}

/* Frees the packets from 'ring->clean' to 'end'. */
static void
clean_until(struct excpath_ring *ring, uint32_t end)
{
    while (ring->clean != end) {
        uint32_t first = ring->clean & (ring->size - 1);
        uint32_t n = MIN(end - ring->clean, ring->size - first);

        rte_pktmbuf_free_bulk(&ring->mbufs[first], n);
        ring->clean += n;
    }
}

static void
clean(struct excpath_ring *ring)
{
    uint32_t done;

    atomic_read_explicit(&ring->done, &done, memory_order_acquire);
    clean_until(ring, done);
}

void
excpath_ring_destroy(struct excpath_ring *ring)
{
    if (ring) {
        clean_until(ring, ring->head);
        free_cacheline(ring->descs);
        free_cacheline(ring->mbufs);
        free_cacheline(ring);
    }
}

static inline void
fill(struct excpath_desc *desc, struct rte_mbuf *mbuf)
{
    uint32_t flags = 0;

    if (OVS_LIKELY(rte_pktmbuf_headroom(mbuf) >= EXCPATH_VNET_HDR_LEN
                   && rte_mbuf_refcnt_read(mbuf) == 1
                   && RTE_MBUF_DIRECT(mbuf))) {
        flags |= EXCPATH_DESC_HEADROOM;
    }
    if (OVS_UNLIKELY(mbuf->nb_segs > 1
                     || mbuf->ol_flags & (RTE_MBUF_F_TX_L4_MASK
                                          | RTE_MBUF_F_TX_TCP_SEG))) {
        flags |= EXCPATH_DESC_MBUF;
    }
    desc->data = rte_pktmbuf_mtod(mbuf, char *);
    desc->len = rte_pktmbuf_pkt_len(mbuf);
    desc->flags = flags;
}

/* Times the next packet, if it is its turn and the last one is known to be
 * done. */
static inline void
sample(struct excpath_ring *ring, bool eager)
{
    if (OVS_UNLIKELY(eager
                     || ring->head - ring->sampled >= EXCPATH_RING_SAMPLE)
        && (int32_t) (ring->clean - ring->sampled) > 0) {
        ring->sampled = ring->head;
        atomic_store_relaxed(&ring->sample, ring->sampled);
        atomic_store_relaxed(&ring->sample_since, rte_rdtsc());
    }
}

uint16_t
excpath_ring_send(struct excpath_ring *ring, struct rte_mbuf **pkts,
                  uint16_t n, bool eager)
{
    uint32_t room = ring->size - (ring->head - ring->clean);

    if (room < n || ring->size - room >= CLEAN_BATCH || OVS_UNLIKELY(eager)) {
        clean(ring);
        room = ring->size - (ring->head - ring->clean);
        n = MIN(n, room);
    }
    if (n) {
        sample(ring, eager);
    }

    for (uint16_t i = 0; i < n; i++) {
        uint32_t slot = ring->head++ & (ring->size - 1);

        ring->mbufs[slot] = pkts[i];
        fill(&ring->descs[slot], pkts[i]);
    }
    atomic_store_explicit(&ring->filled, ring->head, memory_order_release);
    return n;
}

uint64_t
excpath_ring_waiting(const struct excpath_ring *ring_, uint64_t now)
{
    struct excpath_ring *ring = CONST_CAST(struct excpath_ring *, ring_);
    uint32_t sample, done, filled;
    uint64_t since;

    atomic_read_explicit(&ring->sample, &sample, memory_order_acquire);
    atomic_read_explicit(&ring->done, &done, memory_order_acquire);
    atomic_read_explicit(&ring->filled, &filled, memory_order_acquire);
    /* The last, so that it is not that of a packet before. */
    atomic_read_relaxed(&ring->sample_since, &since);
    return sample - done < filled - done && now > since ? now - since : 0;
}
