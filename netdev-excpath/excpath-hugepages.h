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

#ifndef EXCPATH_HUGEPAGES_H
#define EXCPATH_HUGEPAGES_H 1

struct smap;

/* Main thread, before dpdk_init().  Logs a warning, once, if 'other_config',
 * of the Open_vSwitch table, asks for DPDK, which wants hugepages, and none is
 * free: what DPDK says of that does not tell what to do, and ovs-vswitchd ends
 * with "Permission denied". */
void excpath_hugepages_check(const struct smap *other_config);

#endif /* excpath-hugepages.h */
