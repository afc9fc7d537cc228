# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""What punting costs the fast path.

A flood of 60-byte UDP packets, of one flow or, for a share of them, of another,
comes in at a net_pcap port as fast as the PMD thread can take it.  The share is
output to the port that is measured, everything else to a net_null port.
"""

import json
import time

from bench import capture

SOURCE_PORT = 77                # OpenFlow number of the source.
PUNTED_PORT = 179               # UDP port of packets for the kernel.
OTHER_PORT = 80
CAPTURE_PACKETS = 10000


def settle(seconds):
    """Wait before a measurement of so many seconds."""
    time.sleep(min(1.0, seconds / 2))


def write_capture(path, share, punted=None):
    """Write packets of which 'share' percent, evenly spread, are punted.

    Those that are have the frame 'punted', or one for PUNTED_PORT.
    """
    frames = (capture.frame(1000, OTHER_PORT),
              punted or capture.frame(1000, PUNTED_PORT))
    n = round(CAPTURE_PACKETS * share / 100)
    capture.write(path, (frames[(i + 1) * n // CAPTURE_PACKETS
                                - i * n // CAPTURE_PACKETS]
                         for i in range(CAPTURE_PACKETS)))


def thread_syscalls(pid, tid):
    """Return how often a thread has called read() or write() or the like.

    These are all of the system calls that a PMD thread makes for packets: each
    that moves one to a tap or wakes a worker is a kind of write().
    """
    with open("/proc/%d/task/%d/io" % (pid, tid), encoding="utf-8") as f:
        counts = dict(line.split(": ") for line in f)
    return int(counts["syscr"]) + int(counts["syscw"])


class FastPath:
    """Measures one share after the other with the ports in place."""

    def __init__(self, lab, seconds):
        self.lab = lab
        self.seconds = seconds
        self.sink = lab.add_sink()

    def punt_to(self, number):
        """Have the share go to port 'number', or nowhere if that is None."""
        flows = ["priority=5,in_port=%d,udp,actions=output:%d"
                 % (SOURCE_PORT, self.sink)]
        if number is not None:
            flows.append("priority=10,in_port=%d,udp,tp_dst=%d,"
                         "actions=output:%d"
                         % (SOURCE_PORT, PUNTED_PORT, number))
        self.lab.set_flows(*flows)

    def kernel_packets(self, device):
        if device is None:
            return 0
        link = json.loads(self.lab.inside(self.lab.host, "ip", "-j", "-s",
                                          "link", "show", device))
        return link[0]["stats64"]["rx"]["packets"]

    def measure(self, share, device):
        """Return a dictionary of what 'share' percent costs."""
        lab = self.lab
        path = "%s/share-%g.pcap" % (lab.dir, share)
        write_capture(path, share)
        lab.add_port("source", "type=dpdk", "ofport_request=%d" % SOURCE_PORT,
                     "options:dpdk-devargs=net_pcap_source,rx_pcap=%s,"
                     "infinite_rx=1" % path)
        try:
            settle(self.seconds)
            pmd = lab.pmd_tid()
            before = self.snapshot(pmd, device)
            time.sleep(self.seconds)
            after = self.snapshot(pmd, device)
        finally:
            lab.del_ports("source")

        when, packets, cycles, kernel, calls, workers = [
            b - a for a, b in zip(before, after)]
        punted = packets * share / 100
        return {
            "cycles": cycles / packets,
            "pps": packets / when,
            "punted_pps": punted / when,
            "kernel_pps": kernel / when,
            "calls_per_1000": 1000 * calls / punted if punted else 0.0,
            "worker_cpu": workers / when,
        }

    def snapshot(self, pmd, device):
        packets, cycles = self.lab.pmd_stats()
        return (time.monotonic(), packets, cycles,
                self.kernel_packets(device),
                thread_syscalls(self.lab.vswitchd, pmd),
                self.lab.worker_cpu_time())
