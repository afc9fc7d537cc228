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

/* Shows what the pure functions of netdev-excpath make of their arguments. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_mbuf.h>

#include "csum.h"
#include "dp-packet.h"
#include "excpath-offload.h"
#include "excpath-options.h"
#include "excpath-stats.h"
#include "excpath-status.h"
#include "excpath-vnet.h"
#include "latency.h"
#include "packets.h"
#include "smap.h"
#include "unaligned.h"
#include "util.h"

static void
print_smap(const struct smap *smap, const char *separator)
{
    const struct smap_node **nodes = smap_sort(smap);

    for (size_t i = 0; i < smap_count(smap); i++) {
        printf("%s%s=%s", i ? separator : "", nodes[i]->key, nodes[i]->value);
    }
    putchar('\n');
    free(nodes);
}

static bool
parse(const char *name, const char *max_queues, char *args[], int n,
      struct excpath_options *opts)
{
    struct smap smap = SMAP_INITIALIZER(&smap);
    char *error = NULL;

    for (int i = 0; i < n; i++) {
        const char *equals = strchr(args[i], '=');

        ovs_assert(equals);
        smap_add_nocopy(&smap, xmemdup0(args[i], equals - args[i]),
                        xstrdup(equals + 1));
    }
    if (excpath_options_parse(&smap, name, atoi(max_queues), opts, &error)) {
        puts(error);
        free(error);
        smap_destroy(&smap);
        return false;
    }
    smap_destroy(&smap);
    return true;
}

/* "options NAME MAX-QUEUES [KEY=VALUE]...": parses options and prints them. */
static int
test_options(int argc, char *argv[])
{
    struct smap smap = SMAP_INITIALIZER(&smap);
    struct excpath_options opts;

    if (!parse(argv[2], argv[3], &argv[4], argc - 4, &opts)) {
        return 0;
    }
    excpath_options_format(&opts, false, &smap);
    print_smap(&smap, " ");
    smap_destroy(&smap);
    return 0;
}

/* "restart NAME MAX-QUEUES KEY=VALUE": prints whether a port with no options
 * has to be restarted to get this one, and the other way round. */
static int
test_restart(char *argv[])
{
    struct excpath_options a, b;

    if (parse(argv[2], argv[3], NULL, 0, &a)
        && parse(argv[2], argv[3], &argv[4], 1, &b)) {
        printf("%d %d, large %d %d\n",
               excpath_options_need_restart(&a, &b, false),
               excpath_options_need_restart(&b, &a, false),
               excpath_options_need_restart(&a, &b, true),
               excpath_options_need_restart(&b, &a, true));
    }
    return 0;
}

/* "mac HOST NAME": prints the default MAC address. */
static int
test_mac(char *argv[])
{
    struct eth_addr mac = excpath_stable_mac(argv[2], argv[3]);

    printf(ETH_ADDR_FMT"\n", ETH_ADDR_ARGS(mac));
    return 0;
}

/* "counters": prints the names of those that a port has. */
static int
test_counters(void)
{
#define EXCPATH_STAT(NAME) puts("excpath_rx_" #NAME);
    EXCPATH_RXQ_STATS
#undef EXCPATH_STAT
#define EXCPATH_STAT(NAME) puts("excpath_tx_" #NAME);
    EXCPATH_TXQ_STATS
    EXCPATH_PORT_STATS
#undef EXCPATH_STAT
    return 0;
}

/* "status": prints the status of a port that works, and of one that does not
 * at all. */
static int
test_status(void)
{
    char bad_option[] = "bad option", bad_change[] = "bad change";
    char fault[] = "fault";
    char *errors[] = { bad_option, NULL, bad_change, fault };
    pid_t workers[] = { 7, 11 };
    struct excpath_status status = {
        .tap_name = "exc0",
        .location = EXCPATH_TAP_HERE,
        .netns = "blue",
        .tap = {
            .ifindex = 5,
            .mtu = 9000,
            .mac = ETH_ADDR_C(02,00,00,00,00,01),
            .flags = IFF_UP,
            .carrier = true,
        },
        .peer = {
            .name = "dpdk0",
            .present = true,
            .carrier = true,
            .link = { .mbps = 25000, .full_duplex = true },
        },
        .made = true,
        .n_queues = 2,
        .poll_us = 150,
        .backend = "vhost-net",
        .backend_reason = "auto: /dev/vhost-net works",
        .backend_up = true,
        .to_kernel = { .csum = true, .tso = true },
        .from_kernel = { .csum = true },
        .gro = "kernel",
        .missing = "uso (nobody has it)",
        .workers = workers,
        .n_workers = ARRAY_SIZE(workers),
    };
    struct smap smap = SMAP_INITIALIZER(&smap);

    excpath_status_format(&status, &smap);
    print_smap(&smap, "\n");
    smap_clear(&smap);

    status.peer.link = EXCPATH_LINK_UNKNOWN;
    status.location = EXCPATH_TAP_ELSEWHERE;
    excpath_status_format(&status, &smap);
    puts(smap_get(&smap, "excpath_tap_location"));
    puts(smap_get(&smap, "excpath_offloads"));
    puts(smap_get(&smap, "excpath_peer"));
    smap_clear(&smap);

    status.peer.carrier = false;
    excpath_status_format(&status, &smap);
    puts(smap_get(&smap, "excpath_peer"));
    smap_clear(&smap);

    status.peer.present = false;
    excpath_status_format(&status, &smap);
    puts(smap_get(&smap, "excpath_peer"));
    smap_clear(&smap);

    status.location = EXCPATH_TAP_HERE;
    status.renamed = true;
    excpath_status_format(&status, &smap);
    puts(smap_get(&smap, "excpath_tap_location"));
    smap_clear(&smap);

    status.location = EXCPATH_TAP_MISSING;
    excpath_status_format(&status, &smap);
    puts(smap_get(&smap, "excpath_tap_location"));
    smap_clear(&smap);

    status = (struct excpath_status) {
        .tap_name = "exc0",
        .location = EXCPATH_TAP_DELETED,
        .backend = "tap",
        .backend_reason = "asked for in options:backend",
        .io = "io_uring",
        .n_queues = 1,
        .gro = "off",
        .poll_us = 1000,
        .errors = errors,
        .n_errors = ARRAY_SIZE(errors),
    };
    excpath_status_format(&status, &smap);
    print_smap(&smap, "\n");
    smap_destroy(&smap);
    return 0;
}

/* Checksums as the kernel does them: of what follows 'hdr->csum_start', into
 * the place that 'hdr' names (skb_checksum_help()). */
static void
complete_checksum(const struct virtio_net_hdr *hdr, char *frame, size_t len)
{
    ovs_be16 sum = csum(frame + hdr->csum_start, len - hdr->csum_start);

    memcpy(frame + hdr->csum_start + hdr->csum_offset, &sum, sizeof sum);
}

static void
print_offloads(const struct rte_mbuf *mbuf)
{
    uint64_t l4 = mbuf->ol_flags & RTE_MBUF_F_TX_L4_MASK;

    printf(" l2=%d l3=%d l4=%d segment=%d%s%s%s%s%s%s", mbuf->l2_len,
           mbuf->l3_len, mbuf->l4_len, mbuf->tso_segsz,
           mbuf->ol_flags & RTE_MBUF_F_TX_TCP_SEG ? " tso" : "",
           mbuf->ol_flags & RTE_MBUF_F_TX_IPV4 ? " ipv4" : "",
           mbuf->ol_flags & RTE_MBUF_F_TX_IPV6 ? " ipv6" : "",
           l4 == RTE_MBUF_F_TX_TCP_CKSUM ? " tcp" : "",
           l4 == RTE_MBUF_F_TX_UDP_CKSUM ? " udp" : "",
           mbuf->ol_flags & (RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_LRO)
           ? " rx" : "");
}

#define PADDING 4

/* "vnet IP-VERSION PROTOCOL LENGTH [FLAG]...": prints the header for a packet
 * with a payload of LENGTH bytes, and whether its checksum is right once the
 * kernel has completed it.  FLAGs are "csum", "tso=SEGMENT", "ip-csum",
 * "no-l3", "sctp", "frag" for the first of several IPv4 fragments, "pad" for
 * a packet with zeros behind it.
 *
 * With "back", "back=START" for another csum_start, or "back-valid" for a
 * checksum that is said to be right, the header then goes
 * back as if the packet came from the kernel, and what is left of its offloads
 * is printed, too, and whether the checksum is right.  With "virtio" it goes
 * back through DPDK's virtio driver. */
static int
test_vnet(int argc, char *argv[])
{
    bool ipv6 = !strcmp(argv[2], "6"), tcp = !strcmp(argv[3], "tcp");
    size_t l3_len = ipv6 ? 40 : 20, l4_len = tcp ? 20 : 8;
    size_t payload = atoi(argv[4]), len = 14 + l3_len + l4_len + payload;
    char *buf = xzalloc(RTE_PKTMBUF_HEADROOM + len + PADDING);
    struct rte_mbuf mbuf = {
        .buf_addr = buf,
        .data_off = RTE_PKTMBUF_HEADROOM,
        .data_len = len,
        .pkt_len = len,
        .nb_segs = 1,
        .l2_len = 14,
        .l3_len = l3_len,
        .l4_len = tcp ? l4_len : 0,
        .ol_flags = ipv6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4,
    };
    char *frame = rte_pktmbuf_mtod(&mbuf, char *);
    excpath_vnet_hdr hdr;
    uint32_t partial;
    bool done = false;

    for (size_t i = 0; i < len; i++) {
        frame[i] = i * 7;
    }
    if (tcp) {
        ((struct rte_tcp_hdr *) (frame + 14 + l3_len))->data_off = 5 << 4;
    } else {
        ((struct rte_udp_hdr *) (frame + 14 + l3_len))->dgram_len
            = htons(l4_len + payload);
    }
    if (ipv6) {
        struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *) (frame + 14);

        memcpy(frame + 12, "\x86\xdd", 2);
        ip->vtc_flow = htonl(6 << 28);
        ip->payload_len = htons(l4_len + payload);
        ip->proto = tcp ? IPPROTO_TCP : IPPROTO_UDP;
    } else {
        struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *) (frame + 14);

        memcpy(frame + 12, "\x08\x00", 2);
        ip->version_ihl = 0x45;
        ip->fragment_offset = 0;
        ip->total_length = htons(l3_len + l4_len + payload);
        ip->next_proto_id = tcp ? IPPROTO_TCP : IPPROTO_UDP;
        ip->hdr_checksum = 0;
        ip->hdr_checksum = rte_ipv4_cksum(ip);
    }
    for (int i = 5; i < argc; i++) {
        if (!strcmp(argv[i], "csum")) {
            mbuf.ol_flags |= (tcp ? RTE_MBUF_F_TX_TCP_CKSUM
                              : RTE_MBUF_F_TX_UDP_CKSUM);
        } else if (!strncmp(argv[i], "tso=", 4)) {
            mbuf.ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
            mbuf.tso_segsz = atoi(argv[i] + 4);
        } else if (!strcmp(argv[i], "ip-csum")) {
            mbuf.ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
            ((struct rte_ipv4_hdr *) (frame + 14))->hdr_checksum = 1;
        } else if (!strcmp(argv[i], "no-l3")) {
            mbuf.l3_len = 0;
        } else if (!strcmp(argv[i], "sctp")) {
            mbuf.ol_flags |= RTE_MBUF_F_TX_SCTP_CKSUM;
        } else if (!strcmp(argv[i], "frag")) {
            struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *) (frame + 14);

            ip->fragment_offset = htons(RTE_IPV4_HDR_MF_FLAG);
            ip->hdr_checksum = 0;
            ip->hdr_checksum = rte_ipv4_cksum(ip);
        } else if (!strcmp(argv[i], "pad")) {
            mbuf.data_len += PADDING;
            mbuf.pkt_len += PADDING;
        }
    }

    if (!excpath_vnet_from_mbuf(&mbuf, &hdr)) {
        puts("refused");
        free(buf);
        return 0;
    }
    printf("flags=%d gso_type=%d gso_size=%d hdr_len=%d csum=%d+%d",
           hdr.hdr.flags, hdr.hdr.gso_type, hdr.hdr.gso_size, hdr.hdr.hdr_len,
           hdr.hdr.csum_start, hdr.hdr.csum_offset);
    if (!strcmp(argv[argc - 1], "virtio")) {
        /* What virtio_rx_offload() makes of it. */
        mbuf.ol_flags = hdr.hdr.flags ? RTE_MBUF_F_RX_L4_CKSUM_NONE : 0;
        mbuf.ol_flags |= hdr.hdr.gso_type ? RTE_MBUF_F_RX_LRO : 0;
        mbuf.tx_offload = 0;
        mbuf.tso_segsz = hdr.hdr.gso_size;
        memcpy(frame - sizeof hdr, &hdr, sizeof hdr);
        if (!excpath_vnet_from_virtio(&mbuf)) {
            puts(" refused");
            free(buf);
            return 0;
        }
        print_offloads(&mbuf);
        done = !(mbuf.ol_flags & RTE_MBUF_F_TX_L4_MASK);
    } else if (!strncmp(argv[argc - 1], "back", 4)) {
        if (!strcmp(argv[argc - 1], "back-valid")) {
            hdr.hdr.flags = VIRTIO_NET_HDR_F_DATA_VALID;
        } else if (argv[argc - 1][4]) {
            hdr.hdr.csum_start = atoi(argv[argc - 1] + 5);
        }
        mbuf.ol_flags = mbuf.tx_offload = 0;
        if (!excpath_vnet_to_mbuf(&hdr, &mbuf)) {
            puts(" refused");
            free(buf);
            return 0;
        }
        print_offloads(&mbuf);
        done = !(mbuf.ol_flags & RTE_MBUF_F_TX_L4_MASK);
    }
    if (hdr.hdr.flags) {
        if (!done) {
            complete_checksum(&hdr.hdr, frame, len);
        }
        partial = (ipv6 ? packet_csum_pseudoheader6((void *) (frame + 14))
                   : packet_csum_pseudoheader((void *) (frame + 14)));
        partial = csum_continue(partial, frame + 14 + l3_len,
                                l4_len + payload);
        printf(" %s", csum_finish(partial) ? "wrong" : "right");
    }
    if (!ipv6) {
        printf(" %s", csum(frame + 14, l3_len) ? "wrong" : "right");
    }
    putchar('\n');
    free(buf);
    return 0;
}

/* Returns a TCP packet with a payload of 'payload' bytes that has yet to be
 * cut, with every part in it that a segment may get wrong. */
static struct dp_packet *
make_tso_packet(bool ipv6, bool vlan, uint16_t payload, uint16_t flags)
{
    size_t l2_len = vlan ? 18 : 14, l3_len = ipv6 ? 40 : 24, l4_len = 32;
    struct dp_packet *packet = dp_packet_new(l2_len + l3_len + l4_len
                                             + payload);
    uint8_t *data = dp_packet_put_zeros(packet, l2_len + l3_len + l4_len
                                        + payload);
    struct tcp_header *tcp;

    if (vlan) {
        memcpy(data + 12, "\x81\x00\x00\x07", 4);
    }
    memcpy(data + l2_len - 2, ipv6 ? "\x86\xdd" : "\x08\x00", 2);
    dp_packet_set_l3(packet, data + l2_len);
    dp_packet_set_l4(packet, data + l2_len + l3_len);
    if (ipv6) {
        struct ovs_16aligned_ip6_hdr *ip = dp_packet_l3(packet);

        put_16aligned_be32(&ip->ip6_flow, htonl(6 << 28));
        ip->ip6_plen = htons(l4_len + payload);
        ip->ip6_nxt = IPPROTO_TCP;
        memcpy(&ip->ip6_src, "source....source", 16);
        dp_packet_hwol_set_tx_ipv6(packet);
    } else {
        struct ip_header *ip = dp_packet_l3(packet);

        /* With an option of four bytes. */
        ip->ip_ihl_ver = IP_IHL_VER(6, 4);
        ip->ip_tot_len = htons(l3_len + l4_len + payload);
        ip->ip_id = htons(0xffff);
        ip->ip_proto = IPPROTO_TCP;
        put_16aligned_be32(&ip->ip_src, htonl(0x0a010101));
        memset(ip + 1, IPOPT_NOP, 4);
        ip->ip_csum = csum(ip, l3_len);
        dp_packet_hwol_set_tx_ipv4(packet);
    }
    tcp = dp_packet_l4(packet);
    put_16aligned_be32(&tcp->tcp_seq, htonl(UINT32_MAX - 1));
    tcp->tcp_ctl = TCP_CTL(flags, l4_len / 4);
    tcp->tcp_csum = htons(0x1234);
    for (size_t i = 0; i < payload; i++) {
        data[l2_len + l3_len + l4_len + i] = i * 7 + i / 256;
    }
    dp_packet_hwol_set_csum_tcp(packet);
    dp_packet_hwol_set_tcp_seg(packet);
    return packet;
}

/* Prints what is in 'packet', whose payload begins at byte '*ofs' of that of
 * the packet that it was cut from, and adds its length to '*ofs'. */
static void
print_segment(struct dp_packet *packet, bool ipv6, size_t *ofs)
{
    const struct tcp_header *tcp = dp_packet_l4(packet);
    const uint8_t *payload = (const uint8_t *) tcp
                             + TCP_OFFSET(tcp->tcp_ctl) * 4;
    const uint8_t *end = dp_packet_tail(packet);
    size_t l4_len = end - (const uint8_t *) tcp;
    bool right = true;
    uint32_t sum;

    if (ipv6) {
        const struct ovs_16aligned_ip6_hdr *ip = dp_packet_l3(packet);

        right = ntohs(ip->ip6_plen) == l4_len;
        sum = packet_csum_pseudoheader6(ip);
    } else {
        const struct ip_header *ip = dp_packet_l3(packet);
        size_t ip_len = IP_IHL(ip->ip_ihl_ver) * 4;

        right = ntohs(ip->ip_tot_len) == l4_len + ip_len && !csum(ip, ip_len);
        printf("id %d ", ntohs(ip->ip_id));
        sum = packet_csum_pseudoheader(ip);
    }
    right = right && !csum_finish(csum_continue(sum, tcp, l4_len))
            && !dp_packet_hwol_is_tso(packet)
            && !dp_packet_hwol_l4_mask(packet);
    printf("seq %"PRIu32" flags %x length %"PRIdPTR,
           ntohl(get_16aligned_be32(&tcp->tcp_seq)), TCP_FLAGS(tcp->tcp_ctl),
           end - payload);
    for (; payload < end; payload++, ++*ofs) {
        right = right && *payload == (uint8_t) (*ofs * 7 + *ofs / 256);
    }
    puts(right ? "" : " wrong");
}

/* "expand IP-VERSION LENGTH MTU FLAGS [WORD]...": has packets of TCP with
 * these flags and a payload of LENGTH bytes cut for MTU and prints what they
 * become, with a line for each batch.  WORDs are "vlan", "csum" for packets
 * that only lack a checksum, "short" for one that was cut off, "no-l4" for one
 * that OVS does not understand, and the number of packets. */
static int
test_expand(int argc, char *argv[])
{
    bool ipv6 = !strcmp(argv[2], "6");
    struct dp_packet_batch in, out;
    struct dp_packet *packet;
    bool vlan = false, only_csum = false, cut_off = false, no_l4 = false;
    size_t ofs = 0;
    int n = 1;

    for (int i = 6; i < argc; i++) {
        vlan = vlan || !strcmp(argv[i], "vlan");
        only_csum = only_csum || !strcmp(argv[i], "csum");
        cut_off = cut_off || !strcmp(argv[i], "short");
        no_l4 = no_l4 || !strcmp(argv[i], "no-l4");
        n = MAX(n, atoi(argv[i]));
    }

    dp_packet_batch_init(&in);
    for (int i = 0; i < n; i++) {
        packet = make_tso_packet(ipv6, vlan, atoi(argv[3]),
                                 strtol(argv[5], NULL, 16));
        if (only_csum) {
            *dp_packet_ol_flags_ptr(packet) &= ~DP_PACKET_OL_TX_TCP_SEG;
        }
        if (cut_off) {
            dp_packet_set_size(packet, dp_packet_size(packet) - 1);
        }
        if (no_l4) {
            packet->l4_ofs = UINT16_MAX;
        }
        dp_packet_batch_add(&in, packet);
    }
    do {
        excpath_offload_expand(&in, atoi(argv[4]), true, &out);
        printf("%"PRIuSIZE" packets\n", dp_packet_batch_size(&out));
        DP_PACKET_BATCH_FOR_EACH (i, packet, &out) {
            if (ofs == atoi(argv[3])) {
                ofs = 0;
            }
            print_segment(packet, ipv6, &ofs);
            dp_packet_delete(packet);
        }
    } while (!dp_packet_batch_is_empty(&in));
    return 0;
}

int
main(int argc, char *argv[])
{
    if (argc >= 4 && !strcmp(argv[1], "options")) {
        return test_options(argc, argv);
    } else if (argc == 5 && !strcmp(argv[1], "restart")) {
        return test_restart(argv);
    } else if (argc == 4 && !strcmp(argv[1], "mac")) {
        return test_mac(argv);
    } else if (argc == 2 && !strcmp(argv[1], "status")) {
        return test_status();
    } else if (argc == 2 && !strcmp(argv[1], "counters")) {
        return test_counters();
    } else if (argc >= 5 && !strcmp(argv[1], "vnet")) {
        return test_vnet(argc, argv);
    } else if (argc >= 6 && !strcmp(argv[1], "expand")) {
        return test_expand(argc, argv);
    } else if (argc >= 3 && !strcmp(argv[1], "latency")) {
        return test_latency(argc, argv);
    } else if (argc == 2 && !strcmp(argv[1], "buckets")) {
        return test_buckets();
    }
    fprintf(stderr, "usage: %s options NAME MAX-QUEUES [KEY=VALUE]...\n"
            "       %s restart NAME MAX-QUEUES KEY=VALUE\n"
            "       %s mac HOST NAME\n"
            "       %s status\n"
            "       %s counters\n"
            "       %s vnet IP-VERSION PROTOCOL LENGTH [FLAG]...\n"
            "       %s expand IP-VERSION LENGTH MTU FLAGS [WORD]...\n"
            "       %s latency [NS|-]...\n"
            "       %s buckets\n",
            argv[0], argv[0], argv[0], argv[0], argv[0], argv[0], argv[0],
            argv[0], argv[0]);
    return 2;
}
