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

#ifndef EXCPATH_FOLLOW_H
#define EXCPATH_FOLLOW_H 1

/* What is changed on a tap in the kernel, and who wins: what the switch was
 * told (mtu_request, tap-mac) is set again, everything else is taken over.
 *
 * Main thread only, without 'x->mutex'. */

#include <stdbool.h>

struct excpath_tap_info;
struct netdev_excpath;

/* Brings 'x', which runs, and its tap, which is as in 'info', together. */
void excpath_follow(struct netdev_excpath *x,
                    const struct excpath_tap_info *info);

/* Moves the tap of 'x', which runs, to the network namespace that its options
 * name, ovs-vswitchd's own if they name none. */
void excpath_follow_netns(struct netdev_excpath *x);

/* Whether there has to be another excpath_follow() in a second or so, since
 * the last one would have changed the tap too soon after the one before. */
bool excpath_follow_is_due(const struct netdev_excpath *x);

#endif /* excpath-follow.h */
