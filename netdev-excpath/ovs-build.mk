# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
#
# Read by make after OVS's own Makefile, in OVS's build directory:
#
#     make -C OVS-BUILD -f Makefile -f .../netdev-excpath/ovs-build.mk \
#         EXCPATH_BUILDDIR=... excpath-all
#
# so that our objects are compiled and linked with exactly what OVS compiled
# and linked its own with: flags, config.h, libtool, libraries.  Everything
# made by the rules below goes to EXCPATH_BUILDDIR, not to OVS's tree.
#
# Variables for the command line:
#
#     EXCPATH_BUILDDIR   absolute name of our build tree
#     EXCPATH_DEFS       what configure found out, for our objects
#     EXCPATH_LIBS       libraries of ours alone
#     EXCPATH_CFLAGS     flags for our objects only, for example -Werror

excpath_mk := $(abspath $(lastword $(MAKEFILE_LIST)))
excpath_srcdir := $(abspath $(dir $(excpath_mk))/..)
excpath_sources_mk = $(excpath_srcdir)/netdev-excpath/sources.mk
include $(excpath_sources_mk)

# An OVS build tree that a developer configured may know nothing but
# -DHAVE_EXCPATH: netdev-dpdk.c has to find the glue all the same.
AM_CPPFLAGS += -I$(excpath_srcdir)/netdev-excpath

# The version of the database's schema that OVS of this series has.
excpath_db_version := $(shell sed -n 's/^ *"version": *"\([0-9.]*\)",$$/\1/p' \
	$(srcdir)/vswitchd/vswitch.ovsschema)
override EXCPATH_DEFS += -DEXCPATH_DB_VERSION='"$(excpath_db_version)"'

excpath_objects = $(patsubst %.c,$(EXCPATH_BUILDDIR)/%.o,$(excpath_sources))
excpath_test_objects = \
	$(patsubst %.c,$(EXCPATH_BUILDDIR)/%.o,$(excpath_test_sources))
excpath_gro_objects = \
	$(patsubst %.c,$(EXCPATH_BUILDDIR)/%.o,$(excpath_gro_sources))
excpath_all_objects = \
	$(sort $(excpath_objects) $(excpath_test_objects) $(excpath_gro_objects))

excpath_vswitchd = $(EXCPATH_BUILDDIR)/ovs-vswitchd-excpath
excpath_test = $(EXCPATH_BUILDDIR)/tests/test-excpath
excpath_test_gro = $(EXCPATH_BUILDDIR)/tests/test-gro

# What the tests and utilities need besides, so that no installed OVS is used.
excpath_tools = \
	ovsdb/ovsdb-server \
	ovsdb/ovsdb-tool \
	utilities/ovs-appctl \
	utilities/ovs-ofctl \
	utilities/ovs-vsctl

$(excpath_all_objects): $(EXCPATH_BUILDDIR)/%.o: $(excpath_srcdir)/%.c \
    $(excpath_mk)
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) $(DEFS) $(DEFAULT_INCLUDES) $(INCLUDES) \
	  $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) $(EXCPATH_DEFS) \
	  $(EXCPATH_CFLAGS) \
	  -MMD -MP -c -o $@ $<

-include $(excpath_all_objects:.o=.d)

# The worker, instrumented.  The -DRTE_... have DPDK's headers use atomics that
# a sanitizer understands.
comma = ,
define excpath_sanitize
excpath_objects_$(1) = \
	$(patsubst %.c,$(EXCPATH_BUILDDIR)/tests/$(1)/%.o,$(excpath_worker_sources))
$$(excpath_objects_$(1)): $(EXCPATH_BUILDDIR)/tests/$(1)/%.o: \
    $(excpath_srcdir)/%.c $(excpath_mk)
	@$$(MKDIR_P) $$(@D)
	$$(AM_V_CC)$$(CC) $$(DEFS) $$(DEFAULT_INCLUDES) $$(INCLUDES) \
	  $$(AM_CPPFLAGS) $$(CPPFLAGS) $$(AM_CFLAGS) $$(CFLAGS) \
	  $$(EXCPATH_DEFS) $$(EXCPATH_CFLAGS) -DRTE_USE_C11_MEM_MODEL \
	  -DRTE_FORCE_INTRINSICS \
	  -fsanitize=$(2) -fno-omit-frame-pointer -MMD -MP -c -o $$@ $$<
-include $$(excpath_objects_$(1):.o=.d)
$(EXCPATH_BUILDDIR)/tests/test-worker-$(1): $$(excpath_objects_$(1)) \
    lib/libopenvswitch.la
	@rm -f $$@
	$$(AM_V_CCLD)$$(LINK) -fsanitize=$(2) $$(excpath_objects_$(1)) \
	  lib/libopenvswitch.la $$(EXCPATH_LIBS) $$(LIBS)
excpath-sanitized: $(EXCPATH_BUILDDIR)/tests/test-worker-$(1)
endef
$(eval $(call excpath_sanitize,asan,address$(comma)undefined))
# ThreadSanitizer takes no notice of fences, and says so.  What it reports does
# not depend on them: they are there for a flag, which is atomic.
$(eval $(call excpath_sanitize,tsan,thread -Wno-tsan))

# The fuzz targets, instrumented in the same way, by clang, whose warnings are
# not those of the compiler that OVS was configured for.
FUZZ_CC = clang
excpath_fuzz_flags = -fsanitize=fuzzer,address,undefined -g \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
fuzz_objects = $(patsubst %.c,$(EXCPATH_BUILDDIR)/tests/fuzz/%.o,$(1))
excpath_fuzz_objects = $(call fuzz_objects, \
	$(sort $(excpath_fuzz_gro_sources) $(excpath_fuzz_vnet_sources)))
$(excpath_fuzz_objects): $(EXCPATH_BUILDDIR)/tests/fuzz/%.o: \
    $(excpath_srcdir)/%.c $(excpath_mk)
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(FUZZ_CC) $(DEFS) $(DEFAULT_INCLUDES) $(INCLUDES) \
	  $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) $(EXCPATH_DEFS) \
	  -w $(excpath_fuzz_flags) -MMD -MP -c -o $@ $<
-include $(excpath_fuzz_objects:.o=.d)
excpath_fuzzers = $(EXCPATH_BUILDDIR)/tests/fuzz-gro \
	$(EXCPATH_BUILDDIR)/tests/fuzz-vnet
$(EXCPATH_BUILDDIR)/tests/fuzz-gro: \
    $(call fuzz_objects,$(excpath_fuzz_gro_sources))
$(EXCPATH_BUILDDIR)/tests/fuzz-vnet: \
    $(call fuzz_objects,$(excpath_fuzz_vnet_sources))
$(excpath_fuzzers): lib/libopenvswitch.la
	@rm -f $@
	$(AM_V_CCLD)$(LIBTOOL) --tag=CC --mode=link --silent $(FUZZ_CC) \
	  $(excpath_fuzz_flags) $(AM_LDFLAGS) $(LDFLAGS) -o $@ \
	  $(filter %.o,$^) lib/libopenvswitch.la $(LIBS)
excpath-fuzzers: $(excpath_fuzzers)

$(excpath_vswitchd): $(excpath_objects) $(excpath_sources_mk) \
    $(vswitchd_ovs_vswitchd_OBJECTS) $(vswitchd_ovs_vswitchd_DEPENDENCIES)
	@rm -f $@
	$(AM_V_CCLD)$(vswitchd_ovs_vswitchd_LINK) $(excpath_objects) \
	  $(vswitchd_ovs_vswitchd_OBJECTS) $(vswitchd_ovs_vswitchd_LDADD) \
	  $(EXCPATH_LIBS) $(LIBS)

# Several of our source trees may share one OVS build tree: netdev-dpdk.o has to
# hold the glue of the one that is being built.
excpath_glue_id = lib/excpath-glue.id
lib/netdev-dpdk.lo: $(excpath_glue_id)
$(excpath_glue_id): excpath-force
	@echo '$(excpath_srcdir)' | cmp -s - $@ || echo '$(excpath_srcdir)' > $@

$(excpath_test): $(excpath_test_objects)
$(excpath_test_gro): $(excpath_gro_objects)
$(excpath_test) $(excpath_test_gro): lib/libopenvswitch.la
	@rm -f $@
	$(AM_V_CCLD)$(LINK) $(filter %.o,$^) lib/libopenvswitch.la $(LIBS)

# OVS's BUILT_SOURCES are headers that its objects include before any .deps
# file says so, hence the second make.
excpath-all: $(BUILT_SOURCES)
	@$(MAKE) -f Makefile -f $(excpath_mk) \
	  excpath-programs
excpath-programs: $(excpath_vswitchd) $(excpath_test) $(excpath_test_gro) \
    $(excpath_tools)

.PHONY: excpath-all excpath-programs excpath-sanitized excpath-fuzzers \
	excpath-force
