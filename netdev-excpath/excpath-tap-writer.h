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

#ifndef EXCPATH_TAP_WRITER_H
#define EXCPATH_TAP_WRITER_H 1

/* Packets to a queue of a tap, many at a time: with one system call for a
 * burst (excpath-tap-batch.h), where the kernel and the container allow that,
 * and else with one each.
 *
 * One thread, from the creation to the end. */

#include <stdbool.h>
#include <stdint.h>

struct excpath_ring;
struct excpath_tap_writer;

/* Most packets in a burst. */
#define EXCPATH_WRITE_BURST 32

/* How packets are written, the best way first. */
enum excpath_tap_io {
    EXCPATH_IO_URING,           /* io_uring, which needs Linux 6.4. */
    EXCPATH_IO_AIO,             /* Asynchronous I/O, as of old. */
    EXCPATH_IO_WRITE,           /* One by one. */
};

/* 'fd', as excpath-tap-io.h has it, stays the caller's.  It will do no better
 * than 'best', which is for tests. */
struct excpath_tap_writer *excpath_tap_writer_create(int fd,
                                                     enum excpath_tap_io best);
void excpath_tap_writer_destroy(struct excpath_tap_writer *);

/* Returns a word for how it writes, at the moment: "io_uring", "aio" or
 * "write".  Any thread. */
const char *excpath_tap_writer_get_io(const struct excpath_tap_writer *);

/* Writes the first 'n' packets in 'ring', EXCPATH_WRITE_BURST at most, which
 * stay there, and stores in 'errors' what became of each, as in
 * excpath-tap-io.h.  Those with EAGAIN are the last ones.
 *
 * With 'gro' some may become large frames (excpath-gro.h).  Returns how many
 * frames fewer than packets were written. */
uint32_t excpath_tap_write_burst(struct excpath_tap_writer *,
                                 const struct excpath_ring *ring, uint32_t n,
                                 bool gro, int errors[]);

#endif /* excpath-tap-writer.h */
