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

#include "excpath-offload.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_ip.h>

#include "coverage.h"
#include "crc32c.h"
#include "csum.h"
#include "dp-packet.h"
#include "excpath-csum.h"
#include "excpath-vnet.h"
#include "netdev-provider.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

COVERAGE_DEFINE(excpath_offload_checksum);
COVERAGE_DEFINE(excpath_offload_segment);
COVERAGE_DEFINE(excpath_offload_drop);

/* Room for a tunnel's headers. */
#define HEADROOM 128

/* The MTU for packets that go into a tunnel and that do not say how to be cut:
 * what is left of 1500 bytes by any tunnel. */
#define TUNNEL_MTU 1400

/* The shortest ones that every NIC takes: I40E_MIN_TSO_MSS in DPDK's i40e. */
#define MIN_NIC_SEGMENT 256

#define TX_FLAGS (DP_PACKET_OL_TX_TCP_SEG | DP_PACKET_OL_TX_L4_MASK \
                  | DP_PACKET_OL_TX_IPV4 | DP_PACKET_OL_TX_IPV6)

/* Where the parts of a packet are, in bytes from its start. */
struct layout {
    bool ipv6;
    uint16_t l3;
    uint16_t l4;
    uint32_t payload;           /* Of TCP. */
    uint32_t end;               /* There may be padding behind. */
};

/* OVS has parsed the packet by now, but not all of its actions keep the
 * offsets right. */
static bool
find_layout(const struct dp_packet *packet, struct layout *layout)
{
    const char *data = dp_packet_data(packet);
    uint32_t size = dp_packet_size(packet);

    if (packet->l3_ofs == UINT16_MAX || packet->l4_ofs == UINT16_MAX
        || packet->l4_ofs < packet->l3_ofs + sizeof(struct ip_header)
        || packet->l4_ofs > size) {
        return false;
    }
    layout->l3 = packet->l3_ofs;
    layout->l4 = packet->l4_ofs;
    layout->payload = 0;
    layout->ipv6 = IP_VER((uint8_t) data[layout->l3]) == 6;
    if (layout->ipv6) {
        const struct ovs_16aligned_ip6_hdr *ip = dp_packet_l3(packet);

        layout->end = layout->l3 + sizeof *ip + ntohs(ip->ip6_plen);
        return (layout->l4 - layout->l3 >= sizeof *ip
                && layout->end >= layout->l4);
    } else {
        const struct ip_header *ip = dp_packet_l3(packet);

        layout->end = layout->l3 + ntohs(ip->ip_tot_len);
        return (IP_VER(ip->ip_ihl_ver) == 4
                && IP_IHL(ip->ip_ihl_ver) * 4 == layout->l4 - layout->l3
                && layout->end >= layout->l4);
    }
}

/* Whether the end of 'packet' was cut off, by a "max_len" or a "snaplen". */
static bool
is_truncated(const struct dp_packet *packet, const struct layout *layout)
{
    return layout->end > dp_packet_size(packet);
}

static bool
find_tcp_layout(const struct dp_packet *packet, struct layout *layout)
{
    const struct tcp_header *tcp = dp_packet_l4(packet);

    if (!find_layout(packet, layout) || is_truncated(packet, layout)
        || layout->end - layout->l4 < sizeof *tcp) {
        return false;
    }
    layout->payload = layout->l4 + TCP_OFFSET(tcp->tcp_ctl) * 4;
    return (TCP_OFFSET(tcp->tcp_ctl) * 4 >= sizeof *tcp
            && layout->payload <= layout->end);
}

/* Returns the checksum of what begins at 'layout->l4', where the checksum must
 * be 0. */
static ovs_be16
l4_checksum(const struct dp_packet *packet, const struct layout *layout,
            uint8_t protocol)
{
    const char *data = dp_packet_data(packet);
    uint16_t len = layout->end - layout->l4;
    uint32_t sum = excpath_pseudo_sum(data + layout->l3,
                                      layout->l4 - layout->l3, protocol, len);

    return csum_finish(sum + rte_raw_cksum(data + layout->l4, len));
}

/* Completes the checksum of layer 4 whatever else is to be done. */
static bool
complete_l4(struct dp_packet *packet)
{
    struct layout layout;
    uint16_t len;

    if (!find_layout(packet, &layout)) {
        return false;
    } else if (is_truncated(packet, &layout)) {
        return true;
    }
    len = layout.end - layout.l4;
    if (dp_packet_hwol_l4_is_tcp(packet) && len >= TCP_HEADER_LEN) {
        struct tcp_header *tcp = dp_packet_l4(packet);

        tcp->tcp_csum = 0;
        tcp->tcp_csum = l4_checksum(packet, &layout, IPPROTO_TCP);
    } else if (dp_packet_hwol_l4_is_udp(packet) && len >= UDP_HEADER_LEN) {
        struct udp_header *udp = dp_packet_l4(packet);

        udp->udp_csum = 0;
        udp->udp_csum = l4_checksum(packet, &layout, IPPROTO_UDP);
        if (!udp->udp_csum) {
            udp->udp_csum = htons(0xffff);
        }
    } else if (dp_packet_hwol_l4_is_sctp(packet) && len >= SCTP_HEADER_LEN) {
        struct sctp_header *sctp = dp_packet_l4(packet);

        put_16aligned_be32(&sctp->sctp_csum, 0);
        put_16aligned_be32(&sctp->sctp_csum,
                           crc32c((const uint8_t *) sctp, len));
    } else {
        return false;
    }
    COVERAGE_INC(excpath_offload_checksum);
    return true;
}

/* The port's flag for the checksum of 'packet'. */
static uint64_t
needed_flag(struct dp_packet *packet)
{
    return (dp_packet_hwol_l4_is_tcp(packet) ? NETDEV_TX_OFFLOAD_TCP_CKSUM
            : dp_packet_hwol_l4_is_udp(packet) ? NETDEV_TX_OFFLOAD_UDP_CKSUM
            : NETDEV_TX_OFFLOAD_SCTP_CKSUM);
}

/* A packet that was truncated is not cut, and has no checksum that could be
 * right. */
static void
leave_truncated(struct dp_packet *packet)
{
    struct layout layout;

    if ((dp_packet_hwol_is_tso(packet) || dp_packet_hwol_l4_mask(packet))
        && packet->l4_ofs != UINT16_MAX
        && (packet->l4_ofs > dp_packet_size(packet)
            || (find_layout(packet, &layout)
                && is_truncated(packet, &layout)))) {
        *dp_packet_ol_flags_ptr(packet) &= ~TX_FLAGS;
    }
}

bool
excpath_offload_complete(struct dp_packet *packet, uint64_t netdev_flags)
{
    if (!dp_packet_hwol_is_tso(packet) && !dp_packet_hwol_l4_mask(packet)) {
        return true;
    }
    leave_truncated(packet);
    if (!dp_packet_hwol_is_tso(packet) && !dp_packet_hwol_l4_mask(packet)) {
        return true;
    }
    if (dp_packet_hwol_is_tso(packet) || netdev_flags & needed_flag(packet)) {
        /* Without its offset a driver would write somewhere. */
        return packet->l4_ofs != UINT16_MAX;
    }
    if (!complete_l4(packet)) {
        return false;
    }
    *dp_packet_ol_flags_ptr(packet) &= ~TX_FLAGS;
    return true;
}

struct dp_packet *
excpath_offload_copy(const struct dp_packet *packet)
{
    struct dp_packet *copy;

    if (!dp_packet_hwol_l4_mask(packet)) {
        return NULL;
    }
    copy = dp_packet_clone(packet);
    complete_l4(copy);
    *dp_packet_ol_flags_ptr(copy) &= ~TX_FLAGS;
    return copy;
}

bool
excpath_offload_must_cut(const struct dp_packet *packet, uint64_t netdev_flags)
{
    return (dp_packet_hwol_is_tso(packet)
            && (!(netdev_flags & NETDEV_TX_OFFLOAD_TCP_TSO)
                || (packet->mbuf.tso_segsz
                    && packet->mbuf.tso_segsz < MIN_NIC_SEGMENT)));
}

void
excpath_offload_make_partial(struct dp_packet *packet)
{
    const char *data = dp_packet_data(packet);
    bool tcp = dp_packet_hwol_l4_is_tcp(packet);
    struct layout layout;
    uint16_t sum, ofs;

    if ((!tcp && !dp_packet_hwol_l4_is_udp(packet))
        || !find_layout(packet, &layout)) {
        return;
    }
    ofs = layout.l4 + (tcp ? offsetof(struct tcp_header, tcp_csum)
                       : offsetof(struct udp_header, udp_csum));
    if (ofs + sizeof sum <= dp_packet_size(packet)) {
        sum = excpath_pseudo_sum(data + layout.l3, layout.l4 - layout.l3,
                                 tcp ? IPPROTO_TCP : IPPROTO_UDP,
                                 layout.end - layout.l4);
        memcpy((char *) data + ofs, &sum, sizeof sum);
    }
}

int
excpath_offload_from_vnet(struct dp_packet *packet, const void *vnet)
{
    excpath_vnet_hdr hdr;

    memset(&hdr, 0, sizeof hdr);
    memcpy(&hdr.hdr, vnet, sizeof hdr.hdr);
    if (hdr.hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM
        && hdr.hdr.csum_offset == offsetof(struct sctp_header, sctp_csum)) {
        /* CRC32c, which the header does not say. */
        return EPROTONOSUPPORT;
    }
    return excpath_vnet_to_mbuf(&hdr, &packet->mbuf) ? 0 : EINVAL;
}

/* How many bytes of payload a segment of 'packet' may have, 0 if none.  They
 * are even, for the headers of what is left to stay aligned. */
static uint16_t
get_segment_size(const struct dp_packet *packet, const struct layout *layout,
                 int mtu)
{
    uint16_t asked = packet->mbuf.tso_segsz;
    int room = (mtu ? mtu : TUNNEL_MTU) - (int) (layout->payload - layout->l3);
    int size = asked && (!mtu || asked < room) ? asked : room;

    return size >= EXCPATH_MIN_SEGMENT ? ROUND_DOWN(size, 2) : 0;
}

static void
set_ip_len(void *l3, const struct layout *layout, uint32_t end)
{
    if (layout->ipv6) {
        struct ovs_16aligned_ip6_hdr *ip = l3;

        ip->ip6_plen = htons(end - layout->l3 - sizeof *ip);
    } else {
        struct ip_header *ip = l3;

        ip->ip_tot_len = htons(end - layout->l3);
        ip->ip_csum = 0;
        ip->ip_csum = csum(ip, IP_IHL(ip->ip_ihl_ver) * 4);
    }
}

static void
clear_tcp_flags(struct tcp_header *tcp, uint16_t flags)
{
    tcp->tcp_ctl &= ~htons(flags);
}

/* Makes 'packet', whose headers are those of the large one but for its length,
 * a packet of its own. */
static void
finish_segment(struct dp_packet *packet, const struct layout *layout,
               uint32_t end)
{
    struct tcp_header *tcp = dp_packet_l4(packet);
    struct layout own = *layout;

    own.end = end;
    set_ip_len(dp_packet_l3(packet), layout, end);
    tcp->tcp_csum = 0;
    tcp->tcp_csum = l4_checksum(packet, &own, IPPROTO_TCP);
    *dp_packet_ol_flags_ptr(packet) &= ~TX_FLAGS;
    dp_packet_set_l2_pad_size(packet, 0);
    COVERAGE_INC(excpath_offload_segment);
}

/* Returns the first 'size' bytes of the payload of 'packet' as a packet of its
 * own. */
static struct dp_packet *
copy_segment(const struct dp_packet *packet, const struct layout *layout,
             uint16_t size)
{
    uint32_t end = layout->payload + size;
    struct dp_packet *segment = dp_packet_new_with_headroom(end, HEADROOM);

    dp_packet_put(segment, dp_packet_data(packet), end);
    /* As dp_packet_clone() does. */
    memcpy(&segment->l2_pad_size, &packet->l2_pad_size,
           sizeof *segment - offsetof(struct dp_packet, l2_pad_size));
    *dp_packet_ol_flags_ptr(segment) = 0;
    if (dp_packet_rss_valid(packet)) {
        dp_packet_set_rss_hash(segment, dp_packet_get_rss_hash(packet));
    }
    if (end < layout->end) {
        clear_tcp_flags(dp_packet_l4(segment), TCP_FIN | TCP_PSH);
    }
    finish_segment(segment, layout, end);
    return segment;
}

/* Removes the first 'size' bytes of the payload of 'packet', so that it is
 * what follows a segment of that size. */
static void
remove_segment(struct dp_packet *packet, const struct layout *layout,
               uint16_t size)
{
    char *data = dp_packet_data(packet);
    struct tcp_header *tcp;

    memmove(data + size, data, layout->payload);
    dp_packet_pull(packet, size);
    tcp = dp_packet_l4(packet);
    put_16aligned_be32(&tcp->tcp_seq,
                       htonl(ntohl(get_16aligned_be32(&tcp->tcp_seq)) + size));
    clear_tcp_flags(tcp, TCP_CWR);
    if (!layout->ipv6) {
        struct ip_header *ip = dp_packet_l3(packet);

        ip->ip_id = htons(ntohs(ip->ip_id) + 1);
    }
    set_ip_len(dp_packet_l3(packet), layout, layout->end - size);
}

static bool
may_follow(const struct dp_packet_batch *batch, enum dp_packet_source source)
{
    return (dp_packet_batch_is_empty(batch)
            || batch->packets[0]->source == source);
}

/* Cuts 'packet' as excpath_offload_expand() says.  Returns true if nothing is
 * left of it. */
static bool
cut(struct dp_packet *packet, int mtu, struct dp_packet_batch *out)
{
    struct layout layout;
    uint16_t size;

    if (!find_tcp_layout(packet, &layout)
        || !(size = get_segment_size(packet, &layout, mtu))) {
        COVERAGE_INC(excpath_offload_drop);
        dp_packet_delete(packet);
        return true;
    }
    while (layout.end - layout.payload > size) {
        if (dp_packet_batch_is_full(out) || !may_follow(out, DPBUF_MALLOC)) {
            return false;
        }
        dp_packet_batch_add(out, copy_segment(packet, &layout, size));
        remove_segment(packet, &layout, size);
        layout.end -= size;
    }

    if (dp_packet_batch_is_full(out)) {
        return false;
    } else if (may_follow(out, packet->source)) {
        dp_packet_set_size(packet, layout.end);
        finish_segment(packet, &layout, layout.end);
        dp_packet_batch_add(out, packet);
    } else if (may_follow(out, DPBUF_MALLOC)) {
        dp_packet_batch_add(out, copy_segment(packet, &layout,
                                              layout.end - layout.payload));
        dp_packet_delete(packet);
    } else {
        return false;
    }
    return true;
}

void
excpath_offload_expand(struct dp_packet_batch *in, int mtu, bool complete,
                       struct dp_packet_batch *out)
{
    size_t n = 0;

    dp_packet_batch_init(out);
    for (; n < dp_packet_batch_size(in); n++) {
        struct dp_packet *packet = in->packets[n];

        leave_truncated(packet);
        if (dp_packet_hwol_is_tso(packet)) {
            if (!cut(packet, mtu, out)) {
                break;
            }
        } else if (dp_packet_batch_is_full(out)
                   || !may_follow(out, packet->source)) {
            break;
        } else if (complete && !excpath_offload_complete(packet, 0)) {
            COVERAGE_INC(excpath_offload_drop);
            dp_packet_delete(packet);
        } else {
            dp_packet_batch_add(out, packet);
        }
    }
    in->count -= n;
    memmove(in->packets, &in->packets[n], in->count * sizeof *in->packets);
}
