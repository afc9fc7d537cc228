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

#include "excpath-owner.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dirs.h"
#include "excpath-kernel.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_owner);

/* Marks a tap as made by an Open vSwitch, in its ifalias.  Two words follow:
 * the run directory, which tells switches on the same host apart, and the name
 * of the interface, so that no other one takes the tap after a restart. */
#define ALIAS_PREFIX "ovs-excpath "

/* How long to wait for an ovs-vswitchd that is just exiting to let go of the
 * tap. */
#define RELEASE_WAIT_MS 5000

static char *
own_alias(const struct netdev_excpath *x)
{
    return xasprintf(ALIAS_PREFIX"%s %s", ovs_rundir(),
                     netdev_get_name(x->netdev));
}

static bool
is_own(const struct netdev_excpath *x, const struct excpath_tap_info *info)
{
    char *alias = own_alias(x);
    bool own = !strcmp(info->alias, alias);

    free(alias);
    return own;
}

/* Says why 'x' must not use a tap that its ifalias marks as another
 * port's, or returns NULL. */
static char *
refuse_mark(const struct netdev_excpath *x, const char *name,
            const struct excpath_tap_info *info)
{
    const char *rundir = ovs_rundir();
    const char *owner = info->alias + strlen(ALIAS_PREFIX);

    if (strncmp(info->alias, ALIAS_PREFIX, strlen(ALIAS_PREFIX))
        || is_own(x, info)) {
        return NULL;
    }
    if (!strncmp(owner, rundir, strlen(rundir))
        && owner[strlen(rundir)] == ' ') {
        return xasprintf("tap \"%s\" was made for interface \"%s\": choose "
                         "another name with options:tap-name, or delete it "
                         "with \"ip link del %s\"", name,
                         owner + strlen(rundir) + 1, name);
    }
    return xasprintf("tap \"%s\" belongs to the Open vSwitch in %.*s: choose "
                     "another name with options:tap-name", name,
                     (int) strcspn(owner, " "), owner);
}

/* Says why 'x' must not use a tap described by 'info', or returns NULL. */
static char *
refuse_tap(const struct netdev_excpath *x, const char *name,
           const struct excpath_tap_info *info)
{
    char *error;

    if (!info->is_tap) {
        return xasprintf("a network device \"%s\" exists that is not a tap: "
                         "choose another name with options:tap-name", name);
    }
    error = refuse_mark(x, name, info);
    if (error) {
        return error;
    }
    if (info->n_queues || info->n_disabled) {
        return xasprintf("tap \"%s\" is in use by another process, or is a "
                         "port of this switch: choose another name with "
                         "options:tap-name", name);
    }
    if (!info->multi_queue) {
        return xasprintf("tap \"%s\" has a single queue: delete it, or make "
                         "it with \"ip tuntap add dev %s mode tap "
                         "multi_queue\"", name, name);
    }
    return NULL;
}

/* Says why 'x' must not use the tap with 'ifindex', because a port here has
 * it, or returns NULL. */
static char *
refuse_own_tap(const struct netdev_excpath *x, const char *name, int ifindex)
{
    struct netdev_excpath *other;
    char *error = NULL;

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (other, list_node, &excpath_list) {
        if (other->tap.keeper_fd < 0 || other->tap.ifindex != ifindex
            || !excpath_tap_is_alive(other->tap.keeper_fd)) {
            continue;
        }
        if (other == x) {
            error = xasprintf("tap \"%s\" is this interface's own, which was "
                              "renamed: name it \"%s\" again, then set "
                              "options:tap-name", name, x->options.tap_name);
        } else {
            error = xasprintf("tap \"%s\" already is the other end of "
                              "interface \"%s\": choose another name with "
                              "options:tap-name", name,
                              netdev_get_name(other->netdev));
        }
        break;
    }
    ovs_mutex_unlock(&excpath_list_mutex);
    return error;
}

int
excpath_owner_check(const struct netdev_excpath *x, const char *name,
                    char **errp)
{
    long long int deadline = time_msec() + RELEASE_WAIT_MS;
    struct excpath_tap_info info;
    int error;

    for (;;) {
        error = excpath_tap_query(name, &info);
        if (error == ENODEV) {
            return 0;
        } else if (error) {
            *errp = xasprintf("device \"%s\" cannot be looked up: %s", name,
                              ovs_strerror(error));
            return error;
        }
        *errp = refuse_own_tap(x, name, info.ifindex);
        if (*errp) {
            return EADDRINUSE;
        }
        *errp = refuse_tap(x, name, &info);
        if (!*errp) {
            return 0;
        }

        /* An ovs-vswitchd that is restarted may find its predecessor, not
         * quite gone, on its own tap. */
        if (x->running || !is_own(x, &info) || time_msec() >= deadline) {
            return EBUSY;
        }
        free(*errp);
        *errp = NULL;
        xnanosleep(20 * 1000 * 1000);
    }
}

bool
excpath_owner_is_here(const struct netdev_excpath *x,
                      struct excpath_tap_info *info)
{
    return (!excpath_tap_query(x->options.tap_name, info)
            && info->ifindex == x->tap.ifindex);
}

int
excpath_owner_acquire(struct netdev_excpath *x,
                      const struct excpath_options *opts,
                      struct excpath_tap_info *info, bool *created,
                      char **errp)
{
    bool existed;
    int error;

    *created = false;
    if (x->tap.keeper_fd >= 0) {
        if (excpath_tap_is_alive(x->tap.keeper_fd)) {
            error = excpath_tap_query(opts->tap_name, info);
            if (error || info->ifindex != x->tap.ifindex) {
                *errp = xasprintf("tap \"%s\" is not where it was",
                                  opts->tap_name);
                return ENODEV;
            }
            return 0;
        }
        close(x->tap.keeper_fd);
        x->tap = EXCPATH_TAP_NONE;
    }

    error = excpath_owner_check(x, opts->tap_name, errp);
    if (error) {
        return error;
    }
    existed = !excpath_tap_query(opts->tap_name, info);
    x->tap.made = !existed || is_own(x, info);

    error = excpath_tap_open_keeper(opts->tap_name, &x->tap.keeper_fd);
    if (error) {
        *errp = xasprintf("tap \"%s\" cannot be %s: %s%s", opts->tap_name,
                          existed ? "opened" : "created", ovs_strerror(error),
                          error == EPERM
                          ? "; ovs-vswitchd needs CAP_NET_ADMIN" : "");
        return error;
    }
    *created = !existed;

    error = excpath_tap_query(opts->tap_name, info);
    if (!error && *created) {
        char *alias = own_alias(x);

        error = excpath_tap_set_alias(info->ifindex, alias);
        free(alias);
    }
    if (error) {
        *errp = xasprintf("tap \"%s\" cannot be set up: %s", opts->tap_name,
                          ovs_strerror(error));
        return error;
    }
    x->tap.ifindex = info->ifindex;
    return 0;
}

int
excpath_owner_set_persist(const struct netdev_excpath *x, bool persist,
                          char **errp)
{
    /* Somebody else's tap must stay as it is: persistent. */
    int error = excpath_tap_set_persist(x->tap.keeper_fd,
                                        persist || !x->tap.made);

    if (error) {
        *errp = xasprintf("persist=%s cannot be applied to the tap: %s",
                          persist ? "true" : "false", ovs_strerror(error));
    }
    return error;
}

void
excpath_owner_release(const struct netdev_excpath *x,
                      struct excpath_tap *tap)
{
    if (tap->keeper_fd < 0) {
        return;
    }
    if (tap->made && excpath_tap_is_alive(tap->keeper_fd)) {
        int error = excpath_tap_set_persist(tap->keeper_fd, false);

        if (error) {
            VLOG_WARN("%s: the tap cannot be removed: %s",
                      netdev_get_name(x->netdev), ovs_strerror(error));
        }
    }
    close(tap->keeper_fd);
    *tap = EXCPATH_TAP_NONE;
}
