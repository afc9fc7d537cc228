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

#ifndef EXCPATH_FAILED_H
#define EXCPATH_FAILED_H 1

/* Adds that failed, by interface name.
 *
 * To start a port changes devices in the kernel even if it fails, and at each
 * change there OVS tries all interfaces again that have failed: without end,
 * if the same failure were allowed to follow at once.
 *
 * Main thread only. */

struct excpath_options;

/* Interface 'name' could not be added with 'options' because of 'error', for
 * which there is the positive errno value 'err': it is not to be tried again
 * for a while, and for longer and longer. */
void excpath_failed_note(const char *name,
                         const struct excpath_options *options,
                         int err, const char *error);

/* Returns 0 if interface 'name' may be added with 'options', else what was
 * told when that failed, with a message in '*errp' that the caller must
 * free. */
int excpath_failed_check(const char *name,
                         const struct excpath_options *options, char **errp);

/* Interface 'name' was added. */
void excpath_failed_forget(const char *name);

#endif /* excpath-failed.h */
