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

#ifndef EXCPATH_KEEPER_H
#define EXCPATH_KEEPER_H 1

/* What can be done to a tap through its keeper, wherever the tap is, and under
 * whatever name: see excpath_tap_open_keeper().
 *
 * Main thread.  What returns an int returns 0 or a positive errno value,
 * EBADFD if the tap was deleted. */

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* Returns false if the tap behind 'keeper_fd' was deleted; a tap that was
 * moved to another network namespace, or renamed, still is alive. */
bool excpath_tap_is_alive(int keeper_fd);

/* Makes the tap behind 'keeper_fd' outlive its descriptors, or not. */
int excpath_tap_set_persist(int keeper_fd, bool persist);

/* Where the tap behind 'keeper_fd' is: its name there, and a descriptor of its
 * network namespace, which is the caller's to close. */
int excpath_tap_locate(int keeper_fd, char name[IFNAMSIZ], int *netns_fdp);

/* Gives the tap behind 'keeper_fd' a carrier, or takes it away.  To attach a
 * queue gives it one, too.  EPERM if it has no queue attached, and so cannot
 * have one. */
int excpath_tap_set_carrier(int keeper_fd, bool carrier);

/* Has the kernel put no more packets into the queues of the tap behind
 * 'keeper_fd', which may as well be one of these, and count them as dropped
 * instead; with 'blocked' false, ends that.  A queue that is opened later is
 * not blocked: to the kernel IFF_NO_PI, which all of them have, is
 * IFF_NOFILTER, too. */
int excpath_tap_set_blocked(int keeper_fd, bool blocked);

/* Waits until packets that the kernel was sending when taps were blocked are
 * in their queues: for an RCU grace period, or, where the kernel lets nobody
 * wait for that (nohz_full), for a millisecond. */
void excpath_tap_wait_blocked(void);

/* Whether there are packets in queue 'fd', which others may be reading. */
bool excpath_tap_has_packets(int fd);

/* Reads all packets that are in queue 'fd', which is nonblocking, and returns
 * how many. */
uint64_t excpath_tap_read_all(int fd);

#endif /* excpath-keeper.h */
