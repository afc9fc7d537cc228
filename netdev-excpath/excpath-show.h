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

#ifndef EXCPATH_SHOW_H
#define EXCPATH_SHOW_H 1

/* "ovs-appctl excpath/show", for people: pure functions, any thread. */

struct ds;
struct json;

/* Appends to 'ds', in lines of 79 columns, what 'json' has for each port, in
 * the form that "excpath/show --json" prints. */
void excpath_show_format(struct ds *ds, const struct json *json);

#endif /* excpath-show.h */
