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

#ifndef EXCPATH_PLACEMENT_H
#define EXCPATH_PLACEMENT_H 1

/* Where the worker threads of a port run, be they ours or the kernel's.
 *
 * Main thread only; 'x->mutex' must not be held. */

#include <stdbool.h>
#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

#include "excpath-options.h"

struct netdev_excpath;

struct excpath_thread_info {
    char name[16];
    cpu_set_t cpus;             /* On which it may run. */
    uint64_t cpu_time_ns;       /* CPU time used so far, 0 if not known. */
    bool runnable;              /* It runs, or would if it got a CPU. */
};

/* Notes where the process may run.  To be called once, before DPDK is
 * initialized, which may have the main thread stay on one CPU. */
void excpath_placement_init(void);

/* Says why workers of 'x' cannot run where 'opts' say, or returns NULL.  The
 * caller must free it. */
char *excpath_placement_check(const struct netdev_excpath *x,
                              const struct excpath_options *opts);

/* Has the workers of 'x' run where 'x->options' say, or else where no PMD
 * thread does, if there is such a CPU.  Returns how many CPUs that are. */
int excpath_placement_apply(struct netdev_excpath *x);

/* Calls excpath_endpoint_tune() for ports without "worker-cpus", if the PMD
 * threads have changed.  To be called often. */
void excpath_placement_run(void);

/* Fills '*info' for the thread 'tid'.  Returns false if there is none. */
bool excpath_placement_get(pid_t tid, struct excpath_thread_info *info);

#endif /* excpath-placement.h */
