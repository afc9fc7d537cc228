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

#ifndef EXCPATH_KERNEL_H
#define EXCPATH_KERNEL_H 1

/* The kernel endpoint: the tap device that is the other end of a port, over
 * rtnetlink and the ioctls of /dev/net/tun.
 *
 * These functions make system calls: never call them from a PMD thread.  They
 * keep no state and take no lock.  Return values are 0 or a positive errno
 * value unless said otherwise. */

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"

/* What the kernel says of a network device. */
struct excpath_tap_info {
    int ifindex;
    int mtu;
    struct eth_addr mac;
    unsigned int flags;         /* IFF_*. */
    bool carrier;
    char alias[256];            /* IFALIASZ in linux/if.h. */

    bool is_tap;                /* A tun device of tap type. */
    bool multi_queue;
    uint32_t n_queues;          /* Queues attached... */
    uint32_t n_disabled;        /* ...and those detached but held open. */

    /* Counters, as the kernel sees them: "rx" came from the switch. */
    uint64_t rx_packets;
    uint64_t rx_dropped;
    uint64_t tx_dropped;
};

/* Fills '*info' for device 'name', or the one with the given 'ifindex'.
 * ENODEV if there is none in this network namespace. */
int excpath_tap_query(const char *name, struct excpath_tap_info *info);
int excpath_tap_query_index(int ifindex, struct excpath_tap_info *info);

/* Opens a descriptor on tap 'name', which is created if it does not exist, and
 * detaches its queue, so that it never gets traffic: it keeps the tap while
 * the backend comes and goes.  Stores it in '*fdp'; the caller owns it and
 * closes it with close(). */
int excpath_tap_open_keeper(const char *name, int *fdp);

/* Returns NULL if taps can be had at all, otherwise what is wrong and how to
 * mend it, which the caller must free. */
char *excpath_tap_check(void);

/* What the kernel may leave undone in what it sends through a tap. */
struct excpath_tap_offloads {
    bool csum;                  /* Checksums of TCP and UDP. */
    bool tso;                   /* To cut TCP; implies 'csum'. */
};

/* Attaches a queue to tap 'name', which must have a keeper, for nonblocking
 * reads and writes of frames, each after a vnet header of 'hdr_len' bytes, and
 * offers the kernel 'offloads', whatever was switched off before.  Stores the
 * descriptor in '*fdp'; the caller owns it and closes it with close(). */
int excpath_tap_open_queue(const char *name, int hdr_len,
                           struct excpath_tap_offloads offloads, int *fdp);

/* Fills '*offloads' with what the kernel does leave undone on tap 'name': what
 * it was offered, but for what was switched off there (ethtool -K). */
int excpath_tap_get_offloads(const char *name,
                             struct excpath_tap_offloads *offloads);

/* Whether tap 'name' has generic receive offload, which it has until somebody
 * switches it off (ethtool -K). */
bool excpath_tap_has_gro(const char *name);

/* Has the kernel not use 'offloads' on tap 'name', as ethtool -K does. */
int excpath_tap_switch_off(const char *name,
                           struct excpath_tap_offloads offloads);

/* Returns false if the tap behind 'keeper_fd' was deleted; a tap that was
 * moved to another network namespace, or renamed, still is alive. */
bool excpath_tap_is_alive(int keeper_fd);

/* Makes the tap behind 'keeper_fd' outlive its descriptors, or not. */
int excpath_tap_set_persist(int keeper_fd, bool persist);

/* Sets one attribute of the device with the given 'ifindex'. */
int excpath_tap_set_mtu(int ifindex, int mtu);
int excpath_tap_set_mac(int ifindex, const struct eth_addr mac);
int excpath_tap_set_up(int ifindex);
int excpath_tap_set_alias(int ifindex, const char *alias);

/* Bounds the frames that are left uncut, in bytes with their headers. */
int excpath_tap_set_gso_max_size(int ifindex, uint32_t size);

#endif /* excpath-kernel.h */
