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

#ifndef EXCPATH_CSUM_H
#define EXCPATH_CSUM_H 1

/* Checksums as the Internet protocols have them (RFC 1071).
 *
 * Any thread; no locks.  Sums are in the byte order that they have in a
 * packet. */

#include <stdint.h>

/* Returns the sum of the pseudo header for 'l4_len' bytes of 'protocol' behind
 * the IPv4 or IPv6 header at 'l3', which has 'l3_len' bytes with its options
 * or extension headers.  Not complemented. */
uint16_t excpath_pseudo_sum(const void *l3, uint16_t l3_len, uint8_t protocol,
                            uint32_t l4_len);

#endif /* excpath-csum.h */
