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

#ifndef EXCPATH_VNET_H
#define EXCPATH_VNET_H 1

/* The header that precedes each frame on a tap with IFF_VNET_HDR, and the
 * offload fields of mbufs that it corresponds to.
 *
 * Pure functions: no I/O, no global state, any thread. */

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_net.h>

struct rte_mbuf;

/* The header's length, as both backends set it with TUNSETVNETHDRSZ: that of
 * struct virtio_net_hdr_mrg_rxbuf (virtio 1.0 section 5.1.6), whose last
 * member is of no use to a tap.  DPDK's virtio_user has the same. */
#define EXCPATH_VNET_HDR_LEN 12

typedef struct virtio_net_hdr_mrg_rxbuf excpath_vnet_hdr;

/* Fills '*hdr' for 'mbuf', which goes to the kernel and has its offload flags
 * (RTE_MBUF_F_TX_*) and header lengths set.  Checksums that are left to the
 * kernel are made the partial ones that it expects, in the packet.
 *
 * Returns false if the flags ask for something that the header cannot say or
 * that does not fit the packet. */
bool excpath_vnet_from_mbuf(struct rte_mbuf *mbuf, excpath_vnet_hdr *hdr);

/* Sets the offload fields of 'mbuf', a frame in one piece that came from the
 * kernel with '*hdr': what is still to be done before it goes to a wire.  A
 * large frame is marked to be cut (RTE_MBUF_F_TX_TCP_SEG and so on), one whose
 * checksum is left to do as such (RTE_MBUF_F_TX_TCP_CKSUM, ..._UDP_CKSUM).  A
 * checksum that OVS would not find, such as that of a packet in a tunnel of
 * the kernel's, is done here.
 *
 * Returns false if that makes no sense. */
bool excpath_vnet_to_mbuf(const excpath_vnet_hdr *hdr, struct rte_mbuf *mbuf);

/* The same for 'mbuf' as DPDK's virtio driver delivers it, which has made
 * receive flags of the header.  Returns false, too, if it has several
 * segments. */
bool excpath_vnet_from_virtio(struct rte_mbuf *mbuf);

/* Finds the network header of the frame of 'len' bytes at 'data', behind any
 * VLAN tags, and stores its offset in '*l2_len'.  Returns the EtherType in
 * host byte order, 0 if the frame is too short. */
uint16_t excpath_vnet_find_l3(const char *data, uint32_t len,
                              uint16_t *l2_len);

#endif /* excpath-vnet.h */
