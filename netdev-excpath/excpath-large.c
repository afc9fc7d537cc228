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

#include "excpath-large.h"

#include <errno.h>

#include <rte_mempool.h>

#include "excpath-glue.h"
#include "excpath-kernel.h"
#include "excpath-owner.h"
#include "netdev-excpath-private.h"
#include "util.h"

/* The largest frame that fits such a buffer, with room to spare for what OVS
 * may push in front. */
#define GSO_MAX_SIZE 65024

/* The kernel's own: GSO_LEGACY_MAX_SIZE in linux/netdevice.h. */
#define KERNEL_GSO_MAX_SIZE 65536

int
excpath_large_start(struct netdev_excpath *x, unsigned int n, char **errp)
{
    int error;

    if (x->large_spare && x->large_spare->populated_size == n) {
        x->large_mp = x->large_spare;
        x->large_spare = NULL;
    } else {
        x->large_mp = excpath_glue_get_large_pool(x->netdev, n);
    }
    if (!x->large_mp) {
        *errp = xstrdup("no memory for the buffers of large frames: give DPDK "
                        "more hugepages, or a larger "
                        "other_config:dpdk-socket-limit if there is one, or "
                        "set tso=off");
        return ENOMEM;
    }
    error = excpath_tap_set_gso_max_size(&x->tap.dev, GSO_MAX_SIZE);
    if (error) {
        *errp = xasprintf("the size of large frames of tap \"%s\" cannot be "
                          "set: %s", x->tap.dev.name, ovs_strerror(error));
    }
    return error;
}

void
excpath_large_stop(struct netdev_excpath *x)
{
    struct excpath_tap_info info;

    if (x->large_mp) {
        /* Not of another device that has the name of one that is gone. */
        if (excpath_owner_locate(x, &info)) {
            excpath_tap_set_gso_max_size(&x->tap.dev, KERNEL_GSO_MAX_SIZE);
        }
        if (x->large_spare) {
            excpath_glue_put_large_pool(x->large_mp);
        } else {
            x->large_spare = x->large_mp;
        }
        x->large_mp = NULL;
    }
}

void
excpath_large_release(struct netdev_excpath *x)
{
    if (x->large_spare) {
        excpath_glue_put_large_pool(x->large_spare);
        x->large_spare = NULL;
    }
}
