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

#ifdef HAVE_LIBAIO

#include "excpath-tap-batch.h"

#include <errno.h>
#include <libaio.h>

#include "util.h"

/* The kernel's asynchronous I/O (fs/aio.c) is synchronous for anything but
 * files that are opened with O_DIRECT: io_submit() is a loop over
 * write_iter(), which a tap has had for longer than this needs, and heeds
 * O_NONBLOCK. */

struct aio {
    int fd;
    io_context_t context;
    struct iocb iocbs[EXCPATH_BATCH_MAX];
    struct iocb *iocbps[EXCPATH_BATCH_MAX];     /* To each of them. */
};

static void *
aio_open(int fd)
{
    struct aio *aio = xzalloc(sizeof *aio);

    /* All that the system may have (fs.aio-max-nr) may be in use, or the
     * kernel may have been built without. */
    aio->fd = fd;
    if (io_setup(EXCPATH_BATCH_MAX, &aio->context)) {
        free(aio);
        return NULL;
    }
    for (int i = 0; i < EXCPATH_BATCH_MAX; i++) {
        aio->iocbps[i] = &aio->iocbs[i];
    }
    return aio;
}

static void
aio_close(void *aio_)
{
    struct aio *aio = aio_;

    io_destroy(aio->context);
    free(aio);
}

static uint32_t
aio_write(void *aio_, const struct excpath_tap_buf bufs[], uint32_t n,
          int errors[])
{
    struct io_event events[EXCPATH_BATCH_MAX];
    struct aio *aio = aio_;
    int n_done, n_events;

    for (uint32_t i = 0; i < n; i++) {
        if (OVS_LIKELY(bufs[i].n_iov == 1)) {
            io_prep_pwrite(&aio->iocbs[i], aio->fd, bufs[i].iov->iov_base,
                           bufs[i].iov->iov_len, 0);
        } else {
            io_prep_pwritev(&aio->iocbs[i], aio->fd, bufs[i].iov,
                            bufs[i].n_iov, 0);
        }
        errors[i] = ENOBUFS;
    }

    n_done = io_submit(aio->context, n, aio->iocbps);
    if (n_done <= 0) {
        return 0;
    }
    /* They are completed, so that this does not wait. */
    do {
        n_events = io_getevents(aio->context, n_done, n_done, events, NULL);
    } while (n_events == -EINTR);
    for (int i = 0; i < n_events; i++) {
        long int res = events[i].res;   /* Of unsigned type. */

        errors[events[i].obj - aio->iocbs] = res < 0 ? -res : 0;
    }
    return n_done;
}

const struct excpath_tap_batch excpath_tap_aio = {
    .name = "aio",
    .open = aio_open,
    .close = aio_close,
    .write = aio_write,
};

#endif /* HAVE_LIBAIO */
