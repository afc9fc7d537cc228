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

/* Shows what the pure functions of netdev-excpath make of their arguments. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "excpath-options.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

/* "options NAME MAX-QUEUES [KEY=VALUE]...": parses options and prints them. */
static int
test_options(int argc, char *argv[])
{
    struct smap args = SMAP_INITIALIZER(&args);
    struct excpath_options opts;
    char *error = NULL;

    for (int i = 4; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');

        ovs_assert(equals);
        smap_add_nocopy(&args, xmemdup0(argv[i], equals - argv[i]),
                        xstrdup(equals + 1));
    }
    if (excpath_options_parse(&args, argv[2], atoi(argv[3]), &opts, &error)) {
        puts(error);
        free(error);
    } else {
        printf("backend=%s queues=%d rxd=%d txd=%d tap=%s up=%d persist=%d",
               excpath_backend_to_string(opts.backend), opts.n_queues,
               opts.n_rxq_desc, opts.n_txq_desc, opts.tap_name, opts.tap_up,
               opts.persist);
        if (opts.tap_mac_set) {
            printf(" mac="ETH_ADDR_FMT, ETH_ADDR_ARGS(opts.tap_mac));
        }
        putchar('\n');
        ovs_assert(excpath_options_equal(&opts, &opts));
    }
    smap_destroy(&args);
    return 0;
}

/* "mac HOST NAME": prints the default MAC address. */
static int
test_mac(char *argv[])
{
    struct eth_addr mac = excpath_stable_mac(argv[2], argv[3]);

    printf(ETH_ADDR_FMT"\n", ETH_ADDR_ARGS(mac));
    return 0;
}

int
main(int argc, char *argv[])
{
    if (argc >= 4 && !strcmp(argv[1], "options")) {
        return test_options(argc, argv);
    } else if (argc == 4 && !strcmp(argv[1], "mac")) {
        return test_mac(argv);
    }
    fprintf(stderr, "usage: %s options NAME MAX-QUEUES [KEY=VALUE]...\n"
            "       %s mac HOST NAME\n", argv[0], argv[0]);
    return 2;
}
