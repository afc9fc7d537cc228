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

#ifndef EXCPATH_TRIAL_H
#define EXCPATH_TRIAL_H 1

#include "openvswitch/types.h"

struct excpath_backend_ops;
struct excpath_options;
struct netdev_excpath;

/* Sends a frame through each queue of 'x' and waits until the kernel counts
 * them at the tap, received or, as when it is down, dropped: the only proof
 * that memory table, rings and worker are right, since virtio_user reports
 * success whatever happens.  May take seconds, if they are not.
 *
 * Main thread only, while no PMD thread uses 'x'.  Returns 0 or a positive
 * errno value, with a message in '*errp' that the caller must free. */
int excpath_trial(struct netdev_excpath *x,
                  const struct excpath_backend_ops *ops,
                  const struct excpath_options *opts,
                  const struct eth_addr mac, char **errp);

#endif /* excpath-trial.h */
