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

#include "excpath-gro.h"
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

/* Writes the packets from 'i' on one by one, unless one, maybe before 'i', has
 * to wait: then so do all that follow. */
static void
write_rest(struct excpath_tap_writer *w, const struct excpath_ring *ring,
           uint32_t i, uint32_t n, int errors[])
{
    for (; i < n; i++) {
        const struct excpath_desc *desc = excpath_ring_peek(ring, i);

        if (i + 1 < n) {
            __builtin_prefetch(excpath_ring_peek(ring, i + 1)->data);
        }
        errors[i] = (i && errors[i - 1] == EAGAIN ? EAGAIN
                     : write_one(w, ring, desc));
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

/* Writes 'frames' in their order, with one system call if possible, and stores
 * in 'errors' what became of each. */
static void
write_frames(struct excpath_tap_writer *w,
             const struct excpath_tap_buf frames[], uint32_t n, int errors[])
{
    const struct excpath_tap_batch *batch = get_batch(w);
    uint32_t i = 0;

    /* For a single one a simple system call is cheaper. */
    if (n > 1 && batch) {
        i = batch->write(w->batch_aux, frames, n, errors);
        if (OVS_UNLIKELY(i < n)) {
            /* What the kernel did not take must not be taken later on: do
             * without. */
            close_batch(w);
        }
    }
    for (; i < n; i++) {
        errors[i] = (i && errors[i - 1] == EAGAIN ? EAGAIN
                     : excpath_tap_write(w->fd, frames[i].iov,
                                         frames[i].n_iov));
    }
}

/* Makes frames of the 'n' packets in 'packets', as they are or merged. */
static void
make_frames(struct excpath_gro *gro, struct iovec packets[], uint32_t n,
            bool merge)
{
    if (merge) {
        excpath_gro_merge(gro, packets, n);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        gro->frames[i] = (struct excpath_tap_buf) { &packets[i], 1 };
        gro->frame_of[i] = i;
    }
    gro->n_frames = n;
}

/* Writes the packets up to the first one that takes more than a simple write,
 * as excpath_tap_write_burst() does.  Returns how many they are. */
static uint32_t
write_simple(struct excpath_tap_writer *w, const struct excpath_ring *ring,
             uint32_t n_max, bool merge, int errors[], uint32_t *n_coalesced)
{
    struct iovec packets[EXCPATH_BATCH_MAX];
    int frame_errors[EXCPATH_BATCH_MAX];
    struct excpath_gro gro;
    uint32_t n;

    for (n = 0; n < n_max; n++) {
        const struct excpath_desc *desc = excpath_ring_peek(ring, n);
        char *data = desc->data - EXCPATH_VNET_HDR_LEN;

        if (OVS_UNLIKELY(desc->flags != EXCPATH_DESC_HEADROOM)) {
            break;
        }
        packets[n] = (struct iovec) { data, EXCPATH_VNET_HDR_LEN + desc->len };
        memset(data, 0, EXCPATH_VNET_HDR_LEN);
    }
    if (!n) {
        return 0;
    }

    make_frames(&gro, packets, n, merge && n > 1);
    write_frames(w, gro.frames, gro.n_frames, frame_errors);
    for (uint32_t i = 0; i < n; i++) {
        errors[i] = frame_errors[gro.frame_of[i]];
        *n_coalesced += !errors[i];
    }
    for (uint32_t i = 0; i < gro.n_frames; i++) {
        *n_coalesced -= !frame_errors[i];
    }
    return n;
}

/* Gives up packets that have to wait among others that need not: of the same
 * batch, or of another flow if some were merged.  What follows is gone, and
 * sending them later would reverse their order, or send what follows once
 * more. */
static void
give_up_overtaken(int errors[], uint32_t n)
{
    bool gone = false;

    while (n-- > 0) {
        if (errors[n] != EAGAIN) {
            gone = true;
        } else if (gone) {
            errors[n] = ENOBUFS;
        }
    }
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

uint32_t
excpath_tap_write_burst(struct excpath_tap_writer *w,
                        const struct excpath_ring *ring, uint32_t n, bool gro,
                        int errors[])
{
    uint32_t n_coalesced = 0;
    uint32_t i = 0;

    if (n > 1 && (gro || get_batch(w))) {
        i = write_simple(w, ring, n, gro, errors, &n_coalesced);
        give_up_overtaken(errors, i);
    }
    write_rest(w, ring, i, n, errors);
    return n_coalesced;
}
