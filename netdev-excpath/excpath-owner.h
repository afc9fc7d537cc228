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

#include <stdbool.h>

struct excpath_options;
struct excpath_tap;
struct excpath_tap_info;
struct netdev_excpath;

/* Returns 0 if 'x' may use the tap 'name', which may not exist yet. */
int excpath_owner_check(const struct netdev_excpath *x,
                        const char *name, char **errp);

/* Gives up '*tap', if any, which 'x' has or had: one that this switch made
 * disappears. */
void excpath_owner_release(const struct netdev_excpath *x,
                           struct excpath_tap *tap);

/* Has the tap of 'x' outlive ovs-vswitchd, or not. */
int excpath_owner_set_persist(const struct netdev_excpath *x, bool persist,
                              char **errp);

/* Makes sure that 'x' has a keeper on the tap that 'opts' names, and makes the
 * tap, setting '*created', if there is none: it is not persistent yet.  Fills
 * '*info'.  After an error 'x' may have a keeper all the same. */
int excpath_owner_acquire(struct netdev_excpath *x,
                          const struct excpath_options *opts,
                          struct excpath_tap_info *info, bool *created,
                          char **errp);

/* Returns true, and fills '*info', if the tap of 'x' is where 'x' expects it:
 * in the network namespace of ovs-vswitchd, under its name. */
bool excpath_owner_is_here(const struct netdev_excpath *x,
                           struct excpath_tap_info *info);

#endif /* excpath-owner.h */
