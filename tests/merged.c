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

#include <config.h>

#include "merged.h"

#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "csum.h"
#include "dp-packet.h"
#include "excpath-gro.h"
#include "excpath-offload.h"
#include "excpath-vnet.h"
#include "flow.h"
#include "packets.h"
#include "util.h"

/* Returns the first one, from 'i' on, of 'n' packets that is in 'frame', 'n'
 * or more if there is none. */
static uint32_t
find_packet(const struct excpath_gro *gro, uint32_t frame, uint32_t i,
            uint32_t n)
{
    while (i < n && gro->frame_of[i] != frame) {
        i++;
    }
    return i;
}

/* Whether 'packet' is the frame that is in 'iov' behind a vnet header. */
static bool
is_equal(const struct dp_packet *packet, const struct iovec *iov)
{
    return (dp_packet_size(packet) == iov->iov_len - EXCPATH_VNET_HDR_LEN
            && !memcmp(dp_packet_data(packet),
                       (char *) iov->iov_base + EXCPATH_VNET_HDR_LEN,
                       dp_packet_size(packet)));
}

/* Whether the checksum of the IP header is right, which whoever cuts 'packet'
 * does not look at. */
static bool
is_ip_sum_right(const struct dp_packet *packet)
{
    const struct ip_header *ip = dp_packet_l3(packet);

    return (IP_VER(ip->ip_ihl_ver) != 4
            || !csum(ip, IP_IHL(ip->ip_ihl_ver) * 4));
}

/* Whether 'hdr' and the checksum in 'packet' are what a packet has that OVS
 * leaves to the kernel to cut.  Marks 'packet' as one that is to be cut. */
static bool
mark(const excpath_vnet_hdr *hdr, struct dp_packet *packet)
{
    struct dp_packet *copy = dp_packet_clone(packet);
    struct rte_mbuf mbuf = {
        .buf_addr = dp_packet_data(copy),
        .data_len = dp_packet_size(copy),
        .pkt_len = dp_packet_size(copy),
        .nb_segs = 1,
    };
    excpath_vnet_hdr own;
    bool right;

    right = (is_ip_sum_right(packet) && excpath_vnet_to_mbuf(hdr, &mbuf)
             && mbuf.ol_flags & RTE_MBUF_F_TX_TCP_SEG
             && excpath_vnet_from_mbuf(&mbuf, &own)
             && !memcmp(hdr, &own, sizeof own)
             && !memcmp(dp_packet_data(copy), dp_packet_data(packet),
                        dp_packet_size(packet)));
    packet->mbuf.ol_flags = mbuf.ol_flags;
    packet->mbuf.tso_segsz = mbuf.tso_segsz;
    dp_packet_delete(copy);
    return right;
}

/* Whether 'frame' becomes what it was made of, when it is cut. */
static bool
is_frame_right(const struct excpath_gro *gro, uint32_t frame,
               const struct iovec packets[], uint32_t n)
{
    const struct excpath_tap_buf *buf = &gro->frames[frame];
    struct dp_packet *packet = dp_packet_new(0);
    struct dp_packet_batch in, out;
    excpath_vnet_hdr hdr;
    uint32_t i = 0;
    struct flow flow;
    bool right;

    for (uint32_t j = 0; j < buf->n_iov; j++) {
        dp_packet_put(packet, buf->iov[j].iov_base, buf->iov[j].iov_len);
    }
    memcpy(&hdr, dp_packet_pull(packet, sizeof hdr), sizeof hdr);
    flow_extract(packet, &flow);
    right = mark(&hdr, packet);

    dp_packet_batch_init_packet(&in, packet);
    while (!dp_packet_batch_is_empty(&in)) {
        excpath_offload_expand(&in, 0, true, &out);
        DP_PACKET_BATCH_FOR_EACH (j, packet, &out) {
            i = find_packet(gro, frame, i, n);
            right = right && i < n && is_equal(packet, &packets[i]);
            i++;
        }
        dp_packet_delete_batch(&out, true);
    }
    return right && find_packet(gro, frame, i, n) >= n && i <= n;
}

bool
merged_is_right(const struct excpath_gro *gro, const struct iovec packets[],
                uint32_t n)
{
    uint32_t n_seen = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (gro->frame_of[i] > n_seen) {
            return false;
        }
        n_seen += gro->frame_of[i] == n_seen;
    }
    if (n_seen != gro->n_frames) {
        return false;
    }
    for (uint32_t frame = 0; frame < gro->n_frames; frame++) {
        uint32_t i = find_packet(gro, frame, 0, n);

        if (gro->frames[frame].n_iov == 1) {
            if (gro->frames[frame].iov != &packets[i]) {
                return false;
            }
        } else if (!is_frame_right(gro, frame, packets, n)) {
            return false;
        }
    }
    return true;
}
