#! /usr/bin/env python3
# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""Real transfers between two hosts, in many ways.

usage: matrix.py NEAR FAR NET:MTU...

NEAR and FAR are network namespaces, "-" for this one.  A NET is the part of their addresses that
says by which devices: hosts 10.NET.0.1 and fdNET::1 in NEAR, .2 and ::2 in FAR.
MTU is that of these devices.
Each of TCP, UDP, ICMP, and SCTP where the kernel has it, goes over IPv4 and
IPv6, in both directions, with the digests of what was sent and what arrived
compared.  Prints a line for each that failed, and in the end how many were
tried.
"""

import ctypes
import hashlib
import os
import random
import socket
import struct
import sys
import threading
import time

SCTP = 132
TIMEOUT = 20
STREAM_BYTES = 150000

libc = ctypes.CDLL(None, use_errno=True)


class Wrong(Exception):
    """A transfer that failed."""


class Namespace:
    """A network namespace to make sockets in."""

    def __init__(self, name):
        self.name = name
        self.own = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.fd = (self.own if name == "-"
                   else os.open("/run/netns/" + name, os.O_RDONLY))

    @staticmethod
    def enter(fd):
        if libc.setns(fd, 0x40000000):          # CLONE_NEWNET.
            raise OSError(ctypes.get_errno(), "setns")

    def socket(self, *args):
        self.enter(self.fd)
        try:
            sock = socket.socket(*args)
        finally:
            self.enter(self.own)
        sock.settimeout(TIMEOUT)
        return sock


def digest(data):
    return hashlib.sha256(data).hexdigest()


def stream(source, target, family, address, protocol):
    """Send a stream, and a short answer to it."""
    data = random.randbytes(STREAM_BYTES)
    received = []

    def serve(server):
        try:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(TIMEOUT)
                n = 0
                while n < len(data):
                    part = connection.recv(65536)
                    if not part:
                        break
                    received.append(part)
                    n += len(part)
                connection.sendall(digest(b"".join(received)).encode())
        except OSError as e:
            received.append(str(e).encode())

    with target.socket(family, socket.SOCK_STREAM, protocol) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, 0))
        server.listen()
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        try:
            with source.socket(family, socket.SOCK_STREAM, protocol) as sock:
                sock.connect(server.getsockname()[:2])
                sock.sendall(data)
                answer = sock.recv(64).decode()
        finally:
            thread.join(2 * TIMEOUT)
    if answer != digest(data) or digest(b"".join(received)) != answer:
        raise Wrong("the digests differ")


def lengths(mtu, headers):
    """Return lengths of payloads: small, the largest, fragmented."""
    largest = mtu - headers
    return [0, 1, 2, 63, 64, 511, largest - 1, largest, largest + 1,
            2 * mtu + 1]


def udp(source, target, family, address, mtu):
    headers = 28 if family == socket.AF_INET else 48
    with target.socket(family, socket.SOCK_DGRAM) as server, \
            source.socket(family, socket.SOCK_DGRAM) as sock:
        server.bind((address, 0))
        sock.connect(server.getsockname()[:2])
        for length in lengths(mtu, headers):
            data = random.randbytes(length)
            sock.send(data)
            if digest(server.recv(65536)) != digest(data):
                raise Wrong("%d bytes arrived as others" % length)


def internet_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def icmp(source, family, address, mtu):
    """Have the other side echo."""
    is_v4 = family == socket.AF_INET
    protocol = socket.IPPROTO_ICMP if is_v4 else socket.IPPROTO_ICMPV6
    request, reply = (8, 0) if is_v4 else (128, 129)
    headers = 28 if is_v4 else 48
    with source.socket(family, socket.SOCK_RAW, protocol) as sock:
        for sequence, length in enumerate(lengths(mtu, headers)):
            data = random.randbytes(length)
            header = struct.pack("!HH", 0x4242, sequence)
            message = struct.pack("!BBH", request, 0, 0) + header + data
            if is_v4:           # The kernel does it for IPv6.
                message = (message[:2]
                           + struct.pack("!H", ~internet_sum(message) & 0xffff)
                           + message[4:])
            sock.sendto(message, (address, 0))
            deadline = time.monotonic() + TIMEOUT
            while True:
                if time.monotonic() > deadline:
                    raise Wrong("no echo of %d bytes" % length)
                got = sock.recv(65536)
                got = got[(got[0] & 15) * 4:] if is_v4 else got
                if got[0] == reply and got[4:8] == header:
                    break
            if digest(got[8:]) != digest(data):
                raise Wrong("%d bytes were echoed as others" % length)


def has_sctp():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP).close()
    except OSError:
        return False
    return True


def transfers(net, mtu):
    """Yield names of transfers, and what to do with two namespaces."""
    for family, form in ((socket.AF_INET, "10.%s.0.%d"),
                         (socket.AF_INET6, "fd%s::%d")):
        version = "IPv4" if family == socket.AF_INET else "IPv6"
        streams = [("TCP", socket.IPPROTO_TCP)]
        if has_sctp():
            streams.append(("SCTP", SCTP))
        for to in 2, 1:
            address = form % (net, to)
            where = "%s to %s" % (version, address)

            for name, protocol in streams:
                yield ("%s, %s" % (name, where), to,
                       lambda a, b, f=family, h=address, p=protocol:
                       stream(a, b, f, h, p))
            yield ("UDP, " + where, to,
                   lambda a, b, f=family, h=address: udp(a, b, f, h, mtu))
            yield ("ICMP, " + where, to,
                   lambda a, b, f=family, h=address: icmp(a, f, h, mtu))


def main(near_name, far_name, *nets):
    near, far = Namespace(near_name), Namespace(far_name)
    count = 0
    for net, mtu in (n.split(":") for n in nets):
        for name, to, transfer in transfers(net, int(mtu)):
            source, target = (near, far) if to == 2 else (far, near)
            count += 1
            try:
                transfer(source, target)
            except (OSError, Wrong) as e:
                print("%s, MTU %s: %s: %s" % (far_name, mtu, name,
                                              e or type(e).__name__),
                      flush=True)
    print(count)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
