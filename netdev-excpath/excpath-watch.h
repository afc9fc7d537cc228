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

#ifndef EXCPATH_WATCH_H
#define EXCPATH_WATCH_H 1

/* What happens to a port's tap in the kernel.
 *
 * Main thread only, 'x->mutex' not held. */

struct netdev_excpath;

/* Notes whether the tap of 'x', which runs, is up, and takes over or undoes
 * what else was changed on it: see excpath-follow.h. */
void excpath_watch_look(struct netdev_excpath *x);

/* The kernel says that the tap of 'x' changed: excpath_watch_look(), and
 * notes what went wrong. */
void excpath_watch_changed(struct netdev_excpath *x);

/* To be called about once a second for 'x', which runs: notes what nobody
 * tells of, and does what could not be done at once. */
void excpath_watch_run(struct netdev_excpath *x);

#endif /* excpath-watch.h */
