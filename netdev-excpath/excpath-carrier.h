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

#ifndef EXCPATH_CARRIER_H
#define EXCPATH_CARRIER_H 1

/* What those who route in the kernel see of a port: a carrier on its tap, and
 * how fast it is. */

struct netdev_excpath;

/* Gives the tap of 'x' the carrier and the speed that it is to have: those of
 * its peer, or without one a carrier while the port works and is up in its
 * bridge.  Main thread only, without 'x->mutex'. */
void excpath_carrier_update(struct netdev_excpath *x);

#endif /* excpath-carrier.h */
