# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0

# The reference documentation: see build-aux/excpath-doc.

EXTRA_DIST += \
	build-aux/excpath-doc \
	ovsdb-schema/excpath.xml \
	ovsdb-schema/ovs-vswitchd-excpath.8.xml

excpath_xml = $(srcdir)/ovsdb-schema/excpath.xml
excpath_doc = PYTHONPATH='$(OVS_SRC)/python' $(PYTHON3) \
	$(srcdir)/build-aux/excpath-doc
xml2nroff = PYTHONPATH='$(OVS_SRC)/python' $(PYTHON3) \
	'$(OVS_SRC)/build-aux/xml2nroff' \
	--version='$(OVS_SERIES), $(PACKAGE_STRING)'

nodist_man_MANS = ovsdb-schema/ovs-vswitchd-excpath.8
noinst_DATA = ovsdb-schema/vswitch.xml.patch
CLEANFILES += ovsdb-schema/ovs-vswitchd-excpath.8 $(noinst_DATA) \
	ovsdb-schema/ovs-vswitchd-excpath.8.xml.tmp

ovsdb-schema/ovs-vswitchd-excpath.8: ovsdb-schema/ovs-vswitchd-excpath.8.xml \
    ovsdb-schema/excpath.xml build-aux/excpath-doc $(ovs_source_ready)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(excpath_doc) man $(excpath_xml) $(srcdir)/$@.xml > $@.xml.tmp
	@$(xml2nroff) $@.xml.tmp > $@.tmp && mv $@.tmp $@ && rm -f $@.xml.tmp

ovsdb-schema/vswitch.xml.patch: ovsdb-schema/excpath.xml \
    build-aux/excpath-doc $(ovs_source_ready)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(excpath_doc) patch $(excpath_xml) \
	  '$(OVS_SRC)/vswitchd/vswitch.xml' > $@.tmp && mv $@.tmp $@
