# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""What two hosts see that talk to each other through two ports.

Each host is a network namespace with the device of one of the ports.  Their
programs run on the CPUs that the PMD thread leaves free.
"""

import json
import os
import re
import sys
import time

from bench.lab import LabError, read_file, run

PORT = 5201                     # Of iperf3.
ECHO_PORT = 5202

# A TCP client that sends one byte, waits for it to come back, and prints how
# long that took, in us, again and again; and the server.
ECHO = r"""
import socket, sys, time
role, address, port, seconds = sys.argv[1:]
if role == "server":
    with socket.create_server((address, int(port))) as server:
        print("listening", flush=True)
        conn = server.accept()[0]
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        data = conn.recv(64)
        if not data:
            break
        conn.sendall(data)
else:
    conn = socket.create_connection((address, int(port)), timeout=30)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end = time.monotonic() + float(seconds)
    times = []
    while time.monotonic() < end:
        start = time.perf_counter()
        conn.sendall(b"x")
        conn.recv(1)
        times.append((time.perf_counter() - start) * 1e6)
    print("\n".join("%.1f" % t for t in times))
"""


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share / 100))]


def cpu_time(poller):
    """Return the CPU time of all but the thread 'poller', in seconds.

    'poller' is its directory in /proc.
    """
    line = read_file("/proc/stat").splitlines()[0]
    fields = [int(f) for f in line.split()[1:]]
    # All but idle, iowait, what another machine took (steal), and what is a
    # part of others (guest).
    total = (sum(fields[:3]) + sum(fields[5:7])) / os.sysconf("SC_CLK_TCK")
    return total - int(read_file(poller + "/schedstat").split()[0]) / 1e9


class Cable:
    """Connects two hosts without a switch: what the kernel itself can do."""

    def connect(self, pair):
        run("ip", "link", "add", pair.device["a"], "netns", pair.netns["a"],
            "type", "veth", "peer", "name", pair.device["b"], "netns",
            pair.netns["b"])

    def disconnect(self, pair):
        pass

    def poller(self, pair):
        return pair.lab.pmd_path()


class Ports:
    """Connects two hosts through the switch.

    The port of "a" is a 'subject' with 'options', that of "b" a 'peer' with
    default options, or by default one like that of "a".
    """

    def __init__(self, subject, options=(), peer=None):
        self.alike = peer is None
        self.ports = {"a": (subject, options),
                      "b": (peer, ()) if peer else (subject, options)}
        self.memory = 0         # Of a port, in bytes, if both are 'alike'.

    def connect(self, pair):
        lab = pair.lab
        before = lab.settled_memory() if self.alike else 0
        for host in "ab":
            subject, options = self.ports[host]
            subject.add(lab, pair.device[host], options)
        if self.alike:
            self.memory = (lab.memory() - before) / 2
        for host in "ab":
            lab.inside(lab.host, "ip", "link", "set", pair.device[host],
                       "netns", pair.netns[host])
        lab.set_flows("actions=NORMAL")

    def disconnect(self, pair):
        # Back to where Open vSwitch looks for them.
        for host in "ab":
            run("ip", "-n", pair.netns[host], "link", "set",
                pair.device[host], "netns", pair.lab.host, check=False)
        pair.lab.del_ports(*pair.device.values())

    def poller(self, pair):
        return pair.lab.pmd_path()


class Pair:
    """Two hosts, "a" and "b", that a 'link' connects."""

    def __init__(self, lab, link):
        self.lab = lab
        self.link = link
        self.netns = {h: "%s-%s" % (lab.prefix, h) for h in "ab"}
        self.address = {"a": "192.0.2.1", "b": "192.0.2.2"}
        self.device = {"a": "kern0", "b": "kern1"}

    def __enter__(self):
        lab = self.lab
        for host in "ab":
            lab.add_netns(self.netns[host])
        self.link.connect(self)
        for host in "ab":
            for words in (["address", "add", self.address[host] + "/24",
                           "dev", self.device[host]],
                          ["link", "set", self.device[host], "up"]):
                run("ip", "-n", self.netns[host], *words)
        for _ in range(50):
            if " 0% packet loss" in self.inside(
                    "a", "ping", "-n", "-q", "-c", "1", "-W", "1",
                    self.address["b"], check=False):
                return self
            time.sleep(0.1)
        raise LabError("the hosts do not reach each other")

    def __exit__(self, *unused):
        self.link.disconnect(self)
        self.lab.stop_children()
        for host in "ab":
            self.lab.del_netns(self.netns[host])

    def command(self, args):
        cpus = ",".join(str(c) for c in self.lab.other_cpus)
        return ["taskset", "-c", cpus] + list(args)

    def inside(self, host, *args, **kwargs):
        return self.lab.inside(self.netns[host], *self.command(args),
                               **kwargs)

    def spawn(self, host, *args, **kwargs):
        return self.lab.spawn(self.netns[host], *self.command(args), **kwargs)

    def wait_for_listener(self, host, port):
        for _ in range(200):
            if ":%d " % port in run("ip", "netns", "exec", self.netns[host],
                                    "ss", "-Hltn"):
                return
            time.sleep(0.05)
        raise LabError("no server on port %d" % port)

    def iperf(self, seconds, *args):
        """Have "a" send to "b"; return what iperf3 says at the end."""
        server = self.spawn("b", "iperf3", "-s", "-1", "-p", str(PORT),
                            stdout=-3, stderr=-3)
        self.wait_for_listener("b", PORT)
        text = self.inside("a", "iperf3", "-c", self.address["b"], "-p",
                           str(PORT), "-t", "%g" % seconds, "-J", *args,
                           timeout=seconds + 60)
        server.wait(timeout=30)
        return json.loads(text)["end"]

    def tcp(self, seconds, streams, to_a=False):
        """Return the throughput in Mbit/s, from "a" or to it."""
        end = self.iperf(max(1, round(seconds)), "-P", str(streams),
                         *(["-R"] if to_a else []))
        return end["sum_received"]["bits_per_second"] / 1e6

    def tcp_and_cpu(self, seconds, streams):
        """Return the throughput from "a", in Mbit/s, and its price.

        The price is the CPU time that everything but the thread that polls
        has taken, in seconds for 1e9 bytes.
        """
        poller = self.link.poller(self)
        before = cpu_time(poller)
        end = self.iperf(max(1, round(seconds)), "-P", str(streams))
        price = ((cpu_time(poller) - before)
                 / (end["sum_received"]["bytes"] / 1e9))
        return end["sum_received"]["bits_per_second"] / 1e6, price

    def udp(self, seconds):
        """Return datagrams of 64 bytes, sent and delivered in a second."""
        end = self.iperf(max(1, round(seconds)), "-u", "-b", "0", "-l", "64")
        total = end["sum"]
        sent = total["packets"] / total["seconds"]
        return sent, sent * (1 - total["lost_percent"] / 100)

    def under_load(self, measure):
        """Return what measure() does while "a" sends to "b" over TCP."""
        self.spawn("b", "iperf3", "-s", "-1", "-p", str(PORT), stdout=-3,
                   stderr=-3)
        self.wait_for_listener("b", PORT)
        load = self.spawn("a", "iperf3", "-c", self.address["b"], "-p",
                          str(PORT), "-t", "300", stdout=-3, stderr=-3)
        time.sleep(0.3)
        result = measure()
        if load.poll() is not None:
            raise LabError("iperf3 ended too early")
        self.lab.stop_children()
        return result

    def ping(self, count):
        """Return round trip times in us."""
        text = self.inside("a", "ping", "-n", "-i", "0.01", "-c", str(count),
                           self.address["b"], timeout=count * 0.1 + 60)
        return [1000 * float(t) for t in re.findall(r"time=([0-9.]+) ms",
                                                    text)]

    def tcp_round_trips(self, seconds):
        """Return round trip times of a byte over TCP, in us."""
        python = [sys.executable, "-ISc", ECHO]
        self.spawn("b", *python, "server", self.address["b"], str(ECHO_PORT),
                   "0", stdout=-3, stderr=-3)
        self.wait_for_listener("b", ECHO_PORT)
        text = self.inside("a", *python, "client", self.address["b"],
                           str(ECHO_PORT), "%g" % seconds,
                           timeout=seconds + 60)
        return [float(t) for t in text.split()]
