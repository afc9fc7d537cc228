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

#ifndef EXCPATH_DRAIN_H
#define EXCPATH_DRAIN_H 1

#include <stdbool.h>

/* Calls 'moved', with 'aux', every millisecond until it has returned false for
 * some time: nothing is on its way any more, as far as can be seen from here.
 * A thread that moves packets may have to wait for a CPU for longer than it
 * moves them, so that it takes longer if there were any.  It always ends,
 * after half a second at most.  Main thread; without quiescing. */
void excpath_drain(bool (*moved)(void *aux), void *aux);

#endif /* excpath-drain.h */
