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

/* DPDK's rte_gro does not do here: in 22.11 it knows no TCP over IPv6, and it
 * takes the mbufs and chains them, which are the sender's until it frees them.
 *
 * What is merged is what Linux merges (tcp_gro_receive() in
 * net/ipv4/tcp_offload.c, inet_gro_receive() in net/ipv4/af_inet.c,
 * ipv6_gro_receive() in net/ipv6/ip6_offload.c), but for what a vnet header
 * cannot say, or excpath-offload.c could not cut in the same way:
 *
 * - IPv4 packets that all have the same ID: whoever cuts a frame counts on
 *   from the first one's.  Linux notes that (SKB_GSO_TCP_FIXEDID).
 * - Segments of an odd size, or of less than EXCPATH_MIN_SEGMENT, unless they
 *   are the last.
 *
 * To keep it simple, nor are packets with padding behind, IPv6 extension
 * headers or more than one tag, and the first of those of a sender that has
 * halved its window (CWR), as hardly any are. */

#include "excpath-gro.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "excpath-csum.h"
#include "excpath-offload.h"
#include "util.h"

/* Longest frame.  As that of an IPv4 packet (RFC 791), the length of an mbuf
 * has 16 bits, and the kernel may send the frame to another port. */
#define MAX_FRAME UINT16_MAX

/* What an IPv4 header begins with that has no options: version and length. */
#define PLAIN_IPV4 0x45

/* Flags that may be different in the last segment of a frame, and end it. */
#define LAST_FLAGS (RTE_TCP_PSH_FLAG | RTE_TCP_FIN_FLAG)

BUILD_ASSERT_DECL(EXCPATH_GRO_HEADERS
                  == RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN
                     + sizeof(struct rte_ipv6_hdr) + 15 * 4);
/* The start of a frame is written in one piece. */
BUILD_ASSERT_DECL(offsetof(struct excpath_gro_start, headers)
                  == EXCPATH_VNET_HDR_LEN);

/* What a packet means to what is being merged. */
enum kind {
    UNRELATED,                  /* Nothing: it is not TCP. */
    UNKNOWN,                    /* It may be of any flow of TCP's. */
    UNFIT,                      /* It is of a flow, but cannot be merged... */
    FIT,                        /* ...or it can. */
};

static bool
is_ipv6(const struct excpath_gro_segment *s)
{
    return s->data[s->l3] >> 4 == 6;
}

static const struct rte_ipv4_hdr *
get_ipv4(const struct excpath_gro_segment *s)
{
    return (const struct rte_ipv4_hdr *) (s->data + s->l3);
}

static const struct rte_tcp_hdr *
get_tcp(const struct excpath_gro_segment *s)
{
    return (const struct rte_tcp_hdr *) (s->data + s->l4);
}

/* Finds TCP in the frame of 'len' bytes at 'data', in front of which there are
 * no more than an IP header without options and a VLAN tag.  Fills '*s', but
 * for the payload, and stores the length of the packet in '*ip_len', unless it
 * is UNRELATED or UNKNOWN. */
static enum kind
find_tcp(const char *data, uint32_t len, struct excpath_gro_segment *s,
         uint32_t *ip_len)
{
    uint16_t type = excpath_vnet_find_l3(data, len, &s->l3);

    s->data = data;
    if (type == RTE_ETHER_TYPE_IPV4) {
        const struct rte_ipv4_hdr *ip = get_ipv4(s);

        s->l4 = s->l3 + sizeof *ip;
        if (s->l4 > len || ip->next_proto_id != IPPROTO_TCP) {
            return UNRELATED;
        } else if (ip->version_ihl != PLAIN_IPV4
                   || ip->fragment_offset & htons(~RTE_IPV4_HDR_DF_FLAG)) {
            return UNKNOWN;
        }
        *ip_len = ntohs(ip->total_length);
    } else if (type == RTE_ETHER_TYPE_IPV6) {
        const struct rte_ipv6_hdr *ip
            = (const struct rte_ipv6_hdr *) (data + s->l3);

        s->l4 = s->l3 + sizeof *ip;
        if (s->l4 > len || ip->proto == IPPROTO_UDP
            || ip->proto == IPPROTO_ICMPV6) {
            return UNRELATED;
        } else if (ip->proto != IPPROTO_TCP || !is_ipv6(s)) {
            return UNKNOWN;
        }
        *ip_len = sizeof *ip + ntohs(ip->payload_len);
    } else {
        return UNRELATED;
    }
    return (s->l3 <= RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN
            && s->l4 + sizeof(struct rte_tcp_hdr) <= len ? FIT : UNKNOWN);
}

/* Fills '*s' with what there is to know of the frame of 'len' bytes at 'data',
 * unless it is UNRELATED or UNKNOWN. */
static enum kind
parse(const char *data, uint32_t len, struct excpath_gro_segment *s)
{
    const struct rte_tcp_hdr *tcp;
    uint32_t ip_len;
    enum kind kind = find_tcp(data, len, s, &ip_len);

    if (kind != FIT) {
        return kind;
    }
    tcp = get_tcp(s);
    s->payload = s->l4 + (tcp->data_off >> 4) * 4;
    s->size = len - s->payload;
    return (s->payload >= s->l4 + sizeof *tcp && s->payload < len
            /* There is no padding. */
            && s->l3 + ip_len == len && len <= MAX_FRAME
            && (tcp->tcp_flags & ~(RTE_TCP_ECE_FLAG | LAST_FLAGS))
               == RTE_TCP_ACK_FLAG ? FIT : UNFIT);
}

/* Whether both checksums of 's' are right, and written as those are that
 * whoever cuts a frame computes: all ones would be another 0. */
static bool
is_intact(const struct excpath_gro_segment *s)
{
    const struct rte_ipv4_hdr *ip = get_ipv4(s);
    uint32_t len = s->payload - s->l4 + s->size;
    uint32_t sum;

    if (!is_ipv6(s) && (ip->hdr_checksum == UINT16_MAX
                        || rte_raw_cksum(ip, sizeof *ip) != UINT16_MAX)) {
        return false;
    }
    sum = excpath_pseudo_sum(ip, s->l4 - s->l3, IPPROTO_TCP, len);
    sum += rte_raw_cksum(get_tcp(s), len);
    return ((sum & UINT16_MAX) + (sum >> 16) == UINT16_MAX
            && get_tcp(s)->cksum != UINT16_MAX);
}

static bool
is_same(const struct excpath_gro_segment *a,
        const struct excpath_gro_segment *b, size_t ofs, size_t len)
{
    return !memcmp(a->data + ofs, b->data + ofs, len);
}

/* Whether the addresses, which an IP header ends with, and the ports, which
 * follow, are the same. */
static bool
is_same_flow(const struct excpath_gro_segment *a,
             const struct excpath_gro_segment *b)
{
    size_t addrs = is_ipv6(a) ? 32 : 8;

    return (is_ipv6(a) == is_ipv6(b)
            && !memcmp(a->data + a->l4 - addrs, b->data + b->l4 - addrs,
                       addrs + 4));
}

/* Whether 's' has the IP header that a frame of 'm' gives to its next segment,
 * but for the length. */
static bool
is_next_in_ip(const struct excpath_gro_merge *m,
              const struct excpath_gro_segment *s)
{
    size_t l3 = s->l3;

    if (is_ipv6(s)) {
        /* Version, traffic class, and flow label; protocol and hop limit. */
        return (is_same(s, &m->first, l3, 4)
                && is_same(s, &m->first, l3 + 6, 2));
    }
    return (is_same(s, &m->first, l3, 2)        /* TOS. */
            && get_ipv4(s)->packet_id
               == htons(ntohs(get_ipv4(&m->first)->packet_id) + m->n)
            /* DF, TTL, and protocol. */
            && is_same(s, &m->first, l3 + 6, 4));
}

/* The same of the TCP header, its checksum and some flags. */
static bool
is_next_in_tcp(const struct excpath_gro_merge *m,
               const struct excpath_gro_segment *s)
{
    const struct rte_tcp_hdr *tcp = get_tcp(s), *first = get_tcp(&m->first);
    size_t urgent = s->l4 + offsetof(struct rte_tcp_hdr, tcp_urp);

    return (tcp->sent_seq == htonl(ntohl(first->sent_seq) + m->size)
            && tcp->recv_ack == first->recv_ack
            && tcp->data_off == first->data_off
            && !((tcp->tcp_flags ^ first->tcp_flags) & ~LAST_FLAGS)
            && tcp->rx_win == first->rx_win
            /* The urgent pointer, and options. */
            && is_same(s, &m->first, urgent, s->payload - urgent));
}

/* Adds 's', of the same flow, to 'm', if it is what comes next there. */
static bool
append(struct excpath_gro_merge *m, const struct excpath_gro_segment *s)
{
    if (s->l3 != m->first.l3 || s->payload != m->first.payload
        || s->size > m->first.size
        || m->first.payload + m->size + s->size > MAX_FRAME
        || !is_same(s, &m->first, 0, s->l3)
        || !is_next_in_ip(m, s) || !is_next_in_tcp(m, s)
        /* The kernel will take them for verified. */
        || !is_intact(s) || (m->n == 1 && !is_intact(&m->first))) {
        return false;
    }
    m->n++;
    m->size += s->size;
    m->tcp_flags = get_tcp(s)->tcp_flags;
    return true;
}

/* Whether others may follow 's', which can be merged. */
static bool
may_begin(const struct excpath_gro_segment *s)
{
    return (!(get_tcp(s)->tcp_flags & LAST_FLAGS)
            && s->size >= EXCPATH_MIN_SEGMENT && s->size % 2 == 0);
}

static void
close_merge(struct excpath_gro *gro, uint32_t i)
{
    gro->open[i] = gro->open[--gro->n_open];
}

/* Has packet 's', which can be merged, begin a frame, in the place of open
 * merge 'i', if there is such a one. */
static void
begin(struct excpath_gro *gro, const struct excpath_gro_segment *s,
      uint32_t frame, uint32_t i)
{
    struct excpath_gro_merge *m = &gro->merges[frame];

    if (i == gro->n_open) {
        if (i == EXCPATH_GRO_FLOWS) {
            i = frame % EXCPATH_GRO_FLOWS;
        } else {
            gro->n_open++;
        }
    }
    gro->open[i] = frame;
    m->first = *s;
    m->size = s->size;
}

/* Returns the open merge of the flow of 's', or 'gro->n_open'. */
static uint32_t
find_open(const struct excpath_gro *gro, const struct excpath_gro_segment *s)
{
    uint32_t i;

    for (i = 0; i < gro->n_open; i++) {
        if (is_same_flow(&gro->merges[gro->open[i]].first, s)) {
            break;
        }
    }
    return i;
}

/* Returns the frame for the packet of 'len' bytes at 'data', which comes
 * behind all those before. */
static uint32_t
place(struct excpath_gro *gro, const char *data, uint32_t len)
{
    struct excpath_gro_segment s;
    enum kind kind = parse(data, len, &s);
    uint32_t i = gro->n_open;
    uint32_t frame;

    if (kind == UNKNOWN) {
        gro->n_open = 0;
    } else if (kind != UNRELATED) {
        i = find_open(gro, &s);
        if (kind == FIT && i < gro->n_open) {
            struct excpath_gro_merge *m;

            frame = gro->open[i];
            m = &gro->merges[frame];
            if (append(m, &s)) {
                if (s.size < m->first.size || m->tcp_flags & LAST_FLAGS) {
                    close_merge(gro, i);
                }
                return frame;
            }
        }
    }

    frame = gro->n_frames++;
    gro->merges[frame].n = 1;
    if (kind == FIT && may_begin(&s)) {
        begin(gro, &s, frame, i);
    } else if (i < gro->n_open) {
        close_merge(gro, i);
    }
    return frame;
}

/* Fills '*start' with what the frame of 'm' begins with. */
static void
make_start(const struct excpath_gro_merge *m, struct excpath_gro_start *start)
{
    const struct excpath_gro_segment *s = &m->first;
    struct virtio_net_hdr *vnet = &start->vnet.hdr;
    char *ip = start->headers + s->l3;
    struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *) (start->headers + s->l4);
    uint16_t l4_len = s->payload - s->l4 + m->size;

    memset(&start->vnet, 0, sizeof start->vnet);
    vnet->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    vnet->gso_size = s->size;
    vnet->hdr_len = s->payload;
    vnet->csum_start = s->l4;
    vnet->csum_offset = offsetof(struct rte_tcp_hdr, cksum);

    memcpy(start->headers, s->data, s->payload);
    if (is_ipv6(s)) {
        struct rte_ipv6_hdr *ip6 = (struct rte_ipv6_hdr *) ip;

        vnet->gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
        ip6->payload_len = htons(l4_len);
    } else {
        struct rte_ipv4_hdr *ip4 = (struct rte_ipv4_hdr *) ip;

        vnet->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
        ip4->total_length = htons(sizeof *ip4 + l4_len);
        ip4->hdr_checksum = 0;
        ip4->hdr_checksum = rte_ipv4_cksum(ip4);
    }
    tcp->tcp_flags = m->tcp_flags;
    tcp->cksum = excpath_pseudo_sum(ip, s->l4 - s->l3, IPPROTO_TCP, l4_len);
}

/* Has the frames consist of the pieces that they are made of. */
static void
lay_out(struct excpath_gro *gro, struct iovec packets[], uint32_t n)
{
    struct excpath_gro_start *start = gro->starts;
    struct iovec *piece = gro->pieces;
    uint32_t n_begun = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t frame = gro->frame_of[i];
        const struct excpath_gro_merge *m = &gro->merges[frame];
        struct excpath_tap_buf *buf = &gro->frames[frame];
        size_t start_len = EXCPATH_VNET_HDR_LEN + m->first.payload;

        if (m->n == 1) {
            *buf = (struct excpath_tap_buf) { &packets[i], 1 };
            n_begun++;
            continue;
        }
        if (frame == n_begun) {
            make_start(m, start);
            piece[0] = (struct iovec) { start++, start_len };
            *buf = (struct excpath_tap_buf) { piece, 1 };
            piece += 1 + m->n;
            n_begun++;
        }
        buf->iov[buf->n_iov++] = (struct iovec) {
            (char *) packets[i].iov_base + start_len,
            packets[i].iov_len - start_len
        };
    }
}

void
excpath_gro_merge(struct excpath_gro *gro, struct iovec packets[], uint32_t n)
{
    gro->n_frames = gro->n_open = 0;
    for (uint32_t i = 0; i < n; i++) {
        const char *data = packets[i].iov_base;

        gro->frame_of[i] = place(gro, data + EXCPATH_VNET_HDR_LEN,
                                 packets[i].iov_len - EXCPATH_VNET_HDR_LEN);
    }
    lay_out(gro, packets, n);
}
