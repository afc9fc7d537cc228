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

#include "excpath-vring.h"

#include <stdio.h>

#include <rte_cycles.h>
#include <rte_memzone.h>

#include "excpath-latency.h"
#include "excpath-stats.h"
#include "util.h"

/* VIRTIO_VRING_ALIGN in DPDK's drivers/net/virtio/virtio.h. */
#define VRING_ALIGN 4096

/* Finds ring 'index' of 'port_id'. */
static bool
find_ring(uint16_t port_id, int index, uint16_t size,
          const struct vring_avail **avail, const struct vring_used **used)
{
    char name[RTE_MEMZONE_NAMESIZE];
    const struct rte_memzone *mz;
    struct vring vring;

    /* virtio_init_queue() in drivers/net/virtio/virtio_ethdev.c. */
    snprintf(name, sizeof name, "port%d_vq%d", port_id, index);
    mz = rte_memzone_lookup(name);
    if (!mz || mz->len < vring_size(size, VRING_ALIGN)) {
        return false;
    }

    /* A split ring: virtio_user has a packed one only if asked for. */
    vring_init(&vring, size, mz->addr, VRING_ALIGN);
    *avail = vring.avail;
    *used = vring.used;
    return true;
}

void
excpath_vring_find(struct excpath_vring *v, uint16_t port_id, int qid,
                   uint16_t size, uint16_t n_rxq_desc)
{
    excpath_vring_forget(v);
    v->size = size;
    v->n_rxq_desc = n_rxq_desc;
    /* Virtio specification 1.1, section 5.1.2: receiveq1, transmitq1, ... */
    if (!find_ring(port_id, 2 * qid, size, &v->rx_avail, &v->rx_used)
        || !find_ring(port_id, 2 * qid + 1, size, &v->tx_avail,
                      &v->tx_used)) {
        excpath_vring_forget(v);
        return;
    }
    v->n_polled = 0;
    v->settled = false;
}

void
excpath_vring_forget(struct excpath_vring *v)
{
    v->tx_avail = v->rx_avail = NULL;
    v->tx_used = v->rx_used = NULL;
    v->settled = true;
    v->n_untimed = EXCPATH_VRING_SAMPLE;        /* The first packet is. */
    atomic_store_relaxed(&v->timing, false);
    excpath_vring_forget_peaks(v);
}

/* How many descriptors are with the kernel, which has yet to use them. */
static uint16_t
count_available(const struct vring_avail *avail, const struct vring_used *used,
                uint16_t size)
{
    uint16_t n_used_now = __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE);
    uint16_t n, n_used;
    int tries = 4;

    do {
        /* Both of the same moment, or as good as: this thread may have to wait
         * in between. */
        n_used = n_used_now;
        n = __atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE) - n_used;
        n_used_now = __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE);
    } while ((uint16_t) (n_used_now - n_used) > size / 8 && --tries);
    return MIN(n, size);
}

static uint16_t
count_received(const struct excpath_vring *v)
{
    return v->n_rxq_desc - MIN(count_available(v->rx_avail, v->rx_used,
                                               v->size), v->n_rxq_desc);
}

bool
excpath_vring_get_fill(const struct excpath_vring *v_,
                       struct excpath_fill *to_kernel,
                       struct excpath_fill *from_kernel)
{
    struct excpath_vring *v = CONST_CAST(struct excpath_vring *, v_);

    if (!v->tx_used) {
        return false;
    }
    to_kernel->now = MIN(excpath_vring_n_unsent(v), to_kernel->size);
    from_kernel->now = count_received(v);
    atomic_read_relaxed(&v->tx_peak, &to_kernel->peak);
    atomic_read_relaxed(&v->rx_peak, &from_kernel->peak);
    return true;
}

void
excpath_vring_forget_peaks(struct excpath_vring *v)
{
    atomic_store_relaxed(&v->tx_peak, 0);
    atomic_store_relaxed(&v->rx_peak, 0);
}

uint64_t
excpath_vring_get_waiting(const struct excpath_vring *v_)
{
    struct excpath_vring *v = CONST_CAST(struct excpath_vring *, v_);
    uint64_t now = rte_rdtsc();
    uint64_t since;
    bool timing;

    atomic_read_explicit(&v->timing, &timing, memory_order_acquire);
    atomic_read_relaxed(&v->since, &since);
    return timing && now > since ? now - since : 0;
}

uint16_t
excpath_vring_n_unsent(const struct excpath_vring *v)
{
    return (v->tx_used ? count_available(v->tx_avail, v->tx_used, v->size)
            : 0);
}

void
excpath_vring_time_next(struct excpath_vring *v)
{
    atomic_store_relaxed(&v->time_next, true);
}

uint64_t
excpath_vring_begin(struct excpath_vring *v, bool kick)
{
    bool time_next, timing;

    atomic_read_relaxed(&v->time_next, &time_next);
    if (OVS_LIKELY(!kick && !time_next
                   && v->n_untimed < EXCPATH_VRING_SAMPLE)) {
        return 0;
    }
    /* With acquire, so that what the end of the last one found is not mixed up
     * with what is written for the next. */
    atomic_read_explicit(&v->timing, &timing, memory_order_acquire);
    return timing || !v->tx_used ? 0 : rte_rdtsc();
}

void
excpath_vring_sent(struct excpath_vring *v, uint16_t n, uint64_t since)
{
    uint16_t end, n_now;

    if (OVS_UNLIKELY(!v->tx_used)) {
        return;
    }
    end = __atomic_load_n(&v->tx_avail->idx, __ATOMIC_RELAXED);
    n_now = end - __atomic_load_n(&v->tx_used->idx, __ATOMIC_RELAXED);
    excpath_note_peak(&v->tx_peak, n_now);
    v->n_untimed += n;
    if (OVS_UNLIKELY(since)) {
        v->n_untimed = 0;
        atomic_store_relaxed(&v->time_next, false);
        atomic_store_relaxed(&v->end, end);
        atomic_store_relaxed(&v->since, since);
        atomic_store_explicit(&v->timing, true, memory_order_release);
    }
}

void
excpath_vring_look(struct excpath_vring *v, struct excpath_latency *latency)
{
    uint16_t end, n_used, n_waiting;
    uint64_t since;

    /* In this order, so that what is waiting is not less than it is.  A mere
     * comparison would be wrong 32768 packets later. */
    n_used = __atomic_load_n(&v->tx_used->idx, __ATOMIC_ACQUIRE);
    n_waiting = __atomic_load_n(&v->tx_avail->idx, __ATOMIC_RELAXED) - n_used;
    atomic_read_relaxed(&v->end, &end);
    if ((uint16_t) (end - n_used - 1) >= n_waiting) {
        atomic_read_relaxed(&v->since, &since);
        excpath_latency_note(latency, since, rte_rdtsc(), rte_get_tsc_hz());
        atomic_store_explicit(&v->timing, false, memory_order_release);
    }
}

uint16_t
excpath_vring_settle(struct excpath_vring *v, uint16_t port_id, int qid,
                     struct rte_mbuf *pkts[NETDEV_MAX_BURST],
                     excpath_counter *flushed)
{
    uint16_t end = __atomic_load_n(&v->rx_used->idx, __ATOMIC_ACQUIRE);
    uint16_t n = rte_eth_rx_burst(port_id, qid, pkts, NETDEV_MAX_BURST);

    for (int i = 0; i < n; i++) {
        v->n_polled += pkts[i]->nb_segs;
    }
    if (!n) {
        /* There is nothing, so that all up to 'end' is gone. */
        excpath_count(flushed, (uint16_t) (end - v->n_polled));
        v->settled = true;
    }
    return n;
}

void
excpath_vring_received(struct excpath_vring *v, uint16_t n, bool more)
{
    /* With fewer than the driver was asked for, the ring was as good as
     * empty. */
    if (OVS_UNLIKELY(more) && v->rx_used) {
        n = MAX(n, count_received(v));
    }
    excpath_note_peak(&v->rx_peak, n);
}
