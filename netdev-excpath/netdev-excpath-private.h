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

#ifndef NETDEV_EXCPATH_PRIVATE_H
#define NETDEV_EXCPATH_PRIVATE_H 1

/* Shared by the files of the class; not for others. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "excpath-compat.h"
#include "excpath-kernel.h"
#include "excpath-latency.h"
#include "excpath-options.h"
#include "excpath-peer.h"
#include "excpath-stats.h"
#include "excpath-vring.h"
#include "netdev-provider.h"
#include "openvswitch/list.h"
#include "openvswitch/thread.h"
#include "ovs-atomic.h"

#include <rte_spinlock.h>

struct excpath_backend_ops;
struct excpath_worker;

/* Protects 'excpath_list' and is outside of every other lock here. */
extern struct ovs_mutex excpath_list_mutex;

/* All ports of the class. */
extern struct ovs_list excpath_list OVS_GUARDED_BY(excpath_list_mutex);

/* The kernel device that a port holds. */
struct excpath_tap {
    int keeper_fd;              /* Detached queue that keeps it, or -1. */
    struct excpath_dev dev;     /* Where it was last seen, 'dev.ns' owned... */
    int ifindex;                /* ...and its number there. */
    bool was_up;                /* Before it was moved there. */
    uint64_t opened_in;         /* Id of the network namespace that descriptors
                                 * of it were opened in, and keep. */
    bool made;                  /* Made by this switch. */
    uint64_t trial_frames;      /* Sent to try a backend out. */
    /* Of the offloads on offer, what was switched off in the kernel. */
    struct excpath_tap_offloads off;
    bool has_link;              /* "ethtool" shows... */
    struct excpath_link link;   /* ...this, because of us. */
};

#define EXCPATH_TAP_NONE ((struct excpath_tap) { .keeper_fd = -1 })

/* What the counters of a port were at some time. */
struct excpath_stats {
    struct excpath_rxq_stats rxq[EXCPATH_MAX_QUEUES];
    struct excpath_txq_stats txq[EXCPATH_MAX_QUEUES];
    struct excpath_port_stats port;
    struct excpath_latency latency[EXCPATH_MAX_QUEUES];
    long long int when;         /* In time_wall_msec(). */
};

/* When a worker was last seen not to wait for a CPU. */
struct excpath_worker_seen {
    pid_t tid;
    uint64_t cpu_time_ns;       /* What it had used by then. */
    long long int when;         /* In time_msec(). */
};

/* What a port can be asked to be. */
struct excpath_config {
    struct excpath_options options;
    int mtu;
};

/* What is set again if somebody changes it on a tap. */
enum excpath_redo {
    EXCPATH_REDO_MTU,
    EXCPATH_REDO_MAC,
    EXCPATH_REDO_NETNS,
    EXCPATH_N_REDO
};

/* What can be wrong with a port that runs. */
enum excpath_error {
    EXCPATH_E_MAC,              /* A MAC address in the wrong place. */
    EXCPATH_E_OPTIONS,          /* Options that are no good... */
    EXCPATH_E_MTU,              /* ...or an MTU. */
    EXCPATH_E_CHANGE,           /* They are, but could not be applied. */
    EXCPATH_E_PEER,             /* There is nothing to mirror. */
    EXCPATH_E_WORKER,           /* A worker gets no CPU time. */
    EXCPATH_E_STRANGER,         /* Somebody else has queues of the tap. */
    EXCPATH_E_NETNS,            /* The tap is in the wrong one. */
    EXCPATH_E_FAULT,            /* The port does not work. */
    EXCPATH_N_ERRORS
};

/* When what is wrong came up, and what was wrong before, in time_msec(). */
struct excpath_error_history {
    long long int since;        /* If there is an error. */
    char *past;                 /* The one before, NULL if there was none... */
    long long int past_since;   /* ...and from when... */
    long long int past_until;   /* ...to when. */
};

/* A port.
 *
 * Three kinds of threads come here.  The main thread creates and configures
 * ports, and answers appctl; PMD threads receive and send; any thread may send
 * (an OpenFlow packet-out, say).  OVS stops PMD threads from using a port
 * before it calls reconfigure() or destruct().
 *
 * 'mutex' protects what the main thread changes and others may read.  The hot
 * path takes it never: it uses the members up to 'mutex' only. */
struct netdev_excpath {
    /* Read for every burst, idle polls included: nothing that is written for
     * a burst may share the cache line. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline0,
        struct netdev *netdev;

        /* Written only while no PMD thread uses the port. */
        bool has_tap_workers;   /* 'tap_workers' serve it, not 'port_id'. */
        bool unpacks;           /* It has 'large_mp' for all it receives. */
        uint16_t port_id;       /* DPDK port. */
        uint16_t n_queues;      /* Queue pairs. */

        /* Whether packets may pass: the backend works and the port is up... */
        atomic_bool active;
        /* ...and to the kernel: the tap is up, too.  A kernel that gets a
         * packet from a tap that is down drops it without counting it. */
        atomic_bool tx_active;
    );

    /* By queue pair, NULL if there is none.  Written only while no PMD thread
     * uses the port. */
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline1,
        struct excpath_worker *tap_workers[EXCPATH_MAX_QUEUES];
    );

    /* Serializes the senders of a transmit queue of the DPDK port. */
    PADDED_MEMBERS(CACHE_LINE_SIZE, rte_spinlock_t lock;)
        tx_locks[EXCPATH_MAX_QUEUES];

    /* Of the DPDK port. */
    struct excpath_vring vrings[EXCPATH_MAX_QUEUES];

    struct excpath_rxq_stats rxq_stats[EXCPATH_MAX_QUEUES];
    struct excpath_txq_stats txq_stats[EXCPATH_MAX_QUEUES];
    struct excpath_latency latency[EXCPATH_MAX_QUEUES];

    /* Counts drops before a queue has been chosen or taken.  Any thread may
     * write them, but only when something is wrong. */
    struct excpath_port_stats port_stats;

    struct ovs_mutex mutex OVS_ACQ_AFTER(excpath_list_mutex);
    struct ovs_list list_node OVS_GUARDED_BY(excpath_list_mutex);

    /* Main thread only. */
    struct excpath_stats *stats_base;   /* At the last reset, NULL if none. */
    char *bridge;               /* That has the port, NULL if not known. */
    bool running;               /* Add accepted: backend was started once. */
    struct excpath_options options;     /* In effect, or last in effect... */
    int mtu;                            /* ...with this MTU. */
    struct excpath_config wanted;       /* What the user wants. */
    struct excpath_config failed;       /* What could not be applied... */
    char *failed_error;                 /* ...and why; NULL if nothing. */
    bool mtu_follows;           /* 'wanted.mtu' is the tap's or the peer's. */
    bool moves_home;            /* The tap has to leave where it was to be. */
    bool plain_mtu;             /* Start with no other one than asked for. */
    int mtu_unfit;              /* Such an MTU that the port cannot have. */
    bool mtu_requested;         /* There was an mtu_request. */
    bool tap_gone;              /* 'tap' has to be made anew... */
    long long int next_repair;  /* ...but not before that... */
    long long int repair_hold;  /* ...which is so long after the last try. */
    bool tap_stale;             /* Its queues have to be opened anew. */
    bool was_started;           /* It once was in service. */
    bool waits_for_netns;       /* Not started, since it does not exist. */
    long long int next_redo[EXCPATH_N_REDO];    /* When the tap may be changed
                                                 * back next... */
    bool redo_pending;          /* ...and whether it has to be. */
    struct excpath_peer peer;
    unsigned int n_txq;         /* Transmit queues that OVS wants. */
    struct excpath_tap tap;
    const struct excpath_backend_ops *backend;  /* In use, or used last... */
    char *backend_reason;       /* ...and why that one. */
    bool started;               /* 'backend' is in use. */
    int poll_us;                /* How long its workers poll. */
    int vhost_fds[EXCPATH_MAX_QUEUES];  /* Of /dev/vhost-net, and... */
    int tap_fds[EXCPATH_MAX_QUEUES];    /* ...of the tap's queues there, both
                                         * DPDK's own... */
    int n_vhost_fds;            /* ...and how many. */
    struct excpath_worker_seen workers_seen[EXCPATH_MAX_QUEUES];
    struct excpath_tap_offloads offloads;       /* Offered to the kernel, and
                                                 * what it takes from us. */
    bool gro;                   /* TCP segments to the kernel are merged. */
    unsigned int mem_events;    /* Of DPDK, noted so far... */
    int n_looks;                /* ...and what remains to be done after the
                                 * last: excpath_features_watch(). */
    struct rte_mempool *large_mp;       /* For large frames from the kernel,
                                         * NULL if there are none... */
    struct rte_mempool *large_spare;    /* ...and, in between, for them. */
    bool port_up;               /* NETDEV_UP. */

    /* Status. */
    bool backend_up OVS_GUARDED;        /* The backend serves the port. */
    bool tap_up OVS_GUARDED;            /* As far as can be seen from here. */
    char *errors[EXCPATH_N_ERRORS] OVS_GUARDED; /* NULL if none. */
    struct excpath_error_history history[EXCPATH_N_ERRORS] OVS_GUARDED;
    pid_t workers[EXCPATH_MAX_QUEUES] OVS_GUARDED;
    int n_workers OVS_GUARDED;
};

struct netdev_excpath *netdev_excpath_cast(const struct netdev *);

/* Records 'error' as what is wrong with 'x' as to 'kind', and logs it if it is
 * new; NULL is for nothing.  Takes ownership of 'error'.  Main thread,
 * 'x->mutex' not held. */
void netdev_excpath_set_error(struct netdev_excpath *x,
                              enum excpath_error kind, char *error);

/* Lets packets pass, or not, by the state of 'x'.  Main thread, 'x->mutex' not
 * held. */
void netdev_excpath_update_active(struct netdev_excpath *x);

/* excpath-rxtx.c. */
int netdev_excpath_rxq_recv(struct netdev_rxq *, struct dp_packet_batch *,
                            int *qfill);
int netdev_excpath_send(struct netdev *, int qid, struct dp_packet_batch *,
                        bool concurrent_txq);

/* excpath-unixctl.c. */
void excpath_unixctl_init(void);

#endif /* netdev-excpath-private.h */
