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

#include "excpath-options.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "excpath-cpus.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "sha1.h"
#include "smap.h"
#include "util.h"

static const char *const known_keys[] = {
    "backend", "n_rxq", "n_rxq_desc", "n_txq_desc", "tap-name", "tap-mac",
    "tap-netns", "tap-up", "persist", "peer", "worker-cpus", "poll-us", "csum",
    "tso",
};

const char *
excpath_backend_to_string(enum excpath_backend backend)
{
    switch (backend) {
    case EXCPATH_BACKEND_AUTO: return "auto";
    case EXCPATH_BACKEND_VHOST_NET: return "vhost-net";
    case EXCPATH_BACKEND_TAP: return "tap";
    }
    OVS_NOT_REACHED();
}

const char *
excpath_tap_name_check(const char *name)
{
    if (!name[0]) {
        return "is empty: use 1 to 15 characters";
    }
    if (strlen(name) >= IFNAMSIZ) {
        return "is longer than the 15 characters that the kernel allows";
    }
    if (name[0] == '-') {
        return "begins with '-', which programs take for an option: use "
               "another one";
    }
    if (!strcmp(name, ".") || !strcmp(name, "..")
        || !strcmp(name, "all") || !strcmp(name, "default")) {
        /* The latter two name directories in /proc/sys/net/ipv4/conf. */
        return "means something else to the kernel: use another one";
    }
    for (const char *p = name; *p; p++) {
        /* The kernel refuses '/', ':' and white space (dev_valid_name() in
         * net/core/dev.c) and expands '%'; ',', '=', '[' and more mean
         * something in DPDK's device arguments. */
        if (!isalnum((unsigned char) *p) && !strchr("._-", *p)) {
            return "has a character other than letters, digits, '.', '_' "
                   "and '-', which is not safe in a kernel device name";
        }
    }
    return NULL;
}

struct eth_addr
excpath_stable_mac(const char *host_id, const char *tap_name)
{
    char *key = xasprintf("%s|%s", host_id, tap_name);
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct eth_addr mac;

    sha1_bytes(key, strlen(key), digest);
    free(key);

    memcpy(mac.ea, digest, ETH_ADDR_LEN);
    mac.ea[0] &= ~1;            /* Unicast. */
    mac.ea[0] |= 2;             /* Locally administered. */
    return mac;
}

static bool
in_list(const char *key, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(key, list[i])) {
            return true;
        }
    }
    return false;
}

static char *
check_keys(const struct smap *args)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, args) {
        if (!in_list(node->key, known_keys, ARRAY_SIZE(known_keys))) {
            struct ds ds = DS_EMPTY_INITIALIZER;

            ds_put_format(&ds, "unknown option %s=%s: the options of type "
                          "excpath are ", node->key, node->value);
            for (size_t i = 0; i < ARRAY_SIZE(known_keys); i++) {
                ds_put_format(&ds, "%s%s",
                              !i ? "" : i < ARRAY_SIZE(known_keys) - 1 ? ", "
                              : " and ", known_keys[i]);
            }
            return ds_steal_cstr(&ds);
        }
    }
    return NULL;
}

static char *
parse_int(const struct smap *args, const char *key, int min, int max,
          const char *note, int *value)
{
    const char *s = smap_get(args, key);

    if (s && (!isdigit((unsigned char) s[0])
              || !str_to_int(s, 10, value) || *value < min || *value > max)) {
        return xasprintf("%s=%s is not valid: use an integer from %d to %d%s",
                         key, s, min, max, note);
    }
    return NULL;
}

static char *
parse_desc(const struct smap *args, const char *key, int *value)
{
    const char *s = smap_get(args, key);
    char *error = parse_int(args, key, EXCPATH_MIN_DESC, EXCPATH_MAX_DESC,
                            " that is a power of two", value);

    if (!error && s && !is_pow2(*value)) {
        error = xasprintf("%s=%s is not valid: use a power of two from %d to "
                          "%d", key, s, EXCPATH_MIN_DESC, EXCPATH_MAX_DESC);
    }
    return error;
}

static char *
parse_bool(const struct smap *args, const char *key, bool *value)
{
    const char *s = smap_get(args, key);

    if (!s) {
        return NULL;
    } else if (!strcmp(s, "true")) {
        *value = true;
    } else if (!strcmp(s, "false")) {
        *value = false;
    } else {
        return xasprintf("%s=%s is not valid: use true or false", key, s);
    }
    return NULL;
}

static char *
parse_backend(const struct smap *args, struct excpath_options *opts)
{
    const char *s = smap_get_def(args, "backend", "auto");

    if (!strcmp(s, "auto")) {
        opts->backend = EXCPATH_BACKEND_AUTO;
    } else if (!strcmp(s, "vhost-net")) {
        opts->backend = EXCPATH_BACKEND_VHOST_NET;
    } else if (!strcmp(s, "tap")) {
        opts->backend = EXCPATH_BACKEND_TAP;
    } else {
        return xasprintf("backend=%s is not valid: use auto, vhost-net or "
                         "tap", s);
    }
    return NULL;
}

static char *
parse_tap_name(const struct smap *args, const char *name,
               struct excpath_options *opts)
{
    const char *s = smap_get(args, "tap-name");
    const char *wrong = excpath_tap_name_check(s ? s : name);

    if (wrong && s) {
        return xasprintf("tap-name=%s is not valid: the name %s", s, wrong);
    } else if (wrong) {
        return xasprintf("interface name \"%s\" cannot name the kernel "
                         "device: it %s; set options:tap-name to the name "
                         "that the kernel device shall have", name, wrong);
    }
    ovs_strlcpy(opts->tap_name, s ? s : name, sizeof opts->tap_name);
    return NULL;
}

static char *
parse_tap_netns(const struct smap *args, struct excpath_options *opts)
{
    const char *s = smap_get(args, "tap-netns");

    if (s) {
        if (!s[0] || strlen(s) >= sizeof opts->tap_netns || strchr(s, '/')
            || !strcmp(s, ".") || !strcmp(s, "..")) {
            return xasprintf("tap-netns=%s is not valid: use the name of a "
                             "network namespace, as \"ip netns\" shows it, of "
                             "at most %"PRIuSIZE" characters", s,
                             sizeof opts->tap_netns - 1);
        }
        ovs_strlcpy(opts->tap_netns, s, sizeof opts->tap_netns);
    }
    return NULL;
}

static char *
parse_tap_mac(const struct smap *args, struct excpath_options *opts)
{
    const char *s = smap_get(args, "tap-mac");

    if (s) {
        if (!eth_addr_from_string(s, &opts->tap_mac)
            || eth_addr_is_multicast(opts->tap_mac)
            || eth_addr_is_zero(opts->tap_mac)) {
            return xasprintf("tap-mac=%s is not valid: use a unicast Ethernet "
                             "address, as in 02:00:00:00:00:01", s);
        }
        opts->tap_mac_set = true;
    }
    return NULL;
}

static char *
parse_peer(const struct smap *args, const char *name,
           struct excpath_options *opts)
{
    const char *s = smap_get(args, "peer");

    if (s && (!s[0] || strlen(s) >= sizeof opts->peer)) {
        return xasprintf("peer=%s is not valid: use the name of an interface "
                         "of this switch, of at most %"PRIuSIZE" characters",
                         s, sizeof opts->peer - 1);
    } else if (s && !strcmp(s, name)) {
        return xasprintf("peer=%s is this interface itself: use the name of "
                         "another one, whose carrier the tap is to mirror",
                         s);
    }
    ovs_strlcpy(opts->peer, s ? s : "", sizeof opts->peer);
    return NULL;
}

static char *
parse_worker_cpus(const struct smap *args, struct excpath_options *opts)
{
    const char *s = smap_get(args, "worker-cpus");

    if (s) {
        if (!excpath_cpus_parse(s, &opts->worker_cpus)) {
            return xasprintf("worker-cpus=%s is not valid: use a list of "
                             "CPUs, as in 2,4-6", s);
        }
        opts->worker_cpus_set = true;
    }
    return NULL;
}

static const char *
switch_to_string(enum excpath_switch value)
{
    return (value == EXCPATH_ON ? "on" : value == EXCPATH_OFF ? "off"
            : "auto");
}

static char *
parse_switch(const struct smap *args, const char *key,
             enum excpath_switch *value)
{
    const char *s = smap_get_def(args, key, "auto");

    for (*value = EXCPATH_AUTO; *value <= EXCPATH_OFF; ++*value) {
        if (!strcmp(s, switch_to_string(*value))) {
            return NULL;
        }
    }
    return xasprintf("%s=%s is not valid: use auto, on or off", key, s);
}

/* A large frame has no checksum but those that its segments are to have. */
static char *
check_switches(const struct excpath_options *opts)
{
    if (opts->tso == EXCPATH_ON && opts->csum == EXCPATH_OFF) {
        return xstrdup("tso=on is not possible with csum=off: use csum=auto, "
                       "or tso=auto");
    }
    return NULL;
}

int
excpath_options_parse(const struct smap *args, const char *name,
                      int max_queues, struct excpath_options *opts,
                      char **errp)
{
    char *error;

    *opts = (struct excpath_options) {
        .n_queues = 1,
        .n_rxq_desc_set = smap_get(args, "n_rxq_desc") != NULL,
        .n_rxq_desc = EXCPATH_DEFAULT_DESC,
        .n_txq_desc = EXCPATH_DEFAULT_DESC,
        .poll_us_set = smap_get(args, "poll-us") != NULL,
        .poll_us = EXCPATH_DEFAULT_POLL_US,
        .tap_up = true,
        .persist = true,
    };

    (void) ((error = check_keys(args))
            || (error = parse_backend(args, opts))
            || (error = parse_int(args, "n_rxq", 1, max_queues,
                                  " (queue pairs)", &opts->n_queues))
            || (error = parse_desc(args, "n_rxq_desc", &opts->n_rxq_desc))
            || (error = parse_desc(args, "n_txq_desc", &opts->n_txq_desc))
            || (error = parse_tap_name(args, name, opts))
            || (error = parse_tap_mac(args, opts))
            || (error = parse_tap_netns(args, opts))
            || (error = parse_bool(args, "tap-up", &opts->tap_up))
            || (error = parse_bool(args, "persist", &opts->persist))
            || (error = parse_peer(args, name, opts))
            || (error = parse_worker_cpus(args, opts))
            || (error = parse_int(args, "poll-us", 0, EXCPATH_MAX_POLL_US,
                                  " (microseconds)", &opts->poll_us))
            || (error = parse_switch(args, "csum", &opts->csum))
            || (error = parse_switch(args, "tso", &opts->tso))
            || (error = check_switches(opts)));
    *errp = error;
    return error ? EINVAL : 0;
}

bool
excpath_options_csum(const struct excpath_options *opts, bool userspace_tso)
{
    return userspace_tso && opts->csum != EXCPATH_OFF;
}

bool
excpath_options_tso(const struct excpath_options *opts, bool userspace_tso)
{
    return (excpath_options_csum(opts, userspace_tso)
            && opts->tso != EXCPATH_OFF);
}

bool
excpath_options_gro(const struct excpath_options *opts)
{
    /* The kernel takes large frames whether OVS can deal with them or not. */
    return excpath_options_tso(opts, true);
}

bool
excpath_options_same_offloads(const struct excpath_options *a,
                              const struct excpath_options *b)
{
    /* "auto" is one of the two others, and not for a port to choose. */
    return (excpath_options_csum(a, true) == excpath_options_csum(b, true)
            && excpath_options_tso(a, true) == excpath_options_tso(b, true));
}

char *
excpath_options_check_offloads(const struct excpath_options *opts,
                               bool userspace_tso)
{
    const char *key = (opts->csum == EXCPATH_ON ? "csum"
                       : opts->tso == EXCPATH_ON ? "tso" : NULL);

    if (key && !userspace_tso) {
        return xasprintf("%s=on needs this version of Open vSwitch to run "
                         "with other_config:userspace-tso-enable=true: set "
                         "that and restart ovs-vswitchd, or use %s=auto", key,
                         key);
    }
    return NULL;
}

int
excpath_options_n_rxq_desc(const struct excpath_options *opts, bool large)
{
    return (large && !opts->n_rxq_desc_set ? EXCPATH_LARGE_DESC
            : opts->n_rxq_desc);
}

void
excpath_options_format(const struct excpath_options *opts, bool large,
                       struct smap *args)
{
    smap_add(args, "backend", excpath_backend_to_string(opts->backend));
    smap_add_format(args, "n_rxq", "%d", opts->n_queues);
    smap_add_format(args, "n_rxq_desc", "%d",
                    excpath_options_n_rxq_desc(opts, large));
    smap_add_format(args, "n_txq_desc", "%d", opts->n_txq_desc);
    smap_add(args, "tap-name", opts->tap_name);
    if (opts->tap_mac_set) {
        smap_add_format(args, "tap-mac", ETH_ADDR_FMT,
                        ETH_ADDR_ARGS(opts->tap_mac));
    }
    if (opts->tap_netns[0]) {
        smap_add(args, "tap-netns", opts->tap_netns);
    }
    smap_add(args, "tap-up", opts->tap_up ? "true" : "false");
    smap_add(args, "persist", opts->persist ? "true" : "false");
    if (opts->peer[0]) {
        smap_add(args, "peer", opts->peer);
    }
    smap_add(args, "csum", switch_to_string(opts->csum));
    smap_add(args, "tso", switch_to_string(opts->tso));
    smap_add_format(args, "poll-us", "%d", opts->poll_us);
    if (opts->worker_cpus_set) {
        smap_add_nocopy(args, xstrdup("worker-cpus"),
                        excpath_cpus_format(&opts->worker_cpus));
    }
}

bool
excpath_options_equal(const struct excpath_options *a,
                      const struct excpath_options *b)
{
    return !excpath_options_need_restart(a, b, false)
           && a->n_rxq_desc_set == b->n_rxq_desc_set
           && a->csum == b->csum
           && a->tso == b->tso
           && a->backend == b->backend
           && !strcmp(a->tap_netns, b->tap_netns)
           && a->tap_up == b->tap_up
           && a->persist == b->persist
           && !strcmp(a->peer, b->peer)
           && a->poll_us_set == b->poll_us_set
           && a->poll_us == b->poll_us
           && excpath_options_same_cpus(a, b);
}

bool
excpath_options_same_cpus(const struct excpath_options *a,
                          const struct excpath_options *b)
{
    return (a->worker_cpus_set == b->worker_cpus_set
            && (!a->worker_cpus_set
                || CPU_EQUAL(&a->worker_cpus, &b->worker_cpus)));
}

bool
excpath_options_need_restart(const struct excpath_options *a,
                             const struct excpath_options *b, bool large)
{
    return a->n_queues != b->n_queues
           || !excpath_options_same_offloads(a, b)
           || (excpath_options_n_rxq_desc(a, large)
               != excpath_options_n_rxq_desc(b, large))
           || a->n_txq_desc != b->n_txq_desc
           || strcmp(a->tap_name, b->tap_name)
           || a->tap_mac_set != b->tap_mac_set
           || (a->tap_mac_set && !eth_addr_equals(a->tap_mac, b->tap_mac));
}
