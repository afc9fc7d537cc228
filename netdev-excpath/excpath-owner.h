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

#ifndef EXCPATH_OWNER_H
#define EXCPATH_OWNER_H 1

/* Which tap a port may have, and how it holds on to it: by a keeper, a
 * descriptor whose queue is detached, and by a mark in the tap's ifalias that
 * tells the switches on a host apart.
 *
 * Main thread only; 'x->mutex' must not be held.  Errors are positive errno
 * values, with a message in '*errp' that the caller must free. */

#include <errno.h>
#include <stdbool.h>

struct excpath_options;
struct excpath_tap;
struct excpath_tap_info;
struct netdev_excpath;
struct sset;

/* An error: the network namespace that a tap is to be in does not exist. */
#define EXCPATH_NO_NETNS ENONET

/* Returns 0 if 'x' may use the tap that 'opts' name, which may not exist yet,
 * and neither may its network namespace. */
int excpath_owner_check(const struct netdev_excpath *x,
                        const struct excpath_options *opts, char **errp);

/* Gives up '*tap', if any, which stays. */
void excpath_owner_forget(struct excpath_tap *tap);

/* Gives up '*tap', if any, which 'x' has or had: one that this switch made
 * disappears. */
void excpath_owner_release(const struct netdev_excpath *x,
                           struct excpath_tap *tap);

/* Has the tap of 'x', which a bridge of this name has, say so in its
 * ifalias. */
void excpath_owner_set_bridge(struct netdev_excpath *x, const char *bridge);

/* Removes taps that this switch made, in ovs-vswitchd's network namespace,
 * that nobody uses, for interfaces other than those in 'names'. */
void excpath_owner_remove_left_over(const struct sset *names);

/* Has the tap of 'x' outlive ovs-vswitchd, or not. */
int excpath_owner_set_persist(const struct netdev_excpath *x, bool persist,
                              char **errp);

/* Makes sure that 'x' has a keeper: on the tap it has, wherever that is now,
 * or else on the one that 'opts' name, which is made, with '*created' set, if
 * there is none: it is not persistent yet.  Fills '*info'.  After an error 'x'
 * may have a keeper all the same.  EXCPATH_NO_NETNS if the tap has nowhere to
 * be. */
int excpath_owner_acquire(struct netdev_excpath *x,
                          const struct excpath_options *opts,
                          struct excpath_tap_info *info, bool *created,
                          char **errp);

/* Notes where the tap of 'x' is and what it is called now, fills '*info' and
 * returns true.  Returns false if it was deleted, or is out of reach: in a
 * network namespace without a name, or without the privilege to go there. */
bool excpath_owner_locate(struct netdev_excpath *x,
                          struct excpath_tap_info *info);

#endif /* excpath-owner.h */
