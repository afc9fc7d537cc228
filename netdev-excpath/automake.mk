include netdev-excpath/sources.mk

EXTRA_DIST += \
	$(excpath_sources) \
	$(excpath_headers) \
	netdev-excpath/README.rst \
	netdev-excpath/ovs-build.mk

excpathdir = $(libdir)/openvswitch-switch-excpath

install-exec-local: all-local
	$(MKDIR_P) '$(DESTDIR)$(excpathdir)'
	$(INSTALL_PROGRAM) ovs-vswitchd-excpath '$(DESTDIR)$(excpathdir)'

uninstall-local:
	rm -f '$(DESTDIR)$(excpathdir)/ovs-vswitchd-excpath'
	-test ! -d '$(DESTDIR)$(excpathdir)' || rmdir '$(DESTDIR)$(excpathdir)'
