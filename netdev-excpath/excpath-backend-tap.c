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

/* The tap backend: a worker thread for each queue of the tap. */

#include <errno.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "excpath-backend.h"
#include "excpath-glue.h"
#include "excpath-keeper.h"
#include "excpath-kernel.h"
#include "excpath-large.h"
#include "excpath-vnet.h"
#include "excpath-worker.h"
#include "netdev-excpath-private.h"
#include "seq.h"
#include "timeval.h"
#include "util.h"

struct seq *
excpath_backend_seq(void)
{
    static struct seq *seq;

    if (!seq) {
        seq = seq_create();
    }
    return seq;
}

/* How long an io_uring may take to let go of a queue. */
#define QUEUES_MS 1000

/* Buffers of 64 KiB for large frames of a port with 'N' queue pairs: 32 MiB
 * for one, 8 for each other.  Ports that packets went to may keep some of
 * them, and a packet for which none is left is copied into one made for it. */
#define N_LARGE(N) (384 + 128 * (N))

static char *
tap_check(const struct excpath_options *opts OVS_UNUSED)
{
    return NULL;
}

static int
start_worker(struct netdev_excpath *x, const struct excpath_options *opts,
             int qid, char **errp)
{
    struct excpath_worker_config config = {
        .n_rxq_desc = opts->n_rxq_desc,
        .n_txq_desc = opts->n_txq_desc,
        .n_senders = x->n_txq ? x->n_txq : opts->n_queues,
        .mp = excpath_glue_get_mempool(x->netdev),
        .mp_large = x->large_mp,
        .alloc_large = excpath_glue_alloc_large,
        .rxq_stats = &x->rxq_stats[qid],
        .txq_stats = &x->txq_stats[qid],
        .port_stats = &x->port_stats,
        .latency = &x->latency[qid],
        .best_io = EXCPATH_IO_URING,
        .seq = excpath_backend_seq(),
    };
    int error = excpath_tap_open_queue(&x->tap.dev, EXCPATH_VNET_HDR_LEN,
                                       x->offloads, &config.fd);
    char *name;

    if (error) {
        *errp = xasprintf("queue %d of tap \"%s\" cannot be opened: %s", qid,
                          x->tap.dev.name, ovs_strerror(error));
        return error;
    }

    /* The queue comes first, since a long name is cut. */
    name = xasprintf("exc%d-%s", qid, x->tap.dev.name);
    config.name = name;
    x->tap_workers[qid] = excpath_worker_create(&config, errp);
    free(name);
    if (!x->tap_workers[qid]) {
        close(config.fd);
        return EMFILE;
    }
    return 0;
}

static void
note_workers(struct netdev_excpath *x)
{
    ovs_mutex_lock(&x->mutex);
    x->n_workers = 0;
    for (int i = 0; i < EXCPATH_MAX_QUEUES && x->tap_workers[i]; i++) {
        x->workers[i] = excpath_worker_get_tid(x->tap_workers[i]);
        x->n_workers++;
    }
    ovs_mutex_unlock(&x->mutex);
}

static int
tap_start(struct netdev_excpath *x, const struct excpath_options *opts,
          const struct eth_addr mac, char **errp)
{
    struct excpath_glue_config config = {
        .n_queues = opts->n_queues,
        .n_rxq_desc = opts->n_rxq_desc,
        .n_txq_desc = opts->n_txq_desc,
        .ol_flags = (x->offloads.tso ? EXCPATH_TSO_OL_FLAGS
                     : x->offloads.csum ? EXCPATH_CSUM_OL_FLAGS : 0),
        .mac = mac,
    };
    int error;

    error = excpath_tap_set_mac(&x->tap.dev, mac);
    if (error) {
        *errp = xasprintf("MAC address of tap \"%s\" cannot be set to "
                          ETH_ADDR_FMT": %s", x->tap.dev.name,
                          ETH_ADDR_ARGS(mac), ovs_strerror(error));
        return error;
    }
    /* First come those buffers: of the others OVS takes as many as it gets. */
    if (x->offloads.tso) {
        error = excpath_large_start(x, N_LARGE(opts->n_queues), errp);
    }
    if (!error) {
        error = excpath_glue_start(x->netdev, &config, errp);
    }
    for (int i = 0; i < opts->n_queues && !error; i++) {
        error = start_worker(x, opts, i, errp);
    }
    x->has_tap_workers = true;
    note_workers(x);
    return error;
}

/* Waits until the tap of 'x' has no queue: the kernel is slow to close one
 * that has an io_uring of a thread that is no more. */
static void
wait_for_queues(const struct netdev_excpath *x)
{
    long long int end = time_msec() + QUEUES_MS;
    struct excpath_tap_info info;

    while (!excpath_tap_query(&x->tap.dev, &info) && info.n_queues
           && time_msec() < end) {
        xnanosleep_no_quiesce(1000 * 1000);
    }
}

static void
tap_stop(struct netdev_excpath *x, bool service OVS_UNUSED)
{
    bool ended = false;

    excpath_tap_wait_blocked();

    x->has_tap_workers = false;
    for (int i = 0; i < EXCPATH_MAX_QUEUES && x->tap_workers[i]; i++) {
        ended = ended || excpath_worker_has_ended(x->tap_workers[i]);
        excpath_worker_destroy(x->tap_workers[i]);
        x->tap_workers[i] = NULL;
    }
    if (ended) {
        wait_for_queues(x);
    }
    excpath_large_stop(x);
}

static bool
tap_send(struct netdev_excpath *x, int qid, struct rte_mbuf *mbuf)
{
    /* Not through the worker, which would count it. */
    int fd = excpath_worker_get_fd(x->tap_workers[qid]);
    int error = excpath_tap_write_mbuf(fd, mbuf);

    /* A tap that is down counts a frame all the same. */
    if (error && error != EIO) {
        return false;
    }
    rte_pktmbuf_free(mbuf);
    return true;
}

static const char *
tap_get_io(const struct netdev_excpath *x)
{
    return excpath_worker_get_io(x->tap_workers[0]);
}

static void
tap_set_senders(struct netdev_excpath *x, unsigned int n)
{
    for (int i = 0; i < x->n_queues; i++) {
        excpath_worker_set_senders(x->tap_workers[i], n);
    }
    note_workers(x);
}

static void
tap_set_poll(struct netdev_excpath *x, int poll_us)
{
    for (int i = 0; i < x->n_queues; i++) {
        excpath_worker_set_poll_us(x->tap_workers[i], poll_us);
    }
}

static void
tap_set_gro(struct netdev_excpath *x, bool gro)
{
    for (int i = 0; i < x->n_queues; i++) {
        excpath_worker_set_gro(x->tap_workers[i], gro);
    }
}

static bool
tap_get_fill(const struct netdev_excpath *x, int qid,
             struct excpath_fill *to_kernel, struct excpath_fill *from_kernel)
{
    excpath_worker_get_fill(x->tap_workers[qid], to_kernel, from_kernel);
    return true;
}

static void
tap_forget_peaks(struct netdev_excpath *x)
{
    for (int i = 0; i < x->n_queues; i++) {
        excpath_worker_forget_peaks(x->tap_workers[i]);
    }
}

static bool
tap_has_unread(const struct netdev_excpath *x)
{
    for (int i = 0; i < x->n_queues; i++) {
        if (excpath_tap_has_packets(
                excpath_worker_get_fd(x->tap_workers[i]))) {
            return true;
        }
    }
    return false;
}

static uint64_t
tap_get_waiting(const struct netdev_excpath *x, int qid)
{
    return excpath_worker_get_waiting(x->tap_workers[qid]);
}

static void
tap_time_next(struct netdev_excpath *x)
{
    for (int i = 0; i < x->n_queues; i++) {
        excpath_worker_time_next(x->tap_workers[i]);
    }
}

static bool
tap_is_gone(const struct netdev_excpath *x)
{
    for (int i = 0; i < x->n_queues; i++) {
        if (excpath_worker_is_gone(x->tap_workers[i])) {
            return true;
        }
    }
    return false;
}

const struct excpath_backend_ops excpath_backend_tap = {
    .id = EXCPATH_BACKEND_TAP,
    .check = tap_check,
    .start = tap_start,
    .stop = tap_stop,
    .send = tap_send,
    .get_io = tap_get_io,
    /* Our own worker naps when it has a single CPU. */
    .one_cpu_poll_us = EXCPATH_DEFAULT_POLL_US,
    .set_poll = tap_set_poll,
    .set_gro = tap_set_gro,
    .set_senders = tap_set_senders,
    .get_fill = tap_get_fill,
    .forget_peaks = tap_forget_peaks,
    .has_unread = tap_has_unread,
    .get_waiting = tap_get_waiting,
    .time_next = tap_time_next,
    .is_gone = tap_is_gone,
};
