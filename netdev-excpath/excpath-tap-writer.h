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

/* Packets to a queue of a tap, many at a time: with io_uring, which makes one
 * system call of a burst, where the kernel can do that for a tap, and else with
 * one each.
 *
 * One thread, from the creation to the end: the kernel ties an io_uring to the
 * thread that made it. */

#include <stdbool.h>
#include <stdint.h>

struct excpath_ring;
struct excpath_tap_writer;

/* Most packets in a burst. */
#define EXCPATH_WRITE_BURST 32

/* 'fd', as excpath-tap-io.h has it, stays the caller's.  'want_uring' is for
 * tests, which want to have it both ways. */
struct excpath_tap_writer *excpath_tap_writer_create(int fd, bool want_uring);
void excpath_tap_writer_destroy(struct excpath_tap_writer *);

/* Whether it is io_uring that is used, at the moment.  Any thread. */
bool excpath_tap_writer_has_uring(const struct excpath_tap_writer *);

/* Writes the first 'n' packets in 'ring', EXCPATH_WRITE_BURST at most, which
 * stay there, and stores in 'errors' what became of each, as in
 * excpath-tap-io.h.  Those with EAGAIN are the last ones. */
void excpath_tap_write_burst(struct excpath_tap_writer *,
                             const struct excpath_ring *ring, uint32_t n,
                             int errors[]);

#endif /* excpath-tap-writer.h */
