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

/* A libFuzzer target: vnet headers and frames that may be anything, as a
 * program with a packet socket can have the kernel send them, through all that
 * happens to them in a switch.  Whatever is accepted must make sense.
 *
 * An input is a byte that says what to do, a vnet header, and a frame. */

#include <stdlib.h>

#include <rte_ip.h>
#include <rte_mbuf.h>

#include "dp-packet.h"
#include "excpath-csum.h"
#include "excpath-offload.h"
#include "excpath-vnet.h"
#include "flow.h"
#include "packets.h"
#include "util.h"

enum {
    FROM_KERNEL,                /* A frame that a worker has read. */
    FROM_VIRTIO,                /* One that DPDK's virtio driver has. */
    TO_KERNEL,                  /* One with any metadata. */
    N_MODES
};

/* The bytes of a vnet header taken for metadata. */
struct metadata {
    uint8_t l2_len, l4_len;
    uint16_t l3_len, segment;
    uint8_t flags;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* Cuts 'mbuf' and completes its checksums, as for a port with 'mtu' that can
 * do neither. */
static void
send_on(const struct rte_mbuf *mbuf, int mtu)
{
    struct dp_packet *packet
        = dp_packet_clone_data(rte_pktmbuf_mtod(mbuf, char *),
                               mbuf->data_len);
    struct dp_packet_batch in, out;
    struct flow flow;

    flow_extract(packet, &flow);
    packet->mbuf.ol_flags = mbuf->ol_flags;
    packet->mbuf.tso_segsz = mbuf->tso_segsz;
    dp_packet_batch_init_packet(&in, packet);
    while (!dp_packet_batch_is_empty(&in)) {
        excpath_offload_expand(&in, mtu, true, &out);
        check(!dp_packet_batch_is_empty(&out)
              || dp_packet_batch_is_empty(&in));
        DP_PACKET_BATCH_FOR_EACH (i, packet, &out) {
            check(!dp_packet_hwol_is_tso(packet));
            check(!dp_packet_hwol_l4_mask(packet));
        }
        dp_packet_delete_batch(&out, true);
    }
}

/* What came from the kernel has to be something that can go back. */
static void
check_accepted(struct rte_mbuf *mbuf, uint16_t gso_size)
{
    uint32_t headers = mbuf->l2_len + mbuf->l3_len + mbuf->l4_len;
    excpath_vnet_hdr hdr;

    check(!(mbuf->ol_flags & RTE_MBUF_F_TX_TCP_SEG)
          || mbuf->ol_flags & RTE_MBUF_F_TX_TCP_CKSUM);
    if (mbuf->ol_flags & RTE_MBUF_F_TX_L4_MASK) {
        check(headers <= mbuf->data_len);
        send_on(mbuf, 1500);
        send_on(mbuf, 0);
    }
    check(excpath_vnet_from_mbuf(mbuf, &hdr));
    if (mbuf->ol_flags & RTE_MBUF_F_TX_L4_MASK) {
        check(hdr.hdr.flags == VIRTIO_NET_HDR_F_NEEDS_CSUM);
        check(hdr.hdr.csum_start == mbuf->l2_len + mbuf->l3_len);
    }
    check(!hdr.hdr.gso_type || hdr.hdr.gso_size == gso_size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    excpath_vnet_hdr hdr;
    struct rte_mbuf mbuf;
    struct metadata meta;
    uint8_t mode;
    char *buf;

    if (size < 1 + sizeof hdr + 1 || size > UINT16_MAX) {
        return -1;
    }
    mode = data[0] % N_MODES;
    memcpy(&hdr, data + 1, sizeof hdr);
    memcpy(&meta, data + 1, sizeof meta);
    data += 1 + sizeof hdr;
    size -= 1 + sizeof hdr;

    buf = xmalloc(RTE_PKTMBUF_HEADROOM + size);
    memcpy(buf + RTE_PKTMBUF_HEADROOM - sizeof hdr, &hdr, sizeof hdr);
    memcpy(buf + RTE_PKTMBUF_HEADROOM, data, size);
    mbuf = (struct rte_mbuf) {
        .buf_addr = buf,
        .data_off = RTE_PKTMBUF_HEADROOM,
        .data_len = size,
        .pkt_len = size,
        .nb_segs = 1,
    };

    if (mode == FROM_KERNEL) {
        if (excpath_vnet_to_mbuf(&hdr, &mbuf)) {
            check_accepted(&mbuf, hdr.hdr.gso_size);
        }
    } else if (mode == FROM_VIRTIO) {
        /* virtio_rx_offload(). */
        mbuf.ol_flags = (hdr.hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM
                         ? RTE_MBUF_F_RX_L4_CKSUM_NONE
                         : hdr.hdr.flags ? RTE_MBUF_F_RX_L4_CKSUM_GOOD : 0);
        if (hdr.hdr.gso_type) {
            mbuf.ol_flags |= RTE_MBUF_F_RX_LRO;
            mbuf.tso_segsz = hdr.hdr.gso_size;
        }
        if (excpath_vnet_from_virtio(&mbuf)) {
            check(!(mbuf.ol_flags & RTE_MBUF_F_RX_LRO));
            check_accepted(&mbuf, hdr.hdr.gso_size);
        }
    } else {
        static const uint64_t flags[] = {
            RTE_MBUF_F_TX_IPV4, RTE_MBUF_F_TX_IPV6, RTE_MBUF_F_TX_IP_CKSUM,
            RTE_MBUF_F_TX_TCP_SEG, RTE_MBUF_F_TX_TCP_CKSUM,
            RTE_MBUF_F_TX_SCTP_CKSUM,
        };

        for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
            mbuf.ol_flags |= meta.flags & (1 << i) ? flags[i] : 0;
        }
        mbuf.l2_len = meta.l2_len;
        mbuf.l3_len = meta.l3_len;
        mbuf.l4_len = meta.l4_len;
        mbuf.tso_segsz = meta.segment;
        if (excpath_vnet_from_mbuf(&mbuf, &hdr) && hdr.hdr.flags) {
            check(hdr.hdr.csum_start + hdr.hdr.csum_offset + 2 <= size);
            check(!hdr.hdr.gso_type || hdr.hdr.gso_size);
        }
    }
    free(buf);
    return 0;
}
