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

#ifndef EXCPATH_SERIES_H
#define EXCPATH_SERIES_H 1

/* Whether the rest of the host's Open vSwitch is of the series that this
 * ovs-vswitchd is of.  It works with a database of another one as long as that
 * has all of the columns that it wants, but nobody has tried it. */

/* Main thread.  Logs a warning, once, if 'db_version', the column of that name
 * in the Open_vSwitch table, which ovs-ctl sets, is not the version of the
 * schema that this was built with.  NULL if it is empty. */
void excpath_series_check(const char *db_version);

#endif /* excpath-series.h */
