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

/* A libFuzzer target: bursts of packets that may be anything, but often are
 * such that follow each other, through excpath-gro.c.  Frames must become the
 * packets again that they were made of, and nothing outside of these may be
 * read.
 *
 * An input is the headers of a packet, after a byte with their length, and
 * what to do for each packet, in ACTION bytes: flags, the length of its
 * payload, and which byte of the headers to change, and how. */

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "excpath-csum.h"
#include "excpath-gro.h"
#include "merged.h"
#include "util.h"

#define ACTION 4

/* Flags. */
#define KEEP 0x01               /* The change is for those that follow, too. */
#define RAW 0x02                /* Lengths and checksums remain as they are. */
#define SAME 0x04               /* So do sequence number and ID. */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Has the frame of 'len' bytes at 'data', with 'size' of payload, be right:
 * its lengths and checksums. */
static void
mend(char *data, uint32_t len, uint32_t size)
{
    uint16_t l3 = 0;
    bool ipv6 = excpath_vnet_find_l3(data, len, &l3) == RTE_ETHER_TYPE_IPV6;
    uint16_t l4 = l3 + (ipv6 ? 40 : 20);
    struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *) (data + l3);
    struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *) (data + l4);
    uint32_t sum;

    if (!l3 || len - size < l4 + sizeof *tcp) {
        return;
    }
    if (ipv6) {
        ((struct rte_ipv6_hdr *) ip)->payload_len = htons(len - l4);
    } else {
        ip->total_length = htons(len - l3);
        ip->hdr_checksum = 0;
        ip->hdr_checksum = ~rte_raw_cksum(ip, sizeof *ip);
    }
    tcp->cksum = 0;
    sum = excpath_pseudo_sum(ip, l4 - l3, IPPROTO_TCP, len - l4);
    sum += rte_raw_cksum(tcp, len - l4);
    tcp->cksum = ~((sum & UINT16_MAX) + (sum >> 16));
}

/* Has the 'len' bytes of headers at 'data' be those of what follows 'size'
 * bytes of payload. */
static void
advance(char *data, uint32_t len, uint32_t size)
{
    uint16_t l3 = 0;
    bool ipv6 = excpath_vnet_find_l3(data, len, &l3) == RTE_ETHER_TYPE_IPV6;
    uint16_t l4 = l3 + (ipv6 ? 40 : 20);
    struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *) (data + l3);
    struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *) (data + l4);

    if (l3 && len >= l4 + sizeof *tcp) {
        tcp->sent_seq = htonl(ntohl(tcp->sent_seq) + size);
        if (!ipv6) {
            ip->packet_id = htons(ntohs(ip->packet_id) + 1);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iovec packets[EXCPATH_GRO_BURST];
    char headers[UINT8_MAX];
    struct excpath_gro gro;
    uint32_t len, n = 0;

    if (!size || size < 1 + data[0] || !data[0]) {
        return -1;
    }
    len = data[0];
    memcpy(headers, data + 1, len);
    for (size_t ofs = 1 + len; ofs + ACTION <= size && n < ARRAY_SIZE(packets);
         ofs += ACTION) {
        uint32_t payload = data[ofs + 1] * 10;
        struct iovec *iov = &packets[n++];
        char *byte = &headers[data[ofs + 2] % len];
        char *frame, old = *byte;

        *byte ^= data[ofs + 3];
        iov->iov_len = EXCPATH_VNET_HDR_LEN + len + payload;
        iov->iov_base = xzalloc(iov->iov_len);
        frame = (char *) iov->iov_base + EXCPATH_VNET_HDR_LEN;
        memcpy(frame, headers, len);
        memset(frame + len, n, payload);
        if (!(data[ofs] & RAW)) {
            mend(frame, len + payload, payload);
        }
        if (!(data[ofs] & KEEP)) {
            *byte = old;
        }
        if (!(data[ofs] & SAME)) {
            advance(headers, len, payload);
        }
    }

    excpath_gro_merge(&gro, packets, n);
    if (!merged_is_right(&gro, packets, n)) {
        abort();
    }
    for (uint32_t i = 0; i < n; i++) {
        free(packets[i].iov_base);
    }
    return 0;
}
