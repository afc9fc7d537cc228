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

#ifndef EXCPATH_FEATURES_H
#define EXCPATH_FEATURES_H 1

/* Which of the offloads that a port offers the kernel uses, since somebody may
 * have switched some off with ethtool -K.  To attach a queue to a tap offers
 * all of them anew: then they have to be switched off again.
 *
 * Generic receive offload is the kernel's own on vhost-net, and is up to the
 * workers on the tap backend, which have to be told.
 *
 * Main thread only, 'x->mutex' not held. */

#include <stdbool.h>

struct excpath_options;
struct netdev_excpath;

/* To be called before a backend is started for the first time. */
void excpath_features_init(void);

/* Notes what is switched off on the tap of 'x', whose backend is going to be
 * stopped. */
void excpath_features_note(struct netdev_excpath *x);

/* Switches that off again, now that 'x' has started with 'opts', and has
 * segments be merged or not. */
void excpath_features_restore(struct netdev_excpath *x,
                              const struct excpath_options *opts);

/* Switches off again what was off on the tap of 'x', which runs, if DPDK has
 * attached the queues once more.  To be called about once a second, and when
 * the tap has 'changed': then it notes what is off, otherwise, and has
 * segments be merged or not. */
void excpath_features_watch(struct netdev_excpath *x, bool changed);

#endif /* excpath-features.h */
