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

#include "excpath-show.h"

#include <inttypes.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

#define COLUMNS 79

/* Appends 'text', which follows what is in the last line of 'ds', with the
 * lines after the first indented by 'indent'. */
static void
put_wrapped(struct ds *ds, const char *text, int indent)
{
    const char *line = memrchr(ds->string, '\n', ds->length);
    size_t column = ds->length - (line ? line + 1 - ds->string : 0);

    while (*text) {
        size_t len = strcspn(text, " ");

        if (column + 1 + len > COLUMNS && column > (size_t) indent) {
            ds_put_char(ds, '\n');
            ds_put_char_multiple(ds, ' ', indent);
            column = indent;
        } else if (ds->length && ds_last(ds) != ' ') {
            ds_put_char(ds, ' ');
            column++;
        }
        ds_put_buffer(ds, text, len);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    ds_put_char(ds, '\n');
}

static int64_t
get_integer(const struct json *object, const char *name)
{
    const struct json *json = shash_find_data(json_object(object), name);

    return json ? json_integer(json) : 0;
}

/* Appends a span of 's' seconds: "59 s", "59 min", "23 h" or "99 d". */
static void
put_span(struct ds *ds, int64_t s)
{
    if (s < 60) {
        ds_put_format(ds, "%"PRId64" s", s);
    } else if (s < 60 * 60) {
        ds_put_format(ds, "%"PRId64" min", s / 60);
    } else if (s < 24 * 60 * 60) {
        ds_put_format(ds, "%"PRId64" h", s / 60 / 60);
    } else {
        ds_put_format(ds, "%"PRId64" d", s / 60 / 60 / 24);
    }
}

static void
put_workers(struct ds *ds, const struct json *workers)
{
    const struct shash_node **nodes = shash_sort(json_object(workers));
    size_t n = shash_count(json_object(workers));

    if (n) {
        ds_put_format(ds, "  %-8s %-15s %12s  %s\n", "worker", "name",
                      "CPU time, s", "CPUs");
    }
    for (size_t i = 0; i < n; i++) {
        const struct json *worker = nodes[i]->data;
        const struct shash *shash = json_object(worker);

        ds_put_format(ds, "  %-8s %-15s %12.1f ", nodes[i]->name,
                      json_string(shash_find_data(shash, "name")),
                      get_integer(worker, "cpu_time_us") / 1e6);
        put_wrapped(ds, json_string(shash_find_data(shash, "cpus")), 42);
    }
    free(nodes);
}

/* Appends the line of 'queue' for a direction, "tx" or "rx". */
static void
put_direction(struct ds *ds, const struct json *queue, const char *direction)
{
    static const char *const names[] = {
        "packets", "drops", "ring_now", "ring_peak", "ring_size",
    };
    int64_t values[ARRAY_SIZE(names)];
    bool has_ring = false;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *name = xasprintf("%s_%s", direction, names[i]);

        has_ring = shash_find(json_object(queue), name) != NULL;
        values[i] = get_integer(queue, name);
        free(name);
    }
    ds_put_format(ds, "%-11s %15"PRId64" %12"PRId64,
                  strcmp(direction, "tx") ? "from kernel" : "to kernel",
                  values[0], values[1]);
    if (has_ring) {
        char *ring = xasprintf("%"PRId64"/%"PRId64"/%"PRId64, values[2],
                               values[3], values[4]);

        ds_put_format(ds, " %15s", ring);
        free(ring);
    } else {
        ds_put_format(ds, " %15s", "-");
    }
}

static void
put_queues(struct ds *ds, const struct json *queues)
{
    size_t n = json_array(queues)->n;

    if (n) {
        ds_put_format(ds, "  %-5s %-11s %15s %12s %15s %14s\n", "queue", "",
                      "packets", "drops", "now/peak/ring", "wake-ups/not");
    }
    for (size_t i = 0; i < n; i++) {
        const struct json *queue = json_array(queues)->elems[i];
        int64_t wakeups = get_integer(queue, "tx_wakeups");
        int64_t bursts = get_integer(queue, "tx_bursts");

        ds_put_format(ds, "  %-5"PRIuSIZE" ", i);
        put_direction(ds, queue, "tx");
        if (bursts) {
            char *text = xasprintf("%"PRId64"/%"PRId64, wakeups,
                                   MAX(bursts - wakeups, 0));

            ds_put_format(ds, " %14s\n", text);
            free(text);
        } else {
            ds_put_format(ds, " %14s\n", "-");
        }
        ds_put_format(ds, "  %-5s ", "");
        put_direction(ds, queue, "rx");
        ds_put_char(ds, '\n');
    }
}

static void
put_errors(struct ds *ds, const struct json *errors)
{
    for (size_t i = 0; i < json_array(errors)->n; i++) {
        const struct json *error = json_array(errors)->elems[i];
        const struct shash *shash = json_object(error);
        int64_t age = get_integer(error, "age_s");

        if (shash_find(shash, "over_s")) {
            int64_t over = get_integer(error, "over_s");

            ds_put_cstr(ds, "  over for ");
            put_span(ds, over);
            ds_put_cstr(ds, ", lasted ");
            put_span(ds, age - over);
        } else {
            ds_put_cstr(ds, "  wrong for ");
            put_span(ds, age);
        }
        ds_put_char(ds, ':');
        put_wrapped(ds, json_string(shash_find_data(shash, "message")), 4);
    }
}

void
excpath_show_format(struct ds *ds, const struct json *json)
{
    const struct shash_node **ports = shash_sort(json_object(json));

    for (size_t i = 0; i < shash_count(json_object(json)); i++) {
        const struct shash *port = json_object(ports[i]->data);
        const struct shash_node **nodes = shash_sort(port);

        ds_put_format(ds, "%s:\n", ports[i]->name);
        for (size_t j = 0; j < shash_count(port); j++) {
            const struct json *value = nodes[j]->data;

            if (value->type == JSON_STRING
                && strcmp(nodes[j]->name, "last_error")) {
                ds_put_format(ds, "  %s:", nodes[j]->name);
                put_wrapped(ds, json_string(value), 4);
            }
        }
        free(nodes);
        put_workers(ds, shash_find_data(port, "workers"));
        put_queues(ds, shash_find_data(port, "queue"));
        ds_put_format(ds, "  drops of no queue, to the kernel: %"PRId64"\n",
                      get_integer(ports[i]->data, "tx_drops"));
        put_errors(ds, shash_find_data(port, "errors"));
    }
    free(ports);
}
