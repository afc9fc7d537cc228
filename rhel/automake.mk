# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0

rhel_dropin = rhel/usr_share_ovs-excpath_ovs-vswitchd.service.d_excpath.conf
EXTRA_DIST += \
	$(rhel_dropin) \
	rhel/openvswitch-excpath.spec.in \
	rhel/rpmlint.toml
CLEANFILES += rhel/openvswitch-excpath.spec

rhel/openvswitch-excpath.spec: rhel/openvswitch-excpath.spec.in Makefile
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)next=`echo '$(OVS_SERIES)' | awk -F. '{ print $$1 "." $$2 + 1 }'`; \
	$(SED) -e 's,@VERSION[@],$(VERSION),g' -e 's,@OVS_SERIES[@],$(OVS_SERIES),g' \
	  -e "s,@OVS_NEXT_SERIES[@],$$next,g" \
	  '$(srcdir)/rhel/openvswitch-excpath.spec.in' > $@.tmp && mv $@.tmp $@

# RPM packages, in rpm/.  RPMBUILD_FLAGS are for rpmbuild: on Debian, whose
# packages rpm knows nothing of, --nodeps.
rpm_topdir = $(abs_builddir)/rpm
rpm: dist rhel/openvswitch-excpath.spec
	rm -rf rpm && $(MKDIR_P) rpm/SOURCES
	cp $(distdir).tar.gz rpm/SOURCES
	test -f '$(OVS_SOURCE)' && cp '$(OVS_SOURCE)' \
	  rpm/SOURCES/openvswitch-$(OVS_SERIES).tar.gz || \
	  tar -C '$(OVS_SOURCE)' --transform='s,^\.,openvswitch-$(OVS_SERIES),' \
	    -czf rpm/SOURCES/openvswitch-$(OVS_SERIES).tar.gz .
	rpmbuild -ba --define '_topdir $(rpm_topdir)' $(RPMBUILD_FLAGS) \
	  rhel/openvswitch-excpath.spec

clean-local: clean-rpm
clean-rpm:
	rm -rf rpm

.PHONY: rpm clean-rpm
