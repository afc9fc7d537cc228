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

#ifndef EXCPATH_CONFIG_H
#define EXCPATH_CONFIG_H 1

#include <stdbool.h>

/* How a port becomes what the user wants, and stays as it was if it cannot.
 *
 * What is wanted, what is in effect and what failed last are compared as a
 * whole, options and MTU.  These are members of the class: main thread only,
 * with 'x->mutex' not held, and reconfigure() while no PMD thread uses the
 * port. */

struct netdev;
struct netdev_excpath;
struct smap;
struct sset;

int excpath_config_set(struct netdev *, const struct smap *args, char **errp);
int excpath_config_set_mtu(struct netdev *, int mtu);
int excpath_config_reconfigure(struct netdev *);
void excpath_config_run(void);

/* Has 'x', which runs and has no mtu_request, restart with 'mtu', which its
 * tap got in the kernel, or its peer has.  Returns false if that cannot be,
 * and when it has failed before. */
bool excpath_config_follow_mtu(struct netdev_excpath *x, int mtu);

/* Has 'x', which runs, restart, although that failed before, if its tap was
 * not made again only just now: then it is to be called again later. */
void excpath_config_retry(struct netdev_excpath *x);

/* The names of all interfaces that excpath_config_set() has been called
 * for. */
const struct sset *excpath_config_names(void);

/* 'x' is about to be destroyed: keeps it from coming back at once if no
 * datapath had a use for it. */
void excpath_config_note_end(struct netdev_excpath *x);

#endif /* excpath-config.h */
