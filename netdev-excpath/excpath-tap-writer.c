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

#include "excpath-tap-writer.h"

#include <errno.h>
#include <string.h>

#include "excpath-ring.h"
#include "excpath-tap-batch.h"
#include "excpath-tap-io.h"
#include "excpath-vnet.h"
#include "ovs-atomic.h"
#include "util.h"

BUILD_ASSERT_DECL(EXCPATH_WRITE_BURST == EXCPATH_BATCH_MAX);

/* The best one first, as enum excpath_tap_io has it. */
static const struct excpath_tap_batch *const batches[] = {
#ifdef HAVE_LIBURING
    [EXCPATH_IO_URING] = &excpath_tap_uring,
#endif
#ifdef HAVE_LIBAIO
    [EXCPATH_IO_AIO] = &excpath_tap_aio,
#endif
    [EXCPATH_IO_WRITE] = NULL,
};

struct excpath_tap_writer {
    int fd;
    /* NULL to write one by one.  Other threads may read it. */
    ATOMIC(const struct excpath_tap_batch *) batch;
    void *batch_aux;
};

static const struct excpath_tap_batch *
get_batch(const struct excpath_tap_writer *w_)
{
    struct excpath_tap_writer *w = CONST_CAST(struct excpath_tap_writer *, w_);
    const struct excpath_tap_batch *batch;

    atomic_read_relaxed(&w->batch, &batch);
    return batch;
}

/* Writes a packet with a system call of its own. */
static int
write_one(struct excpath_tap_writer *w, const struct excpath_ring *ring,
          const struct excpath_desc *desc)
{
    if (OVS_UNLIKELY(desc->flags & EXCPATH_DESC_MBUF)) {
        return excpath_tap_write_mbuf(w->fd, excpath_ring_mbuf(ring, desc));
    }
    return excpath_tap_write_frame(w->fd, desc->data, desc->len,
                                   desc->flags & EXCPATH_DESC_HEADROOM);
}

/* Writes the packets from 'i' on one by one. */
static void
write_rest(struct excpath_tap_writer *w, const struct excpath_ring *ring,
           uint32_t i, uint32_t n, int errors[])
{
    for (; i < n; i++) {
        const struct excpath_desc *desc = excpath_ring_peek(ring, i);

        if (i + 1 < n) {
            __builtin_prefetch(excpath_ring_peek(ring, i + 1)->data);
        }
        errors[i] = write_one(w, ring, desc);
        if (errors[i] == EAGAIN) {
            while (++i < n) {
                errors[i] = EAGAIN;
            }
        }
    }
}

static void
close_batch(struct excpath_tap_writer *w)
{
    const struct excpath_tap_batch *batch = get_batch(w);

    if (batch) {
        atomic_store_relaxed(&w->batch, NULL);
        batch->close(w->batch_aux);
    }
}

/* Writes the packets up to the first one that takes more than a simple write.
 * Returns how many were written, or failed. */
static uint32_t
write_batch(struct excpath_tap_writer *w, const struct excpath_ring *ring,
            uint32_t n, int errors[])
{
    struct excpath_tap_buf bufs[EXCPATH_BATCH_MAX];
    uint32_t n_bufs, n_done;

    for (n_bufs = 0; n_bufs < n; n_bufs++) {
        const struct excpath_desc *desc = excpath_ring_peek(ring, n_bufs);
        struct excpath_tap_buf *buf = &bufs[n_bufs];

        if (OVS_UNLIKELY(desc->flags != EXCPATH_DESC_HEADROOM)) {
            break;
        }
        buf->data = desc->data - EXCPATH_VNET_HDR_LEN;
        buf->len = desc->len + EXCPATH_VNET_HDR_LEN;
        memset(buf->data, 0, EXCPATH_VNET_HDR_LEN);
    }
    if (!n_bufs) {
        return 0;
    }

    n_done = get_batch(w)->write(w->batch_aux, bufs, n_bufs, errors);
    if (OVS_UNLIKELY(n_done < n_bufs)) {
        /* What the kernel did not take must not be taken later on: do
         * without. */
        close_batch(w);
    }
    return n_done;
}

struct excpath_tap_writer *
excpath_tap_writer_create(int fd, enum excpath_tap_io best)
{
    struct excpath_tap_writer *w = xzalloc(sizeof *w);
    const struct excpath_tap_batch *batch = NULL;

    w->fd = fd;
    for (size_t i = best; i < ARRAY_SIZE(batches) && !w->batch_aux; i++) {
        batch = batches[i];
        w->batch_aux = batch ? batch->open(fd) : NULL;
    }
    atomic_init(&w->batch, w->batch_aux ? batch : NULL);
    return w;
}

void
excpath_tap_writer_destroy(struct excpath_tap_writer *w)
{
    close_batch(w);
    free(w);
}

const char *
excpath_tap_writer_get_io(const struct excpath_tap_writer *w)
{
    const struct excpath_tap_batch *batch = get_batch(w);

    return batch ? batch->name : "write";
}

void
excpath_tap_write_burst(struct excpath_tap_writer *w,
                        const struct excpath_ring *ring, uint32_t n,
                        int errors[])
{
    uint32_t i = 0;

    /* For a single packet a simple system call is cheaper. */
    if (n > 1 && get_batch(w)) {
        i = write_batch(w, ring, n, errors);

        /* One that has to wait among others that need not: what follows it is
         * gone, and sending it now would reverse their order. */
        bool gone = false;

        for (uint32_t j = i; j-- > 0; ) {
            if (errors[j] != EAGAIN) {
                gone = true;
            } else if (gone) {
                errors[j] = ENOBUFS;
            }
        }
        if (i && errors[i - 1] == EAGAIN) {
            for (; i < n; i++) {
                errors[i] = EAGAIN;
            }
        }
    }
    write_rest(w, ring, i, n, errors);
}
