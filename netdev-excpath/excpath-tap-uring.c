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

#ifdef HAVE_LIBURING

#include "excpath-tap-batch.h"

#include <errno.h>
#include <liburing.h>

#include "util.h"

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

static void *
uring_open(int fd)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    };
    struct io_uring *uring;

    /* It may be missing, switched off (kernel.io_uring_disabled), or not
     * allowed in a container. */
    if (!has_nowait(fd)) {
        return NULL;
    }
    uring = xmalloc(sizeof *uring);
    if (io_uring_queue_init_params(EXCPATH_BATCH_MAX, uring, &params)) {
        free(uring);
        return NULL;
    }
    if (io_uring_register_files(uring, &fd, 1)) {
        io_uring_queue_exit(uring);
        free(uring);
        return NULL;
    }
    io_uring_register_ring_fd(uring);
    return uring;
}

static void
uring_close(void *uring_)
{
    struct io_uring *uring = uring_;

    /* The kernel takes an io_uring apart when it finds the time. */
    io_uring_unregister_files(uring);
    io_uring_queue_exit(uring);
    free(uring);
}

static uint32_t
uring_write(void *uring_, const struct excpath_tap_buf bufs[], uint32_t n,
            int errors[])
{
    struct io_uring *uring = uring_;
    struct io_uring_cqe *cqe;
    unsigned int n_cqes = 0;
    unsigned int head;
    int n_done;

    for (uint32_t i = 0; i < n; i++) {
        struct io_uring_sqe *sqe = io_uring_get_sqe(uring);

        /* The file is the first one registered.  For a single piece the kernel
         * has less to do than for a list of one. */
        if (OVS_LIKELY(bufs[i].n_iov == 1)) {
            io_uring_prep_write(sqe, 0, bufs[i].iov->iov_base,
                                bufs[i].iov->iov_len, -1);
        } else {
            io_uring_prep_writev(sqe, 0, bufs[i].iov, bufs[i].n_iov, -1);
        }
        sqe->flags |= IOSQE_FIXED_FILE;
        sqe->rw_flags = RWF_NOWAIT;
        sqe->user_data = i;
        errors[i] = ENOBUFS;
    }

    do {
        n_done = io_uring_submit_and_wait(uring, n);
    } while (n_done == -EINTR);
    if (n_done <= 0) {
        return 0;
    }

    /* All of them are completed by now, unless a signal ended the wait. */
    while (io_uring_wait_cqe_nr(uring, &cqe, n_done) == -EINTR) {
        continue;
    }
    io_uring_for_each_cqe (uring, head, cqe) {
        errors[cqe->user_data] = cqe->res < 0 ? -cqe->res : 0;
        n_cqes++;
    }
    io_uring_cq_advance(uring, n_cqes);
    return n_done;
}

const struct excpath_tap_batch excpath_tap_uring = {
    .name = "io_uring",
    .open = uring_open,
    .close = uring_close,
    .write = uring_write,
};

#endif /* HAVE_LIBURING */
