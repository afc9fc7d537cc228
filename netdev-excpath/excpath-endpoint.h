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

#ifndef EXCPATH_ENDPOINT_H
#define EXCPATH_ENDPOINT_H 1

/* Brings the kernel endpoint of a port up and down: the tap, the backend that
 * serves it and the check that it really does.
 *
 * Main thread only.  No PMD thread may be using the port while it is started
 * or stopped, and 'x->mutex' must not be held. */

#include <stdbool.h>

struct excpath_options;
struct netdev_excpath;
struct smap;

/* Sets what stands for this host in default MAC addresses: 'system_id', or
 * something that the host has of its own if that is NULL. */
void excpath_endpoint_set_host(const char *system_id);

/* Starts 'x' with 'opts', which on success become 'x->options', and the MTU
 * asked for last, and verifies that the kernel takes what is sent.  On failure
 * returns a positive errno value, with a message in '*errp' that the caller
 * must free: then no device is left in DPDK, and no tap that was not there
 * before. */
int excpath_endpoint_start(struct netdev_excpath *x,
                           const struct excpath_options *opts, char **errp);

/* Returns NULL if 'x' could be started with 'opts', after it has been stopped
 * if it runs, as far as that can be told beforehand.  Otherwise returns the
 * reason, which the caller must free. */
char *excpath_endpoint_check(struct netdev_excpath *x,
                             const struct excpath_options *opts);

/* Applies those of 'x->options' that say how the workers of 'x' work. */
void excpath_endpoint_tune(struct netdev_excpath *x);

/* Does what the backends of all ports have to do now and then.  To be called
 * often, without 'excpath_list_mutex'. */
void excpath_endpoint_run(void);

/* Stops the backend of 'x', if any.  The tap stays. */
void excpath_endpoint_stop(struct netdev_excpath *x);

/* Has 'x', which is new, be what 'opts' say but for a backend that works:
 * there is no place for its tap yet. */
void excpath_endpoint_expect(struct netdev_excpath *x,
                             const struct excpath_options *opts);

/* Adds the state of 'x' to 'smap'. */
void excpath_endpoint_get_status(struct netdev_excpath *x, struct smap *smap);

#endif /* excpath-endpoint.h */
