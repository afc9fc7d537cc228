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

/* Runs workers of the tap backend, with threads that send, receive and meddle,
 * on a tap of its own, without a switch.  Meant to be built with a sanitizer
 * and run as root in a network namespace of its own. */

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_tcp.h>

#include "excpath-kernel.h"
#include "excpath-latency.h"
#include "excpath-stats.h"
#include "excpath-vnet.h"
#include "excpath-worker.h"
#include "ovs-thread.h"
#include "seq.h"
#include "timeval.h"
#include "util.h"

#define OFFLOADS ((struct excpath_tap_offloads) { .csum = false })
#define TAP "worker0"
#define N_MBUFS 8191
#define N_LARGE 255
#define MAX_SENDERS 3
#define DESC 256
#define FRAME_LEN 118

static struct rte_mempool *mp, *mp_large;
static struct seq *seq;
static int keeper_fd;
static const struct excpath_dev tap_dev = { .name = TAP };
static struct excpath_tap_info tap;

/* A pool of plain code, since a sanitizer does not see what those of DPDK's
 * shared libraries do. */

struct stack {
    struct ovs_mutex mutex;
    unsigned int n;
    void *objs[];
};

static int
stack_alloc(struct rte_mempool *pool)
{
    struct stack *s = xzalloc(sizeof *s + pool->size * sizeof s->objs[0]);

    ovs_mutex_init(&s->mutex);
    pool->pool_data = s;
    return 0;
}

static void
stack_free(struct rte_mempool *pool)
{
    free(pool->pool_data);
}

static int
stack_put(struct rte_mempool *pool, void *const *objs, unsigned int n)
{
    struct stack *s = pool->pool_data;

    ovs_mutex_lock(&s->mutex);
    memcpy(&s->objs[s->n], objs, n * sizeof *objs);
    s->n += n;
    ovs_mutex_unlock(&s->mutex);
    return 0;
}

static int
stack_get(struct rte_mempool *pool, void **objs, unsigned int n)
{
    struct stack *s = pool->pool_data;
    int error = 0;

    ovs_mutex_lock(&s->mutex);
    if (s->n >= n) {
        s->n -= n;
        memcpy(objs, &s->objs[s->n], n * sizeof *objs);
    } else {
        error = -ENOBUFS;
    }
    ovs_mutex_unlock(&s->mutex);
    return error;
}

static unsigned int
stack_count(const struct rte_mempool *pool)
{
    const struct stack *s = pool->pool_data;

    return s->n;
}

static const struct rte_mempool_ops stack_ops = {
    .name = "test_stack",
    .alloc = stack_alloc,
    .free = stack_free,
    .enqueue = stack_put,
    .dequeue = stack_get,
    .get_count = stack_count,
};

static void OVS_NO_RETURN
fail(const char *what)
{
    fprintf(stderr, "test-worker: %s\n", what);
    exit(1);
}

static void
check(bool ok, const char *what)
{
    if (!ok) {
        fail(what);
    }
}

static struct rte_mempool *
create_pool(const char *name, unsigned int n, unsigned int cache,
            uint16_t room)
{
    struct rte_mempool *pool = rte_pktmbuf_pool_create_by_ops(
        name, n, cache, 0, RTE_PKTMBUF_HEADROOM + room, SOCKET_ID_ANY,
        "test_stack");

    check(pool != NULL, "no memory pool");
    return pool;
}

static struct rte_mbuf *
alloc_large(struct rte_mempool *pool OVS_UNUSED, uint32_t len)
{
    struct rte_mbuf *mbuf = rte_pktmbuf_alloc(mp_large);

    check(!mbuf || len <= rte_pktmbuf_tailroom(mbuf), "frame is too large");
    return mbuf;
}

static void
make_tap(void)
{
    uint64_t n_unread;

    check(!excpath_tap_open_keeper(&tap_dev, &keeper_fd, &n_unread)
          && !excpath_tap_query(&tap_dev, &tap)
          && !excpath_tap_set_mtu(&tap_dev, 9000)
          && !excpath_tap_set_up(&tap_dev), "no tap");
}

/* Ports and their threads. */

struct port {
    struct excpath_worker *worker;
    struct excpath_rxq_stats rxq_stats;
    struct excpath_txq_stats txq_stats;
    struct excpath_port_stats port_stats;
    struct excpath_latency latency;
    atomic_bool stop;
    ATOMIC(uint64_t) n_passed;          /* Taken by the worker. */
    ATOMIC(uint64_t) n_received;        /* Gotten from the worker. */
};

struct sender {
    struct port *port;
    unsigned int index;
    bool concurrent;
};

static bool
stopping(struct port *port)
{
    bool stop;

    atomic_read_relaxed(&port->stop, &stop);
    return stop;
}

/* Fills a frame of FRAME_LEN bytes that no protocol receives... */
static void
make_frame(char *frame)
{
    memset(frame, 0, FRAME_LEN);
    frame[0] = 2;
    frame[12] = 0x88;
    frame[13] = 0xb5;
}

/* ...or with segment 'i' of a TCP stream of 'sender'. */
static void
make_segment(char *frame, const struct sender *sender, uint32_t i)
{
    struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *) (frame + 14);
    struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *) (ip + 1);

    memset(frame, 0, FRAME_LEN);
    frame[0] = 2;
    frame[12] = 8;
    ip->version_ihl = 0x45;
    ip->total_length = htons(FRAME_LEN - 14);
    ip->packet_id = htons(i);
    ip->time_to_live = 64;
    ip->next_proto_id = IPPROTO_TCP;
    tcp->src_port = htons(sender->index);
    tcp->sent_seq = htonl(i * (FRAME_LEN - 54));
    tcp->data_off = 5 << 4;
    tcp->tcp_flags = RTE_TCP_ACK_FLAG;
    tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
    ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static void *
sender_main(void *sender_)
{
    struct sender *sender = sender_;
    struct port *port = sender->port;
    unsigned int round = 0;
    uint32_t segment = 0;
    uint64_t orig;

    while (!stopping(port)) {
        uint16_t n = 1 + round++ % 8, n_sent;
        struct rte_mbuf *pkts[8];

        for (uint16_t i = 0; i < n; i++) {
            char *frame;

            pkts[i] = rte_pktmbuf_alloc(mp);
            if (!pkts[i]) {
                n = i;
                break;
            }
            /* An odd one has no room for a header. */
            if (!(round % 16)) {
                frame = rte_pktmbuf_prepend(pkts[i],
                                            rte_pktmbuf_headroom(pkts[i]));
            } else {
                frame = rte_pktmbuf_append(pkts[i], FRAME_LEN);
            }
            if (!frame) {
                fail("no room in a buffer");
            }
            if (round % 4) {
                make_segment(frame, sender, segment++);
            } else {
                make_frame(frame);
            }
            pkts[i]->data_len = pkts[i]->pkt_len = FRAME_LEN;
        }
        n_sent = excpath_worker_send(port->worker, sender->index,
                                     sender->concurrent, pkts, n);
        rte_pktmbuf_free_bulk(&pkts[n_sent], n - n_sent);
        atomic_add_relaxed(&port->n_passed, n_sent, &orig);
        if (!n_sent || !(round % 1024)) {
            /* Lets it fall asleep now and then. */
            usleep(round % 3 * 300);
        }
    }
    return NULL;
}

static void *
receiver_main(void *port_)
{
    struct port *port = port_;
    uint64_t orig;

    while (!stopping(port)) {
        struct rte_mbuf *pkts[32];
        uint16_t n = excpath_worker_recv(port->worker, pkts, 32);

        for (uint16_t i = 0; i < n; i++) {
            check(pkts[i]->pkt_len >= 60, "frame is too short");
        }
        rte_pktmbuf_free_bulk(pkts, n);
        atomic_add_relaxed(&port->n_received, n, &orig);
        if (!n) {
            sched_yield();
        }
    }
    return NULL;
}

/* The kernel's side. */
static void *
kernel_main(void *port_)
{
    struct sockaddr_ll sll = {
        .sll_family = AF_PACKET,
        .sll_ifindex = tap.ifindex,
        .sll_halen = 6,
    };
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct port *port = port_;
    unsigned int round = 0;
    char frame[5000] = { 2 };

    frame[12] = 0x88;
    frame[13] = 0xb5;
    check(fd >= 0, "no packet socket");
    while (!stopping(port)) {
        size_t len = round++ % 64 ? 60 : sizeof frame;

        /* No room, or the tap is down or gone. */
        if (sendto(fd, frame, len, 0, (struct sockaddr *) &sll,
                   sizeof sll) < 0) {
            usleep(1000);
        }
    }
    close(fd);
    return NULL;
}

static const char *const io_names[] = {
    [EXCPATH_IO_URING] = "io_uring",
    [EXCPATH_IO_AIO] = "aio",
    [EXCPATH_IO_WRITE] = "write",
};

static void
start_port(struct port *port, enum excpath_tap_io io, unsigned int n_senders)
{
    struct excpath_worker_config config = {
        .name = "exc0-test",
        .n_rxq_desc = DESC,
        .n_txq_desc = DESC,
        .n_senders = n_senders,
        .mp = mp,
        .mp_large = io == EXCPATH_IO_URING ? mp_large : NULL,
        .alloc_large = alloc_large,
        .rxq_stats = &port->rxq_stats,
        .txq_stats = &port->txq_stats,
        .port_stats = &port->port_stats,
        .latency = &port->latency,
        .best_io = io,
        .seq = seq,
    };
    char *error = NULL;

    memset(port, 0, sizeof *port);
    check(!excpath_tap_open_queue(&tap_dev, EXCPATH_VNET_HDR_LEN, OFFLOADS,
                                  &config.fd),
          "no queue");
    port->worker = excpath_worker_create(&config, &error);
    check(port->worker != NULL, "no worker");
    excpath_worker_set_gro(port->worker, true);
}

static void
stop_port(struct port *port)
{
    uint64_t passed, counted;

    excpath_worker_destroy(port->worker);

    atomic_read_relaxed(&port->n_passed, &passed);
    counted = (excpath_counter_get(&port->txq_stats.packets)
               + excpath_counter_get(&port->txq_stats.invalid_drops)
               + excpath_counter_get(&port->txq_stats.kernel_drops)
               + excpath_counter_get(&port->port_stats.tap_down_drops)
               + excpath_counter_get(&port->port_stats.down_drops));
    check(passed == counted, "some packets are not counted");
    check(rte_mempool_avail_count(mp) == N_MBUFS
          && rte_mempool_avail_count(mp_large) == N_LARGE,
          "some buffers are missing");
}

enum meddling {
    NOTHING,
    POLLING,                    /* Changes how long the worker polls. */
    DOWN,                       /* Sets the tap down and up. */
    DELETION,                   /* Deletes the tap. */
};

static void
meddle(struct port *port, enum meddling meddling, int round)
{
    static const unsigned int polls[] = { 0, 20, 100, 1000 };

    switch (meddling) {
    case NOTHING:
        break;
    case POLLING:
        excpath_worker_set_poll_us(port->worker,
                                   polls[round % ARRAY_SIZE(polls)]);
        break;
    case DOWN:
        check(!system(round % 2 ? "ip link set "TAP" up"
                      : "ip link set "TAP" down"), "no change of state");
        break;
    case DELETION:
        if (round == 2) {
            check(!system("ip link del "TAP), "no deletion");
        }
        break;
    }
}

/* Of a port whose packets all were sent or dropped. */
static void
check_latency(const struct port *port)
{
    uint64_t packets = excpath_counter_get(&port->txq_stats.packets);
    uint64_t timed = 0;

    for (int i = 0; i < EXCPATH_LATENCY_BUCKETS; i++) {
        timed += excpath_counter_get(&port->latency.buckets[i]);
    }
    check(timed > 0 && timed <= packets, "wrong number of packets timed");
}

static void
flood(enum excpath_tap_io io, unsigned int n_senders, bool concurrent,
      enum meddling meddling, int rounds)
{
    pthread_t senders[MAX_SENDERS], receiver, kernel;
    struct excpath_tap_info before, after;
    struct sender args[MAX_SENDERS];
    struct port port;

    check(!excpath_tap_query(&tap_dev, &before), "no tap");
    start_port(&port, io, n_senders);
    if (strcmp(excpath_worker_get_io(port.worker), io_names[io])) {
        printf("%s cannot be used here\n", io_names[io]);
    }
    for (unsigned int i = 0; i < n_senders; i++) {
        args[i] = (struct sender) { &port, concurrent ? 0 : i, concurrent };
        senders[i] = ovs_thread_create("sender", sender_main, &args[i]);
    }
    receiver = ovs_thread_create("receiver", receiver_main, &port);
    kernel = ovs_thread_create("kernel", kernel_main, &port);
    for (int i = 0; i < rounds; i++) {
        meddle(&port, meddling, i);
        xnanosleep(100 * 1000 * 1000);
    }
    for (int i = 0; i < 100 && meddling == DELETION
         && !excpath_worker_is_gone(port.worker); i++) {
        xnanosleep(100 * 1000 * 1000);
    }
    check(excpath_worker_is_gone(port.worker) == (meddling == DELETION),
          "wrong about the tap's deletion");
    atomic_store_relaxed(&port.stop, true);
    for (unsigned int i = 0; i < n_senders; i++) {
        xpthread_join(senders[i], NULL);
    }
    xpthread_join(receiver, NULL);
    xpthread_join(kernel, NULL);

    /* Another number of senders. */
    excpath_worker_set_senders(port.worker, n_senders % MAX_SENDERS + 1);
    check(excpath_counter_get(&port.txq_stats.packets) > 0, "nothing sent");
    check(port.n_received > 0, "nothing received");
    check(meddling != DOWN
          || excpath_counter_get(&port.port_stats.tap_down_drops) > 0,
          "no drops while the tap is down");
    stop_port(&port);
    if (meddling == NOTHING || meddling == POLLING) {
        uint64_t coalesced = excpath_counter_get(&port.txq_stats.coalesced);

        check(coalesced > 0, "nothing merged");
        check_latency(&port);
        check(!excpath_tap_query(&tap_dev, &after)
              && after.rx_packets - before.rx_packets + coalesced
                 == excpath_counter_get(&port.txq_stats.packets),
              "the kernel has counted something else");
    }
}

int
main(int argc, char *argv[])
{
    int rounds = argc > 1 ? atoi(argv[1]) : 5;
    char *eal_args[] = {
        argv[0], "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
        "-m", "128", "--log-level=4", "-l", "0", NULL,
    };

    set_program_name(argv[0]);
    check(rte_eal_init(ARRAY_SIZE(eal_args) - 1, eal_args) >= 0, "no EAL");
    check(rte_mempool_register_ops(&stack_ops) >= 0, "no pool operations");
    mp = create_pool("test", N_MBUFS, 64, 2048);
    mp_large = create_pool("test_large", N_LARGE, 0, 16384);
    seq = seq_create();
    make_tap();

    for (int io = 0; io < ARRAY_SIZE(io_names); io++) {
        for (int i = 0; i < 10; i++) {
            struct port port;

            start_port(&port, io, 1 + i % MAX_SENDERS);
            stop_port(&port);
        }
        flood(io, 1, false, NOTHING, rounds);
        flood(io, MAX_SENDERS, false, POLLING, rounds);
        flood(io, MAX_SENDERS, true, POLLING, rounds);
        flood(io, 2, false, DOWN, rounds + rounds % 2);
        flood(io, 2, false, DELETION, MAX(rounds, 5));
        close(keeper_fd);
        make_tap();
    }

    close(keeper_fd);
    rte_mempool_free(mp);
    rte_mempool_free(mp_large);
    seq_destroy(seq);
    rte_eal_cleanup();
    puts("ok");
    return 0;
}
