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

#include "excpath-carrier.h"

#include <errno.h>

#include "excpath-keeper.h"
#include "excpath-kernel.h"
#include "excpath-owner.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_carrier);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

/* Of a tap that mirrors nothing.  Linux 6.1 says 10 Mbit/s of one
 * (drivers/net/tun.c), which has routing daemons and bridges believe that they
 * had better take another way. */
static const struct excpath_link default_link = {
    .mbps = 10000,
    .full_duplex = true,
};

static void
update_link(struct netdev_excpath *x)
{
    const struct excpath_link *link;
    struct excpath_tap_info info;

    if (!x->peer.name[0]) {
        if (!x->tap.made && !x->tap.has_link) {
            return;
        }
        link = &default_link;
    } else if (x->peer.carrier) {
        link = &x->peer.link;
    } else {
        /* Not worth anything until there is a carrier. */
        return;
    }
    if ((!x->tap.has_link || !excpath_link_equal(&x->tap.link, link))
        && excpath_owner_locate(x, &info)
        && !excpath_tap_set_link(&x->tap.dev, link)) {
        x->tap.has_link = true;
        x->tap.link = *link;
    }
}

void
excpath_carrier_update(struct netdev_excpath *x)
{
    bool carrier;
    int error;

    if (x->tap.keeper_fd < 0) {
        return;
    }

    ovs_mutex_lock(&x->mutex);
    carrier = (x->backend_up && x->port_up
               && (!x->peer.name[0] || x->peer.carrier));
    ovs_mutex_unlock(&x->mutex);

    /* Who hears of a carrier asks for the speed at once. */
    update_link(x);
    error = excpath_tap_set_carrier(x->tap.keeper_fd, carrier);
    if (error && error != EBADFD) {
        VLOG_WARN_RL(&rl, "%s: carrier of tap \"%s\" cannot be set to %s: %s",
                     netdev_get_name(x->netdev), x->tap.dev.name,
                     carrier ? "up" : "down", ovs_strerror(error));
    }
}
