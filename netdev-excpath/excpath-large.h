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

#ifndef EXCPATH_LARGE_H
#define EXCPATH_LARGE_H 1

/* Large frames from the kernel: TCP segments of up to 64 KiB, which OVS wants
 * in one piece, and the buffers for them, which a port has of its own.
 *
 * Main thread only, while no PMD thread uses the port. */

struct netdev_excpath;

/* Makes 'n' buffers of 64 KiB for 'x', 'x->large_mp', and has the kernel send
 * no larger frames through the tap of 'x'.  Returns 0 or a positive errno
 * value, with a message in '*errp' that the caller must free. */
int excpath_large_start(struct netdev_excpath *x, unsigned int n,
                        char **errp);

/* Undoes excpath_large_start(), or what was done of it.  The buffers are kept
 * for the next excpath_large_start() that wants as many: a port that restarts
 * would have to have memory for them twice, since they go away only when all
 * of them are back. */
void excpath_large_stop(struct netdev_excpath *x);

/* Gives back the buffers that excpath_large_stop() has kept. */
void excpath_large_release(struct netdev_excpath *x);

#endif /* excpath-large.h */
