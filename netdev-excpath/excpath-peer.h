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

#ifndef EXCPATH_PEER_H
#define EXCPATH_PEER_H 1

/* The peer of a port, as in options:peer: another interface of the same
 * switch, most often a NIC, which the tap is to look like for those who route
 * in the kernel. */

#include <stdbool.h>

#include "excpath-kernel.h"
#include "openvswitch/types.h"

struct netdev_excpath;

#define EXCPATH_PEER_NAME_LEN 64        /* With the terminating null byte. */

/* What a peer was like when it was last looked at. */
struct excpath_peer {
    char name[EXCPATH_PEER_NAME_LEN];   /* Empty if the port has none. */
    bool is_excpath;            /* It is of type excpath, and cannot be one. */
    bool present;               /* It can be a peer.  If so: */
    bool carrier;
    struct excpath_link link;
    int mtu;                    /* 0 if not known. */
    struct eth_addr mac;        /* All zeros if not known. */
};

/* Whether 'peer' has an MTU that a port can have, and an address. */
bool excpath_peer_has_mtu(const struct excpath_peer *peer);
bool excpath_peer_has_mac(const struct excpath_peer *peer);

/* Makes the interface 'name', none if it is empty, the peer of 'x', and looks
 * at it.  What follows from that is the caller's to do.  Main thread only,
 * without 'excpath_list_mutex', which a netdev's construction and destruction
 * take under the lock that this takes. */
void excpath_peer_set(struct netdev_excpath *x, const char *name);

/* Called for each interface that the bridges have after a configuration, and
 * then once at its end: nothing else is a peer.  Main thread only. */
void excpath_peer_note_interface(const char *name);
void excpath_peer_interfaces_noted(void);

/* Looks at the peers of all ports, if it is time to, and has their taps
 * follow; and wakes up the main loop for that.  Main thread only, without
 * 'excpath_list_mutex'. */
void excpath_peer_run(void);
void excpath_peer_wait(void);

#endif /* excpath-peer.h */
