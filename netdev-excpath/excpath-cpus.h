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

#ifndef EXCPATH_CPUS_H
#define EXCPATH_CPUS_H 1

/* Lists of CPUs as text, in the kernel's form: "2,4-6".
 *
 * Pure functions: no I/O, no global state, any thread. */

#include <sched.h>
#include <stdbool.h>

/* Parses 's' into '*cpus'.  Returns false if it is no list of at least one
 * CPU, all of them below CPU_SETSIZE. */
bool excpath_cpus_parse(const char *s, cpu_set_t *cpus);

/* Returns 'cpus' as text, which the caller must free. */
char *excpath_cpus_format(const cpu_set_t *cpus);

#endif /* excpath-cpus.h */
