# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""How many small packets a program in the kernel's world gets, and sends."""

import json
import re
import sys
import time

from bench.capture import frame
from bench.fastpath import SOURCE_PORT, settle, write_capture
from bench.lab import LabError

UDP_PORT = 9
DEVICE_ADDRESS = "10.1.1.1"
NEIGHBOUR = "10.1.1.9"

# A program that receives UDP packets, or sends them, as fast as it can.
PROGRAM = r"""
import socket, sys
role, address, port = sys.argv[1:]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if role == "receive":
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind((address, int(port)))
    buf = bytearray(2048)
    while True:
        sock.recv_into(buf)
else:
    sock.connect((address, int(port)))
    while True:
        try:
            while True:
                sock.send(b"x" * 18)
        except OSError:
            pass
"""


class Kernel:
    """A port whose device has an address, and a program that uses it."""

    def __init__(self, lab, seconds):
        self.lab = lab
        self.seconds = seconds

    def set_up(self, device):
        """Give 'device', which is up, its address; return its MAC address."""
        lab = self.lab
        lab.inside(lab.host, "ip", "address", "add", DEVICE_ADDRESS + "/24",
                   "dev", device)
        lab.inside(lab.host, "ip", "neighbour", "add", NEIGHBOUR, "lladdr",
                   "02:00:00:00:00:09", "dev", device)
        link = json.loads(lab.inside(lab.host, "ip", "-j", "link", "show",
                                     device))
        return link[0]["address"].replace(":", "")

    def spawn(self, *args):
        cpus = ",".join(str(c) for c in self.lab.other_cpus)
        return self.lab.spawn(self.lab.host, "taskset", "-c", cpus,
                              sys.executable, "-ISc", PROGRAM, *args)

    def datagrams(self):
        """Return how many datagrams programs have read so far."""
        text = self.lab.inside(self.lab.host, "cat", "/proc/net/snmp")
        names, values = [line.split() for line in text.splitlines()
                         if line.startswith("Udp:")]
        return int(values[names.index("InDatagrams")])

    def received(self, number):
        """Return how many packets the switch got from port 'number'."""
        text = self.lab.ofctl("dump-ports", "br0", str(number))
        found = re.search(r"rx pkts=(\d+)", text)
        if not found:
            raise LabError("port %d has no statistics" % number)
        return int(found.group(1))

    def rate(self, count):
        """Return by how much count() grows in a second."""
        settle(self.seconds)
        before, start = count(), time.monotonic()
        time.sleep(self.seconds)
        return (count() - before) / (time.monotonic() - start)

    def to_socket(self, number, mac):
        """Return the packets that a socket gets of a flood, in a second."""
        lab = self.lab
        path = lab.dir + "/to-socket.pcap"
        write_capture(path, 100, frame(1000, UDP_PORT, mac))
        lab.set_flows("in_port=%d,actions=output:%d" % (SOURCE_PORT, number))
        self.spawn("receive", DEVICE_ADDRESS, str(UDP_PORT))
        lab.add_port("source", "type=dpdk", "ofport_request=%d" % SOURCE_PORT,
                     "options:dpdk-devargs=net_pcap_source,rx_pcap=%s,"
                     "infinite_rx=1" % path)
        try:
            return self.rate(self.datagrams)
        finally:
            lab.del_ports("source")
            lab.stop_children()

    def from_socket(self, number):
        """Return the packets that the switch gets of one, in a second."""
        self.lab.set_flows("in_port=%d,actions=drop" % number)
        self.spawn("send", NEIGHBOUR, str(UDP_PORT))
        try:
            return self.rate(lambda: self.received(number))
        finally:
            self.lab.stop_children()
