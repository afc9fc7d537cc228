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

#include "excpath-failed.h"

#include "excpath-options.h"
#include "openvswitch/shash.h"
#include "timeval.h"
#include "util.h"

struct failed_add {
    struct excpath_options options;
    char *error;
    int err;                    /* Positive errno value. */
    long long int hold;         /* Not to be tried again for so long... */
    long long int until;        /* ...which ends then, in time_msec(). */
};

#define MIN_HOLD_MS 2000
#define MAX_HOLD_MS 60000

static struct shash failed_adds = SHASH_INITIALIZER(&failed_adds);

void
excpath_failed_forget(const char *name)
{
    struct failed_add *failed = shash_find_and_delete(&failed_adds, name);

    if (failed) {
        free(failed->error);
        free(failed);
    }
}

void
excpath_failed_note(const char *name, const struct excpath_options *options,
                    int err, const char *error)
{
    struct failed_add *failed = shash_find_data(&failed_adds, name);
    long long int hold = MIN_HOLD_MS;

    if (failed && excpath_options_equal(&failed->options, options)) {
        hold = MIN(2 * failed->hold, MAX_HOLD_MS);
    }
    excpath_failed_forget(name);

    failed = xzalloc(sizeof *failed);
    failed->options = *options;
    failed->error = xstrdup(error);
    failed->err = err;
    failed->hold = hold;
    failed->until = time_msec() + hold;
    shash_add(&failed_adds, name, failed);
}

int
excpath_failed_check(const char *name, const struct excpath_options *options,
                     char **errp)
{
    const struct failed_add *failed = shash_find_data(&failed_adds, name);

    if (failed && time_msec() < failed->until
        && excpath_options_equal(&failed->options, options)) {
        *errp = xasprintf("%s (not tried again for another %lld s)",
                          failed->error,
                          (failed->until - time_msec() + 999) / 1000);
        return failed->err;
    }
    return 0;
}
