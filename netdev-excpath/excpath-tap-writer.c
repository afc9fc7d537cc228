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
#include <sys/uio.h>

#include "excpath-ring.h"
#include "excpath-tap-io.h"
#include "excpath-vnet.h"
#include "ovs-atomic.h"
#include "util.h"

#ifdef HAVE_LIBURING
#include <liburing.h>
#endif

struct excpath_tap_writer {
    int fd;
    atomic_bool has_uring;      /* Other threads may ask for it. */
#ifdef HAVE_LIBURING
    struct io_uring uring;
#endif
};

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

#ifdef HAVE_LIBURING

/* From linux/io_uring.h, for liburing before 2.3. */
#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

/* Whether the kernel can write to 'fd' without the help of another thread.  It
 * can, for a tap, since Linux 6.4 (FMODE_NOWAIT in drivers/net/tun.c). */
static bool
has_nowait(int fd)
{
    /* Too short for its header, so that nothing is sent. */
    char byte = 0;
    struct iovec iov = { &byte, sizeof byte };

    return pwritev2(fd, &iov, 1, -1, RWF_NOWAIT) < 0 && errno == EINVAL;
}

static void
open_uring(struct excpath_tap_writer *w)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    };

    /* It may be missing, switched off (kernel.io_uring_disabled), or not
     * allowed in a container. */
    if (!has_nowait(w->fd)
        || io_uring_queue_init_params(EXCPATH_WRITE_BURST, &w->uring,
                                      &params)) {
        return;
    }
    if (io_uring_register_files(&w->uring, &w->fd, 1)) {
        io_uring_queue_exit(&w->uring);
        return;
    }
    io_uring_register_ring_fd(&w->uring);
    atomic_store_relaxed(&w->has_uring, true);
}

static void
close_uring(struct excpath_tap_writer *w)
{
    if (excpath_tap_writer_has_uring(w)) {
        /* The kernel takes an io_uring apart when it finds the time.  The
         * queue of the tap must be free at once. */
        io_uring_unregister_files(&w->uring);
        io_uring_queue_exit(&w->uring);
        atomic_store_relaxed(&w->has_uring, false);
    }
}

/* Writes the packets up to the first one that takes more than a simple write.
 * Returns how many were written, or failed. */
static uint32_t
write_uring(struct excpath_tap_writer *w, const struct excpath_ring *ring,
            uint32_t n, int errors[])
{
    struct io_uring_cqe *cqe;
    uint32_t n_sqes, n_cqes;
    unsigned int head;
    int n_done;

    for (n_sqes = 0; n_sqes < n; n_sqes++) {
        const struct excpath_desc *desc = excpath_ring_peek(ring, n_sqes);
        char *data = desc->data - EXCPATH_VNET_HDR_LEN;
        struct io_uring_sqe *sqe;

        if (OVS_UNLIKELY(desc->flags != EXCPATH_DESC_HEADROOM)) {
            break;
        }
        memset(data, 0, EXCPATH_VNET_HDR_LEN);
        sqe = io_uring_get_sqe(&w->uring);
        /* The file is the first one registered. */
        io_uring_prep_write(sqe, 0, data, EXCPATH_VNET_HDR_LEN + desc->len,
                            -1);
        sqe->flags |= IOSQE_FIXED_FILE;
        sqe->rw_flags = RWF_NOWAIT;
        sqe->user_data = n_sqes;
        errors[n_sqes] = ENOBUFS;
    }
    if (!n_sqes) {
        return 0;
    }

    do {
        n_done = io_uring_submit_and_wait(&w->uring, n_sqes);
    } while (n_done == -EINTR);
    if (n_done > 0) {
        /* All of them are completed by now, unless a signal ended the wait. */
        while (io_uring_wait_cqe_nr(&w->uring, &cqe, n_done) == -EINTR) {
            continue;
        }
        n_cqes = 0;
        io_uring_for_each_cqe (&w->uring, head, cqe) {
            errors[cqe->user_data] = cqe->res < 0 ? -cqe->res : 0;
            n_cqes++;
        }
        io_uring_cq_advance(&w->uring, n_cqes);
    }
    if (OVS_UNLIKELY(n_done < (int) n_sqes)) {
        /* The kernel has no memory, say.  What it did not take must not be
         * submitted later on: do without. */
        close_uring(w);
    }
    return MAX(n_done, 0);
}

#else /* !HAVE_LIBURING */

static void
open_uring(struct excpath_tap_writer *w OVS_UNUSED)
{
}

static void
close_uring(struct excpath_tap_writer *w OVS_UNUSED)
{
}

static uint32_t
write_uring(struct excpath_tap_writer *w OVS_UNUSED,
            const struct excpath_ring *ring OVS_UNUSED, uint32_t n OVS_UNUSED,
            int errors[] OVS_UNUSED)
{
    OVS_NOT_REACHED();
}

#endif /* !HAVE_LIBURING */

struct excpath_tap_writer *
excpath_tap_writer_create(int fd, bool want_uring)
{
    struct excpath_tap_writer *w = xzalloc(sizeof *w);

    w->fd = fd;
    atomic_init(&w->has_uring, false);
    if (want_uring) {
        open_uring(w);
    }
    return w;
}

void
excpath_tap_writer_destroy(struct excpath_tap_writer *w)
{
    close_uring(w);
    free(w);
}

bool
excpath_tap_writer_has_uring(const struct excpath_tap_writer *w_)
{
    struct excpath_tap_writer *w = CONST_CAST(struct excpath_tap_writer *, w_);
    bool has_uring;

    atomic_read_relaxed(&w->has_uring, &has_uring);
    return has_uring;
}

void
excpath_tap_write_burst(struct excpath_tap_writer *w,
                        const struct excpath_ring *ring, uint32_t n,
                        int errors[])
{
    uint32_t i = 0;

    /* For a single packet a single system call is cheaper. */
    if (n > 1 && excpath_tap_writer_has_uring(w)) {
        i = write_uring(w, ring, n, errors);

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
