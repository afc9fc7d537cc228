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

#ifndef EXCPATH_OFFLOAD_H
#define EXCPATH_OFFLOAD_H 1

/* What OVS 3.1 does not do in software: segmentation and checksums of packets
 * that go to where nobody else will do it.  OVS calls these, wherever a packet
 * came from: see the patches.  Later series have their own.
 *
 * Any thread; no locks. */

#include <stdbool.h>
#include <stdint.h>

struct dp_packet;
struct dp_packet_batch;
struct netdev;

/* The shortest segments that anybody has a reason for: Linux sends no shorter
 * ones (net.ipv4.tcp_min_snd_mss).  Any guest may ask for them, and get
 * thousands of packets out of one. */
#define EXCPATH_MIN_SEGMENT 48

/* Completes the checksums of 'packet' that are left to be done, unless it has
 * yet to be cut, and a port with 'netdev_flags', NETDEV_TX_OFFLOAD_*, is not
 * able to.  A packet that was truncated stays as it is, and nobody completes
 * it.  Returns false if there is something else that cannot be completed, here
 * or by the port. */
bool excpath_offload_complete(struct dp_packet *packet, uint64_t netdev_flags);

/* Whether 'packet' has to be cut before it goes to a port with 'netdev_flags',
 * NETDEV_TX_OFFLOAD_*: since the port does not do it, or since its segments
 * are so short that a NIC may refuse it, with all that is sent after it. */
bool excpath_offload_must_cut(const struct dp_packet *packet,
                              uint64_t netdev_flags);

/* The MTU to cut packets for that go to 'netdev'.  Unlike netdev_get_mtu(),
 * has PMD threads not wait for the main thread. */
int excpath_offload_get_mtu(const struct netdev *netdev);

/* Puts the sum of the pseudo header where the checksum of 'packet' belongs, if
 * that is left to the kernel to complete. */
void excpath_offload_make_partial(struct dp_packet *packet);

/* Notes what the kernel has left to be done in 'packet', which came through a
 * socket or a tap of OVS's own, by 'vnet', a struct virtio_net_hdr.  A
 * checksum that OVS would not find, such as that of a packet in a tunnel of
 * the kernel's, is completed.  Returns 0 or a positive errno value: EINVAL if
 * the header makes no sense, EPROTONOSUPPORT if OVS has to do it, which it has
 * for SCTP. */
int excpath_offload_from_vnet(struct dp_packet *packet, const void *vnet);

/* Takes packets from the front of 'in', cuts those that have to be cut, for a
 * port with 'mtu', and stores the first ones that this gives in 'out',
 * NETDEV_MAX_BURST at most and all with the same source, as OVS wants them.
 * 'in' gets what remains.  With 'complete' their checksums are completed, too.
 *
 * With an 'mtu' of 0 they go into a tunnel, and nothing is known about their
 * size but what their source said.  Packets that were truncated stay as they
 * are.
 *
 * What else cannot be cut is dropped and counted (coverage
 * excpath_offload_drop), so that 'out' may become empty when 'in' does. */
void excpath_offload_expand(struct dp_packet_batch *in, int mtu, bool complete,
                            struct dp_packet_batch *out);

/* Returns a copy of 'packet' with its checksums completed, or NULL if they
 * are. */
struct dp_packet *excpath_offload_copy(const struct dp_packet *packet);

#endif /* excpath-offload.h */
