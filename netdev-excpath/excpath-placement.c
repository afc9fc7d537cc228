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

#include "excpath-placement.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "excpath-cpus.h"
#include "excpath-endpoint.h"
#include "hash.h"
#include "netdev-excpath-private.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_placement);

/* How often to look for new PMD threads. */
#define LOOK_INTERVAL_MS 1000

/* Where the main thread might run before DPDK was initialized. */
static cpu_set_t process_cpus;

/* Where PMD threads run. */
static cpu_set_t pmd_cpus;

/* Of the ids of all threads when 'pmd_cpus' was found out. */
static uint32_t threads_hash;

/* Opens 'file' of thread 'tid', which may be one of the kernel's. */
static FILE *
open_thread_file(pid_t tid, const char *file)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%ld/%s", (long int) tid, file);
    return fopen(path, "r");
}

static bool
get_thread_name(pid_t tid, char name[16])
{
    FILE *stream = open_thread_file(tid, "comm");
    bool ok;

    if (!stream) {
        return false;
    }
    /* TASK_COMM_LEN in linux/sched.h. */
    ok = fgets(name, 16, stream) != NULL;
    fclose(stream);
    if (ok) {
        name[strcspn(name, "\n")] = '\0';
    }
    return ok;
}

/* Whether 'pmd_cpus' has changed since all ports were placed. */
static bool pmds_changed;

/* Finds out which threads there are, and if that has changed, where PMD
 * threads run. */
static void
look_for_pmds(void)
{
    cpu_set_t found;
    struct dirent *de;
    uint32_t hash = 0;
    DIR *dir = opendir("/proc/self/task");

    if (!dir) {
        return;
    }
    while ((de = readdir(dir)) != NULL) {
        hash = hash_add(hash, atoi(de->d_name));
    }
    if (hash == threads_hash) {
        closedir(dir);
        return;
    }
    threads_hash = hash;

    CPU_ZERO(&found);
    rewinddir(dir);
    while ((de = readdir(dir)) != NULL) {
        pid_t tid = atoi(de->d_name);
        char name[16];
        cpu_set_t cpus;

        if (!isdigit((unsigned char) de->d_name[0])
            || !get_thread_name(tid, name)) {
            continue;
        }
        if (strncmp(name, "pmd-c", 5)
            || sched_getaffinity(tid, sizeof cpus, &cpus)) {
            continue;
        }
        if (CPU_COUNT(&cpus) > 1) {
            /* It is just starting, and has not got its CPU yet. */
            threads_hash = 0;
        } else {
            CPU_OR(&found, &found, &cpus);
        }
    }
    closedir(dir);

    if (!CPU_EQUAL(&found, &pmd_cpus)) {
        pmd_cpus = found;
        pmds_changed = true;
    }
}

void
excpath_placement_init(void)
{
    if (sched_getaffinity(0, sizeof process_cpus, &process_cpus)) {
        memset(&process_cpus, 0xff, sizeof process_cpus);
    }
}

/* Where a port with 'opts' wants its workers. */
static cpu_set_t
choose_cpus(const struct excpath_options *opts)
{
    cpu_set_t cpus;

    if (opts->worker_cpus_set) {
        return opts->worker_cpus;
    }
    CPU_AND(&cpus, &process_cpus, &pmd_cpus);
    CPU_XOR(&cpus, &process_cpus, &cpus);
    /* With a PMD thread on every CPU the scheduler has to do what it can. */
    return CPU_COUNT(&cpus) ? cpus : process_cpus;
}

/* Tries CPUs out. */
struct trial {
    const cpu_set_t *cpus;
    cpu_set_t refused;          /* Those that the kernel does not give. */
    int error;
};

static void *
try_cpus(void *trial_)
{
    struct trial *trial = trial_;
    cpu_set_t now;

    /* EINVAL means that it gives none of them; otherwise it takes the others
     * without a word. */
    CPU_ZERO(&now);
    if (sched_setaffinity(0, sizeof *trial->cpus, trial->cpus)
        || sched_getaffinity(0, sizeof now, &now)) {
        trial->error = errno;
    }
    CPU_AND(&trial->refused, trial->cpus, &now);
    CPU_XOR(&trial->refused, trial->cpus, &trial->refused);
    return NULL;
}

char *
excpath_placement_check(const struct netdev_excpath *x,
                        const struct excpath_options *opts)
{
    struct trial trial = { .cpus = &opts->worker_cpus };
    char *text, *refused, *error;

    if (!opts->worker_cpus_set
        || (x->running && excpath_options_same_cpus(opts, &x->options))) {
        return NULL;
    }

    /* Whether the kernel takes them depends on which CPUs are online and on
     * the control group.  A thread for the purpose does not keep anything of
     * it. */
    xpthread_join(ovs_thread_create("trial", try_cpus, &trial), NULL);
    if (!CPU_COUNT(&trial.refused)) {
        return NULL;
    }

    text = excpath_cpus_format(&opts->worker_cpus);
    if (trial.error && trial.error != EINVAL) {
        error = xasprintf("worker-cpus=%s cannot be used: %s", text,
                          ovs_strerror(trial.error));
    } else {
        refused = excpath_cpus_format(&trial.refused);
        error = xasprintf("worker-cpus=%s cannot be used: leave out %s, which "
                          "ovs-vswitchd may not use or which are not online",
                          text, refused);
        free(refused);
    }
    free(text);
    return error;
}

int
excpath_placement_apply(struct netdev_excpath *x)
{
    pid_t workers[EXCPATH_MAX_QUEUES];
    cpu_set_t cpus;
    int n;

    look_for_pmds();
    cpus = choose_cpus(&x->options);

    ovs_mutex_lock(&x->mutex);
    n = x->n_workers;
    memcpy(workers, x->workers, sizeof workers);
    ovs_mutex_unlock(&x->mutex);

    for (int i = 0; i < n; i++) {
        if (sched_setaffinity(workers[i], sizeof cpus, &cpus)) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            VLOG_WARN_RL(&rl, "%s: worker thread %ld cannot be moved to other "
                         "CPUs: %s", netdev_get_name(x->netdev),
                         (long int) workers[i], ovs_strerror(errno));
        }
    }
    return CPU_COUNT(&cpus);
}

void
excpath_placement_run(void)
{
    static long long int next_look = LLONG_MIN;
    struct netdev_excpath *x;

    if (time_msec() < next_look) {
        return;
    }
    next_look = time_msec() + LOOK_INTERVAL_MS;

    ovs_mutex_lock(&excpath_list_mutex);
    if (!ovs_list_is_empty(&excpath_list)) {
        look_for_pmds();
    }
    if (pmds_changed) {
        pmds_changed = false;
        LIST_FOR_EACH (x, list_node, &excpath_list) {
            if (!x->options.worker_cpus_set) {
                excpath_endpoint_tune(x);
            }
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);
}

/* Whether thread 'tid' is in state "R" (proc_pid_stat(5)). */
static bool
is_runnable(pid_t tid)
{
    FILE *stream = open_thread_file(tid, "stat");
    char line[128];
    bool runnable = false;

    if (stream) {
        if (fgets(line, sizeof line, stream)) {
            /* The state follows the name, which may have any characters. */
            const char *name_end = strrchr(line, ')');

            runnable = name_end && !strncmp(name_end, ") R", 3);
        }
        fclose(stream);
    }
    return runnable;
}

bool
excpath_placement_get(pid_t tid, struct excpath_thread_info *info)
{
    FILE *stream;

    memset(info, 0, sizeof *info);
    if (!get_thread_name(tid, info->name)
        || sched_getaffinity(tid, sizeof info->cpus, &info->cpus)) {
        return false;
    }
    /* Documentation/scheduler/sched-stats.rst: the first number is the time
     * on a CPU, in ns. */
    stream = open_thread_file(tid, "schedstat");
    if (stream) {
        if (fscanf(stream, "%"SCNu64, &info->cpu_time_ns) != 1) {
            info->cpu_time_ns = 0;
        }
        fclose(stream);
    }
    info->runnable = is_runnable(tid);
    return true;
}
