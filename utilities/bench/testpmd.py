# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""DPDK's own way to the kernel: testpmd between two taps of vhost-net.

It only passes packets from one to the other, so that it is what a switch can
be compared with.  The configuration is that of the guide to the exception path
with virtio-user in DPDK's documentation, which goes for large frames.
"""

import os
import shutil
import subprocess
import time

from bench.lab import LabError, read_file

# Offloads as rte_ethdev.h has them.  From the kernel: TCP and UDP checksums,
# LRO, and scattered buffers; to it: those checksums, TSO, several segments.
RX_OFFLOADS = 0x1c
RX_SCATTER = 0x2000
TX_OFFLOADS = 0x802c

# In one piece, a large frame takes a buffer of 64 KiB...
LARGE = ["--mbuf-size=65535", "--total-num-mbufs=2048", "--rxd=256",
         "--txd=256"]
# ...and otherwise several.
MERGEABLE = ["--total-num-mbufs=16384", "--rxd=1024", "--txd=1024"]

MAC = "02:00:00:00:01:0%d"


class Testpmd:
    """Connects two hosts."""

    vhost = True

    def __init__(self, name, description, large):
        self.name = name
        self.description = description
        self.large = large
        self.child = None

    def __str__(self):
        return self.name

    def arguments(self, lab, devices):
        ring = 256 if self.large else 1024
        vdevs = ["--vdev=net_virtio_user%d,path=/dev/vhost-net,iface=%s,"
                 "queues=1,queue_size=%d,in_order=0,mac=%s,mrg_rxbuf=%d"
                 % (i, device, ring, MAC % i, not self.large)
                 for i, device in enumerate(devices)]
        # It hands each frame on with the address of the host at that end.
        peers = ["--eth-peer=%d,%s" % (i, MAC % i)
                 for i in range(len(devices))]
        cores = "%d,%d" % (lab.other_cpus[0], lab.pmd_cpu)
        return (["-l", cores, "--main-lcore=%d" % lab.other_cpus[0],
                 "--in-memory", "--no-pci", "--file-prefix=%s-testpmd"
                 % lab.prefix] + vdevs
                + ["--", "-i", "--cmdline-file=" + lab.dir + "/testpmd.cmd",
                   "--rx-offloads=%#x"
                   % (RX_OFFLOADS | (0 if self.large else RX_SCATTER)),
                   "--tx-offloads=%#x" % TX_OFFLOADS]
                + peers + (LARGE if self.large else MERGEABLE))

    def connect(self, pair):
        """Connect the devices of 'pair', whose switch has no PMD thread."""
        lab = pair.lab
        if not shutil.which("dpdk-testpmd"):
            raise LabError("dpdk-testpmd was not found: install dpdk-dev")
        devices = list(pair.device.values())
        commands = ["port stop all"]
        for i in range(len(devices)):
            commands += ["csum set tcp hw %d" % i, "csum set udp hw %d" % i,
                         "tso set 1448 %d" % i]
        commands += ["port start all", "set fwd csum", "start"]
        with open(lab.dir + "/testpmd.cmd", "w", encoding="utf-8") as f:
            f.write("\n".join(commands) + "\n")
        with open(lab.dir + "/testpmd.log", "w", encoding="utf-8") as log:
            # It ends when there is nothing more to read.
            self.child = lab.spawn(lab.host, "stdbuf", "-oL", "dpdk-testpmd",
                                   *self.arguments(lab, devices),
                                   stdin=subprocess.PIPE, stdout=log,
                                   stderr=log)
        for _ in range(600):
            text = read_file(lab.dir + "/testpmd.log")
            if "packet forwarding - ports=2" in text:
                break
            if self.child.poll() is not None:
                raise LabError("dpdk-testpmd ended:\n" + text[-1000:])
            time.sleep(0.1)
        else:
            raise LabError("dpdk-testpmd does not start:\n" + text[-1000:])
        # The address stays that of a host, whatever the driver gives it.
        for i, host in enumerate(pair.device):
            lab.inside(lab.host, "ip", "link", "set", pair.device[host],
                       "address", MAC % i, "netns", pair.netns[host])
        for path in lab.vhost_workers(self.child.pid):
            os.sched_setaffinity(int(os.path.basename(path)), lab.other_cpus)

    def poller(self, pair):
        return pair.lab.threads(self.child.pid, "(rte|lcore|dpdk)-worker.*")[0]

    def disconnect(self, pair):
        self.child.stdin.close()
        try:
            self.child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        pair.lab.children.remove(self.child)


FORMS = [
    Testpmd("testpmd", "DPDK's testpmd, which does not switch", False),
    Testpmd("testpmd-large", "the same, receiving into buffers of 64 KiB",
            True),
]
