# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0

dnl EXCPATH_NEED_PROG(VARIABLE, PROGRAMS, NAME, ADVICE)
dnl
dnl Sets VARIABLE to the first of PROGRAMS that is found, or fails and says
dnl that NAME was not found and what to do.
AC_DEFUN([EXCPATH_NEED_PROG],
  [AC_CHECK_PROGS([$1], [$2])
   AS_IF([test -z "$$1"], [AC_MSG_ERROR([$3 was not found: $4])])])

dnl Checks for the programs that the build runs.
AC_DEFUN([EXCPATH_CHECK_TOOLS],
  [dnl AC_PROG_CC fails too, but does not say what to do.
   AC_MSG_CHECKING([for a C compiler])
   excpath_found=no
   for excpath_cc in ${CC:-gcc cc clang}; do
     AS_IF([command -v "$excpath_cc" >/dev/null],
           [excpath_found=$excpath_cc; break])
     AS_IF([test -n "$CC"], [break])
   done
   AC_MSG_RESULT([$excpath_found])
   AS_IF([test "$excpath_found" = no],
         [AC_MSG_ERROR([no C compiler was found: install gcc])])
   AC_PROG_CC
   AC_PROG_MKDIR_P
   AC_PROG_SED
   AC_PROG_LN_S
   AC_ARG_VAR([PYTHON3], [Python 3 interpreter])
   dnl A wrapper in front of it, such as pyenv's, takes ages where the file
   dnl system is slow, as in a virtual machine.
   AS_IF([test -z "$PYTHON3" && test -x /usr/bin/python3],
         [PYTHON3=/usr/bin/python3])
   EXCPATH_NEED_PROG([PYTHON3], [python3], [python3], [install python3])
   EXCPATH_NEED_PROG([PATCH], [patch], [patch], [install patch])
   AC_ARG_VAR([PKG_CONFIG], [path to the pkg-config program])
   AC_ARG_VAR([PKG_CONFIG_PATH], [directories to add to its search path])
   AC_PATH_TOOL([PKG_CONFIG], [pkg-config])
   AS_IF([test -z "$PKG_CONFIG"],
         [AC_MSG_ERROR([pkg-config was not found: install pkg-config])])
   AM_MISSING_PROG([AUTOM4TE], [autom4te])])

dnl EXCPATH_WANT_LIB(LIBRARY, FUNCTION, HEADER, WITHOUT, PACKAGE)
dnl
dnl OVS leaves out a feature when an optional library is missing.  Say so.
AC_DEFUN([EXCPATH_WANT_LIB],
  [excpath_found=no
   AC_CHECK_HEADER([$3],
                   [AC_CHECK_LIB([$1], [$2], [excpath_found=yes], [])])
   AS_IF([test $excpath_found = no],
         [AC_MSG_WARN([lib$1 was not found, so $4: install $5])])])

dnl Checks for the libraries that OVS with DPDK needs.  OVS's configure checks
dnl them too, but it runs only when make has been copying files for a while.
AC_DEFUN([EXCPATH_CHECK_LIBS],
  [AC_MSG_CHECKING([for libdpdk])
   AS_IF([dpdk_version=`$PKG_CONFIG --modversion libdpdk 2>/dev/null` \
          && test -n "$dpdk_version"],
         [AC_MSG_RESULT([$dpdk_version])],
         [AC_MSG_RESULT([no])
          AC_MSG_ERROR([libdpdk was not found: install libdpdk-dev])])
   AS_IF([$PKG_CONFIG --atleast-version=22.11 libdpdk], [],
         [AC_MSG_ERROR(m4_normalize(
            [libdpdk $dpdk_version is too old: install libdpdk-dev 22.11 or
             later]))])
   excpath_found=no
   AC_CHECK_HEADER([numaif.h],
     [AC_CHECK_LIB([numa], [get_mempolicy], [excpath_found=yes], [])])
   AS_IF([test $excpath_found = no],
         [AC_MSG_ERROR([libnuma was not found: install libnuma-dev])])
   EXCPATH_WANT_LIB([uring], [io_uring_register_ring_fd], [liburing.h],
                    [workers of the tap backend will make a system call for
                     each packet, or use libaio], [liburing-dev])
   AS_IF([test $excpath_found = yes],
         [EXCPATH_DEFS=-DHAVE_LIBURING EXCPATH_LIBS=-luring])
   EXCPATH_WANT_LIB([aio], [io_submit], [libaio.h],
                    [workers of the tap backend will make a system call for
                     each packet where there is no io_uring], [libaio-dev])
   AS_IF([test $excpath_found = yes],
         [EXCPATH_DEFS="$EXCPATH_DEFS -DHAVE_LIBAIO"
          EXCPATH_LIBS="$EXCPATH_LIBS -laio"])
   AC_SUBST([EXCPATH_DEFS])
   AC_SUBST([EXCPATH_LIBS])
   EXCPATH_WANT_LIB([crypto], [SHA1], [openssl/sha.h],
                    [the switch will not speak SSL], [libssl-dev])
   EXCPATH_WANT_LIB([cap-ng], [capng_clear], [cap-ng.h],
                    [the switch cannot run with --user], [libcap-ng-dev])])

dnl Finds the OVS source, or the OVS build that a developer names, and makes
dnl sure that it is one this project has patches for.
dnl
dnl Sets OVS_SERIES and, for either case, OVS_SRC and OVS_BUILD: the source
dnl and the build tree whose Makefile netdev-excpath/ovs-build.mk extends.
AC_DEFUN([EXCPATH_CHECK_OVS],
  [AC_ARG_WITH(
     [ovs-source],
     [AS_HELP_STRING([--with-ovs-source=DIR|TARBALL],
                     [pristine OVS source @<:@/usr/src/openvswitch@:>@])])
   AC_ARG_WITH(
     [ovs-build],
     [AS_HELP_STRING([--with-ovs-build=DIR],
                     [for developers: use this OVS build tree, patched and
                      configured --with-dpdk=shared
                      CPPFLAGS=-DHAVE_EXCPATH, instead of making one])])
   AC_ARG_VAR([OVS_CONFIGURE_FLAGS],
              [more arguments for the configure script of OVS])
   AS_CASE([$with_ovs_source], [yes | no], [with_ovs_source=])
   AS_CASE([$with_ovs_build],
     [yes], [AC_MSG_ERROR([--with-ovs-build needs a directory: name one])],
     [no], [with_ovs_build=])
   AS_IF([test -n "$with_ovs_build"],
         [EXCPATH_CHECK_OVS_BUILD], [EXCPATH_CHECK_OVS_SOURCE])
   AC_SUBST([OVS_SOURCE])
   AC_SUBST([OVS_SRC])
   AC_SUBST([OVS_BUILD])
   AC_SUBST([OVS_SERIES])
   AM_CONDITIONAL([OVS_BUILD_GIVEN], [test -n "$with_ovs_build"])])

dnl Sets OVS_SERIES from $ovs_version, which $1 has.
m4_define([EXCPATH_OVS_SERIES],
  [OVS_SERIES=`AS_ECHO(["$ovs_version"]) \
     | sed 's/^\(@<:@0-9@:>@*\.@<:@0-9@:>@*\).*/\1/'`
   AS_IF([test -z "$OVS_SERIES" \
          || test ! -f "$srcdir/patches/$OVS_SERIES/series"],
     [ovs_known=`cd "$srcdir/patches" && echo */series \
        | sed 's,/series,,g; s/ /, /g'`
      AC_MSG_ERROR(m4_normalize(
        [OVS $ovs_version, found in $1, is not supported: use a source of
         series $ovs_known]))])])

AC_DEFUN([EXCPATH_CHECK_OVS_SOURCE],
  [OVS_SOURCE=${with_ovs_source:-/usr/src/openvswitch}
   AS_IF([test -f "$OVS_SOURCE/openvswitch.tar.gz"],
         [OVS_SOURCE=$OVS_SOURCE/openvswitch.tar.gz])
   AS_CASE([$OVS_SOURCE], [/*], [], [OVS_SOURCE=`pwd`/$OVS_SOURCE])
   OVS_SRC=`pwd`/ovs/src
   OVS_BUILD=`pwd`/ovs/build

   AC_MSG_CHECKING([for the OVS source])
   AC_MSG_RESULT([$OVS_SOURCE])
   AS_IF([test ! -r "$OVS_SOURCE"],
     [AC_MSG_ERROR(m4_normalize(
        [no OVS source at $OVS_SOURCE: install openvswitch-source or give
         --with-ovs-source=DIR|TARBALL]))])
   AS_IF([test -f "$OVS_SOURCE/config.status"],
     [AC_MSG_ERROR(m4_normalize(
        [$OVS_SOURCE was configured in place: run make distclean there or
         give another --with-ovs-source]))])

   dnl Only what the patches touch is unpacked, to try them before make does.
   AC_MSG_CHECKING([the version of OVS])
   rm -rf conftest.ovs
   AS_MKDIR_P([conftest.ovs])
   ovs_files=`sed -n 's,^+++ b/,,p' "$srcdir"/patches/*/*.patch | sort -u`
   AS_IF([test -d "$OVS_SOURCE"],
     [(cd "$OVS_SOURCE" && tar -cf - configure $ovs_files 2>/dev/null) \
        | tar -xf - -C conftest.ovs 2>/dev/null],
     [ovs_patterns='*/configure'
      for ovs_file in $ovs_files; do
        ovs_patterns="$ovs_patterns */$ovs_file"
      done
      set -f
      tar -xf "$OVS_SOURCE" -C conftest.ovs --strip-components=1 \
        --no-same-owner --wildcards --no-wildcards-match-slash \
        $ovs_patterns 2>/dev/null
      set +f])
   ovs_version=
   AS_IF([test -f conftest.ovs/configure],
     [ovs_version=`sed -n "s/^PACKAGE_VERSION='\(.*\)'/\1/p" \
                     conftest.ovs/configure`])
   AC_MSG_RESULT([${ovs_version:-unknown}])
   AS_IF([test -z "$ovs_version"],
     [rm -rf conftest.ovs
      AC_MSG_ERROR(m4_normalize(
        [$OVS_SOURCE holds no configure script of OVS: give
         --with-ovs-source an OVS release, or run boot.sh in it]))])
   EXCPATH_OVS_SERIES([$OVS_SOURCE])

   AC_MSG_CHECKING([whether patches/$OVS_SERIES applies])
   ovs_bad=
   while read ovs_patch; do
     AS_IF([$PATCH -s -f -p1 -F0 -d conftest.ovs \
              < "$srcdir/patches/$OVS_SERIES/$ovs_patch" \
              >&AS_MESSAGE_LOG_FD 2>&1],
           [], [ovs_bad=$ovs_patch; break])
   done < "$srcdir/patches/$OVS_SERIES/series"
   rm -rf conftest.ovs
   AS_IF([test -z "$ovs_bad"], [AC_MSG_RESULT([yes])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR(m4_normalize(
        [patches/$OVS_SERIES/$ovs_bad does not apply to $OVS_SOURCE: give
         --with-ovs-source an unmodified OVS $OVS_SERIES source]))])])

AC_DEFUN([EXCPATH_CHECK_OVS_BUILD],
  [OVS_BUILD=`cd "$with_ovs_build" 2>/dev/null && pwd`
   AS_IF([test -z "$OVS_BUILD" || test ! -f "$OVS_BUILD/config.h" \
          || test ! -f "$OVS_BUILD/Makefile"],
     [AC_MSG_ERROR(m4_normalize(
        [$with_ovs_build is no configured OVS build tree: run OVS's configure
         there or leave --with-ovs-build out]))])
   OVS_SRC=`cd "$OVS_BUILD" \
     && cd "\`sed -n 's/^srcdir = //p' Makefile\`" && pwd`
   OVS_SOURCE=

   AC_MSG_CHECKING([the version of OVS])
   ovs_version=`sed -n 's/^#define PACKAGE_VERSION "\(.*\)"/\1/p' \
                  "$OVS_BUILD/config.h"`
   AC_MSG_RESULT([${ovs_version:-unknown}])
   EXCPATH_OVS_SERIES([$OVS_BUILD])

   AS_IF([grep '^#define DPDK_NETDEV 1' "$OVS_BUILD/config.h" >/dev/null], [],
     [AC_MSG_ERROR(m4_normalize(
        [OVS in $OVS_BUILD was configured without DPDK: configure it
         --with-dpdk=shared]))])
   AS_IF([grep '^CPPFLAGS = .*-DHAVE_EXCPATH' "$OVS_BUILD/Makefile" \
            >/dev/null], [],
     [AC_MSG_ERROR(m4_normalize(
        [OVS in $OVS_BUILD was configured without excpath: configure it with
         CPPFLAGS=-DHAVE_EXCPATH]))])
   AS_IF([grep '^build_libtool_libs=no' "$OVS_BUILD/libtool" >/dev/null], [],
     [AC_MSG_ERROR(m4_normalize(
        [OVS in $OVS_BUILD was configured with shared libraries: configure it
         --disable-shared]))])
   AS_IF([grep excpath "$OVS_SRC/lib/netdev-dpdk.c" >/dev/null \
          && grep excpath "$OVS_SRC/vswitchd/bridge.c" >/dev/null \
          && grep excpath "$OVS_SRC/ofproto/ofproto-dpif.c" >/dev/null], [],
     [AC_MSG_ERROR(m4_normalize(
        [the OVS source in $OVS_SRC is not patched: apply
         patches/$OVS_SERIES to it]))])])
