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

#ifndef EXCPATH_HEALTH_H
#define EXCPATH_HEALTH_H 1

/* Whether the workers of ports get CPU time.
 *
 * Packets of a worker that does not wait in its rings, and are dropped once
 * these are full, which looks like a kernel that is too slow.  Main thread. */

/* Looks at the workers of all ports, twice a second at most, and says in the
 * status of a port which one has been waiting for a CPU.  To be called
 * often. */
void excpath_health_run(void);
void excpath_health_wait(void);

#endif /* excpath-health.h */
