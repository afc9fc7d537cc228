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

#ifndef EXCPATH_TAP_BATCH_H
#define EXCPATH_TAP_BATCH_H 1

/* Ways to write many packets to a queue of a tap with one system call.
 *
 * A system call each does not only cost more: where the worker has to share
 * its CPU with the program that the packets are for, this takes the CPU over
 * at the end of each call, and the two of them switch packet by packet. */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Most packets in a batch. */
#define EXCPATH_BATCH_MAX 32

/* A packet, with its vnet header before it, in one piece or several. */
struct excpath_tap_buf {
    struct iovec *iov;
    uint32_t n_iov;
};

/* One thread, from open() to close(): the kernel ties an io_uring to the
 * thread that made it. */
struct excpath_tap_batch {
    const char *name;

    /* Returns what the other functions want, or NULL if the kernel or the
     * container does not let 'fd', as excpath-tap-io.h has it, be written to
     * in this way. */
    void *(*open)(int fd);

    /* The queue of the tap is free at once: no reference to it remains. */
    void (*close)(void *);

    /* Writes 'bufs', 1 to EXCPATH_BATCH_MAX of them, in their order, stores in
     * 'errors' what became of each, as in excpath-tap-io.h, and returns 'n'.
     *
     * If it returns less, the kernel did not look at the others, for want of
     * memory, say.  This must be closed then. */
    uint32_t (*write)(void *, const struct excpath_tap_buf bufs[], uint32_t n,
                      int errors[]);
};

#ifdef HAVE_LIBURING
extern const struct excpath_tap_batch excpath_tap_uring;
#endif
#ifdef HAVE_LIBAIO
extern const struct excpath_tap_batch excpath_tap_aio;
#endif

#endif /* excpath-tap-batch.h */
