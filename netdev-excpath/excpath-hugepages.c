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

#include "excpath-hugepages.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "openvswitch/vlog.h"
#include "smap.h"

VLOG_DEFINE_THIS_MODULE(excpath_hugepages);

/* A directory for each size: Documentation/admin-guide/mm/hugetlbpage.rst in
 * the kernel's source. */
#define HUGEPAGES_DIR "/sys/kernel/mm/hugepages"

/* Number 'name' in 'dir', or 0 if it cannot be read. */
static unsigned long
read_number(const char *dir, const char *name)
{
    char path[PATH_MAX];
    unsigned long n = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s/%s", HUGEPAGES_DIR, dir, name);
    file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%lu", &n) != 1) {
            n = 0;
        }
        fclose(file);
    }
    return n;
}

/* Whether the machine has hugepages and none is to be had, as DPDK counts:
 * get_num_hugepages() in lib/eal/linux/eal_hugepage_info.c. */
static bool
is_none_free(void)
{
    DIR *dir = opendir(HUGEPAGES_DIR);
    const struct dirent *entry;
    bool none = true;

    if (!dir) {
        return false;
    }
    while (none && (entry = readdir(dir))) {
        const char *size = entry->d_name;

        none = (size[0] == '.'
                || (read_number(size, "free_hugepages")
                    <= read_number(size, "resv_hugepages")
                    && read_number(size, "nr_overcommit_hugepages")
                       <= read_number(size, "surplus_hugepages")));
    }
    closedir(dir);
    return none;
}

void
excpath_hugepages_check(const struct smap *other_config)
{
    static bool checked = false;
    const char *dpdk_init;

    if (checked) {
        return;
    }
    dpdk_init = smap_get_def(other_config, "dpdk-init", "false");
    if (strcasecmp(dpdk_init, "true") && strcasecmp(dpdk_init, "try")) {
        return;
    }
    checked = true;
    if (!strstr(smap_get_def(other_config, "dpdk-extra", ""), "--no-huge")
        && is_none_free()) {
        /* DPDK may still find some that belong to nobody but a file that a
         * process of its own has left behind. */
        VLOG_WARN("no hugepage is free on this machine: if DPDK does not "
                  "start, reserve some, with \"sysctl vm.nr_hugepages=512\" "
                  "for example, and start ovs-vswitchd again");
    }
}
