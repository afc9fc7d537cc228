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

#include "excpath-cpus.h"

#include <ctype.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Reads the number of a CPU at '*s' and moves '*s' behind it. */
static bool
parse_cpu(const char **s, unsigned long int *cpu)
{
    char *end;

    if (!isdigit((unsigned char) **s)) {
        return false;
    }
    *cpu = strtoul(*s, &end, 10);
    *s = end;
    return *cpu < CPU_SETSIZE;
}

bool
excpath_cpus_parse(const char *s, cpu_set_t *cpus)
{
    CPU_ZERO(cpus);
    for (;;) {
        unsigned long int first, last;

        if (!parse_cpu(&s, &first)) {
            return false;
        }
        last = first;
        if (*s == '-') {
            s++;
            if (!parse_cpu(&s, &last) || last < first) {
                return false;
            }
        }
        for (unsigned long int i = first; i <= last; i++) {
            CPU_SET(i, cpus);
        }
        if (!*s) {
            return true;
        } else if (*s++ != ',') {
            return false;
        }
    }
}

char *
excpath_cpus_format(const cpu_set_t *cpus)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < CPU_SETSIZE; i++) {
        int first = i;

        if (!CPU_ISSET(i, cpus)) {
            continue;
        }
        while (i + 1 < CPU_SETSIZE && CPU_ISSET(i + 1, cpus)) {
            i++;
        }
        ds_put_format(&ds, "%s%d", ds.length ? "," : "", first);
        if (i > first) {
            ds_put_format(&ds, "-%d", i);
        }
    }
    return ds_steal_cstr(&ds);
}
