# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""policy.py THREAD POLICY SECONDS

Succeeds as soon as THREAD, an id, has POLICY, a number as in sched.h.  It may
have it for a millisecond now and then, which a shell is too slow to see."""

import sys
import time

thread, policy, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
end = time.monotonic() + seconds
while time.monotonic() < end:
    with open("/proc/%s/stat" % thread, encoding="ascii") as f:
        # proc(5): field 41, and what is in parentheses may have blanks.
        if f.read().rpartition(")")[2].split()[38] == policy:
            sys.exit(0)
    time.sleep(0.0005)
sys.exit("thread %s did not have policy %s in %s s"
         % (thread, policy, sys.argv[3]))
