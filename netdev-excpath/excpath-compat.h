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

#ifndef EXCPATH_COMPAT_H
#define EXCPATH_COMPAT_H 1

/* The only file with conditionals on the version of Open vSwitch or DPDK. */

#include <rte_version.h>

/* Largest number of queue pairs of a port on vhost-net.  DPDK's virtio_user
 * refuses more than 8 before 23.03 (VIRTIO_MAX_VIRTQUEUE_PAIRS in its
 * virtio_user_dev.h). */
#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
#define EXCPATH_VHOST_MAX_QUEUES 8
#else
#define EXCPATH_VHOST_MAX_QUEUES 16
#endif

/* What OVS may leave to the kernel: checksums, and TCP that has yet to be cut.
 * DPDK's virtio_user has no IPv4 header checksum offload; OVS 3.1 asks for one
 * only together with TSO, where both backends compute it. */
#define EXCPATH_CSUM_OL_FLAGS                                           \
    (NETDEV_TX_OFFLOAD_TCP_CKSUM | NETDEV_TX_OFFLOAD_UDP_CKSUM          \
     | NETDEV_TX_OFFLOAD_IPV4_CKSUM)
#define EXCPATH_TSO_OL_FLAGS \
    (NETDEV_TX_OFFLOAD_TCP_TSO | EXCPATH_CSUM_OL_FLAGS)

/* What the kernel and DPDK have but OVS does not, as status says it. */
#define EXCPATH_MISSING_OFFLOADS "uso (Open vSwitch 3.1 has none)"

#endif /* excpath-compat.h */
