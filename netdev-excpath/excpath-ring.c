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

uint16_t
excpath_ring_send(struct excpath_ring *ring, struct rte_mbuf **pkts,
                  uint16_t n)
{
    uint32_t room = ring->size - (ring->head - ring->clean);

    if (room < n || ring->size - room >= CLEAN_BATCH) {
        clean(ring);
        room = ring->size - (ring->head - ring->clean);
        n = MIN(n, room);
    }

    for (uint16_t i = 0; i < n; i++) {
        uint32_t slot = ring->head++ & (ring->size - 1);

        ring->mbufs[slot] = pkts[i];
        fill(&ring->descs[slot], pkts[i]);
    }
    atomic_store_explicit(&ring->filled, ring->head, memory_order_release);
    return n;
}
