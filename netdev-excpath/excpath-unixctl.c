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

/* ovs-appctl excpath/list, excpath/show, excpath/stats, excpath/latency and
 * excpath/reset-stats. */

#include <string.h>

#include <rte_cycles.h>

#include "excpath-backend.h"
#include "excpath-cpus.h"
#include "excpath-endpoint.h"
#include "excpath-latency.h"
#include "excpath-netns.h"
#include "excpath-placement.h"
#include "excpath-show.h"
#include "netdev-excpath-private.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "smap.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* A command. */
struct report {
    struct json *(*make)(struct netdev_excpath *x);
    void (*format)(struct ds *, const struct json *);
};

static struct json *
report_name(struct netdev_excpath *x)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "tap", x->tap.keeper_fd >= 0
                                        ? x->tap.dev.name
                                        : x->options.tap_name);
    if (x->tap.dev.ns) {
        json_object_put_string(json, "netns",
                               excpath_netns_get_name(x->tap.dev.ns));
    }
    return json;
}

static struct json *
report_workers(struct netdev_excpath *x)
{
    struct json *json = json_object_create();
    pid_t workers[EXCPATH_MAX_QUEUES];
    int n;

    ovs_mutex_lock(&x->mutex);
    n = x->n_workers;
    memcpy(workers, x->workers, sizeof workers);
    ovs_mutex_unlock(&x->mutex);

    for (int i = 0; i < n; i++) {
        struct excpath_thread_info info;
        struct json *worker;
        char *id;

        if (!excpath_placement_get(workers[i], &info)) {
            continue;
        }
        worker = json_object_create();
        json_object_put_string(worker, "name", info.name);
        json_object_put(worker, "cpus", json_string_create_nocopy(
            excpath_cpus_format(&info.cpus)));
        json_object_put(worker, "cpu_time_us",
                        json_integer_create(info.cpu_time_ns / 1000));
        id = xasprintf("%ld", (long int) workers[i]);
        json_object_put(json, id, worker);
        free(id);
    }
    return json;
}

/* Puts 'counter', less what it was at the last reset, 'base', if there was
 * one, into 'json'. */
static void
put_counter(struct json *json, const char *name,
            const excpath_counter *counter, const excpath_counter *base)
{
    json_object_put(json, name, json_integer_create(
        excpath_counter_get(counter)
        - (base ? excpath_counter_get(base) : 0)));
}

/* Puts into 'json' when the counters began, if there was a reset. */
static void
put_since(struct json *json, const struct excpath_stats *base)
{
    if (base) {
        json_object_put(json, "since", json_string_create_nocopy(
            xastrftime_msec("%Y-%m-%dT%H:%M:%S.###Z", base->when, true)));
    }
}

static struct json *
report_stats(struct netdev_excpath *x)
{
    const struct excpath_stats *base = x->stats_base;
    struct json *json = json_object_create();
    struct json *port = json_object_create();

#define EXCPATH_STAT(NAME) \
    put_counter(q, "rx_" #NAME, &x->rxq_stats[i].NAME, \
                base ? &base->rxq[i].NAME : NULL);
    for (int i = 0; i < excpath_stats_n_queues(x); i++) {
        struct json *q = json_object_create();
        char *name = xasprintf("queue %d", i);

        EXCPATH_RXQ_STATS
#undef EXCPATH_STAT
#define EXCPATH_STAT(NAME) \
    put_counter(q, "tx_" #NAME, &x->txq_stats[i].NAME, \
                base ? &base->txq[i].NAME : NULL);
        EXCPATH_TXQ_STATS
#undef EXCPATH_STAT
        json_object_put(json, name, q);
        free(name);
    }

#define EXCPATH_STAT(NAME) \
    put_counter(port, "tx_" #NAME, &x->port_stats.NAME, \
                base ? &base->port.NAME : NULL);
    EXCPATH_PORT_STATS
#undef EXCPATH_STAT
    json_object_put(json, "port", port);
    put_since(json, base);
    return json;
}

static struct json *
report_latency(struct netdev_excpath *x)
{
    const struct excpath_stats *base = x->stats_base;
    struct json *queues = json_array_create_empty();
    struct json *json = json_object_create();

    for (int i = 0; i < x->n_queues; i++) {
        struct json *queue = excpath_latency_to_json(
            &x->latency[i], base ? &base->latency[i] : NULL);
        uint64_t waiting = x->started ? x->backend->get_waiting(x, i) : 0;

        json_object_put(queue, "waiting_ns", json_integer_create(
            waiting * 1e9 / rte_get_tsc_hz()));
        json_array_add(queues, queue);
    }
    json_object_put(json, "queue", queues);
    put_since(json, base);
    return json;
}

/* The sum of those of 'counters' that begin with 'prefix' and are drops. */
static uint64_t
sum_drops(const struct json *counters, const char *prefix)
{
    struct shash_node *node;
    uint64_t sum = 0;

    SHASH_FOR_EACH (node, json_object(counters)) {
        if (!strncmp(node->name, prefix, strlen(prefix))
            && strstr(node->name, "_drops")) {
            sum += json_integer(node->data);
        }
    }
    return sum;
}

static void
put_fill(struct json *json, const char *direction,
         const struct excpath_fill *fill)
{
    const unsigned int values[] = { fill->size, fill->now, fill->peak };
    static const char *const names[] = { "size", "now", "peak" };

    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        char *name = xasprintf("%s_ring_%s", direction, names[i]);

        json_object_put(json, name, json_integer_create(values[i]));
        free(name);
    }
}

/* A summary of each queue's counters, 'stats', with how full its rings are. */
static struct json *
report_queues(struct netdev_excpath *x, const struct json *stats)
{
    static const char *const counters[] = {
        "rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "tx_wakeups",
        "tx_bursts",
    };
    struct json *json = json_array_create_empty();

    for (int i = 0; i < x->n_queues; i++) {
        struct excpath_fill to_kernel, from_kernel;
        struct json *queue = json_object_create();
        char *name = xasprintf("queue %d", i);
        const struct json *q = shash_find_data(json_object(stats), name);

        for (size_t j = 0; j < ARRAY_SIZE(counters); j++) {
            json_object_put(queue, counters[j], json_clone(
                shash_find_data(json_object(q), counters[j])));
        }
        json_object_put(queue, "rx_drops",
                        json_integer_create(sum_drops(q, "rx_")));
        json_object_put(queue, "tx_drops",
                        json_integer_create(sum_drops(q, "tx_")));
        if (x->started
            && x->backend->get_fill(x, i, &to_kernel, &from_kernel)) {
            put_fill(queue, "tx", &to_kernel);
            put_fill(queue, "rx", &from_kernel);
        }
        json_array_add(json, queue);
        free(name);
    }
    return json;
}

static struct json *
report_error(const char *message, long long int since, long long int until)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "message", message);
    json_object_put(json, "age_s",
                    json_integer_create((time_msec() - since) / 1000));
    if (until) {
        json_object_put(json, "over_s",
                        json_integer_create((time_msec() - until) / 1000));
    }
    return json;
}

/* What is wrong with 'x', and what was, the gravest first. */
static struct json *
report_errors(struct netdev_excpath *x)
{
    struct json *json = json_array_create_empty();

    ovs_mutex_lock(&x->mutex);
    for (int i = EXCPATH_N_ERRORS - 1; i >= 0; i--) {
        if (x->errors[i]) {
            json_array_add(json, report_error(x->errors[i],
                                              x->history[i].since, 0));
        }
    }
    for (int i = EXCPATH_N_ERRORS - 1; i >= 0; i--) {
        const struct excpath_error_history *history = &x->history[i];

        if (history->past) {
            json_array_add(json, report_error(history->past,
                                              history->past_since,
                                              history->past_until));
        }
    }
    ovs_mutex_unlock(&x->mutex);
    return json;
}

static struct json *
report_status(struct netdev_excpath *x)
{
    struct smap status = SMAP_INITIALIZER(&status);
    struct json *json = json_object_create();
    const struct smap_node *node;
    struct json *stats;

    excpath_endpoint_get_status(x, &status);
    SMAP_FOR_EACH (node, &status) {
        const char *key = node->key;

        key += strncmp(key, "excpath_", 8) ? 0 : 8;
        json_object_put_string(json, key, node->value);
    }
    smap_destroy(&status);
    json_object_put(json, "workers", report_workers(x));
    stats = report_stats(x);
    json_object_put(json, "queue", report_queues(x, stats));
    json_object_put(json, "tx_drops", json_integer_create(
        sum_drops(shash_find_data(json_object(stats), "port"), "tx_")));
    json_destroy(stats);
    json_object_put(json, "errors", report_errors(x));
    return json;
}

static struct json *
report_reset(struct netdev_excpath *x)
{
    excpath_stats_reset(x);
    if (x->started) {
        x->backend->forget_peaks(x);
    }
    return report_name(x);
}

/* Of one of excpath/list and the like, as text. */
static void
format_text(struct ds *ds, const struct json *json, int indent)
{
    const struct shash_node **nodes = shash_sort(json_object(json));
    size_t n = shash_count(json_object(json));

    for (size_t i = 0; i < n; i++) {
        const struct json *value = nodes[i]->data;

        ds_put_char_multiple(ds, ' ', indent);
        ds_put_format(ds, "%s:", nodes[i]->name);
        if (value->type == JSON_OBJECT) {
            ds_put_char(ds, '\n');
            format_text(ds, value, indent + 2);
        } else if (value->type == JSON_INTEGER) {
            ds_put_format(ds, " %"PRId64"\n", json_integer(value));
        } else {
            ds_put_format(ds, " %s\n", json_string(value));
        }
    }
    free(nodes);
}

static void
format_plain(struct ds *ds, const struct json *json)
{
    format_text(ds, json, 0);
}

static void
excpath_unixctl_report(struct unixctl_conn *conn, int argc,
                       const char *argv[], void *report_)
{
    const struct report *report = report_;
    struct json *all = json_object_create();
    struct netdev_excpath *x;
    const char *name = NULL;
    bool as_json = false;
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json")) {
            as_json = true;
        } else if (!strncmp(argv[i], "--", 2)) {
            char *error = xasprintf("unknown option %s: the only one is "
                                    "--json", argv[i]);

            unixctl_command_reply_error(conn, error);
            free(error);
            goto out;
        } else if (!name) {
            name = argv[i];
        } else {
            unixctl_command_reply_error(conn, "at most one interface can be "
                                        "named");
            goto out;
        }
    }

    ovs_mutex_lock(&excpath_list_mutex);
    LIST_FOR_EACH (x, list_node, &excpath_list) {
        if (x->running
            && (!name || !strcmp(name, netdev_get_name(x->netdev)))) {
            json_object_put(all, netdev_get_name(x->netdev),
                            report->make(x));
        }
    }
    ovs_mutex_unlock(&excpath_list_mutex);

    if (name && shash_is_empty(json_object(all))) {
        char *error = xasprintf("\"%s\": no interface of type excpath has "
                                "this name; \"ovs-appctl excpath/list\" "
                                "shows those that there are", name);

        unixctl_command_reply_error(conn, error);
        free(error);
        goto out;
    }

    if (as_json) {
        json_to_ds(all, JSSF_PRETTY | JSSF_SORT, &ds);
        ds_put_char(&ds, '\n');
    } else {
        report->format(&ds, all);
    }
    unixctl_command_reply(conn, ds_cstr(&ds));

out:
    json_destroy(all);
    ds_destroy(&ds);
}

void
excpath_unixctl_init(void)
{
    static const struct {
        const char *name;
        struct report report;
    } commands[] = {
        { "excpath/list", { report_name, format_plain } },
        { "excpath/show", { report_status, excpath_show_format } },
        { "excpath/stats", { report_stats, format_plain } },
        { "excpath/latency", { report_latency, excpath_latency_format } },
        { "excpath/reset-stats", { report_reset, format_plain } },
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        unixctl_command_register(commands[i].name, "[--json] [interface]",
                                 0, 2, excpath_unixctl_report,
                                 CONST_CAST(struct report *,
                                            &commands[i].report));
    }
}
