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

#include <linux/virtio_ring.h>
#include <stdio.h>

#include <rte_memzone.h>

#include "excpath-stats.h"
#include "util.h"

/* VIRTIO_VRING_ALIGN in DPDK's drivers/net/virtio/virtio.h. */
#define VRING_ALIGN 4096

/* Returns how many descriptors of ring 'index' of 'port_id' are with the kernel,
 * which has yet to use them, or -1 if there is no such ring. */
static int
count_available(uint16_t port_id, int index, unsigned int size)
{
    char name[RTE_MEMZONE_NAMESIZE];
    const struct rte_memzone *mz;
    struct vring vring;
    uint16_t n, n_used, n_used_now;
    int tries = 4;

    /* virtio_init_queue() in drivers/net/virtio/virtio_ethdev.c. */
    snprintf(name, sizeof name, "port%d_vq%d", port_id, index);
    mz = rte_memzone_lookup(name);
    if (!mz || mz->len < vring_size(size, VRING_ALIGN)) {
        return -1;
    }

    /* A split ring: virtio_user has a packed one only if asked for. */
    vring_init(&vring, size, mz->addr, VRING_ALIGN);
    n_used_now = __atomic_load_n(&vring.used->idx, __ATOMIC_ACQUIRE);
    do {
        /* Both of the same moment, or as good as: this thread may have to wait
         * in between. */
        n_used = n_used_now;
        n = __atomic_load_n(&vring.avail->idx, __ATOMIC_ACQUIRE) - n_used;
        n_used_now = __atomic_load_n(&vring.used->idx, __ATOMIC_ACQUIRE);
    } while ((uint16_t) (n_used_now - n_used) > size / 8 && --tries);
    return MIN(n, size);
}

bool
excpath_vring_get_fill(uint16_t port_id, int qid, unsigned int ring_size,
                       struct excpath_fill *to_kernel,
                       struct excpath_fill *from_kernel)
{
    /* Virtio specification 1.1, section 5.1.2: receiveq1, transmitq1, ... */
    int rx = count_available(port_id, 2 * qid, ring_size);
    int tx = count_available(port_id, 2 * qid + 1, ring_size);

    if (rx < 0 || tx < 0) {
        return false;
    }
    to_kernel->now = MIN(tx, to_kernel->size);
    from_kernel->now = from_kernel->size - MIN(rx, from_kernel->size);
    return true;
}
