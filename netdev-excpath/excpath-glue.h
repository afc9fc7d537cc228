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

#ifndef EXCPATH_GLUE_H
#define EXCPATH_GLUE_H 1

/* What netdev-dpdk.c lends to the class "excpath".
 *
 * The functions are defined in excpath-glue.inc, which is compiled at the end
 * of OVS's lib/netdev-dpdk.c, the only place where its static functions and
 * 'struct netdev_dpdk' can be reached.  The glue owns the DPDK port of a
 * netdev: probing it, its configuration, its memory pool.
 *
 * 'netdev' is always one that excpath_glue_alloc() made.  Unless a function
 * says otherwise, only the main thread may call it, with neither dpdk_mutex
 * nor the device's mutex held: the glue takes both, in this order. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/netdev.h"
#include "openvswitch/types.h"

struct dp_packet_batch;
struct netdev;
struct netdev_class;
struct netdev_excpath;
struct rte_mbuf;
struct rte_mempool;

/* How a DPDK port shall be configured. */
struct excpath_glue_config {
    int n_queues;               /* Receive and transmit queues. */
    int n_rxq_desc;             /* Descriptors per receive queue. */
    int n_txq_desc;             /* Descriptors per transmit queue. */
    struct rte_mempool *rx_mp;  /* Buffers for received packets, NULL for
                                 * those of the pool that OVS shares. */
    uint64_t rx_offloads;       /* RTE_ETH_RX_OFFLOAD_*. */
    uint64_t tx_offloads;       /* RTE_ETH_TX_OFFLOAD_*. */
    uint64_t ol_flags;          /* enum netdev_ol_flags, for OVS. */
    struct eth_addr mac;        /* Address of the port. */
};

/* Packets that excpath_glue_tx_prepare() dropped, by reason. */
struct excpath_glue_tx_drops {
    uint64_t no_buffer;         /* No mbuf to copy a packet into. */
    uint64_t oversize;          /* Longer than the MTU allows. */
    uint64_t invalid_offload;   /* Offload request that cannot be met. */
    uint64_t qos;               /* Egress QoS. */
};

/* The class "dpdk", to inherit from. */
const struct netdev_class *excpath_glue_base_class(void);

/* Life cycle.  Construction works before DPDK is initialized. */
struct netdev *excpath_glue_alloc(void);
void excpath_glue_dealloc(struct netdev *);
int excpath_glue_construct(struct netdev *, struct netdev_excpath *);
void excpath_glue_destruct(struct netdev *);

/* The argument of excpath_glue_construct().  Any thread. */
struct netdev_excpath *excpath_glue_get(const struct netdev *);

/* Adds the DPDK device that 'devargs' describes and makes it the port of
 * 'netdev', which must have none.  Returns 0 or a positive errno value, with a
 * message in '*errp' that the caller must free. */
int excpath_glue_attach(struct netdev *, const char *devargs, char **errp);

/* Stops, closes and removes the DPDK device of 'netdev', if any.  No PMD
 * thread may be using the port. */
void excpath_glue_detach(struct netdev *);

/* Configures 'netdev' with the requested MTU, gets its memory pool, and starts
 * its DPDK port, if it has one.  No PMD thread may be using the port.  Errors
 * as excpath_glue_attach(). */
int excpath_glue_start(struct netdev *, const struct excpath_glue_config *,
                       char **errp);

/* The id of the DPDK port, -1 if there is none. */
int excpath_glue_get_port_id(const struct netdev *);

/* The MTU for the next excpath_glue_start(), and the one in effect. */
int excpath_glue_get_requested_mtu(const struct netdev *);
void excpath_glue_set_requested_mtu(struct netdev *, int mtu);
int excpath_glue_get_mtu(const struct netdev *);

/* Changes the MTU in effect to 'mtu' if the buffers that there are will do,
 * and are those that excpath_glue_start() would take, and returns true.  Only
 * from reconfigure(): PMD threads know of it when they are back at the
 * port. */
bool excpath_glue_change_mtu(struct netdev *, int mtu);

/* Sets the number of transmit queues that OVS sees.  Only from reconfigure(),
 * as OVS demands. */
void excpath_glue_set_n_txq(struct netdev *, int n_txq);

/* Turns the flags in 'off' off and those in 'on' on, and returns those that
 * there were before (enum netdev_flags).  Leaves the DPDK port alone. */
enum netdev_flags excpath_glue_update_flags(struct netdev *,
                                            enum netdev_flags off,
                                            enum netdev_flags on);

/* The memory pool of 'netdev', which stays as long as 'netdev' is started. */
struct rte_mempool *excpath_glue_get_mempool(const struct netdev *);

/* Returns a copy of 'mbuf', which is a single segment, or NULL if there is no
 * memory: of the pool of 'netdev' if that has room for it in an mbuf, else in
 * memory of its own.  PMD threads. */
struct rte_mbuf *excpath_glue_copy(const struct netdev *,
                                   const struct rte_mbuf *mbuf);

/* Returns an mbuf of the pool of 'netdev' with a copy of the 'len' bytes at
 * 'data', or NULL if none is free. */
struct rte_mbuf *excpath_glue_make_frame(const struct netdev *,
                                         const void *data, size_t len);

/* Returns an mbuf of 'mp', a pool of OVS's, with room for 'len' bytes in one
 * piece, or NULL if there is no memory.  May allocate DPDK memory.  Any
 * thread. */
struct rte_mbuf *excpath_glue_alloc_large(struct rte_mempool *mp,
                                          uint32_t len);

/* Makes a pool of 'n' buffers of as many bytes as an mbuf can have, or returns
 * NULL if there is no memory.  After excpath_glue_put_large_pool() it goes
 * away once all of them are back, as long as excpath_glue_run() is called
 * often. */
struct rte_mempool *excpath_glue_get_large_pool(const struct netdev *,
                                                unsigned int n);
void excpath_glue_put_large_pool(struct rte_mempool *);
void excpath_glue_run(void);

/* Stores what DPDK last said of the link of 'netdev', which may be of any
 * class: its speed, 0 if it is not known, and whether it is duplex.  Returns
 * false if that is not one of DPDK's devices.  Any thread. */
bool excpath_glue_get_link(const struct netdev *netdev, uint32_t *mbps,
                           bool *full_duplex);

/* Sets the address that the port reports; nothing else. */
void excpath_glue_set_etheraddr(struct netdev *, const struct eth_addr);

/* Hot path, PMD threads.
 * --------------------- */

/* Applies ingress policing to the 'cnt' packets in 'pkts', frees those over
 * the limit, and returns how many are left, in front. */
int excpath_glue_police(const struct netdev *, struct rte_mbuf **pkts,
                        int cnt);

/* Makes the packets in 'batch' mbufs that the DPDK port can send: copies what
 * is not an mbuf, drops what is too long, fills in offload fields, applies
 * egress QoS.  Returns how many are left, in front of the batch, and counts
 * the others, freed, in '*drops'. */
int excpath_glue_tx_prepare(struct netdev *, struct dp_packet_batch *batch,
                            struct excpath_glue_tx_drops *drops);

/* Returns 'mbuf', which has several segments, as a single segment, with the
 * vnet header before it, or NULL, 'mbuf' freed, if there is no memory.  May
 * allocate DPDK memory. */
struct rte_mbuf *excpath_glue_linearize(const struct netdev *,
                                        struct rte_mbuf *mbuf);

#endif /* excpath-glue.h */
