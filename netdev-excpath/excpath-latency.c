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

#include "excpath-latency.h"

#include <inttypes.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"

/* How many of 'n' in ten thousand are to be below... */
static const struct {
    const char *name;
    unsigned int share;
} quantiles[] = {
    { "p50_ns", 5000 },
    { "p90_ns", 9000 },
    { "p99_ns", 9900 },
    { "max_ns", 10000 },
};

int
excpath_latency_bucket(uint64_t ns)
{
    int shift;

    if (ns < 1u << EXCPATH_LATENCY_MIN_SHIFT) {
        return ns >> (EXCPATH_LATENCY_MIN_SHIFT - 2);
    }
    shift = log_2_floor(ns);
    if (shift >= EXCPATH_LATENCY_MAX_SHIFT) {
        return EXCPATH_LATENCY_BUCKETS - 1;
    }
    /* The two bits below the highest one. */
    return 4 + 4 * (shift - EXCPATH_LATENCY_MIN_SHIFT)
           + (ns >> (shift - 2)) % 4;
}

uint64_t
excpath_latency_end(int bucket)
{
    int shift = EXCPATH_LATENCY_MIN_SHIFT - 2 + MAX(bucket / 4 - 1, 0);
    int quarter = bucket < 4 ? bucket : 4 + bucket % 4;

    return (uint64_t) (quarter + 1) << shift;
}

void
excpath_latency_note(struct excpath_latency *l, uint64_t since, uint64_t now,
                     uint64_t hz)
{
    /* The TSCs of two CPUs may differ by a trifle. */
    uint64_t cycles = now > since ? now - since : 0;
    uint64_t mhz = hz / 1000000;

    /* Without an overflow for years. */
    excpath_count(&l->buckets[excpath_latency_bucket(cycles / mhz * 1000
                                                     + cycles % mhz * 1000
                                                       / mhz)], 1);
}

struct json *
excpath_latency_to_json(const struct excpath_latency *l,
                        const struct excpath_latency *base)
{
    struct json *json = json_object_create();
    struct json *buckets = json_array_create_empty();
    uint64_t counts[EXCPATH_LATENCY_BUCKETS];
    uint64_t n = 0, sum = 0;
    size_t q = 0;

    for (int i = 0; i < EXCPATH_LATENCY_BUCKETS; i++) {
        counts[i] = excpath_counter_get(&l->buckets[i])
                    - (base ? excpath_counter_get(&base->buckets[i]) : 0);
        n += counts[i];
    }
    json_object_put(json, "samples", json_integer_create(n));
    for (int i = 0; i < EXCPATH_LATENCY_BUCKETS && n; i++) {
        struct json *bucket;

        if (!counts[i]) {
            continue;
        }
        sum += counts[i];
        for (; q < ARRAY_SIZE(quantiles)
             && sum * 10000 >= n * quantiles[q].share; q++) {
            json_object_put(json, quantiles[q].name,
                            json_integer_create(excpath_latency_end(i)));
        }
        bucket = json_object_create();
        json_object_put(bucket, "below_ns",
                        json_integer_create(excpath_latency_end(i)));
        json_object_put(bucket, "samples", json_integer_create(counts[i]));
        json_array_add(buckets, bucket);
    }
    json_object_put(json, "buckets", buckets);
    return json;
}

static uint64_t
get_integer(const struct json *object, const char *name)
{
    const struct json *json = shash_find_data(json_object(object), name);

    return json ? json_integer(json) : 0;
}

/* Appends 'ns', the number in 'width' columns, with a unit that suits. */
static void
put_time(struct ds *ds, uint64_t ns, int width)
{
    static const char *const units[] = { "ns", "us", "ms", "s" };
    double value = ns;
    size_t i = 0;

    while (value >= 1000 && i < ARRAY_SIZE(units) - 1) {
        value /= 1000;
        i++;
    }
    ds_put_format(ds, "%*.*f %s", width, i && value < 100 ? 1 : 0, value,
                  units[i]);
}

/* Appends a line for each power of two that there is something in. */
static void
put_histogram(struct ds *ds, const struct json *buckets)
{
    uint64_t counts[EXCPATH_LATENCY_BUCKETS / 4] = { 0 };
    int first = -1, last = -1;
    uint64_t most = 0;

    for (size_t i = 0; i < json_array(buckets)->n; i++) {
        const struct json *bucket = json_array(buckets)->elems[i];
        /* Its end belongs to the bucket that follows. */
        int octave = excpath_latency_bucket(get_integer(bucket, "below_ns")
                                            - 1) / 4;

        counts[octave] += get_integer(bucket, "samples");
        most = MAX(most, counts[octave]);
        first = first < 0 ? octave : first;
        last = octave;
    }
    for (int i = first; i >= 0 && i <= last; i++) {
        size_t line = ds->length;

        ds_put_cstr(ds, "    below ");
        put_time(ds, excpath_latency_end(4 * i + 3), 5);
        ds_put_char_multiple(ds, ' ', 1 + line + 18 - ds->length);
        ds_put_format(ds, "%12"PRIu64" ", counts[i]);
        /* At least one for what is not empty. */
        ds_put_char_multiple(ds, '#', (counts[i] * 44 + most - 1) / most);
        ds_chomp(ds, ' ');
        ds_put_char(ds, '\n');
    }
}

void
excpath_latency_format(struct ds *ds, const struct json *json)
{
    static const char *const labels[] = { "50 %", "90 %", "99 %", "all" };
    const struct shash_node **ports = shash_sort(json_object(json));

    BUILD_ASSERT_DECL(ARRAY_SIZE(labels) == ARRAY_SIZE(quantiles));

    for (size_t i = 0; i < shash_count(json_object(json)); i++) {
        const struct shash *port = json_object(ports[i]->data);
        const struct json *queues = shash_find_data(port, "queue");
        const struct json *since = shash_find_data(port, "since");

        ds_put_format(ds, "%s:\n", ports[i]->name);
        if (since) {
            ds_put_format(ds, "  since %s\n", json_string(since));
        }
        for (size_t j = 0; j < json_array(queues)->n; j++) {
            const struct json *queue = json_array(queues)->elems[j];
            uint64_t n = get_integer(queue, "samples");
            uint64_t waiting = get_integer(queue, "waiting_ns");

            ds_put_format(ds, "  queue %"PRIuSIZE": %"PRIu64" packets timed\n",
                          j, n);
            for (size_t k = 0; k < ARRAY_SIZE(labels) && n; k++) {
                ds_put_format(ds, "%s%s < ", k ? ", " : "    ", labels[k]);
                put_time(ds, get_integer(queue, quantiles[k].name), 0);
            }
            if (n) {
                ds_put_char(ds, '\n');
            }
            put_histogram(ds, shash_find_data(json_object(queue),
                                              "buckets"));
            if (waiting) {
                ds_put_cstr(ds, "    one has been waiting for ");
                put_time(ds, waiting, 0);
                ds_put_char(ds, '\n');
            }
        }
    }
    free(ports);
}
