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

#include "latency.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "excpath-latency.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

int
test_latency(int argc, char *argv[])
{
    struct excpath_latency *l = xzalloc_cacheline(sizeof *l);
    struct excpath_latency *base = xzalloc_cacheline(sizeof *base);
    struct json *ports = json_object_create();
    struct json *port = json_object_create();
    struct json *queues = json_array_create_empty();
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "-")) {
            memcpy(base, l, sizeof *base);
        } else {
            /* A clock with 3 GHz, that began a while ago. */
            excpath_latency_note(l, 5, 5 + 3 * strtoull(argv[i], NULL, 10),
                                 UINT64_C(3000000000));
        }
    }
    json_array_add(queues, excpath_latency_to_json(l, base));
    json_to_ds(json_array(queues)->elems[0], JSSF_SORT, &ds);
    puts(ds_cstr(&ds));
    ds_clear(&ds);

    json_object_put(port, "queue", queues);
    json_object_put(ports, "exc0", port);
    excpath_latency_format(&ds, ports);
    fputs(ds_cstr(&ds), stdout);

    ds_destroy(&ds);
    json_destroy(ports);
    free_cacheline(l);
    free_cacheline(base);
    return 0;
}

int
test_buckets(void)
{
    uint64_t end = 0;

    for (int i = 0; i < EXCPATH_LATENCY_BUCKETS; i++) {
        uint64_t begin = end;

        end = excpath_latency_end(i);
        if (begin >= end || excpath_latency_bucket(begin) != i
            || excpath_latency_bucket(end - 1) != i
            || (i >= 4 && end - begin > begin / 4)) {
            printf("bucket %d: from %"PRIu64" to %"PRIu64"\n", i, begin, end);
        }
    }
    if (excpath_latency_bucket(UINT64_MAX) != EXCPATH_LATENCY_BUCKETS - 1) {
        puts("no bucket for what takes for ever");
    }
    printf("%d buckets up to %"PRIu64" ns\n", EXCPATH_LATENCY_BUCKETS, end);
    return 0;
}
