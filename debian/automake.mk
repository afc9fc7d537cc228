# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0

EXTRA_DIST += \
	debian/add-copyright \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/openvswitch-switch-excpath.README.Debian \
	debian/openvswitch-switch-excpath.docs \
	debian/openvswitch-switch-excpath.install \
	debian/openvswitch-switch-excpath.lintian-overrides \
	debian/openvswitch-switch-excpath.manpages \
	debian/openvswitch-switch-excpath.postinst \
	debian/openvswitch-switch-excpath.prerm \
	debian/ovs-excpath.install \
	debian/ovs-excpath.lintian-overrides \
	debian/ovs-excpath.manpages \
	debian/rules \
	debian/source/format \
	debian/tests/control \
	debian/tests/installed \
	debian/watch

# Debian packages, in deb/.
deb_version = $(PACKAGE)_$(VERSION)
deb: dist
	rm -rf deb && $(MKDIR_P) deb
	cp $(distdir).tar.gz deb/$(deb_version).orig.tar.gz
	tar -C deb -xzf $(distdir).tar.gz
	cd deb/$(distdir) && dpkg-buildpackage -us -uc $(DPKG_BUILDPACKAGE_FLAGS)

clean-local: clean-deb
clean-deb:
	rm -rf deb

.PHONY: deb clean-deb
