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

/* Shows which packets excpath-gro.c merges.
 *
 * usage: test-gro PACKET...
 *
 * A PACKET is a flow, which is a letter, a sequence number, "+", and how many
 * bytes of payload, as in "a1000+500".  A small letter is for IPv4, whose ID
 * then counts by itself, and a capital one for IPv6.  Words may follow, each
 * after a comma:
 *
 *     vlan, qinq     with one or two VLAN tags
 *     options        with 40 bytes of TCP options
 *     zero           with a payload that makes the TCP checksum 0
 *     eN=X, iN=X, tN=X
 *                    with byte N of the Ethernet, IP or TCP header being X, in
 *                    hexadecimal; with "!" behind, after checksums were made
 *     short, long    with a byte less or more at its end
 *
 * Prints for each frame which packets are in it, and "wrong" if not all of
 * them can be cut into these again. */

#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#include "excpath-csum.h"
#include "excpath-gro.h"
#include "merged.h"
#include "util.h"

/* A packet that is being made, and where its parts are. */
struct packet {
    uint8_t *buf;
    size_t len;
    uint8_t *l2, *l3, *l4, *payload;
};

static bool
has_word(const char *arg, const char *word)
{
    const char *p = strstr(arg, word);

    return p && p[-1] == ',';
}

/* Makes a packet of 'flow' with 'size' bytes of payload behind its headers,
 * whose fields have some value. */
static void
make_headers(struct packet *p, char flow, uint32_t seq, size_t size,
             const char *arg)
{
    static uint16_t next_id[UINT8_MAX];
    bool ipv6 = isupper((unsigned char) flow);
    size_t l2_len = (has_word(arg, "qinq") ? 22
                     : has_word(arg, "vlan") ? 18 : 14);
    size_t l3_len = ipv6 ? 40 : 20;
    size_t l4_len = has_word(arg, "options") ? 60 : 20;
    struct rte_tcp_hdr *tcp;

    p->len = EXCPATH_VNET_HDR_LEN + l2_len + l3_len + l4_len + size;
    p->buf = xzalloc(p->len + 1);
    p->l2 = p->buf + EXCPATH_VNET_HDR_LEN;
    p->l3 = p->l2 + l2_len;
    p->l4 = p->l3 + l3_len;
    p->payload = p->l4 + l4_len;

    memcpy(p->l2, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
    for (uint8_t *tag = p->l2 + 12; tag < p->l3 - 2; tag += 4) {
        memcpy(tag, "\x81\x00\x00\x07", 4);
    }
    memcpy(p->l3 - 2, ipv6 ? "\x86\xdd" : "\x08\x00", 2);
    if (ipv6) {
        struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *) p->l3;

        ip->vtc_flow = htonl(0x60012345);
        ip->payload_len = htons(l4_len + size);
        ip->proto = IPPROTO_TCP;
        ip->hop_limits = 64;
        ip->src_addr[0] = ip->dst_addr[0] = 0xfd;
    } else {
        struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *) p->l3;

        ip->version_ihl = 0x45;
        ip->total_length = htons(l3_len + l4_len + size);
        /* It soon overflows. */
        ip->packet_id = htons(0xffff + next_id[(uint8_t) flow]++);
        ip->fragment_offset = htons(RTE_IPV4_HDR_DF_FLAG);
        ip->time_to_live = 64;
        ip->next_proto_id = IPPROTO_TCP;
        ip->src_addr = htonl(0x0a010101);
        ip->dst_addr = htonl(0x0a010102);
    }
    tcp = (struct rte_tcp_hdr *) p->l4;
    tcp->src_port = htons(flow);
    tcp->dst_port = htons(80);
    tcp->sent_seq = htonl(seq);
    tcp->data_off = l4_len / 4 << 4;
    tcp->tcp_flags = RTE_TCP_ACK_FLAG;
    tcp->rx_win = htons(500);
    for (size_t i = 0; i < size; i++) {
        p->payload[i] = (seq + i) * 7 + (seq + i) / 256;
    }
}

static void
make_checksums(struct packet *p)
{
    struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *) p->l3;
    struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *) p->l4;
    size_t len = p->buf + p->len - p->l4;
    uint32_t sum;

    if (p->l4 - p->l3 == sizeof *ip) {
        ip->hdr_checksum = 0;
        ip->hdr_checksum = ~rte_raw_cksum(ip, sizeof *ip);
    }
    tcp->cksum = 0;
    sum = excpath_pseudo_sum(p->l3, p->l4 - p->l3, IPPROTO_TCP, len);
    sum += rte_raw_cksum(tcp, len);
    tcp->cksum = ~((sum & UINT16_MAX) + (sum >> 16));
}

/* Changes the payload so that the TCP checksum is 0. */
static void
make_zero(struct packet *p)
{
    const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *) p->l4;
    uint32_t sum = tcp->cksum;
    uint16_t word;

    memcpy(&word, p->payload, sizeof word);
    sum += word;
    word = (sum & UINT16_MAX) + (sum >> 16);
    memcpy(p->payload, &word, sizeof word);
    make_checksums(p);
}

/* Sets the bytes that 'arg' says are to be set 'late', after checksums were
 * made, or before. */
static void
set_bytes(struct packet *p, const char *arg, bool late)
{
    while ((arg = strchr(arg, ','))) {
        unsigned int ofs, value;
        char part, end = ',';

        arg++;
        if (sscanf(arg, "%c%u=%x%c", &part, &ofs, &value, &end) >= 3
            && (end == '!') == late) {
            (part == 'e' ? p->l2 : part == 'i' ? p->l3 : p->l4)[ofs] = value;
        }
    }
}

/* Makes the packet that 'arg' describes, in a buffer of just its size. */
static struct iovec
make_packet(const char *arg)
{
    unsigned int seq, size;
    struct packet p;
    char flow;

    if (sscanf(arg, "%c%u+%u", &flow, &seq, &size) != 3) {
        fprintf(stderr, "test-gro: %s is not a packet\n", arg);
        exit(2);
    }
    make_headers(&p, flow, seq, size, arg);
    set_bytes(&p, arg, false);
    make_checksums(&p);
    if (has_word(arg, "zero")) {
        make_zero(&p);
    }
    set_bytes(&p, arg, true);
    p.len += has_word(arg, "long") - has_word(arg, "short");
    return (struct iovec) { xrealloc(p.buf, p.len), p.len };
}

int
main(int argc, char *argv[])
{
    struct iovec packets[EXCPATH_GRO_BURST];
    uint32_t n = MIN(argc - 1, EXCPATH_GRO_BURST);
    struct excpath_gro gro;

    for (uint32_t i = 0; i < n; i++) {
        packets[i] = make_packet(argv[1 + i]);
    }
    excpath_gro_merge(&gro, packets, n);
    for (uint32_t frame = 0; frame < gro.n_frames; frame++) {
        const char *separator = "";

        for (uint32_t i = 0; i < n; i++) {
            if (gro.frame_of[i] == frame) {
                printf("%s%"PRIu32, separator, i);
                separator = "+";
            }
        }
        putchar(frame + 1 < gro.n_frames ? ' ' : '\n');
    }
    if (!merged_is_right(&gro, packets, n)) {
        puts("wrong");
    }
    for (uint32_t i = 0; i < n; i++) {
        free(packets[i].iov_base);
    }
    return 0;
}
