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

#include "excpath-netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netlink.h"
#include "netlink-socket.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_netns);

/* Where "ip netns" keeps names: NETNS_RUN_DIR in iproute2's namespace.h. */
#define NETNS_DIR "/run/netns"

/* Of the main thread, which ovs-vswitchd starts in the namespace it is to work
 * in. */
#define OWN_NETNS "/proc/thread-self/ns/net"

struct excpath_netns {
    char *name;
    int fd;                     /* Keeps it. */
    dev_t dev;                  /* What tells it from others... */
    ino_t ino;                  /* ...both of the same file system. */
    struct nl_sock *sock;       /* NETLINK_ROUTE, for requests... */
    struct nl_sock *events;     /* ...and for its links' changes. */
    int ioctl_fd;               /* AF_INET, for ioctls on its devices. */
};

static int
get_own_fd(void)
{
    static int fd = -1;

    if (fd < 0) {
        fd = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
    }
    return fd;
}

int
excpath_netns_get_fd(const struct excpath_netns *ns)
{
    return ns ? ns->fd : get_own_fd();
}

int
excpath_netns_ioctl_fd(const struct excpath_netns *ns)
{
    return ns->ioctl_fd;
}

const char *
excpath_netns_get_name(const struct excpath_netns *ns)
{
    return ns ? ns->name : "";
}

uint64_t
excpath_netns_get_id(const struct excpath_netns *ns)
{
    return ns ? ns->ino : 0;
}

static bool
same_file(int a, int b)
{
    struct stat s, t;

    return (!fstat(a, &s) && !fstat(b, &t)
            && s.st_dev == t.st_dev && s.st_ino == t.st_ino);
}

bool
excpath_netns_is(const struct excpath_netns *ns, int fd)
{
    return same_file(excpath_netns_get_fd(ns), fd);
}

int
excpath_netns_enter(const struct excpath_netns *ns)
{
    return ns && setns(ns->fd, CLONE_NEWNET) < 0 ? errno : 0;
}

void
excpath_netns_leave(const struct excpath_netns *ns)
{
    if (ns && setns(get_own_fd(), CLONE_NEWNET) < 0) {
        /* To go on would be to work on somebody else's devices. */
        ovs_abort(errno, "cannot return from network namespace \"%s\"",
                  ns->name);
    }
}

/* Opens the sockets of 'ns', inside. */
static int
open_sockets(struct excpath_netns *ns)
{
    int error = get_own_fd() < 0 ? errno : excpath_netns_enter(ns);

    if (error) {
        return error;
    }
    error = nl_sock_create(NETLINK_ROUTE, &ns->sock);
    if (!error) {
        error = nl_sock_create(NETLINK_ROUTE, &ns->events);
    }
    if (!error) {
        error = nl_sock_join_mcgroup(ns->events, RTNLGRP_LINK);
    }
    if (!error) {
        ns->ioctl_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        error = ns->ioctl_fd < 0 ? errno : 0;
    }
    excpath_netns_leave(ns);
    return error;
}

int
excpath_netns_open(const char *name, struct excpath_netns **nsp)
{
    char *path = xasprintf(NETNS_DIR"/%s", name);
    struct excpath_netns *ns;
    struct stat s;
    int error = 0;
    int fd;

    *nsp = NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    free(path);
    if (fd < 0) {
        return errno;
    } else if (excpath_netns_is(NULL, fd)) {
        close(fd);
        return 0;
    }

    ns = xzalloc(sizeof *ns);
    ns->name = xstrdup(name);
    ns->fd = fd;
    ns->ioctl_fd = -1;
    if (fstat(fd, &s) < 0) {
        error = errno;
    } else {
        ns->dev = s.st_dev;
        ns->ino = s.st_ino;
        error = open_sockets(ns);
    }
    if (error) {
        excpath_netns_close(ns);
        ns = NULL;
        /* "ip netns add" makes the file before it is a namespace. */
        error = error == EINVAL ? ENOENT : error;
    }
    *nsp = ns;
    return error;
}

int
excpath_netns_open_fd(int fd, struct excpath_netns **nsp)
{
    struct stat want, s;
    int error = ENOENT;
    struct dirent *de;
    DIR *dir;

    *nsp = NULL;
    if (excpath_netns_is(NULL, fd)) {
        return 0;
    } else if (fstat(fd, &want) < 0) {
        return errno;
    }

    dir = opendir(NETNS_DIR);
    if (!dir) {
        return errno;
    }
    while (error == ENOENT && (de = readdir(dir)) != NULL) {
        if (!fstatat(dirfd(dir), de->d_name, &s, 0)
            && s.st_dev == want.st_dev && s.st_ino == want.st_ino) {
            error = excpath_netns_open(de->d_name, nsp);
        }
    }
    closedir(dir);
    return error;
}

void
excpath_netns_close(struct excpath_netns *ns)
{
    if (ns) {
        nl_sock_destroy(ns->sock);
        nl_sock_destroy(ns->events);
        if (ns->ioctl_fd >= 0) {
            close(ns->ioctl_fd);
        }
        close(ns->fd);
        free(ns->name);
        free(ns);
    }
}

static bool
stat_name(const char *name, struct stat *s)
{
    char *path = xasprintf(NETNS_DIR"/%s", name);
    bool exists = !stat(path, s);

    free(path);
    return exists;
}

bool
excpath_netns_exists(const char *name)
{
    struct stat s, dir;

    /* "ip netns add" makes a file before it makes it a namespace. */
    return (stat_name(name, &s) && !stat(NETNS_DIR, &dir)
            && s.st_dev != dir.st_dev);
}

bool
excpath_netns_has_name(const struct excpath_netns *ns)
{
    struct stat s;

    return (stat_name(ns->name, &s)
            && s.st_dev == ns->dev && s.st_ino == ns->ino);
}

bool
excpath_netns_run(struct excpath_netns *ns, int ifindex)
{
    struct ofpbuf buf;
    bool changed = false;
    int error;

    ofpbuf_init(&buf, 4096);
    while ((error = nl_sock_recv(ns->events, &buf, NULL, false)) != EAGAIN) {
        const struct ifinfomsg *ifi = (error ? NULL
                                       : ofpbuf_at(&buf, NLMSG_HDRLEN,
                                                   sizeof *ifi));

        /* ENOBUFS: so many changes that some got lost. */
        changed = changed || !ifi || ifi->ifi_index == ifindex;
        if (error && error != ENOBUFS) {
            break;
        }
    }
    ofpbuf_uninit(&buf);
    return changed;
}

void
excpath_netns_wait(const struct excpath_netns *ns)
{
    nl_sock_wait(ns->events, POLLIN);
}

int
excpath_netns_transact(struct excpath_netns *ns, struct ofpbuf *request,
                       struct ofpbuf **replyp)
{
    struct ofpbuf *reply;
    int error;

    if (!ns) {
        return nl_transact(NETLINK_ROUTE, request, replyp);
    }

    reply = ofpbuf_new(4096);
    error = nl_sock_send(ns->sock, request, true);
    while (!error) {
        error = nl_sock_recv(ns->sock, reply, NULL, true);
        /* Anything else answers a request that was given up. */
        if (!error && (nl_msg_nlmsghdr(reply)->nlmsg_seq
                       == nl_msg_nlmsghdr(request)->nlmsg_seq)) {
            nl_msg_nlmsgerr(reply, &error, NULL);
            break;
        }
    }
    if (error || !replyp) {
        ofpbuf_delete(reply);
        reply = NULL;
    }
    if (replyp) {
        *replyp = reply;
    }
    return error;
}
