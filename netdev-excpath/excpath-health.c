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

#include "excpath-health.h"

#include <string.h>

#include "excpath-config.h"
#include "excpath-cpus.h"
#include "excpath-placement.h"
#include "excpath-worker.h"
#include "netdev-excpath-private.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* How often to look, and for how long a worker has to wait in vain.  Together
 * less than two seconds, after which a fault has to show.  A CPU without
 * scheduler ticks (nohz_full) accounts for the time of its threads once a
 * second (sched_tick_remote() in kernel/sched/core.c). */
#define LOOK_INTERVAL_MS 500
#define STARVED_MS 1400

/* Returns a message if worker 'i' of 'x', thread 'tid', gets no CPU time.  A
 * look that is 'late' only is the first of several: nobody knows what was
 * before. */
static char *
check_worker(struct netdev_excpath *x, int i, pid_t tid, bool late)
{
    struct excpath_worker_seen *seen = &x->workers_seen[i];
    struct excpath_thread_info info;
    char *cpus, *message;

    if (!excpath_placement_get(tid, &info)) {
        return NULL;
    } else if (!info.runnable || !info.cpu_time_ns || seen->tid != tid
               || seen->cpu_time_ns != info.cpu_time_ns || late) {
        *seen = (struct excpath_worker_seen) {
            .tid = tid,
            .cpu_time_ns = info.cpu_time_ns,
            .when = time_msec(),
        };
        return NULL;
    } else if (time_msec() - seen->when < STARVED_MS) {
        return NULL;
    }

    cpus = excpath_cpus_format(&info.cpus);
    message = xasprintf("worker thread %ld (%s) gets no CPU time on CPUs %s, "
                        "which others with a higher priority use, or its "
                        "control group allows no more: give it other CPUs "
                        "with options:worker-cpus", (long int) tid,
                        info.name, cpus);
    free(cpus);
    return message;
}

/* Returns a message if worker 'i' of 'x', thread 'tid', has ended by
 * itself. */
static char *
check_ended(const struct netdev_excpath *x, int i, pid_t tid)
{
    if (!x->has_tap_workers || !excpath_worker_has_ended(x->tap_workers[i])) {
        return NULL;
    }
    return xasprintf("worker thread %ld has ended, which nothing here had it "
                     "do: look for who did in the kernel's log and for a "
                     "seccomp filter; the port is restarted", (long int) tid);
}

static void
check_port(struct netdev_excpath *x, bool late)
{
    pid_t workers[EXCPATH_MAX_QUEUES];
    char *message = NULL;
    int n;

    ovs_mutex_lock(&x->mutex);
    n = x->n_workers;
    memcpy(workers, x->workers, sizeof workers);
    ovs_mutex_unlock(&x->mutex);

    for (int i = 0; i < n && !message; i++) {
        message = check_ended(x, i, workers[i]);
        if (message) {
            x->tap_stale = true;
            excpath_config_retry(x);
        } else {
            message = check_worker(x, i, workers[i], late);
        }
    }
    netdev_excpath_set_error(x, EXCPATH_E_WORKER, message);
}

static long long int next_look;

void
excpath_health_wait(void)
{
    poll_timer_wait_until(next_look);
}

void
excpath_health_run(void)
{
    struct netdev_excpath *x;
    bool late;

    if (time_msec() < next_look) {
        return;
    }
    /* This thread may have been the one that did not run. */
    late = time_msec() - next_look > LOOK_INTERVAL_MS;
    next_look = time_msec() + LOOK_INTERVAL_MS;

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->running) {
            check_port(x, late);
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}
