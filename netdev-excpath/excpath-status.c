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

#include "excpath-status.h"

#include <inttypes.h>
#include <net/if.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

static void
format_peer(const struct excpath_peer *peer, struct smap *smap)
{
    if (!peer->present) {
        smap_add_format(smap, "excpath_peer", "%s: missing", peer->name);
    } else if (!peer->carrier) {
        smap_add_format(smap, "excpath_peer", "%s: down", peer->name);
    } else if (!peer->link.mbps) {
        smap_add_format(smap, "excpath_peer", "%s: up", peer->name);
    } else {
        smap_add_format(smap, "excpath_peer", "%s: up, %"PRIu32" Mbit/s, %s "
                        "duplex", peer->name, peer->link.mbps,
                        peer->link.full_duplex ? "full" : "half");
    }
}

static void
format_tap(const struct excpath_status *status, struct smap *smap)
{
    const struct excpath_tap_info *tap = &status->tap;

    smap_add(smap, "excpath_tap", status->tap_name);
    switch (status->location) {
    case EXCPATH_TAP_HERE:
        smap_add_format(smap, "excpath_ifindex", "%d", tap->ifindex);
        if (status->netns[0]) {
            smap_add(smap, "excpath_tap_netns", status->netns);
        }
        if (status->renamed) {
            smap_add(smap, "excpath_tap_location", "renamed");
        }
        smap_add_format(smap, "excpath_tap_mtu", "%d", tap->mtu);
        smap_add_format(smap, "excpath_tap_mac", ETH_ADDR_FMT,
                        ETH_ADDR_ARGS(tap->mac));
        smap_add(smap, "excpath_tap_admin_state",
                 tap->flags & IFF_UP ? "up" : "down");
        smap_add(smap, "excpath_tap_carrier", tap->carrier ? "up" : "down");
        if (tap->flags & IFF_PROMISC) {
            smap_add(smap, "excpath_tap_promisc", "true");
        }
        break;

    case EXCPATH_TAP_ELSEWHERE:
        smap_add(smap, "excpath_tap_location",
                 "in a network namespace that is out of reach");
        break;

    case EXCPATH_TAP_DELETED:
        smap_add(smap, "excpath_tap_location", "deleted");
        break;

    case EXCPATH_TAP_MISSING:
        smap_add(smap, "excpath_tap_location", "not made yet");
        break;

    default:
        OVS_NOT_REACHED();
    }
    if (status->peer.name[0]) {
        format_peer(&status->peer, smap);
    }
    if (status->location == EXCPATH_TAP_HERE
        || status->location == EXCPATH_TAP_ELSEWHERE) {
        smap_add(smap, "excpath_tap_owner",
                 status->made ? "Open vSwitch" : "user");
    }
}

static const char *
offloads_to_string(const struct excpath_tap_offloads *offloads)
{
    return offloads->tso ? "csum,tso" : offloads->csum ? "csum" : "none";
}

static void
format_backend(const struct excpath_status *status, struct smap *smap)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    smap_add(smap, "excpath_backend", status->backend);
    smap_add(smap, "excpath_backend_reason", status->backend_reason);
    if (status->io) {
        smap_add(smap, "excpath_io", status->io);
    }
    smap_add(smap, "excpath_backend_state",
             status->backend_up ? "up" : "down");
    smap_add_format(smap, "excpath_queues", "%d", status->n_queues);
    if (status->poll_us >= 0) {
        smap_add_format(smap, "excpath_poll_us", "%d", status->poll_us);
    }
    if (!status->to_kernel.csum && !status->from_kernel.csum) {
        smap_add(smap, "excpath_offloads", "none");
    } else {
        smap_add_format(smap, "excpath_offloads",
                        "to kernel: %s; from kernel: %s",
                        offloads_to_string(&status->to_kernel),
                        status->location == EXCPATH_TAP_HERE
                        ? offloads_to_string(&status->from_kernel)
                        : "unknown");
    }
    smap_add(smap, "excpath_gro", status->gro);
    if (status->missing) {
        smap_add(smap, "excpath_offloads_missing", status->missing);
    }

    for (size_t i = 0; i < status->n_workers; i++) {
        ds_put_format(&ds, "%s%ld", i ? "," : "",
                      (long int) status->workers[i]);
    }
    if (status->n_workers) {
        smap_add(smap, "excpath_workers", ds_cstr(&ds));
    }
    ds_destroy(&ds);
}

void
excpath_status_format(const struct excpath_status *status, struct smap *smap)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    format_tap(status, smap);
    format_backend(status, smap);

    for (size_t i = status->n_errors; i-- > 0; ) {
        if (status->errors[i]) {
            ds_put_format(&ds, "%s%s", ds.length ? "; " : "",
                          status->errors[i]);
        }
    }
    if (ds.length) {
        smap_add(smap, "excpath_last_error", ds_cstr(&ds));
    }
    ds_destroy(&ds);
}
