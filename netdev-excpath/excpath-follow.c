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

#include "excpath-config.h"
#include "excpath-glue.h"
#include "excpath-kernel.h"
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
may_redo(struct netdev_excpath *x)
{
    long long int now = time_msec();

    x->redo_pending = now < x->next_redo;
    if (x->redo_pending) {
        return false;
    }
    x->next_redo = now + REDO_INTERVAL_MS;
    return true;
}

bool
excpath_follow_is_due(const struct netdev_excpath *x)
{
    return x->redo_pending && time_msec() >= x->next_redo;
}

static void
follow_mac(struct netdev_excpath *x, const struct excpath_tap_info *info)
{
    struct eth_addr mac;

    if (!x->options.tap_mac_set) {
        if (!netdev_get_etheraddr(x->netdev, &mac)
            && !eth_addr_equals(mac, info->mac)) {
            VLOG_INFO("%s: MAC address is "ETH_ADDR_FMT" now, as set in the "
                      "kernel", netdev_get_name(x->netdev),
                      ETH_ADDR_ARGS(info->mac));
            excpath_glue_set_etheraddr(x->netdev, info->mac);
        }
    } else if (!eth_addr_equals(x->options.tap_mac, info->mac)
               && may_redo(x)) {
        int error = excpath_tap_set_mac(info->ifindex, x->options.tap_mac);

        VLOG_WARN_RL(&rl, "%s: tap \"%s\" had MAC address "ETH_ADDR_FMT" set "
                     "in the kernel: %s "ETH_ADDR_FMT", as tap-mac says%s%s",
                     netdev_get_name(x->netdev), x->options.tap_name,
                     ETH_ADDR_ARGS(info->mac),
                     error ? "it could not be set back to" : "set back to",
                     ETH_ADDR_ARGS(x->options.tap_mac), error ? ": " : "",
                     error ? ovs_strerror(error) : "");
    }
}

static void
follow_mtu(struct netdev_excpath *x, const struct excpath_tap_info *info)
{
    const char *why;
    int error;

    if (info->mtu == x->mtu || x->wanted.mtu != x->mtu) {
        /* Nothing to do, or the port restarts with another one anyway. */
        return;
    } else if (netdev_mtu_is_user_config(x->netdev)) {
        why = "as mtu_request says";
    } else if (excpath_config_follow_mtu(x, info->mtu)) {
        VLOG_INFO("%s: MTU is to be %d, as set in the kernel",
                  netdev_get_name(x->netdev), info->mtu);
        return;
    } else {
        why = "since the port cannot have that";
    }

    if (may_redo(x)) {
        error = excpath_tap_set_mtu(info->ifindex, x->mtu);
        VLOG_WARN_RL(&rl, "%s: tap \"%s\" had MTU %d set in the kernel: %s %d, "
                     "%s%s%s", netdev_get_name(x->netdev), x->options.tap_name,
                     info->mtu, error ? "it could not be set back to"
                                      : "set back to", x->mtu, why,
                     error ? ": " : "", error ? ovs_strerror(error) : "");
    }
}

void
excpath_follow(struct netdev_excpath *x, const struct excpath_tap_info *info)
{
    x->redo_pending = false;
    if (x->started) {
        follow_mac(x, info);
        follow_mtu(x, info);
    }
}
