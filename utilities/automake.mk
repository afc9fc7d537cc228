# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0

# They work on a clone, so there is no point in installing them.
EXTRA_DIST += \
	utilities/bench/capture.py \
	utilities/bench/endtoend.py \
	utilities/bench/fastpath.py \
	utilities/bench/kernel.py \
	utilities/bench/lab.py \
	utilities/bench/picture.py \
	utilities/bench/report.py \
	utilities/bench/subjects.py \
	utilities/bench/tcp.py \
	utilities/bench/testpmd.py \
	utilities/excpath-bench \
	utilities/excpath-demo \
	utilities/excpath-quickstart \
	utilities/excpath-top \
	utilities/excpath-vm \
	utilities/excpath-vm-files
