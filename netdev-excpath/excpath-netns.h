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

#ifndef EXCPATH_NETNS_H
#define EXCPATH_NETNS_H 1

/* Network namespaces other than ovs-vswitchd's, in which a tap can be.
 *
 * Only those with a name, as "ip netns" gives them, are served: a descriptor
 * of a tap that was opened inside a namespace keeps the namespace, and of one
 * without a name there is no telling when everybody else is done with it.
 *
 * A null pointer stands for ovs-vswitchd's own namespace.  Main thread
 * only. */

#include <stdbool.h>
#include <stdint.h>

struct ofpbuf;

struct excpath_netns;

/* Opens the network namespace called 'name', or stores a null pointer in
 * '*nsp' if that is ovs-vswitchd's own.  ENOENT if there is none, EPERM
 * without the privilege to work there (CAP_SYS_ADMIN).  The caller owns what
 * is in '*nsp'. */
int excpath_netns_open(const char *name, struct excpath_netns **nsp);

/* The same for the one behind 'fd', which the caller keeps.  ENOENT if it has
 * no name. */
int excpath_netns_open_fd(int fd, struct excpath_netns **nsp);

void excpath_netns_close(struct excpath_netns *);

/* The name of 'ns', empty for ovs-vswitchd's own, and a number that no other
 * namespace has at the same time, zero for that. */
const char *excpath_netns_get_name(const struct excpath_netns *ns);
uint64_t excpath_netns_get_id(const struct excpath_netns *ns);

/* Whether 'ns' is the namespace behind 'fd'. */
bool excpath_netns_is(const struct excpath_netns *ns, int fd);

/* Whether there is a network namespace called 'name', and whether 'ns' still
 * has its name. */
bool excpath_netns_exists(const char *name);
bool excpath_netns_has_name(const struct excpath_netns *ns);

/* Whether the link with 'ifindex' may have changed in 'ns' since this was
 * called last, and to wake up the main loop when links do. */
bool excpath_netns_run(struct excpath_netns *ns, int ifindex);
void excpath_netns_wait(const struct excpath_netns *ns);

/* Has what the calling thread opens and makes be in 'ns', until
 * excpath_netns_leave(ns): nothing of libopenvswitch's that opens sockets may
 * be called in between, since it keeps them for later. */
int excpath_netns_enter(const struct excpath_netns *ns);
void excpath_netns_leave(const struct excpath_netns *ns);

/* Does in 'ns' what nl_transact() does. */
int excpath_netns_transact(struct excpath_netns *ns, struct ofpbuf *request,
                           struct ofpbuf **replyp);

/* A socket for ioctls on the devices of 'ns', which is not null.  Not the
 * caller's. */
int excpath_netns_ioctl_fd(const struct excpath_netns *ns);

/* A descriptor of 'ns' that can be passed in a request.  Not the caller's. */
int excpath_netns_get_fd(const struct excpath_netns *ns);

#endif /* excpath-netns.h */
