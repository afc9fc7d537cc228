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

#ifndef EXCPATH_OPTIONS_H
#define EXCPATH_OPTIONS_H 1

/* Interface:options of a port of type "excpath".
 *
 * Pure functions: no I/O, no global state, any thread. */

#include <net/if.h>
#include <sched.h>
#include <stdbool.h>

#include "excpath-peer.h"
#include "openvswitch/types.h"

struct smap;

/* This project's own limit of queue pairs; a backend may have a lower one. */
#define EXCPATH_MAX_QUEUES 16

/* Of options:tap-netns, with the terminating null byte: that of a file. */
#define EXCPATH_NETNS_NAME_LEN 256

#define EXCPATH_DEFAULT_DESC 1024   /* Descriptors per ring... */
#define EXCPATH_LARGE_DESC 256      /* ...if they are for 64 KiB each. */
#define EXCPATH_MIN_DESC 64
#define EXCPATH_MAX_DESC 4096

/* Largest MTU that DPDK's virtio driver takes: its VIRTIO_MAX_RX_PKTLEN (9728)
 * less Ethernet header, VLAN tag and the 12 bytes of the vnet header. */
#define EXCPATH_MAX_MTU 9698
#define EXCPATH_MIN_MTU 68      /* ETH_MIN_MTU in linux/if_ether.h. */

/* How long a worker polls before it sleeps, in us.  The default spans the gap
 * between packets at some 1,000 of them a second and more, and measured better
 * than 50 and 200 on vhost-net. */
#define EXCPATH_DEFAULT_POLL_US 1000
#define EXCPATH_MAX_POLL_US 1000000

enum excpath_backend {
    EXCPATH_BACKEND_AUTO,
    EXCPATH_BACKEND_VHOST_NET,
    EXCPATH_BACKEND_TAP,
};

/* An offload. */
enum excpath_switch {
    EXCPATH_AUTO,               /* As userspace-tso-enable says. */
    EXCPATH_ON,
    EXCPATH_OFF,
};

struct excpath_options {
    enum excpath_backend backend;
    int n_queues;               /* Queue pairs, at least 1 ("n_rxq"). */
    bool n_rxq_desc_set;        /* Whether "n_rxq_desc" was given... */
    int n_rxq_desc;             /* ...descriptors per receive ring. */
    int n_txq_desc;             /* Descriptors per transmit ring. */
    enum excpath_switch csum;   /* Leave checksums to the other side. */
    enum excpath_switch tso;    /* Leave it to the other side to cut TCP. */
    char tap_name[IFNAMSIZ];    /* Name of the kernel device. */
    bool tap_mac_set;           /* Whether "tap-mac" was given... */
    struct eth_addr tap_mac;    /* ...and what it is. */
    char tap_netns[EXCPATH_NETNS_NAME_LEN];     /* Network namespace of the
                                                 * tap, empty for OVS's own. */
    bool tap_up;                /* Bring a newly made tap up. */
    bool persist;               /* Tap outlives ovs-vswitchd. */
    char peer[EXCPATH_PEER_NAME_LEN];   /* Interface that the tap mirrors,
                                         * empty if none. */
    bool poll_us_set;           /* Whether "poll-us" was given... */
    int poll_us;                /* ...and how long workers poll before they
                                 * sleep, in us. */
    bool worker_cpus_set;       /* Whether "worker-cpus" was given... */
    cpu_set_t worker_cpus;      /* ...and what it is. */
};

/* Parses 'args', the options column of interface 'name', into '*opts'.
 * 'max_queues' is the limit for "n_rxq".
 *
 * Returns 0, or a positive errno value with '*errp' set to a message that
 * names the key, the value and what is allowed; the caller must free it.
 * '*opts' is undefined after an error. */
int excpath_options_parse(const struct smap *args, const char *name,
                          int max_queues, struct excpath_options *opts,
                          char **errp);

/* Adds 'opts' to 'args' in the form that excpath_options_parse() takes.
 * 'large' says whether the receive rings are for large buffers. */
void excpath_options_format(const struct excpath_options *opts, bool large,
                            struct smap *args);

/* Returns true if 'a' and 'b' are the same. */
bool excpath_options_equal(const struct excpath_options *a,
                           const struct excpath_options *b);

/* Returns true if 'a' and 'b' want workers on the same CPUs. */
bool excpath_options_same_cpus(const struct excpath_options *a,
                               const struct excpath_options *b);

/* Returns true if a port that runs with 'a', and 'large' buffers in its
 * receive rings or not, takes a restart of its backend to run with 'b'.  The
 * other options can change without one. */
bool excpath_options_need_restart(const struct excpath_options *a,
                                  const struct excpath_options *b, bool large);

/* Whether a port with 'opts' leaves checksums to the other side of it, or lets
 * large frames pass, in both directions.  'userspace_tso' says whether OVS can
 * deal with these: userspace_tso_enabled(). */
bool excpath_options_csum(const struct excpath_options *opts,
                          bool userspace_tso);
bool excpath_options_tso(const struct excpath_options *opts,
                         bool userspace_tso);

/* Whether TCP segments to the kernel may be merged on a port with 'opts'. */
bool excpath_options_gro(const struct excpath_options *opts);

/* Whether these are the same with 'a' and 'b'. */
bool excpath_options_same_offloads(const struct excpath_options *a,
                                   const struct excpath_options *b);

/* Returns NULL if 'opts' ask for no offload that OVS cannot deal with, which
 * 'userspace_tso' says, or an error message that the caller must free. */
char *excpath_options_check_offloads(const struct excpath_options *opts,
                                     bool userspace_tso);

/* How many descriptors a receive ring has with 'opts', if it is one for
 * 'large' buffers, or not. */
int excpath_options_n_rxq_desc(const struct excpath_options *opts, bool large);

/* Returns NULL if 'name' can be the name of a kernel device that is passed
 * through DPDK's device arguments, otherwise what is wrong with it, as the end
 * of a sentence.  The string is static. */
const char *excpath_tap_name_check(const char *name);

/* Returns the address that a tap called 'tap_name' gets by default on the host
 * that 'host_id' stands for: unicast, locally administered, always the same
 * for the same arguments. */
struct eth_addr excpath_stable_mac(const char *host_id, const char *tap_name);

/* Returns the name of 'backend' as the "backend" option has it. */
const char *excpath_backend_to_string(enum excpath_backend backend);

#endif /* excpath-options.h */
