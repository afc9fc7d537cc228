# Two tiers, in two autotest suites:
#
#     check-unit     tests/testsuite: neither root nor a kernel device.
#     check-system   tests/system-testsuite: root and hugepages.  It runs for
#                    each backend: see tests/check-system.
#
# "make check" runs both and ends with one line that counts over both.

COMMON_AT = tests/excpath-macros.at
TESTSUITE_AT = \
	tests/testsuite.at \
	tests/unit-doc.at \
	tests/unit-tools.at \
	tests/unit.at
SYSTEM_TESTSUITE_AT = \
	tests/system-bgp.at \
	tests/system-config.at \
	tests/system-errors.at \
	tests/system-fault.at \
	tests/system-follow.at \
	tests/system-host.at \
	tests/system-gro.at \
	tests/system-counters.at \
	tests/system-life.at \
	tests/system-matrix.at \
	tests/system-numa.at \
	tests/system-offload.at \
	tests/system-openflow.at \
	tests/system-testsuite.at \
	tests/system-traffic.at \
	tests/system-worker.at

EXTRA_DIST += \
	$(COMMON_AT) \
	$(TESTSUITE_AT) \
	$(SYSTEM_TESTSUITE_AT) \
	build-aux/test-summary \
	tests/bgp-lib.sh \
	tests/get-frr \
	tests/check-packages \
	tests/check-system \
	tests/packages-guest \
	tests/run-doc \
	tests/run-system \
	tests/system-lib.sh \
	tests/traffic.py \
	tests/fuzz-gro.c \
	tests/fuzz-gro.seeds \
	tests/capture.py \
	tests/documented.py \
	tests/fuzz-vnet.c \
	tests/fuzz-vnet.seeds \
	tests/frames.py \
	tests/hog.py \
	tests/matrix-lib.sh \
	tests/matrix.py \
	tests/latency.c \
	tests/latency.h \
	tests/merged.c \
	tests/merged.h \
	tests/peers-lib.sh \
	tests/policy.py \
	tests/test-excpath.c \
	tests/test-gro.c \
	tests/test-worker.c
CLEANFILES += \
	tests/package.m4 \
	tests/system-testsuite \
	tests/testsuite
DISTCLEANFILES += tests/atconfig

# Options of the suites, such as "-k options" or "-v".
TESTSUITEFLAGS =
# Options of the virtual machine.
EXCPATH_VM_FLAGS = -t 3600 -m 3072
# Tests with the keyword "full" are for "make check-full" only.
system_keywords = $(if $(EXCPATH_ROUNDS),,!full)

tests_path = $(abs_builddir)/tests/bin:$(abs_builddir)/tests
tests_summary = $(PYTHON3) $(srcdir)/build-aux/test-summary
tests_ready = all-local $(nodist_man_MANS) $(noinst_DATA) tests/atconfig tests/atlocal tests/bin/ovs-vswitchd

# tests/test-worker-asan and -tsan.
sanitized: all-local
	@$(MAKE) $(ovs_makeflags) excpath-sanitized

# tests/fuzz-gro and tests/fuzz-vnet, where there are a clang and its libraries.
FUZZ_CC = clang
fuzzers: all-local
	@if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	  $(FUZZ_CC) -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null; then \
	  $(MAKE) $(ovs_makeflags) FUZZ_CC='$(FUZZ_CC)' excpath-fuzzers; \
	fi

# Debian's FRR, in tests/frr, for tests/system-bgp.at.
get-frr: all-local
	@$(SHELL) $(srcdir)/tests/get-frr tests || \
	  echo "FRR cannot be had: the tests with BGP will be skipped" >&2

tests/package.m4: Makefile
	$(AM_V_GEN)for v in \
	  'NAME [$(PACKAGE_NAME)]' 'TARNAME [$(PACKAGE_TARNAME)]' \
	  'VERSION [$(PACKAGE_VERSION)]' 'STRING [$(PACKAGE_STRING)]' \
	  'BUGREPORT [$(PACKAGE_BUGREPORT)]' 'URL [$(PACKAGE_URL)]'; do \
	  echo "m4_define([AT_PACKAGE_$${v%% *}], $${v#* })"; \
	done > $@

autotest = $(AUTOM4TE) --language=autotest -I '$(srcdir)' -I tests
tests/testsuite: $(TESTSUITE_AT) $(COMMON_AT) tests/package.m4
	$(AM_V_GEN)$(autotest) -o $@.tmp $(srcdir)/tests/testsuite.at
	@mv $@.tmp $@
tests/system-testsuite: $(SYSTEM_TESTSUITE_AT) $(COMMON_AT) tests/package.m4
	$(AM_V_GEN)$(autotest) -o $@.tmp $(srcdir)/tests/system-testsuite.at
	@mv $@.tmp $@

# A program's name is also the name of its pidfile, log and control socket,
# and the OVS utilities look for ovs-vswitchd's.
tests/bin/ovs-vswitchd:
	@$(MKDIR_P) tests/bin
	@rm -f $@ && $(LN_S) ../../ovs-vswitchd-excpath $@

# Shell commands, with $$log and $$status for the summary to use.
run_unit = \
	log=$(abs_builddir)/tests/testsuite.log; rm -f $$log; status=0; \
	$(SHELL) tests/testsuite -C tests -j2 AUTOTEST_PATH='$(tests_path)' \
	  $(TESTSUITEFLAGS) || status=$$?
run_system = \
	rm -f tests/system.results; $(SHELL) $(srcdir)/tests/check-system '$(srcdir)' '$(abs_builddir)' \
	  '$(tests_path)' '$(EXCPATH_VM_FLAGS)' '$(system_keywords)' \
	  $(TESTSUITEFLAGS) || \
	  echo "$$? tests/system-runs-that-did-not-start" \
	    >> tests/system.results; \
	results=`cat tests/system.results`

check-unit: $(tests_ready) fuzzers tests/testsuite
	@$(run_unit); $(tests_summary) $$status $$log
check-system: $(tests_ready) sanitized get-frr tests/system-testsuite
	@$(run_system); $(tests_summary) $$results
if SYSTEM_TESTS
check-local: $(tests_ready) sanitized fuzzers get-frr tests/testsuite tests/system-testsuite
	@$(run_unit); unit="$$status $$log"; \
	$(run_system); $(tests_summary) $$unit $$results
else
check-local: check-unit
endif

# Everything, with more rounds: some four hours with an emulated machine.
full_vm_flags = -t 10800 -m 3072 -e EXCPATH_ROUNDS -e EXCPATH_RESTARTS \
	-e EXCPATH_FLOOD
check-full:
	@EXCPATH_ROUNDS=200 EXCPATH_RESTARTS=10 EXCPATH_FLOOD=60 $(MAKE) $(AM_MAKEFLAGS) check \
	  EXCPATH_VM_FLAGS='$(full_vm_flags)'; status=$$?; \
	$(MAKE) $(AM_MAKEFLAGS) check-numa || status=1; \
	$(MAKE) $(AM_MAKEFLAGS) check-packages || status=1; exit $$status

# The Debian packages, and Documentation/tutorial.rst, in a virtual machine with
# systemd and Debian's Open vSwitch.
check-packages: deb
	@bash $(srcdir)/tests/check-packages \
	  '$(srcdir)' deb tests/packages

# A host with two NUMA nodes.
check-numa:
	@EXCPATH_RUNS="$${EXCPATH_RUNS-vm/vhost-net vm/tap}" $(MAKE) $(AM_MAKEFLAGS) check-system \
	  TESTSUITEFLAGS='-k numa' EXCPATH_VM_FLAGS='-t 1800 -m 4096 -H 1200 -n 2'

# The worker of the tap backend under AddressSanitizer and ThreadSanitizer, for
# longer than "make check" does.
check-sanitizers:
	@EXCPATH_RUNS=host/tap EXCPATH_FLOOD=$${EXCPATH_FLOOD:-100} \
	  $(MAKE) $(AM_MAKEFLAGS) check-system TESTSUITEFLAGS='-k sanitizers'

clean-local: clean-tests
clean-tests:
	rm -rf tests/testsuite.dir tests/testsuite.log
	rm -rf tests/bin tests/frr tests/packages tests/system tests/system.results
	rm -rf tests/asan tests/tsan tests/test-worker-*
	rm -rf tests/fuzz tests/fuzz-gro tests/fuzz-vnet

.PHONY: check-full check-numa check-packages check-sanitizers check-unit check-system clean-tests \
	fuzzers get-frr sanitized
