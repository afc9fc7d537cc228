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

#include "excpath-csum.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <stddef.h>

#include <rte_ip.h>

#include "util.h"

/* Type of a Segment Routing Header (RFC 8754, section 2). */
#define ROUTING_SRH 4

/* Returns the address that the packet at 'ip', with 'l3_len' bytes of header
 * and extension headers, is for in the end: a routing header may have another
 * one than the header itself, and it is this that counts for checksums (RFC
 * 8200, section 8.1). */
static const uint8_t *
find_final_dst(const struct rte_ipv6_hdr *ip, uint16_t l3_len)
{
    const uint8_t *data = (const uint8_t *) ip;
    uint16_t ofs = sizeof *ip;
    uint8_t next = ip->proto;

    while (ofs + sizeof(struct ip6_ext) <= l3_len) {
        const struct ip6_rthdr *rh = (const struct ip6_rthdr *) (data + ofs);
        uint16_t len = (rh->ip6r_len + 1) * 8;

        switch (next) {
        case IPPROTO_HOPOPTS:
        case IPPROTO_DSTOPTS:
            break;

        case IPPROTO_FRAGMENT:
            len = sizeof(struct ip6_frag);
            break;

        case IPPROTO_ROUTING:
            if (rh->ip6r_segleft && len >= 8 + 16 && ofs + len <= l3_len) {
                /* The list of addresses starts behind 8 bytes.  The last
                 * segment comes first in a Segment Routing Header, and else at
                 * the end (RFC 2460, section 4.4, RFC 6275, section 6.4). */
                return data + ofs + (rh->ip6r_type == ROUTING_SRH ? 8
                                     : len - 16);
            }
            break;

        default:
            return ip->dst_addr;
        }
        next = rh->ip6r_nxt;
        ofs += len;
    }
    return ip->dst_addr;
}

uint16_t
excpath_pseudo_sum(const void *l3, uint16_t l3_len, uint8_t protocol,
                   uint32_t l4_len)
{
    struct {
        uint32_t len;
        uint32_t protocol;
    } tail = { htonl(l4_len), htonl(protocol) };
    uint32_t sum;

    if (*(const uint8_t *) l3 >> 4 == IPVERSION) {
        const struct rte_ipv4_hdr *ip = l3;

        sum = rte_raw_cksum(&ip->src_addr, 2 * sizeof ip->src_addr);
    } else {
        const struct rte_ipv6_hdr *ip = l3;

        sum = rte_raw_cksum(ip->src_addr, sizeof ip->src_addr);
        sum += rte_raw_cksum(l3_len > sizeof *ip ? find_final_dst(ip, l3_len)
                             : ip->dst_addr, sizeof ip->dst_addr);
    }
    sum += rte_raw_cksum(&tail, sizeof tail);
    sum = (sum & UINT16_MAX) + (sum >> 16);
    return (sum & UINT16_MAX) + (sum >> 16);
}
