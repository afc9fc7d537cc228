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

#include "excpath-watch.h"

#include <net/if.h>

#include "excpath-backend.h"
#include "excpath-carrier.h"
#include "excpath-config.h"
#include "excpath-features.h"
#include "excpath-follow.h"
#include "excpath-keeper.h"
#include "excpath-kernel.h"
#include "excpath-netns.h"
#include "excpath-owner.h"
#include "netdev-excpath-private.h"
#include "util.h"

static void
note_tap_up(struct netdev_excpath *x, bool tap_up)
{
    ovs_mutex_lock(&x->mutex);
    x->tap_up = tap_up;
    ovs_mutex_unlock(&x->mutex);
}

void
excpath_watch_look(struct netdev_excpath *x)
{
    struct excpath_tap_info info;
    bool is_here = excpath_owner_locate(x, &info);

    /* What cannot be seen passes for up. */
    note_tap_up(x, !is_here || info.flags & IFF_UP);
    if (is_here) {
        if (info.flags & IFF_UP) {
            x->tap.was_up = false;
        }
        excpath_follow(x, &info);
    }
    excpath_carrier_update(x);
}

/* Says what has become of the tap of 'x', or returns NULL if it is well. */
static char *
why_lost(struct netdev_excpath *x)
{
    struct excpath_tap *tap = &x->tap;
    struct excpath_tap_info info;
    char *why = NULL;

    if (tap->keeper_fd < 0 || x->tap_gone) {
        return NULL;
    } else if (!excpath_tap_is_alive(tap->keeper_fd)
               || (x->started && x->backend->is_gone
                   && x->backend->is_gone(x))) {
        return xasprintf("tap \"%s\" was deleted in the kernel",
                         tap->dev.name);
    } else if (tap->dev.ns && !excpath_netns_has_name(tap->dev.ns)) {
        /* It may have another name, and if there are no descriptors in it
         * others may keep it. */
        char *name = xstrdup(excpath_netns_get_name(tap->dev.ns));
        bool keeps = tap->opened_in == excpath_netns_get_id(tap->dev.ns);

        excpath_netns_close(tap->dev.ns);
        tap->dev.ns = NULL;
        if (!excpath_owner_locate(x, &info) && keeps) {
            why = xasprintf("network namespace \"%s\", and tap \"%s\" with "
                            "it, was deleted", name, tap->dev.name);
        }
        free(name);
    }
    return why;
}

/* The tap of 'x' is gone, as 'why' says: takes 'x' out of service until there
 * is another one. */
static void
lose(struct netdev_excpath *x, char *why)
{
    ovs_mutex_lock(&x->mutex);
    x->backend_up = false;
    ovs_mutex_unlock(&x->mutex);
    netdev_excpath_set_error(x, EXCPATH_E_FAULT, why);
    netdev_excpath_update_active(x);
    netdev_change_seq_changed(x->netdev);
    x->tap_gone = true;
    excpath_config_retry(x);
}

/* Whoever opens the tap takes part in it: the kernel spreads flows over all
 * queues, and lets nobody know. */
static void
look_for_strangers(struct netdev_excpath *x)
{
    const struct excpath_netns *ns = x->tap.dev.ns;
    int ifindex = x->tap.ifindex;
    struct excpath_tap_info info;
    char *message = NULL;
    bool is_here = excpath_owner_locate(x, &info);

    if (x->tap.dev.ns != ns || x->tap.ifindex != ifindex) {
        /* It has just moved, and events of where it was are lost. */
        excpath_watch_look(x);
    }
    if (x->started && is_here && info.n_queues > x->n_queues) {
        message = xasprintf("another process has opened tap \"%s\", and gets "
                            "the packets that the kernel puts into its queue: "
                            "find it with \"fuser -v /dev/net/tun\" and end "
                            "it", x->tap.dev.name);
    }
    netdev_excpath_set_error(x, EXCPATH_E_STRANGER, message);
}

void
excpath_watch_run(struct netdev_excpath *x)
{
    char *why = why_lost(x);
    bool misplaced;

    ovs_mutex_lock(&x->mutex);
    misplaced = x->errors[EXCPATH_E_NETNS] != NULL;
    ovs_mutex_unlock(&x->mutex);

    if (why) {
        lose(x, why);
    } else if (misplaced || excpath_follow_is_due(x)) {
        excpath_watch_look(x);
    } else if (x->waits_for_netns
               && (!x->wanted.options.tap_netns[0]
                   || excpath_netns_exists(x->wanted.options.tap_netns))) {
        excpath_config_retry(x);
    }
    if (x->tap_gone) {
        excpath_config_retry(x);
    }
    look_for_strangers(x);
}

void
excpath_watch_changed(struct netdev_excpath *x)
{
    char *why = why_lost(x);

    if (why) {
        lose(x, why);
    }
    excpath_watch_look(x);
    excpath_features_watch(x, true);
    netdev_change_seq_changed(x->netdev);
}
