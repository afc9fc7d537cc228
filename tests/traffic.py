#! /usr/bin/env python3
# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""Traffic for the system tests.

usage: traffic.py recv PORT            receive a TCP stream
       traffic.py send HOST PORT BYTES [HOW]
                                       send one
       traffic.py flows-recv PORT SECONDS
       traffic.py flows-send HOST PORT N
       traffic.py pcap FILE N [FLOWS]  write a capture of N packets
       traffic.py flood HOST SECONDS [FLOWS]
                                       send UDP as fast as possible
       traffic.py frames DEVICE FILE [LENGTH]
                                       send frames out of DEVICE

"recv" and "send" print the number of bytes and the digest of what went over
the connection.  HOW is "urgent" to have urgent data among the others, "options"
for packets with IP options, or, over IPv6, an extension header, and "slow" to
send it in parts with pauses.  "flows-send" sends a datagram from each of N
source ports, and "flows-recv" prints how many source ports it saw.  The packets
that "pcap" writes are UDP datagrams of one flow, or of several, for nobody in
particular; those of "flood" are of eight flows and go to port 9.  "frames" ends
with SIGTERM, and writes to FILE how many there were.
"""

import errno
import hashlib
import os
import random
import signal
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../utilities"))

# pylint: disable=wrong-import-position
from bench import capture                               # noqa: E402


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def recv(port):
    server = socket.create_server(("::", port), family=socket.AF_INET6,
                                  dualstack_ipv6=True)
    print("listening", flush=True)
    server.settimeout(60)
    connection, _ = server.accept()
    connection.settimeout(60)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    digest = hashlib.sha256()
    n = 0
    while True:
        data = connection.recv(65536)
        if not data:
            break
        digest.update(data)
        n += len(data)
    print(n, digest.hexdigest())


def set_options(connection):
    """Have all packets of 'connection' carry options that mean nothing."""
    if connection.family == socket.AF_INET:
        connection.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\1" * 8)
    else:
        # PadN (RFC 8200, section 4.2), after the next header, and a length.
        connection.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS,
                              b"\0\0\1\4\0\0\0\0")


def send(host, port, n, how=None):
    data = random.Random(port).randbytes(n)
    with socket.create_connection((host, port), timeout=60) as connection:
        if how == "options":
            set_options(connection)
        if how == "urgent":
            for i in range(0, n, 100000):
                connection.sendall(data[i:i + 99999])
                connection.send(data[i + 99999:i + 100000], socket.MSG_OOB)
        elif how == "slow":
            for i in range(0, n, n // 100):
                connection.sendall(data[i:i + n // 100])
                time.sleep(0.1)
        else:
            connection.sendall(data)
    print(n, hashlib.sha256(data).hexdigest())


def flows_recv(port, seconds):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind(("::", port))
    print("listening", flush=True)
    seen = set()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        sock.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            data, address = sock.recvfrom(2048)
        except socket.timeout:
            break
        if data == b"end":
            break
        seen.add(address[1])
    print(len(seen))


def flows_send(host, port, n):
    for _ in range(2):          # The first may be lost to address resolution.
        for i in range(n):
            with socket.socket(family(host), socket.SOCK_DGRAM) as sock:
                sock.bind(("", 20000 + i))
                sock.sendto(b"x" * 64, (host, port))
            time.sleep(0.005)
        time.sleep(0.5)
    with socket.socket(family(host), socket.SOCK_DGRAM) as sock:
        for _ in range(5):
            sock.sendto(b"end", (host, port))
            time.sleep(0.05)


def pcap(path, n, flows):
    frames = [capture.frame(1000 + i, 2000) for i in range(flows)]
    capture.write(path, (frames[i % flows] for i in range(n)))


def flood(host, seconds, n_socks=8):
    socks = [socket.socket(family(host), socket.SOCK_DGRAM)
             for _ in range(n_socks)]
    for sock in socks:
        sock.connect((host, 9))
    deadline = time.monotonic() + seconds
    n = 0
    while time.monotonic() < deadline:
        for sock in socks:
            try:
                sock.send(b"x" * 18)
                n += 1
            except OSError:     # No room, or no way, for the moment.
                time.sleep(0.001)
    print(n)


def frames(name, path, size=100):
    """Sends frames of an experimental EtherType out of device 'name', past its
    queueing discipline, as fast as it can until it is terminated.  Writes to
    'path' how often it tried while the device was up."""
    frame = b'\2\0\0\0\0\x99\2\0\0\0\0\x98\x88\xb5'.ljust(size, b'x')
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((name, 0))
    sock.setsockopt(263, 20, 1)         # SOL_PACKET, PACKET_QDISC_BYPASS
    ended = []
    signal.signal(signal.SIGTERM, lambda *args: ended.append(1))
    n = 0
    while not ended:
        try:
            sock.send(frame)
        except OSError as error:
            if error.errno == errno.ENETDOWN:
                continue
        n += 1
    with open(path, 'w', encoding='ascii') as stream:
        print(n, file=stream)


def main(args):
    if args[:1] == ["recv"]:
        recv(int(args[1]))
    elif args[:1] == ["send"]:
        send(args[1], int(args[2]), int(args[3]), *args[4:5])
    elif args[:1] == ["flows-recv"]:
        flows_recv(int(args[1]), float(args[2]))
    elif args[:1] == ["flows-send"]:
        flows_send(args[1], int(args[2]), int(args[3]))
    elif args[:1] == ["pcap"]:
        pcap(args[1], int(args[2]), int((args[3:] or [1])[0]))
    elif args[:1] == ["flood"]:
        flood(args[1], float(args[2]), *map(int, args[3:4]))
    elif args[:1] == ["frames"]:
        frames(args[1], args[2], *map(int, args[3:4]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
