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

#ifndef TESTS_LATENCY_H
#define TESTS_LATENCY_H 1

/* "latency [NS|-]...": notes packets that took so many ns, and prints what
 * "excpath/latency" would; with "-" as one of NS, of those behind it only. */
int test_latency(int argc, char *argv[]);

/* "buckets": checks that each of the histogram's buckets begins where the one
 * before ends, and prints their number and the end of the last. */
int test_buckets(void);

#endif /* tests/latency.h */
