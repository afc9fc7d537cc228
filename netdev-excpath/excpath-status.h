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

#ifndef EXCPATH_STATUS_H
#define EXCPATH_STATUS_H 1

/* Interface:status of a port, as text.
 *
 * Pure functions: no I/O, no global state, any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "excpath-kernel.h"
#include "excpath-options.h"
#include "excpath-peer.h"

struct smap;

enum excpath_tap_location {
    EXCPATH_TAP_HERE,           /* Where it can be reached. */
    EXCPATH_TAP_ELSEWHERE,
    EXCPATH_TAP_DELETED,
    EXCPATH_TAP_MISSING,        /* Not made yet. */
};

struct excpath_status {
    const char *tap_name;
    enum excpath_tap_location location;
    struct excpath_tap_info tap;        /* If EXCPATH_TAP_HERE... */
    const char *netns;          /* ...and where: empty for OVS's own. */
    bool renamed;               /* Since it was made. */
    struct excpath_peer peer;
    bool made;                  /* The tap was made by this switch. */
    int n_queues;
    const char *backend;        /* In use, or last in use... */
    const char *backend_reason; /* ...and why that one. */
    const char *io;             /* How it moves packets, or NULL. */
    bool backend_up;
    int poll_us;                /* How long workers poll, in us. */
    struct excpath_tap_offloads to_kernel;      /* What the kernel has to do
                                                 * that the port leaves... */
    struct excpath_tap_offloads from_kernel;    /* ...and the other way. */
    const char *gro;            /* Who merges TCP segments to the kernel. */
    const char *missing;        /* Offloads that cannot be had, or NULL. */
    const pid_t *workers;
    size_t n_workers;
    char *const *errors;        /* The gravest comes last.  Some are NULL. */
    size_t n_errors;
};

/* Adds 'status' to 'smap'. */
void excpath_status_format(const struct excpath_status *status,
                           struct smap *smap);

#endif /* excpath-status.h */
