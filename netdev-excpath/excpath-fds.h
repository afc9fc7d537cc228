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

#ifndef EXCPATH_FDS_H
#define EXCPATH_FDS_H 1

/* File descriptors that DPDK opens, and leaves open.
 *
 * virtio_user of DPDK 22.11 forgets those that it has opened, of vhost-net and
 * tun, and eventfds, if it cannot open all that it wants: too few descriptors,
 * or a tap that goes meanwhile.  Without those that it keeps Open vSwitch
 * could end up unable to talk to anybody.  Main thread. */

/* A set of descriptors. */
struct excpath_fds {
    unsigned long *map;         /* A bitmap, NULL if they could not be read. */
    int n_bits;
};

/* Stores in '*fds' which descriptors are open, for one of the following. */
void excpath_fds_note(struct excpath_fds *fds);

/* Closes what is open of the kinds above and is not in '*fds', and frees that.
 * Nobody but DPDK, called by this thread, opens any of these kinds.  Returns
 * how many it closed. */
int excpath_fds_close_others(struct excpath_fds *fds);

/* Stores in 'fds' up to 'max' descriptors of character device 'path' that are
 * open and not in '*before', and returns how many there are, or -1 if that
 * cannot be found out.  Sets their close-on-exec flag, which DPDK does not: a
 * child that inherits them would keep the tap alive. */
int excpath_fds_find_others(const struct excpath_fds *before,
                            const char *path, int fds[], int max);

/* Frees '*fds'. */
void excpath_fds_forget(struct excpath_fds *fds);

#endif /* excpath-fds.h */
