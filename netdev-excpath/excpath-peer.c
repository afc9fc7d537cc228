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

#include "excpath-peer.h"

#include <limits.h>
#include <string.h>

#include "excpath-glue.h"
#include "excpath-watch.h"
#include "netdev-excpath-private.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_peer);

/* How often to look, in ms.  DPDK has nobody told of a link that goes, and a
 * routing daemon is to know of a pulled cable within 200 ms.  To look takes a
 * few locks and reads... */
#define LOOK_INTERVAL_MS 50

/* ...but for the speed of what is not DPDK's, which the kernel may have to ask
 * the hardware for. */
#define LINK_INTERVAL_MS 1000

static long long int next_look = LLONG_MIN;
static long long int next_link = LLONG_MIN;

/* The interfaces of all bridges: those of the last configuration, and those
 * that have been noted of the one that is being made. */
static struct sset interfaces = SSET_INITIALIZER(&interfaces);
static struct sset noted = SSET_INITIALIZER(&noted);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

/* Fills '*peer' with what the interface called 'peer->name' is like.  'ask'
 * says to ask for the speed in any case, and 'may_be_new' that it may be an
 * interface since less than the last configuration. */
static void
look(struct excpath_peer *peer, bool ask, bool may_be_new)
{
    struct excpath_peer now = { .link = EXCPATH_LINK_UNKNOWN };
    struct netdev *netdev = NULL;

    ovs_strlcpy(now.name, peer->name, sizeof now.name);
    /* Open vSwitch has netdevs for devices of the kernel that are no ports of
     * it, too, such as those with addresses: tnl_port_map. */
    if (may_be_new || sset_contains(&interfaces, now.name)) {
        netdev = netdev_from_name(now.name);
    }
    now.is_excpath = netdev && !strcmp(netdev_get_type(netdev), "excpath");
    if (netdev && !now.is_excpath) {
        now.present = true;
        now.carrier = netdev_get_carrier(netdev);
        if (now.carrier && !excpath_glue_get_link(netdev, &now.link.mbps,
                                                  &now.link.full_duplex)) {
            struct excpath_dev dev = { .ns = NULL };

            /* One that is not here has no speed that could be had. */
            now.link = peer->link;
            if (ask || !peer->carrier) {
                ovs_strlcpy(dev.name, now.name, sizeof dev.name);
                excpath_dev_get_link(&dev, &now.link);
            }
        }
        if (netdev_get_mtu(netdev, &now.mtu)) {
            now.mtu = 0;
        }
        if (netdev_get_etheraddr(netdev, &now.mac)) {
            now.mac = eth_addr_zero;
        }
    }
    netdev_close(netdev);
    *peer = now;
}

bool
excpath_peer_has_mtu(const struct excpath_peer *peer)
{
    return peer->mtu >= EXCPATH_MIN_MTU && peer->mtu <= EXCPATH_MAX_MTU;
}

bool
excpath_peer_has_mac(const struct excpath_peer *peer)
{
    return !eth_addr_is_zero(peer->mac);
}

static bool
same_peer(const struct excpath_peer *a, const struct excpath_peer *b)
{
    return (!strcmp(a->name, b->name)
            && a->present == b->present
            && a->is_excpath == b->is_excpath
            && a->carrier == b->carrier
            && excpath_link_equal(&a->link, &b->link)
            && a->mtu == b->mtu
            && eth_addr_equals(a->mac, b->mac));
}

/* 'x' has a peer like '*peer' from now on. */
static void
note(struct netdev_excpath *x, const struct excpath_peer *peer)
{
    char *error = NULL;

    if (!peer->name[0]) {
        /* None is as good as any. */
    } else if (!peer->present) {
        error = xasprintf("peer=%s: %s: the carrier of the tap stays down",
                          peer->name,
                          peer->is_excpath
                          ? "an interface of type excpath has no wire"
                          : "no interface of this switch has that name");
    } else if (peer->mtu && !excpath_peer_has_mtu(peer)) {
        error = xasprintf("peer=%s has MTU %d, which this port cannot have, "
                          "only %d to %d: MTU unchanged", peer->name,
                          peer->mtu, EXCPATH_MIN_MTU, EXCPATH_MAX_MTU);
    }

    if (peer->present && (!x->peer.present
                          || x->peer.carrier != peer->carrier)) {
        VLOG_INFO_RL(&rl, "%s: peer %s %s", netdev_get_name(x->netdev),
                     peer->name,
                     peer->carrier ? "has a carrier" : "has no carrier");
    }
    x->peer = *peer;
    netdev_excpath_set_error(x, EXCPATH_E_PEER, error);
}

void
excpath_peer_set(struct netdev_excpath *x, const char *name)
{
    struct excpath_peer peer = { .name = "" };

    ovs_strlcpy(peer.name, name, sizeof peer.name);
    if (name[0]) {
        look(&peer, true, strcmp(name, x->peer.name));
    }
    note(x, &peer);
    next_look = MIN(next_look, time_msec() + LOOK_INTERVAL_MS);
}

void
excpath_peer_note_interface(const char *name)
{
    sset_add(&noted, name);
}

void
excpath_peer_interfaces_noted(void)
{
    sset_swap(&interfaces, &noted);
    sset_clear(&noted);
}

void
excpath_peer_run(void)
{
    struct shash peers = SHASH_INITIALIZER(&peers);
    struct netdev_excpath *x;
    struct shash_node *node;
    bool ask;

    if (time_msec() < next_look) {
        return;
    }

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->running && x->peer.name[0]) {
            const struct excpath_peer *peer = &x->peer;

            if (!shash_find(&peers, peer->name)) {
                shash_add(&peers, peer->name, xmemdup(peer, sizeof *peer));
            }
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
    next_look = (shash_is_empty(&peers) ? LLONG_MAX
                 : time_msec() + LOOK_INTERVAL_MS);
    ask = time_msec() >= next_link;
    if (ask) {
        next_link = time_msec() + LINK_INTERVAL_MS;
    }

    SHASH_FOR_EACH (node, &peers) {
        look(node->data, ask, false);
    }

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        const struct excpath_peer *peer = shash_find_data(&peers,
                                                          x->peer.name);

        if (x->running && peer && !same_peer(peer, &x->peer)) {
            note(x, peer);
            excpath_watch_look(x);
            netdev_change_seq_changed(x->netdev);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
    shash_destroy_free_data(&peers);
}

void
excpath_peer_wait(void)
{
    poll_timer_wait_until(next_look);
}
