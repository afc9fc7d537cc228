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

#ifndef NETDEV_EXCPATH_H
#define NETDEV_EXCPATH_H 1

/* Exception path netdev
 * =====================
 *
 * A netdev class "excpath" for the userspace datapath.  A port of this type
 * has a kernel network device as its other end; see README.rst beside this
 * file for the walk of a packet and for the threads involved. */

struct netdev;
struct smap;

/* Registers the class, the first time it is called, and hands over the
 * 'external_ids' column of the Open_vSwitch table, whose "system-id" goes into
 * the default MAC address of the kernel devices.  Has the log say what is
 * wrong with the host, going by the other columns: 'other_config', if DPDK is
 * asked for and no hugepage is free, and 'db_version', the version of the
 * database's schema or empty, if that is not of this build, which is then not
 * of the same series as the rest of the host's Open vSwitch.
 *
 * Called by vswitchd's bridge_run() on every iteration, main thread only,
 * before dpdk_init() and whether DPDK is initialized or not: a type that is
 * known can refuse with the reason, an unknown one cannot. */
void netdev_excpath_init(const struct smap *external_ids,
                         const struct smap *other_config,
                         const char *db_version);

/* Tells 'netdev', of any class, that 'bridge' has it, and what the "mac"
 * column of its Interface has, if anything.  Called by vswitchd's
 * bridge_reconfigure() for every interface, main thread only. */
void netdev_excpath_configure(struct netdev *netdev, const char *bridge,
                              const char *mac);

/* Called by vswitchd at the end of each bridge_reconfigure(), when the ports
 * of all bridges in the database have been added, or refused. */
void netdev_excpath_configured(void);

#endif /* netdev-excpath.h */
