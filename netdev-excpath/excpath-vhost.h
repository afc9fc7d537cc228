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

#ifndef EXCPATH_VHOST_H
#define EXCPATH_VHOST_H 1

/* The vhost-net backend: what is to be known of /dev/vhost-net and of DPDK's
 * virtio_user, which drives it.
 *
 * virtio_user reports success when its backend failed, so what can be checked
 * is checked before and after.  Main thread only; no locks. */

#include <stdint.h>
#include <sys/types.h>

#include "excpath-kernel.h"
#include "excpath-options.h"

#define VHOST_NET_PATH "/dev/vhost-net"

/* Checks that /dev/vhost-net can be used.  Returns NULL if it can, otherwise
 * what is wrong and how to mend it, which the caller must free. */
char *excpath_vhost_check(void);

/* How many descriptors the rings of a port with 'opts' have. */
unsigned int excpath_vhost_queue_size(const struct excpath_options *opts);

/* Returns the device arguments for tap 'dev' and 'opts' with MAC address
 * 'mac'; the caller must free them. */
char *excpath_vhost_devargs(const struct excpath_dev *dev,
                            const struct excpath_options *opts,
                            const struct eth_addr mac);

/* Has the kernel's worker behind 'fd', of /dev/vhost-net, poll the rings of
 * its queue pair for 'us' after the last packet, if nothing else wants its
 * CPU, before it sleeps and has to be woken with a system call.  Returns 0 or
 * a positive errno value. */
int excpath_vhost_set_busyloop(int fd, unsigned int us);

/* Stores in 'workers' the thread ids of the kernel's vhost workers that serve
 * this process, 'max' at most, in ascending order, and returns how many. */
int excpath_vhost_get_workers(pid_t workers[], int max);

#endif /* excpath-vhost.h */
