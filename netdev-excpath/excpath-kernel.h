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

struct excpath_netns;

/* A network device, by where it is. */
struct excpath_dev {
    struct excpath_netns *ns;   /* Not owned. */
    char name[IFNAMSIZ];
};

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

/* Fills '*info' for 'dev'.  ENODEV if there is no such device. */
int excpath_tap_query(const struct excpath_dev *dev,
                      struct excpath_tap_info *info);

/* Calls 'cb' for all devices in ovs-vswitchd's network namespace. */
void excpath_tap_for_each(void (*cb)(const struct excpath_dev *,
                                     const struct excpath_tap_info *,
                                     void *aux),
                          void *aux);

/* Deletes 'dev'. */
int excpath_tap_delete(const struct excpath_dev *dev);

/* How fast a link is. */
struct excpath_link {
    uint32_t mbps;              /* Mbit/s, 0 if not known. */
    bool full_duplex;
};

#define EXCPATH_LINK_UNKNOWN ((struct excpath_link) { .mbps = 0 })

static inline bool
excpath_link_equal(const struct excpath_link *a, const struct excpath_link *b)
{
    return a->mbps == b->mbps && a->full_duplex == b->full_duplex;
}

/* Opens a descriptor on tap 'dev', which is created if it does not exist, and
 * detaches its queue, so that it never gets traffic: it keeps the tap while
 * the backend comes and goes.  Stores it in '*fdp'; the caller owns it and
 * closes it with close().  In between it is a queue as any other: stores in
 * '*n_unread' how many packets the kernel has put there, which are lost. */
int excpath_tap_open_keeper(const struct excpath_dev *dev, int *fdp,
                            uint64_t *n_unread);

#define TUN_PATH "/dev/net/tun"

/* Returns NULL if taps can be had at all, otherwise what is wrong and how to
 * mend it, which the caller must free. */
char *excpath_tap_check(void);

/* What the kernel may leave undone in what it sends through a tap. */
struct excpath_tap_offloads {
    bool csum;                  /* Checksums of TCP and UDP. */
    bool tso;                   /* To cut TCP; implies 'csum'. */
};

/* Attaches a queue to tap 'dev', which must have a keeper, for nonblocking
 * reads and writes of frames, each after a vnet header of 'hdr_len' bytes, and
 * offers the kernel 'offloads', whatever was switched off before.  Stores the
 * descriptor in '*fdp'; the caller owns it and closes it with close(). */
int excpath_tap_open_queue(const struct excpath_dev *dev, int hdr_len,
                           struct excpath_tap_offloads offloads, int *fdp);

/* Fills '*offloads' with what the kernel does leave undone on tap 'dev': what
 * it was offered, but for what was switched off there (ethtool -K). */
int excpath_tap_get_offloads(const struct excpath_dev *dev,
                             struct excpath_tap_offloads *offloads);

/* Whether tap 'dev' has generic receive offload, which it has until somebody
 * switches it off (ethtool -K). */
bool excpath_tap_has_gro(const struct excpath_dev *dev);

/* Has the kernel not use 'offloads' on tap 'dev', as ethtool -K does. */
int excpath_tap_switch_off(const struct excpath_dev *dev,
                           struct excpath_tap_offloads offloads);

/* Moves 'dev' to network namespace 'to', where it has the same name, and is
 * down.  The kernel forgets its addresses and routes. */
int excpath_tap_move(const struct excpath_dev *dev,
                     const struct excpath_netns *to);

/* Sets one attribute of 'dev'. */
int excpath_tap_set_mtu(const struct excpath_dev *dev, int mtu);
int excpath_tap_set_mac(const struct excpath_dev *dev,
                        const struct eth_addr mac);
int excpath_tap_set_up(const struct excpath_dev *dev);
int excpath_tap_set_alias(const struct excpath_dev *dev, const char *alias);

/* Gets what "ethtool" shows for 'dev', EXCPATH_LINK_UNKNOWN if that is
 * nothing, and sets it. */
void excpath_dev_get_link(const struct excpath_dev *dev,
                          struct excpath_link *link);
int excpath_tap_set_link(const struct excpath_dev *dev,
                         const struct excpath_link *link);

/* Bounds the frames that are left uncut, in bytes with their headers. */
int excpath_tap_set_gso_max_size(const struct excpath_dev *dev, uint32_t size);

#endif /* excpath-kernel.h */
