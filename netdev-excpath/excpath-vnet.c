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

#include "excpath-vnet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "excpath-csum.h"
#include "util.h"

BUILD_ASSERT_DECL(sizeof(excpath_vnet_hdr) == EXCPATH_VNET_HDR_LEN);

/* Whether there is an IP header where 'mbuf' says, which ends where it
 * says. */
static bool
is_l3(const struct rte_mbuf *mbuf)
{
    const struct rte_ipv4_hdr *ip
        = rte_pktmbuf_mtod_offset(mbuf, const struct rte_ipv4_hdr *,
                                  mbuf->l2_len);

    if (mbuf->ol_flags & RTE_MBUF_F_TX_IPV4) {
        return (mbuf->l3_len >= sizeof *ip && ip->version_ihl >> 4 == IPVERSION
                && rte_ipv4_hdr_len(ip) == mbuf->l3_len);
    }
    return (mbuf->l3_len >= sizeof(struct rte_ipv6_hdr)
            && ip->version_ihl >> 4 == 6);
}

bool
excpath_vnet_from_mbuf(struct rte_mbuf *mbuf, excpath_vnet_hdr *hdr_)
{
    struct virtio_net_hdr *hdr = &hdr_->hdr;
    uint64_t l4 = mbuf->ol_flags & RTE_MBUF_F_TX_L4_MASK;
    uint16_t l4_ofs = mbuf->l2_len + mbuf->l3_len;
    char *ip = rte_pktmbuf_mtod_offset(mbuf, char *, mbuf->l2_len);
    uint16_t csum_offset, phdr_csum, l4_len;

    memset(hdr_, 0, sizeof *hdr_);
    if (OVS_LIKELY(!l4 && !(mbuf->ol_flags & RTE_MBUF_F_TX_TCP_SEG))) {
        return true;
    }

    if (l4 == RTE_MBUF_F_TX_TCP_CKSUM) {
        csum_offset = offsetof(struct rte_tcp_hdr, cksum);
    } else if (l4 == RTE_MBUF_F_TX_UDP_CKSUM) {
        csum_offset = offsetof(struct rte_udp_hdr, dgram_cksum);
    } else {
        return false;
    }
    if (l4_ofs + csum_offset + 2 > mbuf->data_len || !is_l3(mbuf)) {
        return false;
    }

    /* The kernel expects the sum of the pseudo header, with the length of the
     * packet as it is, even of one that has yet to be cut
     * (skb_partial_csum_set(), tcp_gso_segment()). */
    if (mbuf->ol_flags & RTE_MBUF_F_TX_IPV4) {
        struct rte_ipv4_hdr *ip4 = (struct rte_ipv4_hdr *) ip;

        if (mbuf->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) {
            ip4->hdr_checksum = 0;
            ip4->hdr_checksum = rte_ipv4_cksum(ip4);
        }
        l4_len = ntohs(ip4->total_length) - mbuf->l3_len;
        hdr->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
    } else {
        const struct rte_ipv6_hdr *ip6 = (const struct rte_ipv6_hdr *) ip;

        l4_len = ntohs(ip6->payload_len) - (mbuf->l3_len - sizeof *ip6);
        hdr->gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
    }
    phdr_csum = excpath_pseudo_sum(ip, mbuf->l3_len,
                                   l4 == RTE_MBUF_F_TX_TCP_CKSUM
                                   ? IPPROTO_TCP : IPPROTO_UDP, l4_len);
    memcpy(rte_pktmbuf_mtod_offset(mbuf, char *, l4_ofs + csum_offset),
           &phdr_csum, sizeof phdr_csum);
    hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    hdr->csum_start = l4_ofs;
    hdr->csum_offset = csum_offset;

    if (mbuf->ol_flags & RTE_MBUF_F_TX_TCP_SEG
        && mbuf->pkt_len > l4_ofs + mbuf->l4_len + mbuf->tso_segsz) {
        if (l4 != RTE_MBUF_F_TX_TCP_CKSUM || !mbuf->l4_len
            || !mbuf->tso_segsz) {
            return false;
        }
        hdr->gso_size = mbuf->tso_segsz;
        hdr->hdr_len = l4_ofs + mbuf->l4_len;
    } else {
        hdr->gso_type = VIRTIO_NET_HDR_GSO_NONE;
    }
    return true;
}

uint16_t
excpath_vnet_find_l3(const char *data, uint32_t len, uint16_t *l2_len)
{
    uint16_t ofs = offsetof(struct rte_ether_hdr, ether_type);

    while (ofs + 2 <= len) {
        ovs_be16 type;

        memcpy(&type, data + ofs, sizeof type);
        if (type != htons(RTE_ETHER_TYPE_VLAN)
            && type != htons(RTE_ETHER_TYPE_QINQ)) {
            *l2_len = ofs + sizeof type;
            return ntohs(type);
        }
        ofs += RTE_VLAN_HLEN;
    }
    return 0;
}

/* Returns the offset of the TCP header in the frame of 'len' bytes at 'data',
 * whose network header is of 'type' and at 'l2_len', 0 if it is not just
 * behind that. */
static uint16_t
find_tcp(const char *data, uint32_t len, uint16_t l2_len, uint16_t type)
{
    if (type == RTE_ETHER_TYPE_IPV4
        && l2_len + sizeof(struct rte_ipv4_hdr) <= len) {
        const struct rte_ipv4_hdr *ip
            = (const struct rte_ipv4_hdr *) (data + l2_len);

        return (ip->next_proto_id == IPPROTO_TCP
                ? l2_len + rte_ipv4_hdr_len(ip) : 0);
    } else if (type == RTE_ETHER_TYPE_IPV6
               && l2_len + sizeof(struct rte_ipv6_hdr) <= len) {
        const struct rte_ipv6_hdr *ip
            = (const struct rte_ipv6_hdr *) (data + l2_len);

        return ip->proto == IPPROTO_TCP ? l2_len + sizeof *ip : 0;
    }
    return 0;
}

/* The protocol, with its flag, whose checksum is 'offset' bytes into its
 * header, 0 if OVS can leave that to nobody. */
static uint8_t
find_protocol(uint16_t offset, uint64_t *flag)
{
    switch (offset) {
    case offsetof(struct rte_tcp_hdr, cksum):
        *flag = RTE_MBUF_F_TX_TCP_CKSUM;
        return IPPROTO_TCP;

    case offsetof(struct rte_udp_hdr, dgram_cksum):
        *flag = RTE_MBUF_F_TX_UDP_CKSUM;
        return IPPROTO_UDP;

    default:
        return 0;
    }
}

/* Marks 'mbuf' as one whose checksum, of what begins at 'start', is left to
 * whoever sends it on, if that is the checksum of TCP or UDP that OVS itself
 * would find: it is computed anew over the length in the IP header.  Returns
 * false if it is not, or if OVS might not get that far. */
static bool
leave_checksum(struct rte_mbuf *mbuf, uint16_t start, uint16_t offset)
{
    const char *data = rte_pktmbuf_mtod(mbuf, char *);
    uint32_t len = mbuf->data_len;
    uint16_t l2_len = 0, type;
    uint64_t flags = 0;
    uint8_t protocol = find_protocol(offset, &flags);
    uint32_t end;

    if (!protocol) {
        return false;
    }
    type = excpath_vnet_find_l3(data, len, &l2_len);
    if (l2_len > RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN) {
        /* OVS looks behind one tag, by default. */
        return false;
    } else if (type == RTE_ETHER_TYPE_IPV4
               && l2_len + sizeof(struct rte_ipv4_hdr) <= start) {
        const struct rte_ipv4_hdr *ip
            = (const struct rte_ipv4_hdr *) (data + l2_len);

        end = l2_len + ntohs(ip->total_length);
        flags |= RTE_MBUF_F_TX_IPV4;
        if (ip->version_ihl >> 4 != IPVERSION
            || start != l2_len + rte_ipv4_hdr_len(ip)
            || ip->next_proto_id != protocol
            || ip->fragment_offset & htons(RTE_IPV4_HDR_MF_FLAG
                                           | RTE_IPV4_HDR_OFFSET_MASK)) {
            return false;
        }
    } else if (type == RTE_ETHER_TYPE_IPV6
               && start == l2_len + sizeof(struct rte_ipv6_hdr)) {
        const struct rte_ipv6_hdr *ip
            = (const struct rte_ipv6_hdr *) (data + l2_len);

        end = start + ntohs(ip->payload_len);
        flags |= RTE_MBUF_F_TX_IPV6;
        if (ntohl(ip->vtc_flow) >> 28 != 6 || ip->proto != protocol) {
            return false;
        }
    } else {
        return false;
    }
    if (end != len
        || len < start + (protocol == IPPROTO_TCP ? sizeof(struct rte_tcp_hdr)
                          : sizeof(struct rte_udp_hdr))) {
        return false;
    }
    if (protocol == IPPROTO_UDP) {
        const struct rte_udp_hdr *udp
            = (const struct rte_udp_hdr *) (data + start);

        /* What has another length is summed up over that. */
        if (ntohs(udp->dgram_len) != end - start) {
            return false;
        }
    }

    mbuf->ol_flags |= flags;
    mbuf->l2_len = l2_len;
    mbuf->l3_len = start - l2_len;
    return true;
}

/* Completes the checksum that the kernel has left partial: it has put the sum
 * of the pseudo header where the checksum belongs. */
static void
complete_checksum(char *data, uint32_t len, uint16_t start, uint16_t offset)
{
    uint16_t csum = ~rte_raw_cksum(data + start, len - start);

    /* A UDP checksum of 0 would be none at all (RFC 768), and in the other
     * protocols both mean the same. */
    csum = csum ? csum : UINT16_MAX;
    memcpy(data + start + offset, &csum, sizeof csum);
}

bool
excpath_vnet_to_mbuf(const excpath_vnet_hdr *hdr_, struct rte_mbuf *mbuf)
{
    const struct virtio_net_hdr *hdr = &hdr_->hdr;
    char *data = rte_pktmbuf_mtod(mbuf, char *);
    uint32_t len = mbuf->data_len;
    uint16_t start = hdr->csum_start;
    uint16_t l2_len = 0, type;
    uint64_t ip_flag;
    uint8_t l4_len;

    if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE) {
        if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
            if (start + hdr->csum_offset + sizeof(uint16_t) > len) {
                return false;
            }
            if (!leave_checksum(mbuf, start, hdr->csum_offset)) {
                complete_checksum(data, len, start, hdr->csum_offset);
            }
        }
        return true;
    } else if (hdr->gso_type == VIRTIO_NET_HDR_GSO_TCPV4) {
        ip_flag = RTE_MBUF_F_TX_IPV4;
    } else if (hdr->gso_type == VIRTIO_NET_HDR_GSO_TCPV6) {
        ip_flag = RTE_MBUF_F_TX_IPV6;
    } else {
        return false;
    }

    type = excpath_vnet_find_l3(data, len, &l2_len);
    if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) {
        /* What the kernel forwards, with a checksum that a NIC has found to
         * be right, does not say where TCP starts. */
        start = find_tcp(data, len, l2_len, type);
    }
    if (type != (ip_flag == RTE_MBUF_F_TX_IPV4 ? RTE_ETHER_TYPE_IPV4
                                               : RTE_ETHER_TYPE_IPV6)
        || l2_len >= 1 << RTE_MBUF_L2_LEN_BITS
        || start <= l2_len || start - l2_len >= 1 << RTE_MBUF_L3_LEN_BITS
        || start + sizeof(struct rte_tcp_hdr) > len || !hdr->gso_size) {
        return false;
    }
    l4_len = (((struct rte_tcp_hdr *) (data + start))->data_off >> 4) * 4;
    if (l4_len < sizeof(struct rte_tcp_hdr) || start + l4_len > len) {
        return false;
    }

    mbuf->ol_flags |= (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM
                       | ip_flag);
    mbuf->l2_len = l2_len;
    mbuf->l3_len = start - l2_len;
    mbuf->l4_len = l4_len;
    mbuf->tso_segsz = hdr->gso_size;
    return is_l3(mbuf);
}

bool
excpath_vnet_from_virtio(struct rte_mbuf *mbuf)
{
    bool lro = mbuf->ol_flags & RTE_MBUF_F_RX_LRO;
    const excpath_vnet_hdr *hdr;

    /* "None" is the flag for a partial one: virtio_rx_offload(). */
    if (OVS_LIKELY(!lro && (mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK)
                           != RTE_MBUF_F_RX_L4_CKSUM_NONE)) {
        return mbuf->nb_segs == 1;
    }

    /* The driver leaves the header where the kernel has put it, before the
     * frame: virtio_recv_mergeable_pkts(). */
    hdr = rte_pktmbuf_mtod_offset(mbuf, const excpath_vnet_hdr *,
                                  -EXCPATH_VNET_HDR_LEN);
    if (mbuf->nb_segs > 1 || (lro && hdr->hdr.gso_size != mbuf->tso_segsz)) {
        return false;
    }
    mbuf->ol_flags &= ~(RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_MASK);
    return excpath_vnet_to_mbuf(hdr, mbuf);
}
