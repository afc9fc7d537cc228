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

#ifndef EXCPATH_VRING_H
#define EXCPATH_VRING_H 1

/* How full the rings are that DPDK's virtio driver shares with the kernel.
 *
 * They are looked at in memory, from outside the driver, while it and the kernel
 * use them: what is found is a snapshot.  No system call, no lock.  Main
 * thread. */

#include <stdbool.h>
#include <stdint.h>

struct excpath_fill;

/* Fills in 'now' of '*to_kernel' and '*from_kernel', of which the driver uses
 * 'size' descriptors, for queue pair 'qid' of DPDK port 'port_id', which is
 * started, with rings of 'ring_size' descriptors.  A packet from the kernel counts from when it gets there to when
 * its buffer is given back, which the driver does for several at a time.
 * Returns false if the rings are not found. */
bool excpath_vring_get_fill(uint16_t port_id, int qid, unsigned int ring_size,
                            struct excpath_fill *to_kernel,
                            struct excpath_fill *from_kernel);

#endif /* excpath-vring.h */
