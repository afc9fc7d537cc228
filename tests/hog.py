# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""hog.py

Takes all hugepages of the machine that are free, says "done", and keeps them
for ten minutes at most."""

import glob
import mmap
import time

MAP_HUGETLB = 0x40000           # asm-generic/mman-common.h.
MAP_HUGE_SHIFT = 26             # The binary logarithm of the size goes there.

pages = []
for path in glob.glob("/sys/kernel/mm/hugepages/*"):
    # hugepages-2048kB.
    size = int(path.rpartition("-")[2][:-2]) * 1024
    while True:
        try:
            page = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS |
                             MAP_HUGETLB |
                             (size.bit_length() - 1) << MAP_HUGE_SHIFT)
        except OSError:
            break
        page[0] = 1
        pages.append(page)
print("done", flush=True)
time.sleep(600)
