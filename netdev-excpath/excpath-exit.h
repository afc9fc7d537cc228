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

#ifndef EXCPATH_EXIT_H
#define EXCPATH_EXIT_H 1

/* What is done when ovs-vswitchd ends, as "ovs-appctl exit" and main() have
 * it: what is on its way is delivered, and counted for the last time.
 *
 * It ends with its ports as they are, PMD threads at work, so that nothing can
 * be taken away from them. */

/* Main thread, once. */
void excpath_exit_init(void);

#endif /* excpath-exit.h */
