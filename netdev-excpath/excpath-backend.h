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

#ifndef EXCPATH_BACKEND_H
#define EXCPATH_BACKEND_H 1

/* What moves the packets of a port to and from its tap.
 *
 * Main thread only, with 'x->mutex' not held, and while no PMD thread uses the
 * port.  The tap exists, with a keeper, whenever a backend is started. */

#include "excpath-options.h"
#include "openvswitch/types.h"

struct excpath_fill;
struct netdev_excpath;
struct rte_mbuf;
struct seq;

struct excpath_backend_ops {
    enum excpath_backend id;

    /* Returns NULL if the backend can serve a port with 'opts', as far as that
     * can be told beforehand, otherwise what is wrong and how to mend it,
     * which the caller must free. */
    char *(*check)(const struct excpath_options *opts);

    /* Has the backend serve 'x' with 'opts', with 'mac' as the tap's address
     * and the MTU asked for last.  Returns 0 or a positive errno value, with a
     * message in '*errp' that the caller must free: then stop() must be
     * called all the same. */
    int (*start)(struct netdev_excpath *x, const struct excpath_options *opts,
                 const struct eth_addr mac, char **errp);

    /* Undoes start(), or what was done of it.  The tap is blocked, as
     * excpath_tap_set_blocked() does: what is in its queues is counted as
     * dropped.  So is what was sent to the kernel and does not get there in
     * time, but not what tried out a port that was not in 'service'. */
    void (*stop)(struct netdev_excpath *x, bool service);

    /* Sends 'mbuf' through queue pair 'qid'.  Returns false, and leaves it to
     * the caller, if it was not taken. */
    bool (*send)(struct netdev_excpath *x, int qid, struct rte_mbuf *mbuf);

    /* How workers of 'x', which is started, move packets, as a word for
     * Interface:status.  NULL if there is only one way. */
    const char *(*get_io)(const struct netdev_excpath *x);

    /* For how many us workers poll that have a single CPU, where "poll-us" was
     * not given. */
    int one_cpu_poll_us;

    /* Has the workers of 'x', which is started, poll for 'poll_us' us before
     * they sleep. */
    void (*set_poll)(struct netdev_excpath *x, int poll_us);

    /* Has the workers of 'x', which is started, merge TCP segments on their
     * way to the kernel.  NULL if they never do, since the kernel does it. */
    void (*set_gro)(struct netdev_excpath *x, bool gro);

    /* Has as many as 'n' threads be able to send packets of 'x', which is
     * started: the number of transmit queues that OVS sees.  NULL if the
     * backend does not care. */
    void (*set_senders)(struct netdev_excpath *x, unsigned int n);

    /* How full the rings of queue pair 'qid' of 'x', which is started, are,
     * and were at most since the start or forget_peaks().  Returns false if
     * that cannot be told. */
    bool (*get_fill)(const struct netdev_excpath *x, int qid,
                     struct excpath_fill *to_kernel,
                     struct excpath_fill *from_kernel);
    void (*forget_peaks)(struct netdev_excpath *x);

    /* Whether there are packets from the kernel in the queues of the tap of
     * 'x', which is started. */
    bool (*has_unread)(const struct netdev_excpath *x);

    /* For how many cycles of the TSC the packet of queue pair 'qid' of 'x',
     * which is started, that is being timed has been waiting for the kernel; 0
     * if there is none. */
    uint64_t (*get_waiting)(const struct netdev_excpath *x, int qid);

    /* Has the next packet to the kernel of each queue pair of 'x', which is
     * started, be timed. */
    void (*time_next)(struct netdev_excpath *x);

    /* Whether the tap is known to be gone.  NULL if the backend does not
     * notice. */
    bool (*is_gone)(const struct netdev_excpath *x);
};

extern const struct excpath_backend_ops excpath_backend_vhost;
extern const struct excpath_backend_ops excpath_backend_tap;

/* Changes when a backend notices that a tap is gone. */
struct seq *excpath_backend_seq(void);

#endif /* excpath-backend.h */
