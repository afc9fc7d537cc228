# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""Tables of what was measured.

A measurement is a dictionary with "round" and "port", the name of a kind of
port, and, if it is about the fast path, "share".
"""

import csv
import os
import statistics


def select(results, name, key, share=None):
    return [r[key] for r in results
            if r["port"] == name and (share is None or share == r["share"])]


def kept(results, name, share):
    """Return which part of the fast path is left, in each round."""
    bases = (select(results, "none", "cycles", 0) if share == 0
             else select(results, name, "cycles", 0))
    return [b / v for b, v in zip(bases,
                                  select(results, name, "cycles", share))]


def report_fast(results, shares):
    names = list(dict.fromkeys(r["port"] for r in results
                               if r["port"] != "none"))
    form = "%-14s %6s %8s %18s %9s %9s %7s %8s"
    print()
    print(form % ("port", "punted", "cycles", "fast path kept", "kpps to",
                  "of what", "calls", "workers'"))
    print(form % ("", "%", "/packet", "(min-max)", "kernel", "internal",
                  "/1000", "CPU, %"))
    cycles = select(results, "none", "cycles", 0)
    print("%-14s %6d %8.1f %18s" % ("(no port)", 0, statistics.median(cycles),
                                    "1"))
    for name in names:
        for share in shares:
            def median(key, who=name, part=share):
                return statistics.median(select(results, who, key, part))

            parts = kept(results, name, share)
            internal = ("%.2f" % (median("kernel_pps")
                                  / median("kernel_pps", "internal"))
                        if "internal" in names and share else "")
            print(form % (
                name, "%g" % share, "%.1f" % median("cycles"),
                "%.3f (%.2f-%.2f)" % (statistics.median(parts), min(parts),
                                      max(parts)),
                "%.1f" % (median("kernel_pps") / 1000) if share else "",
                internal,
                "%.2f" % median("calls_per_1000") if share else "",
                "%.1f" % (100 * median("worker_cpu"))))
    print("""
cycles   processing cycles of the PMD thread per packet that it received
kept     how many cycles a packet takes without punting, by how many it takes
         with it, in the same round; at 0 %, without the port, by with it idle
kpps     packets that the kernel received from the tap, in thousands a second:
         nobody wants them there, and it drops them
of what  the same, as a multiple of what "internal" delivers
calls    read(), write() and the like, by the PMD thread, for 1,000 punted
         packets: syscr and syscw in /proc/PID/task/TID/io
workers  CPU time of the threads that serve the tap, in % of a CPU; at 0 % what
         an idle port takes""")


def format_value(value):
    return "" if value is None else "%.*f" % (1 if abs(value) < 100 else 0,
                                              value)


def report_columns(title, results, columns, bases=("internal",),
                   no_ratio=("memory",)):
    """Print medians: of each column a heading, its unit, a key and a factor.

    Then the ratios to each of 'bases', except those of columns 'no_ratio'.
    What was not measured is None.
    """
    names = list(dict.fromkeys(r["port"] for r in results))
    print("\n%s\n" % title)
    for line in 0, 1:
        print("%-14s" % ("port", "")[line]
              + "".join(" %9s" % c[line] for c in columns))

    def median(name, key):
        values = select(results, name, key)
        return None if None in values else statistics.median(values)

    def row(name, texts):
        print("%-14s" % name + "".join(" %9s" % text for text in texts))

    def ratio(name, base, key):
        value, unit = median(name, key), median(base, key)
        return ("%.2f" % (value / unit)
                if key not in no_ratio and value is not None and unit else "")

    def spread(name, key):
        middle, values = median(name, key), select(results, name, key)
        return ("%.0f" % (100 * (max(values) - min(values)) / middle)
                if middle else "")

    for name in names:
        row(name, [format_value(None if median(name, c[2]) is None
                                else median(name, c[2]) * c[3])
                   for c in columns])
    for base in bases:
        if base in names:
            print("as a multiple of %s:" % base)
            for name in names:
                if name not in ("cable", base):
                    row(name, [ratio(name, base, c[2]) for c in columns])
    if max(r["round"] for r in results):
        print("range of the rounds, in % of the median:")
        for name in names:
            row(name, [spread(name, c[2]) for c in columns])


def report_kernel(results):
    report_columns(
        "Small UDP packets and a program in the kernel's world", results,
        [("to a", "socket", "to_socket", 1e-3),
         ("from a", "socket", "from_socket", 1e-3)])
    print("\nkpps: of a flood of 60-byte packets what a socket gets, and what "
          "the switch gets\nof those that a program sends.")


def report_hosts(results, tso):
    where = ", userspace-tso-enable=true" if tso else ""
    report_columns(
        "TCP and UDP between two hosts, each behind a port" + where, results,
        [("TCP from", "1, Mbit/s", "tcp_from_1", 1),
         ("", "4, Mbit/s", "tcp_from_4", 1),
         ("TCP to", "1, Mbit/s", "tcp_to_1", 1),
         ("", "4, Mbit/s", "tcp_to_4", 1),
         ("UDP", "kpps", "udp", 1e-3), ("memory", "MiB", "memory", 2.0 ** -20)])
    print("""
TCP from, to: 1 and 4 streams from the kernel through this port, and to it; the
other host is behind a port of type excpath with backend=tap.
UDP: 64 bytes a packet, delivered, from one port like this to another.
memory: of a port, beyond the pools of packet buffers that ports share.
cable: a veth pair instead of ports and a switch.""")
    report_columns(
        "Round trips between two hosts, each behind a port like this, in us"
        + where, results,
        [("ping", "p50", "ping_p50", 1), ("", "p99", "ping_p99", 1),
         ("loaded", "p50", "loaded_ping_p50", 1),
         ("", "p99", "loaded_ping_p99", 1),
         ("TCP echo", "p50", "echo_p50", 1), ("", "p99", "echo_p99", 1),
         ("loaded", "p50", "loaded_echo_p50", 1),
         ("", "p99", "loaded_echo_p99", 1)])
    print("\nloaded: while one TCP stream goes from one to the other.")


def report_tcp(results):
    report_columns(
        "TCP between two hosts, each behind a port like this, "
        "userspace-tso-enable=true", results,
        [("1 stream", "Mbit/s", "tcp_1", 1), ("CPU", "s/GB", "price_1", 1),
         ("4 streams", "Mbit/s", "tcp_4", 1), ("CPU", "s/GB", "price_4", 1),
         ("2 queues", "4, Mbit/s", "tcp_4_queues", 1),
         ("CPU", "s/GB", "price_4_queues", 1)], ("internal", "cable"))
    print("""
2 queues: 4 streams, with n_rxq=2.
CPU: the CPU time of everything but the thread that polls, for 1e9 bytes.
cable: a veth pair instead of ports and a switch, on the CPUs that the PMD
thread leaves free: what the kernel itself can do.
testpmd: DPDK's, between two taps of vhost-net; it does not switch.""")


def write_csv(path, test, results):
    """Write 'results' to 'path', or to one for 'test' beside it."""
    if test:
        path = "-%s".join(os.path.splitext(path)) % test
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, fieldnames=list(results[0]))
        writer.writeheader()
        writer.writerows(results)
