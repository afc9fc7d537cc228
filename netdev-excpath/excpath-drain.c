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

#include <config.h>

#include "excpath-drain.h"

#include "timeval.h"
#include "util.h"

/* For how long nothing must move: if nothing has, and if something has. */
#define IDLE_MS 20
#define QUIET_MS 100

#define MAX_MS 500

void
excpath_drain(bool (*moved)(void *aux), void *aux)
{
    long long int now = time_msec();
    long long int end = now + MAX_MS;
    long long int quiet = now + IDLE_MS;

    do {
        if (moved(aux)) {
            quiet = now + QUIET_MS;
        }
        xnanosleep_no_quiesce(1000 * 1000);
        now = time_msec();
    } while (now < MIN(quiet, end));
}
