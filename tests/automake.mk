# Two tiers, in two autotest suites:
#
#     check-unit     tests/testsuite: neither root nor a kernel device.
#     check-system   tests/system-testsuite: root, hugepages and
#                    /dev/vhost-net; in a virtual machine where the host
#                    lacks the latter.
#
# "make check" runs both and ends with one line that counts over both.

COMMON_AT = tests/excpath-macros.at
TESTSUITE_AT = \
	tests/testsuite.at \
	tests/unit.at
SYSTEM_TESTSUITE_AT = \
	tests/system-config.at \
	tests/system-errors.at \
	tests/system-life.at \
	tests/system-openflow.at \
	tests/system-testsuite.at \
	tests/system-traffic.at

EXTRA_DIST += \
	$(COMMON_AT) \
	$(TESTSUITE_AT) \
	$(SYSTEM_TESTSUITE_AT) \
	build-aux/test-summary \
	tests/run-system \
	tests/system-lib.sh \
	tests/traffic.py \
	tests/test-excpath.c
CLEANFILES += \
	tests/package.m4 \
	tests/system-testsuite \
	tests/testsuite
DISTCLEANFILES += tests/atconfig

# Options of the suites, such as "-k options" or "-v".
TESTSUITEFLAGS =
# Options of the virtual machine.
EXCPATH_VM_FLAGS = -t 1800 -m 3072
# Tests with the keyword "full" are for "make check-full" only.
SYSTEM_TESTSUITEFLAGS = $(if $(TESTSUITEFLAGS),,-k '!full')

tests_path = $(abs_builddir)/tests/bin:$(abs_builddir)/tests
tests_vmdir = $(abs_builddir)/tests/vm
tests_summary = $(PYTHON3) $(srcdir)/build-aux/test-summary
tests_ready = all-local tests/atconfig tests/atlocal tests/bin/ovs-vswitchd

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
	$(SHELL) tests/testsuite -C tests AUTOTEST_PATH='$(tests_path)' \
	  $(TESTSUITEFLAGS) || status=$$?
run_system = \
	if test -c /dev/vhost-net && (: <> /dev/vhost-net) 2>/dev/null; then \
	  dir=$(abs_builddir)/tests vm=; \
	else \
	  dir=$(tests_vmdir); \
	  vm='$(srcdir)/utilities/excpath-vm $(EXCPATH_VM_FLAGS) -o '$$dir' --'; \
	  $(MKDIR_P) $$dir && cp tests/atlocal $$dir && \
	  $(SED) "s,^at_top_build_prefix=.*,at_top_build_prefix='../../'," \
	    tests/atconfig > $$dir/atconfig; \
	fi; \
	log=$$dir/system-testsuite.log; rm -f $$log; status=0; \
	$$vm $(SHELL) $(abs_srcdir)/tests/run-system $$dir \
	  $(SHELL) $(abs_builddir)/tests/system-testsuite \
	  AUTOTEST_PATH='$(tests_path)' $(SYSTEM_TESTSUITEFLAGS) \
	  $(TESTSUITEFLAGS) -j1 || status=$$?

check-unit: $(tests_ready) tests/testsuite
	@$(run_unit); $(tests_summary) $$status $$log
check-system: $(tests_ready) tests/system-testsuite
	@$(run_system); $(tests_summary) $$status $$log
if SYSTEM_TESTS
check-local: $(tests_ready) tests/testsuite tests/system-testsuite
	@$(run_unit); unit="$$status $$log"; \
	$(run_system); $(tests_summary) $$unit $$status $$log
else
check-local: check-unit
endif

# Everything, with more rounds: some twenty minutes in an emulated machine.
full_vm_flags = -t 5400 -m 3072 -e EXCPATH_ROUNDS -e EXCPATH_RESTARTS
check-full:
	@EXCPATH_ROUNDS=200 EXCPATH_RESTARTS=10 $(MAKE) $(AM_MAKEFLAGS) check \
	  SYSTEM_TESTSUITEFLAGS= EXCPATH_VM_FLAGS='$(full_vm_flags)'

clean-local: clean-tests
clean-tests:
	rm -rf tests/testsuite.dir tests/testsuite.log
	rm -rf tests/system-testsuite.dir tests/system-testsuite.log
	rm -rf tests/bin tests/vm

.PHONY: check-full check-unit check-system clean-tests
