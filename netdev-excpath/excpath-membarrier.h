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

#ifndef EXCPATH_MEMBARRIER_H
#define EXCPATH_MEMBARRIER_H 1

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

/* membarrier(2), with MEMBARRIER_CMD_*.  Any thread. */
static inline int
excpath_membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

#endif /* excpath-membarrier.h */
