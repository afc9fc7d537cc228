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
#include "excpath-keeper.h"
#include "excpath-kernel.h"
#include "excpath-netns.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_owner);

/* Marks a tap as made by an Open vSwitch, in its ifalias.  What follows are
 * the run directory, which tells switches on the same host apart, the bridge,
 * "-" if it is not known yet, and the name of the interface, so that no other
 * one takes the tap after a restart. */
#define ALIAS_PREFIX "ovs-excpath "

/* How long to wait for an ovs-vswitchd that is just exiting to let go of the
 * tap. */
#define RELEASE_WAIT_MS 5000

/* Returns the name of the interface that the tap described by 'info' was made
 * for, if it was made by this switch, else NULL. */
static const char *
made_for(const struct excpath_tap_info *info)
{
    const char *rundir = ovs_rundir();
    const char *p = info->alias;

    if (strncmp(p, ALIAS_PREFIX, strlen(ALIAS_PREFIX))) {
        return NULL;
    }
    p += strlen(ALIAS_PREFIX);
    if (strncmp(p, rundir, strlen(rundir)) || p[strlen(rundir)] != ' ') {
        return NULL;
    }
    p += strlen(rundir) + 1;
    p += strcspn(p, " ");
    return *p ? p + 1 : NULL;
}

static bool
is_own(const struct netdev_excpath *x, const struct excpath_tap_info *info)
{
    const char *name = made_for(info);

    return name && !strcmp(name, netdev_get_name(x->netdev));
}

/* Marks the tap of 'x'. */
static int
mark(struct netdev_excpath *x)
{
    char *alias = xasprintf(ALIAS_PREFIX"%s %s %s", ovs_rundir(),
                            x->bridge ? x->bridge : "-",
                            netdev_get_name(x->netdev));
    int error = excpath_tap_set_alias(&x->tap.dev, alias);

    free(alias);
    return error;
}

/* Says why 'x' must not use a tap that its ifalias marks as another
 * port's, or returns NULL. */
static char *
refuse_mark(const struct netdev_excpath *x, const char *name,
            const struct excpath_tap_info *info)
{
    const char *interface = made_for(info);
    const char *owner = info->alias + strlen(ALIAS_PREFIX);

    if (strncmp(info->alias, ALIAS_PREFIX, strlen(ALIAS_PREFIX))
        || is_own(x, info)) {
        return NULL;
    }
    if (interface) {
        return xasprintf("tap \"%s\" was made for interface \"%s\": choose "
                         "another name with options:tap-name, or delete it "
                         "with \"ip link del %s\"", name, interface, name);
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

/* Says why 'x' must not use 'dev', which has 'ifindex', because a port here
 * has it, or returns NULL. */
static char *
refuse_own_tap(const struct netdev_excpath *x, const struct excpath_dev *dev,
               int ifindex)
{
    struct netdev_excpath *other;
    char *error = NULL;

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (other, list_node, &excpath_list) {
        if (other->tap.keeper_fd < 0 || other->tap.ifindex != ifindex
            || (excpath_netns_get_id(other->tap.dev.ns)
                != excpath_netns_get_id(dev->ns))
            || !excpath_tap_is_alive(other->tap.keeper_fd)) {
            continue;
        }
        if (other == x) {
            error = xasprintf("tap \"%s\" is this interface's own, which was "
                              "renamed: name it \"%s\" again, then set "
                              "options:tap-name", dev->name,
                              x->options.tap_name);
        } else {
            error = xasprintf("tap \"%s\" already is the other end of "
                              "interface \"%s\": choose another name with "
                              "options:tap-name", dev->name,
                              netdev_get_name(other->netdev));
        }
        break;
    }
    ovs_mutex_unlock(&excpath_list_mutex);
    return error;
}

/* Opens the network namespace that a new tap with 'opts' is to be in. */
static int
open_netns(const struct excpath_options *opts, struct excpath_netns **nsp,
           char **errp)
{
    int error = 0;

    *nsp = NULL;
    if (opts->tap_netns[0]) {
        error = excpath_netns_open(opts->tap_netns, nsp);
    }
    if (error == EPERM) {
        /* Better here than not at all: excpath_follow_netns() complains. */
        error = 0;
    } else if (error == ENOENT) {
        *errp = xasprintf("waiting for network namespace \"%s\"",
                          opts->tap_netns);
        error = EXCPATH_NO_NETNS;
    } else if (error) {
        *errp = xasprintf("tap-netns=%s cannot be entered: %s",
                          opts->tap_netns, ovs_strerror(error));
    }
    return error;
}

/* excpath_owner_check(), of the device that was found. */
static int
check_dev(const struct netdev_excpath *x, const struct excpath_dev *dev,
          char **errp)
{
    long long int deadline = time_msec() + RELEASE_WAIT_MS;
    struct excpath_tap_info info;
    int error;

    for (;;) {
        error = excpath_tap_query(dev, &info);
        if (error == ENODEV) {
            return 0;
        } else if (error) {
            *errp = xasprintf("device \"%s\" cannot be looked up: %s",
                              dev->name, ovs_strerror(error));
            return error;
        }
        *errp = refuse_own_tap(x, dev, info.ifindex);
        if (*errp) {
            return EADDRINUSE;
        }
        *errp = refuse_tap(x, dev->name, &info);
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

int
excpath_owner_check(const struct netdev_excpath *x,
                    const struct excpath_options *opts, char **errp)
{
    struct excpath_dev dev;
    int error = open_netns(opts, &dev.ns, errp);

    if (!error) {
        ovs_strlcpy(dev.name, opts->tap_name, sizeof dev.name);
        error = check_dev(x, &dev, errp);
        excpath_netns_close(dev.ns);
    } else if (error == EXCPATH_NO_NETNS) {
        /* The port can wait for it. */
        free(*errp);
        *errp = NULL;
        error = 0;
    }
    return error;
}

bool
excpath_owner_locate(struct netdev_excpath *x, struct excpath_tap_info *info)
{
    struct excpath_tap *tap = &x->tap;
    struct excpath_netns *ns;
    bool here;
    int fd, error;

    if (tap->keeper_fd < 0) {
        return false;
    }
    error = excpath_tap_locate(tap->keeper_fd, tap->dev.name, &fd);
    if (error == EMFILE || error == ENFILE) {
        /* No descriptor is left to be told by: it is where it was. */
        here = true;
        fd = -1;
    } else if (error) {
        return false;
    } else {
        here = excpath_netns_is(tap->dev.ns, fd);
    }
    if (!here && !excpath_netns_open_fd(fd, &ns)) {
        excpath_netns_close(tap->dev.ns);
        tap->dev.ns = ns;
        here = true;
        /* The kernel sets down what it moves. */
        ovs_mutex_lock(&x->mutex);
        tap->was_up = x->tap_up;
        ovs_mutex_unlock(&x->mutex);
    }
    if (fd >= 0) {
        close(fd);
    }

    if (!here || excpath_tap_query(&tap->dev, info)) {
        return false;
    }
    tap->ifindex = info->ifindex;
    return true;
}

/* Opens a keeper on the tap that 'opts' name. */
static int
open_tap(struct netdev_excpath *x, const struct excpath_options *opts,
         struct excpath_tap_info *info, bool *created, char **errp)
{
    struct excpath_tap *tap = &x->tap;
    uint64_t n_unread;
    bool existed;
    int error;

    error = open_netns(opts, &tap->dev.ns, errp);
    if (error) {
        return error;
    }
    ovs_strlcpy(tap->dev.name, opts->tap_name, sizeof tap->dev.name);
    error = check_dev(x, &tap->dev, errp);
    if (error) {
        return error;
    }
    existed = !excpath_tap_query(&tap->dev, info);
    tap->made = !existed || is_own(x, info);

    error = excpath_tap_open_keeper(&tap->dev, &tap->keeper_fd, &n_unread);
    excpath_count(&x->rxq_stats[0].down_drops, n_unread);
    if (error) {
        *errp = xasprintf("tap \"%s\" cannot be %s: %s%s", opts->tap_name,
                          existed ? "opened" : "created", ovs_strerror(error),
                          error == EPERM
                          ? "; ovs-vswitchd needs CAP_NET_ADMIN" : "");
        return error;
    }
    tap->opened_in = excpath_netns_get_id(tap->dev.ns);
    *created = !existed;

    error = excpath_tap_query(&tap->dev, info);
    if (!error && *created) {
        error = mark(x);
    }
    if (error) {
        *errp = xasprintf("tap \"%s\" cannot be set up: %s", opts->tap_name,
                          ovs_strerror(error));
        return error;
    }
    tap->ifindex = info->ifindex;
    return 0;
}

int
excpath_owner_acquire(struct netdev_excpath *x,
                      const struct excpath_options *opts,
                      struct excpath_tap_info *info, bool *created,
                      char **errp)
{
    int error;

    *created = false;
    if (x->tap.keeper_fd >= 0) {
        if (excpath_tap_is_alive(x->tap.keeper_fd)) {
            if (!excpath_owner_locate(x, info)) {
                *errp = xasprintf("tap \"%s\" is not where it was",
                                  x->tap.dev.name);
                return ENODEV;
            }
            return 0;
        }
        excpath_owner_forget(&x->tap);
    }

    error = open_tap(x, opts, info, created, errp);
    if (error && x->tap.keeper_fd < 0) {
        excpath_owner_forget(&x->tap);
    }
    return error;
}

void
excpath_owner_forget(struct excpath_tap *tap)
{
    if (tap->keeper_fd >= 0) {
        close(tap->keeper_fd);
    }
    excpath_netns_close(tap->dev.ns);
    *tap = EXCPATH_TAP_NONE;
}

void
excpath_owner_set_bridge(struct netdev_excpath *x, const char *bridge)
{
    struct excpath_tap_info info;

    if (!nullable_string_is_equal(x->bridge, bridge)) {
        free(x->bridge);
        x->bridge = xstrdup(bridge);
        if (excpath_owner_locate(x, &info) && is_own(x, &info)) {
            mark(x);
        }
    }
}

/* Whether a port here has 'dev', which has 'ifindex'. */
static bool
is_held(const struct excpath_dev *dev, int ifindex)
{
    struct netdev_excpath *x;
    bool held = false;

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        held = held || (x->tap.keeper_fd >= 0 && x->tap.ifindex == ifindex
                        && x->tap.dev.ns == dev->ns);
    }
    ovs_mutex_unlock(&excpath_list_mutex);
    return held;
}

/* Whether there is a port called 'name' that runs. */
static bool
is_running(const char *name)
{
    struct netdev_excpath *x;
    bool found = false;

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        found |= x->running && !strcmp(netdev_get_name(x->netdev), name);
    }
    ovs_mutex_unlock(&excpath_list_mutex);
    return found;
}

static void
remove_if_left_over(const struct excpath_dev *dev,
                    const struct excpath_tap_info *info, void *names_)
{
    const struct sset *names = names_;
    const char *name = made_for(info);

    if (!name || !info->is_tap || info->n_queues || info->n_disabled
        || is_held(dev, info->ifindex)) {
        return;
    } else if (sset_contains(names, name)) {
        if (is_running(name)) {
            VLOG_WARN("tap \"%s\" was made for interface \"%s\", which now has "
                      "another one: its addresses and routes lead nowhere; "
                      "remove it with \"ip link del %s\"",
                      dev->name, name, dev->name);
        }
        return;
    }
    VLOG_INFO("tap \"%s\" is left over from interface \"%s\", which does not "
              "exist any more: %s", dev->name, name,
              excpath_tap_delete(dev) ? "it cannot be removed" : "removed");
}

void
excpath_owner_remove_left_over(const struct sset *names)
{
    excpath_tap_for_each(remove_if_left_over,
                         CONST_CAST(struct sset *, names));
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
    excpath_owner_forget(tap);
}
