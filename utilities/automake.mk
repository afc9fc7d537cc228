# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0

# These work on what is installed as well as on a clone: they look
# for the file "installed" beside them.
bench_modules = \
	utilities/bench/capture.py \
	utilities/bench/endtoend.py \
	utilities/bench/fastpath.py \
	utilities/bench/kernel.py \
	utilities/bench/lab.py \
	utilities/bench/picture.py \
	utilities/bench/report.py \
	utilities/bench/subjects.py \
	utilities/bench/tcp.py \
	utilities/bench/testpmd.py
programs = \
	utilities/excpath-bench \
	utilities/excpath-demo
program_pages = \
	utilities/excpath-bench.8 \
	utilities/excpath-demo.8 \
	utilities/excpath-top.8

EXTRA_DIST += \
	$(program_pages:=.xml) \
	utilities/ovs-excpath-bashcomp.bash \
	utilities/ovs-excpath-modules.conf \
	utilities/excpath-quickstart \
	utilities/excpath-vm \
	utilities/excpath-vm-files

dist_sbin_SCRIPTS = utilities/excpath-top
dist_pkgdata_SCRIPTS = $(programs)
benchdir = $(pkgdatadir)/bench
dist_bench_DATA = $(bench_modules)
nodist_man_MANS += $(program_pages)
CLEANFILES += $(program_pages)

$(program_pages): %: %.xml $(ovs_source_ready)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(xml2nroff) '$<' > $@.tmp && mv $@.tmp $@

bashcompdir = $(datadir)/bash-completion/completions
modulesdir = $(prefix)/lib/modules-load.d

install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(bashcompdir)' '$(DESTDIR)$(modulesdir)'
	$(INSTALL_DATA) '$(srcdir)/utilities/ovs-excpath-modules.conf' \
	  '$(DESTDIR)$(modulesdir)/ovs-excpath.conf'
	$(INSTALL_DATA) '$(srcdir)/utilities/ovs-excpath-bashcomp.bash' \
	  '$(DESTDIR)$(bashcompdir)/excpath-top'
	cd '$(DESTDIR)$(bashcompdir)' && for program in bench demo; do \
	  rm -f excpath-$$program && \
	  $(LN_S) excpath-top excpath-$$program || exit; \
	done
	{ echo 'vswitchd=$(excpathdir)/ovs-vswitchd-excpath'; \
	  echo 'schema=$(pkgdatadir)/vswitch.ovsschema'; } \
	  > '$(DESTDIR)$(pkgdatadir)/installed'
	$(INSTALL_DATA) '$(OVS_SRC)/vswitchd/vswitch.ovsschema' \
	  '$(DESTDIR)$(pkgdatadir)'
install-exec-hook:
	@$(MKDIR_P) '$(DESTDIR)$(sbindir)'
	for program in $(programs:utilities/%=%); do \
	  rm -f "$(DESTDIR)$(sbindir)/$$program" && \
	  $(LN_S) '$(pkgdatadir)'/$$program "$(DESTDIR)$(sbindir)/$$program" || \
	  exit; \
	done
uninstall-hook:
	cd '$(DESTDIR)$(pkgdatadir)' && rm -f installed vswitch.ovsschema
	cd '$(DESTDIR)$(sbindir)' && rm -f $(programs:utilities/%=%)
	rm -f '$(DESTDIR)$(modulesdir)/ovs-excpath.conf'
	cd '$(DESTDIR)$(bashcompdir)' && \
	  rm -f excpath-top excpath-bench excpath-demo
