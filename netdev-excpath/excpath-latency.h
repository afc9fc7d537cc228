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

#ifndef EXCPATH_LATENCY_H
#define EXCPATH_LATENCY_H 1

/* How long packets take from the switch to the kernel, as a histogram.
 *
 * Not every packet is timed: see excpath_ring_send() and
 * excpath_vring_begin(). */

#include <stdbool.h>
#include <stdint.h>

#include "excpath-stats.h"
#include "util.h"

/* Buckets are of 128 ns up to 512 ns, then four for each power of two up to
 * 2**34 ns, which is 17 s: a bucket's bounds differ by a quarter at most.  The
 * last one has all that took longer, too. */
#define EXCPATH_LATENCY_MIN_SHIFT 9
#define EXCPATH_LATENCY_MAX_SHIFT 34
#define EXCPATH_LATENCY_BUCKETS \
    (4 + 4 * (EXCPATH_LATENCY_MAX_SHIFT - EXCPATH_LATENCY_MIN_SHIFT))

/* One writer at a time, any readers. */
struct excpath_latency {
    PADDED_MEMBERS(CACHE_LINE_SIZE,
                   excpath_counter buckets[EXCPATH_LATENCY_BUCKETS];
    );
};

struct ds;
struct json;

/* The bucket of something that took 'ns'. */
int excpath_latency_bucket(uint64_t ns);

/* What takes so many ns is in the first bucket behind 'bucket'. */
uint64_t excpath_latency_end(int bucket);

/* Counts a packet that was passed to the port at 'since' and is the kernel's
 * at 'now', both of the TSC, which has 'hz'.  The writer; no system call. */
void excpath_latency_note(struct excpath_latency *, uint64_t since,
                          uint64_t now, uint64_t hz);

/* What 'l' has counted since it was 'base', which may be NULL, as in
 * "excpath/latency --json", without the packet that is on its way.  Any
 * thread. */
struct json *excpath_latency_to_json(const struct excpath_latency *l,
                                     const struct excpath_latency *base);

/* Appends 'json', the queues of ports by name, to 'ds' as "excpath/latency"
 * shows them. */
void excpath_latency_format(struct ds *ds, const struct json *json);

#endif /* excpath-latency.h */
