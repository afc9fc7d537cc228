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

/* The hot path of the class: what PMD threads run.
 *
 * The one system call of its own wakes a worker of the tap backend that
 * sleeps.  The one lock of its own is that of a transmit queue: on vhost-net
 * senders are told apart by flow, not by thread, and on tap OVS may be told to
 * do the same (tx-steering=hash).  As with OVS's own DPDK ports, policing and
 * QoS have a lock, a packet that is not in DPDK's memory is copied, and so is
 * one from the kernel that exceeds a buffer, or that came in one for large
 * frames and is none. */

#include <errno.h>

#include <rte_ethdev.h>

#include "coverage.h"
#include "dp-packet.h"
#include "excpath-glue.h"
#include "excpath-offload.h"
#include "excpath-vnet.h"
#include "excpath-worker.h"
#include "flow.h"
#include "netdev-excpath-private.h"
#include "userspace-tso.h"

COVERAGE_DEFINE(excpath_rx_linearize);
COVERAGE_DEFINE(excpath_tx_drop);

/* Makes packets that OVS understands of those in 'pkts', in place, and returns
 * how many are left.  OVS would take the first segment of several for the
 * whole packet; the kernel sends such a frame when the tap's MTU exceeds the
 * port's. */
static int
translate(struct netdev_excpath *x, struct excpath_rxq_stats *stats,
          struct rte_mbuf **pkts, int cnt)
{
    int n = 0;

    for (int i = 0; i < cnt; i++) {
        struct rte_mbuf *mbuf = pkts[i];

        if (OVS_UNLIKELY(mbuf->nb_segs > 1)) {
            COVERAGE_INC(excpath_rx_linearize);
            mbuf = excpath_glue_linearize(x->netdev, mbuf);
            if (!mbuf) {
                excpath_count(&stats->linearize_drops, 1);
                continue;
            }
            excpath_count(&stats->linearized, 1);
        }
        if (OVS_UNLIKELY(!excpath_vnet_from_virtio(mbuf))) {
            excpath_count(&stats->invalid_drops, 1);
            rte_pktmbuf_free(mbuf);
            continue;
        }
        pkts[n++] = mbuf;
    }
    return n;
}

/* Makes ordinary packets of those in 'pkts', all of which came in a buffer for
 * a large frame, in place, and returns how many are left. */
static int
unpack(struct netdev_excpath *x, struct excpath_rxq_stats *stats,
       struct rte_mbuf **pkts, int cnt)
{
    /* How many buffers have to be left, for the rings, for a frame to go on in
     * the buffer that it came in: others may keep it for as long as they
     * like. */
    unsigned int min_left = (x->n_queues + 1) * NETDEV_MAX_BURST;
    struct rte_mbuf *emptied[NETDEV_MAX_BURST];
    uint64_t n_invalid = 0, n_lost = 0;
    int n_emptied = 0;
    int n = 0;

    for (int i = 0; i < cnt; i++) {
        struct rte_mbuf *mbuf = pkts[i];

        if (OVS_UNLIKELY(!excpath_vnet_from_virtio(mbuf))) {
            n_invalid++;
        } else if (mbuf->ol_flags & RTE_MBUF_F_TX_TCP_SEG
                   && rte_mempool_avail_count(x->large_mp) >= min_left) {
            pkts[n++] = mbuf;
            continue;
        } else {
            struct rte_mbuf *copy = excpath_glue_copy(x->netdev, mbuf);

            if (OVS_LIKELY(copy)) {
                pkts[n++] = copy;
            } else {
                n_lost++;
            }
        }
        emptied[n_emptied++] = mbuf;
    }
    rte_pktmbuf_free_bulk(emptied, n_emptied);
    if (OVS_UNLIKELY(n_invalid || n_lost)) {
        excpath_count(&stats->invalid_drops, n_invalid);
        excpath_count(&stats->linearize_drops, n_lost);
    }
    return n;
}

int
netdev_excpath_rxq_recv(struct netdev_rxq *rxq, struct dp_packet_batch *batch,
                        int *qfill)
{
    struct netdev_excpath *x = netdev_excpath_cast(rxq->netdev);
    struct rte_mbuf **pkts = (struct rte_mbuf **) batch->packets;
    struct excpath_rxq_stats *stats;
    uint64_t bytes = 0;
    int nb_rx, cnt;
    bool active;

    atomic_read_relaxed(&x->active, &active);
    if (OVS_UNLIKELY(!active)) {
        if (!x->has_tap_workers) {
            /* What was sent before may still be on its way. */
            excpath_vring_poll(&x->vrings[rxq->queue_id],
                               &x->latency[rxq->queue_id]);
        }
        return EAGAIN;
    }

    if (x->has_tap_workers) {
        nb_rx = excpath_worker_recv(x->tap_workers[rxq->queue_id], pkts,
                                    NETDEV_MAX_BURST);
    } else {
        struct excpath_vring *vring = &x->vrings[rxq->queue_id];

        excpath_vring_poll(vring, &x->latency[rxq->queue_id]);
        nb_rx = excpath_vring_recv(vring, x->port_id, rxq->queue_id, pkts,
                                   &x->rxq_stats[rxq->queue_id].start_drops);
        if (nb_rx) {
            excpath_vring_received(vring, nb_rx, nb_rx == NETDEV_MAX_BURST);
        }
    }
    if (!nb_rx) {
        return EAGAIN;
    }

    stats = &x->rxq_stats[rxq->queue_id];
    cnt = (x->has_tap_workers ? nb_rx
           : x->unpacks ? unpack(x, stats, pkts, nb_rx)
           : translate(x, stats, pkts, nb_rx));
    for (int i = 0; i < cnt; i++) {
        bytes += pkts[i]->pkt_len;
    }
    excpath_count(&stats->packets, cnt);
    excpath_count(&stats->bytes, bytes);
    if (cnt) {
        int kept = excpath_glue_police(x->netdev, pkts, cnt);

        excpath_count(&stats->policer_drops, cnt - kept);
        cnt = kept;
    }

    batch->count = cnt;
    dp_packet_batch_init_packet_fields(batch);

    if (qfill) {
        *qfill = (nb_rx < NETDEV_MAX_BURST ? 0
                  : x->has_tap_workers
                  ? excpath_worker_n_rx(x->tap_workers[rxq->queue_id])
                  : rte_eth_rx_queue_count(x->port_id, rxq->queue_id));
    }
    return 0;
}

/* Where the driver, which takes the first header for the only one, made
 * partial checksums of IPv6 packets with extension headers, makes them
 * right. */
static void
fix_partial(struct rte_mbuf **pkts, uint16_t cnt)
{
    for (int i = 0; i < cnt; i++) {
        if (OVS_UNLIKELY(pkts[i]->ol_flags & RTE_MBUF_F_TX_IPV6
                         && pkts[i]->l3_len > IPV6_HEADER_LEN)) {
            excpath_offload_make_partial(CONTAINER_OF(pkts[i],
                                                      struct dp_packet, mbuf));
        }
    }
}

/* Returns the transmit queue for 'packet': always the same one for a flow,
 * since the kernel's tun driver sends the replies of a flow to the queue that
 * it saw it on last (tun_flow_update()). */
static unsigned int
select_queue(const struct netdev_excpath *x, struct dp_packet *packet)
{
    uint32_t hash;

    if (OVS_LIKELY(dp_packet_rss_valid(packet))) {
        hash = dp_packet_get_rss_hash(packet);
    } else {
        struct {
            struct miniflow mf;
            uint64_t buf[FLOW_U64S];
        } key;

        /* The datapath hashes nearly every packet before it gets here; the
         * exception is a port that needs no more than simple matching. */
        miniflow_extract(packet, &key.mf);
        hash = miniflow_hash_5tuple(&key.mf, 0);
    }
    return hash % x->n_queues;
}

/* The thread that sends, by the transmit queue that OVS gave it.  It is not
 * the one that the packets take, which depends on their flows. */
struct sender {
    unsigned int txq;           /* Less than netdev_n_txq(). */
    bool concurrent;            /* Whether others may have the same one. */
};

/* Frees the packets from 'first' on in 'pkts', which has 'cnt'. */
static void
free_rest(struct rte_mbuf **pkts, uint16_t first, uint16_t cnt)
{
    if (OVS_UNLIKELY(first < cnt)) {
        COVERAGE_INC(excpath_tx_drop);
        rte_pktmbuf_free_bulk(&pkts[first], cnt - first);
    }
}

/* Sends the 'cnt' packets in 'pkts' through the worker of queue 'qid', which
 * does all of the counting but that of drops here.  Takes ownership. */
static void
send_worker(struct netdev_excpath *x, unsigned int qid,
            const struct sender *sender, struct rte_mbuf **pkts, uint16_t cnt)
{
    uint16_t nb_tx = excpath_worker_send(x->tap_workers[qid], sender->txq,
                                         sender->concurrent, pkts, cnt);

    if (OVS_UNLIKELY(nb_tx < cnt)) {
        excpath_count_shared(&x->txq_stats[qid].ring_full_drops, cnt - nb_tx);
        free_rest(pkts, nb_tx, cnt);
    }
}

/* Sends the 'cnt' packets in 'pkts' through queue 'qid' of the DPDK port.
 * Takes ownership. */
static void
send_queue(struct netdev_excpath *x, unsigned int qid, struct rte_mbuf **pkts,
           uint16_t cnt)
{
    struct excpath_txq_stats *stats = &x->txq_stats[qid];
    struct excpath_vring *vring = &x->vrings[qid];
    uint16_t nb_prep = cnt, nb_tx = 0;
    uint64_t bytes = 0, since;
    bool kick;

    if (userspace_tso_enabled()) {
        nb_prep = rte_eth_tx_prepare(x->port_id, qid, pkts, cnt);
        fix_partial(pkts, nb_prep);
    }

    /* The lengths are read before the ring owns the packets. */
    for (int i = 0; i < nb_prep; i++) {
        bytes += pkts[i]->pkt_len;
    }

    rte_spinlock_lock(&x->tx_locks[qid].lock);
    kick = excpath_vring_wants_kick(vring);
    since = excpath_vring_begin(vring, kick);
    while (nb_tx < nb_prep) {
        uint16_t n = rte_eth_tx_burst(x->port_id, qid, &pkts[nb_tx],
                                      nb_prep - nb_tx);
        if (!n) {
            break;
        }
        nb_tx += n;
    }
    for (int i = nb_tx; i < nb_prep; i++) {
        bytes -= pkts[i]->pkt_len;
    }
    if (OVS_LIKELY(nb_tx)) {
        excpath_vring_sent(vring, nb_tx, since);
        excpath_count(&stats->bursts, 1);
        if (OVS_UNLIKELY(kick)) {
            excpath_count_shared(&stats->wakeups, 1);
        }
    }
    excpath_count(&stats->packets, nb_tx);
    excpath_count(&stats->bytes, bytes);
    excpath_count(&stats->ring_full_drops, nb_prep - nb_tx);
    excpath_count(&stats->invalid_drops, cnt - nb_prep);
    rte_spinlock_unlock(&x->tx_locks[qid].lock);

    free_rest(pkts, nb_tx, cnt);
}

/* Makes the packets in 'batch' ready and sends them through queue 'qid'. */
static void
send_batch(struct netdev_excpath *x, unsigned int qid,
           const struct sender *sender, struct dp_packet_batch *batch)
{
    struct rte_mbuf **pkts = (struct rte_mbuf **) batch->packets;
    int batch_cnt = dp_packet_batch_size(batch);
    struct excpath_glue_tx_drops drops;
    int cnt = excpath_glue_tx_prepare(x->netdev, batch, &drops);

    if (OVS_UNLIKELY(cnt < batch_cnt)) {
        struct excpath_port_stats *stats = &x->port_stats;

        excpath_count_shared(&stats->no_buffer_drops, drops.no_buffer);
        excpath_count_shared(&stats->oversize_drops, drops.oversize);
        excpath_count_shared(&stats->offload_drops, drops.invalid_offload);
        excpath_count_shared(&stats->qos_drops, drops.qos);
    }
    if (cnt && x->has_tap_workers) {
        send_worker(x, qid, sender, pkts, cnt);
    } else if (cnt) {
        send_queue(x, qid, pkts, cnt);
    }
}

/* Sends each packet in 'batch' through the queue of its flow.  The queues are
 * chosen before the packets are made ready: the copy of one that was no mbuf
 * says that it has an RSS hash but lost it. */
static void
send_by_flow(struct netdev_excpath *x, const struct sender *sender,
             struct dp_packet_batch *batch)
{
    uint8_t qids[NETDEV_MAX_BURST];
    struct dp_packet *packet;
    uint32_t queues = 0;

    BUILD_ASSERT_DECL(EXCPATH_MAX_QUEUES <= 32);

    DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
        qids[i] = select_queue(x, packet);
        queues |= UINT32_C(1) << qids[i];
    }

    for (; queues; queues = zero_rightmost_1bit(queues)) {
        unsigned int qid = raw_ctz(queues);
        struct dp_packet_batch part;

        dp_packet_batch_init(&part);
        DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
            if (qids[i] == qid) {
                dp_packet_batch_add(&part, packet);
            }
        }
        send_batch(x, qid, sender, &part);
    }
}

int
netdev_excpath_send(struct netdev *netdev, int qid,
                    struct dp_packet_batch *batch, bool concurrent_txq)
{
    struct netdev_excpath *x = netdev_excpath_cast(netdev);
    struct sender sender = { .txq = qid, .concurrent = concurrent_txq };
    bool active;

    atomic_read_relaxed(&x->tx_active, &active);
    if (OVS_UNLIKELY(!active)) {
        atomic_read_relaxed(&x->active, &active);
        excpath_count_shared(active ? &x->port_stats.tap_down_drops
                                    : &x->port_stats.down_drops,
                             dp_packet_batch_size(batch));
        dp_packet_delete_batch(batch, true);
    } else if (x->n_queues > 1) {
        send_by_flow(x, &sender, batch);
    } else {
        send_batch(x, 0, &sender, batch);
    }
    return 0;
}
