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

#include "excpath-series.h"

#include <string.h>

#include "openvswitch/vlog.h"
#include "ovs-thread.h"

VLOG_DEFINE_THIS_MODULE(excpath_series);

void
excpath_series_check(const char *db_version)
{
    static struct ovsthread_once once = OVSTHREAD_ONCE_INITIALIZER;

    if (db_version && strcmp(db_version, EXCPATH_DB_VERSION)
        && ovsthread_once_start(&once)) {
        VLOG_WARN("the database has schema %s and this ovs-vswitchd, of Open "
                  "vSwitch "VERSION", has "EXCPATH_DB_VERSION": install the "
                  "ovs-vswitchd-excpath that was built for the series of this "
                  "host's Open vSwitch", db_version);
        ovsthread_once_done(&once);
    }
}
