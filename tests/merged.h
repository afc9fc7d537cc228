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

#ifndef MERGED_H
#define MERGED_H 1

/* For tests of excpath-gro.h. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

struct excpath_gro;

/* Whether the frames in 'gro' are, once they are cut again, the 'n' packets in
 * 'packets' that they were made of, to the byte and in their order. */
bool merged_is_right(const struct excpath_gro *gro,
                     const struct iovec packets[], uint32_t n);

#endif /* merged.h */
