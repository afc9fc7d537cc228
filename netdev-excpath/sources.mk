# The sources of the netdev class, one list for automake (what to distribute)
# and for ovs-build.mk (what to compile).
#
# excpath-glue.inc is not compiled on its own: OVS's netdev-dpdk.c includes it.
excpath_sources = \
	netdev-excpath/excpath-backend-tap.c \
	netdev-excpath/excpath-backend-vhost.c \
	netdev-excpath/excpath-carrier.c \
	netdev-excpath/excpath-config.c \
	netdev-excpath/excpath-cpus.c \
	netdev-excpath/excpath-csum.c \
	netdev-excpath/excpath-drain.c \
	netdev-excpath/excpath-endpoint.c \
	netdev-excpath/excpath-exit.c \
	netdev-excpath/excpath-failed.c \
	netdev-excpath/excpath-fds.c \
	netdev-excpath/excpath-features.c \
	netdev-excpath/excpath-follow.c \
	netdev-excpath/excpath-gro.c \
	netdev-excpath/excpath-health.c \
	netdev-excpath/excpath-hugepages.c \
	netdev-excpath/excpath-keeper.c \
	netdev-excpath/excpath-kernel.c \
	netdev-excpath/excpath-large.c \
	netdev-excpath/excpath-latency.c \
	netdev-excpath/excpath-netns.c \
	netdev-excpath/excpath-offload.c \
	netdev-excpath/excpath-options.c \
	netdev-excpath/excpath-owner.c \
	netdev-excpath/excpath-peer.c \
	netdev-excpath/excpath-placement.c \
	netdev-excpath/excpath-ring.c \
	netdev-excpath/excpath-rxtx.c \
	netdev-excpath/excpath-series.c \
	netdev-excpath/excpath-show.c \
	netdev-excpath/excpath-stats.c \
	netdev-excpath/excpath-status.c \
	netdev-excpath/excpath-trial.c \
	netdev-excpath/excpath-unixctl.c \
	netdev-excpath/excpath-tap-aio.c \
	netdev-excpath/excpath-tap-io.c \
	netdev-excpath/excpath-tap-uring.c \
	netdev-excpath/excpath-tap-writer.c \
	netdev-excpath/excpath-vhost.c \
	netdev-excpath/excpath-vnet.c \
	netdev-excpath/excpath-vring.c \
	netdev-excpath/excpath-watch.c \
	netdev-excpath/excpath-worker-loop.c \
	netdev-excpath/excpath-worker.c \
	netdev-excpath/netdev-excpath.c

excpath_headers = \
	netdev-excpath/excpath-backend.h \
	netdev-excpath/excpath-carrier.h \
	netdev-excpath/excpath-compat.h \
	netdev-excpath/excpath-config.h \
	netdev-excpath/excpath-cpus.h \
	netdev-excpath/excpath-csum.h \
	netdev-excpath/excpath-glue.h \
	netdev-excpath/excpath-glue.inc \
	netdev-excpath/excpath-drain.h \
	netdev-excpath/excpath-endpoint.h \
	netdev-excpath/excpath-exit.h \
	netdev-excpath/excpath-failed.h \
	netdev-excpath/excpath-fds.h \
	netdev-excpath/excpath-features.h \
	netdev-excpath/excpath-follow.h \
	netdev-excpath/excpath-gro.h \
	netdev-excpath/excpath-health.h \
	netdev-excpath/excpath-hugepages.h \
	netdev-excpath/excpath-keeper.h \
	netdev-excpath/excpath-kernel.h \
	netdev-excpath/excpath-latency.h \
	netdev-excpath/excpath-large.h \
	netdev-excpath/excpath-membarrier.h \
	netdev-excpath/excpath-netns.h \
	netdev-excpath/excpath-offload.h \
	netdev-excpath/excpath-options.h \
	netdev-excpath/excpath-owner.h \
	netdev-excpath/excpath-peer.h \
	netdev-excpath/excpath-placement.h \
	netdev-excpath/excpath-ring.h \
	netdev-excpath/excpath-series.h \
	netdev-excpath/excpath-show.h \
	netdev-excpath/excpath-stats.h \
	netdev-excpath/excpath-status.h \
	netdev-excpath/excpath-trial.h \
	netdev-excpath/excpath-tap-batch.h \
	netdev-excpath/excpath-tap-io.h \
	netdev-excpath/excpath-tap-writer.h \
	netdev-excpath/excpath-vhost.h \
	netdev-excpath/excpath-vnet.h \
	netdev-excpath/excpath-vring.h \
	netdev-excpath/excpath-watch.h \
	netdev-excpath/excpath-worker-private.h \
	netdev-excpath/excpath-worker.h \
	netdev-excpath/netdev-excpath-private.h \
	netdev-excpath/netdev-excpath.h

# The sources of tests/test-excpath: pure code, that needs no port and no DPDK.
excpath_test_sources = \
	netdev-excpath/excpath-cpus.c \
	netdev-excpath/excpath-csum.c \
	netdev-excpath/excpath-latency.c \
	netdev-excpath/excpath-offload.c \
	netdev-excpath/excpath-options.c \
	netdev-excpath/excpath-status.c \
	netdev-excpath/excpath-vnet.c \
	tests/latency.c \
	tests/test-excpath.c

# The sources of tests/test-gro: merging packets, and cutting them again.
excpath_gro_sources = \
	netdev-excpath/excpath-csum.c \
	netdev-excpath/excpath-gro.c \
	netdev-excpath/excpath-offload.c \
	netdev-excpath/excpath-vnet.c \
	tests/merged.c \
	tests/test-gro.c

# The sources of tests/fuzz-vnet, what makes sense of what the kernel says, and
# of tests/fuzz-gro.
excpath_fuzz_gro_sources = \
	$(filter-out tests/test-gro.c,$(excpath_gro_sources)) \
	tests/fuzz-gro.c
excpath_fuzz_vnet_sources = \
	netdev-excpath/excpath-csum.c \
	netdev-excpath/excpath-offload.c \
	netdev-excpath/excpath-vnet.c \
	tests/fuzz-vnet.c

# The sources of tests/test-worker: the worker of the tap backend.
excpath_worker_sources = \
	netdev-excpath/excpath-csum.c \
	netdev-excpath/excpath-gro.c \
	netdev-excpath/excpath-keeper.c \
	netdev-excpath/excpath-kernel.c \
	netdev-excpath/excpath-latency.c \
	netdev-excpath/excpath-netns.c \
	netdev-excpath/excpath-ring.c \
	netdev-excpath/excpath-tap-aio.c \
	netdev-excpath/excpath-tap-io.c \
	netdev-excpath/excpath-tap-uring.c \
	netdev-excpath/excpath-tap-writer.c \
	netdev-excpath/excpath-vnet.c \
	netdev-excpath/excpath-worker-loop.c \
	netdev-excpath/excpath-worker.c \
	tests/test-worker.c
