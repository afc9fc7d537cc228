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

#include "excpath-follow.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "excpath-config.h"
#include "excpath-glue.h"
#include "excpath-kernel.h"
#include "excpath-netns.h"
#include "excpath-owner.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_follow);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(6, 60);

/* Bounds how often a tap is changed back.  Somebody who insists, such as a
 * network manager with other ideas, must not keep the main thread busy. */
#define REDO_INTERVAL_MS 1000

static bool
may_redo(struct netdev_excpath *x, enum excpath_redo what)
{
    long long int now = time_msec();

    if (now < x->next_redo[what]) {
        x->redo_pending = true;
        return false;
    }
    x->next_redo[what] = now + REDO_INTERVAL_MS;
    return true;
}

bool
excpath_follow_is_due(const struct netdev_excpath *x)
{
    /* It was asked for at most that long ago. */
    return x->redo_pending;
}

static void
set_mac(struct netdev_excpath *x, const struct excpath_tap_info *info,
        const struct eth_addr mac, const char *why)
{
    struct eth_addr old;
    bool changed = (netdev_get_etheraddr(x->netdev, &old)
                    || !eth_addr_equals(old, mac));
    int error = 0;

    if (!eth_addr_equals(info->mac, mac)) {
        if (!may_redo(x, EXCPATH_REDO_MAC)) {
            return;
        }
        error = excpath_tap_set_mac(&x->tap.dev, mac);
    }
    if (error) {
        VLOG_WARN_RL(&rl, "%s: MAC address of tap \"%s\" cannot be set to "
                     ETH_ADDR_FMT", %s: %s", netdev_get_name(x->netdev),
                     x->tap.dev.name, ETH_ADDR_ARGS(mac), why,
                     ovs_strerror(error));
    } else if (changed) {
        VLOG_INFO("%s: MAC address is "ETH_ADDR_FMT" now, %s",
                  netdev_get_name(x->netdev), ETH_ADDR_ARGS(mac), why);
        excpath_glue_set_etheraddr(x->netdev, mac);
    } else if (!eth_addr_equals(info->mac, mac)) {
        VLOG_WARN_RL(&rl, "%s: tap \"%s\" had MAC address "ETH_ADDR_FMT" set "
                     "in the kernel: set back to "ETH_ADDR_FMT", %s",
                     netdev_get_name(x->netdev), x->tap.dev.name,
                     ETH_ADDR_ARGS(info->mac), ETH_ADDR_ARGS(mac), why);
    }
}

static void
follow_mac(struct netdev_excpath *x, const struct excpath_tap_info *info)
{
    if (x->options.tap_mac_set) {
        set_mac(x, info, x->options.tap_mac, "as tap-mac says");
    } else if (excpath_peer_has_mac(&x->peer)) {
        set_mac(x, info, x->peer.mac, "that of the peer");
    } else {
        set_mac(x, info, info->mac, "as set in the kernel");
    }
}

static void
follow_mtu(struct netdev_excpath *x, const struct excpath_tap_info *info)
{
    bool user_config = netdev_mtu_is_user_config(x->netdev);
    bool of_peer = !user_config && excpath_peer_has_mtu(&x->peer);
    int mtu = of_peer ? x->peer.mtu : info->mtu;
    const char *why;
    int error;

    if (x->wanted.mtu != x->mtu) {
        /* The port restarts with another one anyway, maybe not the last. */
        if (x->mtu_follows && mtu != x->wanted.mtu) {
            excpath_config_follow_mtu(x, mtu);
        }
        return;
    } else if (!user_config && mtu != x->mtu
               && excpath_config_follow_mtu(x, mtu)) {
        VLOG_INFO("%s: MTU is to be %d, %s", netdev_get_name(x->netdev), mtu,
                  of_peer ? "that of the peer" : "as set in the kernel");
        return;
    }
    if (of_peer && mtu != x->mtu) {
        netdev_excpath_set_error(
            x, EXCPATH_E_PEER,
            xasprintf("peer=%s has MTU %d, which this port could not be "
                      "given: see the log; MTU unchanged", x->peer.name, mtu));
    }
    if (info->mtu == x->mtu) {
        return;
    }
    why = (user_config ? "as mtu_request says"
           : of_peer ? "that of the peer"
           : info->mtu < EXCPATH_MIN_MTU || info->mtu > EXCPATH_MAX_MTU
           ? "since the port can have "OVS_STRINGIZE(EXCPATH_MIN_MTU)" to "
             OVS_STRINGIZE(EXCPATH_MAX_MTU)" only"
           : "since the port cannot have that");

    if (may_redo(x, EXCPATH_REDO_MTU)) {
        error = excpath_tap_set_mtu(&x->tap.dev, x->mtu);
        VLOG_WARN_RL(&rl, "%s: tap \"%s\" had MTU %d set in the kernel: %s "
                     "%d, %s%s%s", netdev_get_name(x->netdev), x->tap.dev.name,
                     info->mtu, error ? "it could not be set back to"
                                      : "set back to", x->mtu, why,
                     error ? ": " : "", error ? ovs_strerror(error) : "");
    }
}

/* Lets go of a network namespace that the tap of 'x' has left, but that
 * descriptors of the tap were opened in: they keep it.  A restart of the
 * backend opens others. */
static void
renew_keeper(struct netdev_excpath *x)
{
    uint64_t now = excpath_netns_get_id(x->tap.dev.ns);
    uint64_t n_unread;
    int fd;

    if (x->tap.opened_in && x->tap.opened_in != now
        && !excpath_tap_open_keeper(&x->tap.dev, &fd, &n_unread)) {
        excpath_count(&x->rxq_stats[0].down_drops, n_unread);
        close(x->tap.keeper_fd);
        x->tap.keeper_fd = fd;
        x->tap.opened_in = now;
        x->tap_stale = true;
        excpath_config_retry(x);
    }
}

/* Moves the tap of 'x', which is as in 'info', to 'to'.  Returns a message if
 * that cannot be. */
static char *
move(struct netdev_excpath *x, const struct excpath_tap_info *info,
     struct excpath_netns *to)
{
    const char *where = to ? excpath_netns_get_name(to) : "of the switch";
    int error = excpath_tap_move(&x->tap.dev, to);

    if (error) {
        return xasprintf("tap \"%s\" cannot be moved to the network namespace "
                         "%s: %s%s", x->tap.dev.name, where,
                         ovs_strerror(error), error == EEXIST
                         ? "; a device there has its name" : "");
    }
    VLOG_INFO("%s: tap \"%s\" moved to the network namespace %s, without its "
              "addresses and routes", netdev_get_name(x->netdev),
              x->tap.dev.name, where);
    excpath_netns_close(x->tap.dev.ns);
    x->tap.dev.ns = to;
    renew_keeper(x);
    if (info->flags & IFF_UP || x->tap.was_up) {
        error = excpath_tap_set_up(&x->tap.dev);
    }
    x->tap.was_up = false;
    return error ? xasprintf("tap \"%s\" cannot be brought up: %s",
                             x->tap.dev.name, ovs_strerror(error)) : NULL;
}

void
excpath_follow_netns(struct netdev_excpath *x)
{
    const char *name = x->options.tap_netns;
    struct excpath_tap_info info;
    struct excpath_netns *ns = NULL;
    char *message = NULL;
    int error = 0;

    if (!excpath_owner_locate(x, &info)
        || !strcmp(excpath_netns_get_name(x->tap.dev.ns), name)) {
        x->moves_home = false;
        netdev_excpath_set_error(x, EXCPATH_E_NETNS, NULL);
        return;
    }

    if (name[0]) {
        error = excpath_netns_open(name, &ns);
    }
    if (error) {
        message = xasprintf("tap-netns=%s cannot be entered, the tap stays "
                            "where it is, and the port will wait for it when "
                            "ovs-vswitchd starts again: %s%s", name,
                            ovs_strerror(error), error == EPERM
                            ? "; ovs-vswitchd needs CAP_SYS_ADMIN for that, "
                              "which it has as root, without --user" : "");
    } else if (excpath_netns_get_id(ns)
               != excpath_netns_get_id(x->tap.dev.ns)) {
        if (!may_redo(x, EXCPATH_REDO_NETNS)) {
            excpath_netns_close(ns);
            return;
        }
        message = move(x, &info, ns);
    }
    if (ns != x->tap.dev.ns) {
        excpath_netns_close(ns);
    } else {
        x->moves_home = false;
    }
    netdev_excpath_set_error(x, EXCPATH_E_NETNS, message);
}

void
excpath_follow(struct netdev_excpath *x, const struct excpath_tap_info *info)
{
    x->redo_pending = false;
    renew_keeper(x);
    if (x->options.tap_netns[0] || x->moves_home) {
        excpath_follow_netns(x);
    }
    if (x->started) {
        follow_mac(x, info);
        follow_mtu(x, info);
    }
}
