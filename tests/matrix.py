#! /usr/bin/env python3
# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""Real transfers between two hosts, in many ways.

usage: matrix.py cells WHICH BACKEND TSO
       matrix.py run CELLS MTU PEER NEAR FAR [SENT]
       matrix.py uncovered < CELLS
       matrix.py has-sctp

A cell is one transfer, from ("from") or to ("to") the kernel behind an excpath
port.  "cells" prints those with backend=BACKEND, "vhost-net" or "tap", and
userspace-tso-enable=TSO, "true" or "false", one a line: all of them, or a
selection in which each two values of different properties occur together
("pairwise") in a cell for one BACKEND and TSO or another, and each peer gets a
TCP stream with TSO and without.  What cannot be is left out.

"run" does those of file CELLS that have this MTU and PEER.  NEAR, which has
the excpath port, and FAR are network namespaces, "-" for this one.  The hosts
in them are 10.NET.0.1 and fdNET::1 in NEAR, .2 and ::2 in FAR, with a NET for
each encapsulation.  The digests of what was sent and what arrived are
compared.  It prints a line for each transfer that failed, and in the end how
many were tried.  File SENT gets a line for whatever was sent from NEAR, with
its digest, for capture.py.

"uncovered" prints what a pairwise selection, for both backends and TSO, fails
to have.
"has-sctp" exits with status 1 if the kernel does not have SCTP.
"""

import ctypes
import hashlib
import itertools
import os
import random
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from capture import internet_sum                        # noqa: E402

SCTP = 132
TIMEOUT = 20
STREAM_BYTES = 150000

# The properties of a cell and their values.  Those that it takes time to
# change between come first.
PROPERTIES = {
    "backend": ["vhost-net", "tap"],
    "tso": ["true", "false"],
    "mtu": ["1500", "9000"],
    # Of those behind vhost-user ports, the one has negotiated no offloads and
    # the other one all.
    "peer": ["excpath", "internal", "plain-guest", "guest", "null"],
    "encapsulation": ["untagged", "vlan", "vxlan"],
    "version": ["IPv4", "IPv6"],
    "protocol": ["TCP", "UDP", "SCTP", "ICMP"],
    "direction": ["from", "to"],
}
N_SETUP = 4
# The part of addresses that says over which devices.
NETS = {"untagged": 1, "vlan": 7, "vxlan": 5}
VXLAN_BYTES = 50

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


class Sent:
    """What was sent, for capture.py to find."""

    def __init__(self, path=None):
        self.file = open(path, "a", encoding="utf-8") if path else None

    def add(self, name, source, target, data):
        """Note 'data', which went from address 'source' to 'target'."""
        if self.file:
            print(name, "%s:%s" % source[:2], "%s:%s" % target[:2],
                  digest(data), file=self.file, flush=True)


def stream(source, target, family, address, name, sent):
    """Send a stream, and a short answer to it."""
    protocol = SCTP if name == "SCTP" else socket.IPPROTO_TCP
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
                sent.add(name, sock.getsockname(), sock.getpeername(), data)
                sock.sendall(data)
                answer = sock.recv(64).decode()
        finally:
            thread.join(2 * TIMEOUT)
    if answer != digest(data) or digest(b"".join(received)) != answer:
        raise Wrong("the digests differ")


def lengths(mtu, headers, fragments=True):
    """Return lengths of payloads: small, the largest, fragmented."""
    largest = mtu - headers
    return ([0, 1, 2, 63, 64, 511, largest - 1, largest]
            + [largest + 1, 2 * mtu + 1] * fragments)


def udp(source, target, family, address, mtu, sent, fragments):
    headers = 28 if family == socket.AF_INET else 48
    with target.socket(family, socket.SOCK_DGRAM) as server, \
            source.socket(family, socket.SOCK_DGRAM) as sock:
        server.bind((address, 0))
        sock.connect(server.getsockname()[:2])
        for length in lengths(mtu, headers, fragments):
            data = random.randbytes(length)
            sent.add("UDP", sock.getsockname(), sock.getpeername(), data)
            sock.send(data)
            if digest(server.recv(65536)) != digest(data):
                raise Wrong("%d bytes arrived as others" % length)


def icmp(source, family, address, mtu, sent):
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
                           + struct.pack("!H", internet_sum(message))
                           + message[4:])
            if not sequence:
                sock.connect((address, 0))
            sent.add("ICMP", (sock.getsockname()[0], 0x4242),
                     (address, sequence), data)
            sock.send(message)
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


def possible(cell):
    """Return whether there is such a cell."""
    if cell["peer"] == "null":
        # It takes everything and answers nothing.
        return cell["direction"] == "from"
    if cell["peer"] == "guest":
        # Without TSO nothing is left to a guest, whatever it has negotiated.
        # What plays one, testpmd, has SCTP's checksum be zero where it can.
        return cell["tso"] == "true" and (cell["protocol"] != "SCTP"
                                          or cell["encapsulation"] == "vxlan")
    return True


def every_cell(names):
    """Yield all cells of these properties that are possible."""
    for values in itertools.product(*(PROPERTIES[name] for name in names)):
        cell = dict(zip(names, values))
        if possible({"direction": "from", "protocol": "TCP", **cell}):
            yield cell


def pairs(cell):
    """Yield what a selection has to have of 'cell'."""
    yield from itertools.combinations(cell.items(), 2)
    # What arrives at the other side is captured and verified, for some peers.
    if (cell.get("protocol"), cell.get("direction")) == ("TCP", "from"):
        yield (("tso", cell["tso"]), ("peer", cell["peer"]), "TCP")


def cover(cells):
    """Return few of the cells that have all pairs that 'cells' have.

    It is always the next one that adds most of them.
    """
    masks, bits = [], {}
    for cell in cells:
        mask = 0
        for pair in pairs(cell):
            mask |= 1 << bits.setdefault(pair, len(bits))
        masks.append(mask)
    missing = (1 << len(bits)) - 1
    chosen = []
    while missing:
        best = max(range(len(cells)),
                   key=lambda i: bin(masks[i] & missing).count("1"))
        chosen.append(cells[best])
        missing &= ~masks[best]
    return chosen


def pairwise():
    """Return cells with all pairs of values, on few different setups."""
    names = list(PROPERTIES)
    setups = cover(list(every_cell(names[:N_SETUP])))
    return cover([cell for cell in every_cell(names)
                  if {name: cell[name] for name in names[:N_SETUP]}
                  in setups])


def cells_of(which, backend, tso):
    cells = (pairwise() if which == "pairwise"
             else list(every_cell(list(PROPERTIES))))
    return sorted((cell for cell in cells
                   if (cell["backend"], cell["tso"]) == (backend, tso)),
                  key=lambda cell: list(cell.values()))


def uncovered(lines):
    """Yield pairs that are in none of the cells in 'lines'."""
    found = set()
    for line in lines:
        found.update(pairs(dict(zip(PROPERTIES, line.split()))))
    # What is possible is not asked of any function above.
    for one, other in itertools.combinations(PROPERTIES, 2):
        for pair in itertools.product(PROPERTIES[one], PROPERTIES[other]):
            if ((one, pair[0]), (other, pair[1])) not in found:
                yield " ".join(pair)
    for tso, peer in itertools.product(PROPERTIES["tso"], PROPERTIES["peer"]):
        if (("tso", tso), ("peer", peer), "TCP") not in found:
            yield "%s %s TCP from" % (tso, peer)


def transfer(cell, near, far, sent):
    """Do what 'cell' says."""
    net, mtu = NETS[cell["encapsulation"]], int(cell["mtu"])
    if cell["encapsulation"] == "vxlan":
        mtu -= VXLAN_BYTES
    family, form = ((socket.AF_INET, "10.%s.0.%d")
                    if cell["version"] == "IPv4"
                    else (socket.AF_INET6, "fd%s::%d"))
    source, target, host = ((near, far, 2) if cell["direction"] == "from"
                            else (far, near, 1))
    if source is far:
        sent = Sent()
    address = form % (net, host)
    if cell["protocol"] == "UDP":
        # testpmd's checksums would be those of fragments.
        udp(source, target, family, address, mtu, sent,
            cell["peer"] != "guest")
    elif cell["protocol"] == "ICMP":
        icmp(source, family, address, mtu, sent)
    else:
        stream(source, target, family, address, cell["protocol"], sent)


def run(path, mtu, peer, near_name, far_name, sent_path=None):
    near, far = Namespace(near_name), Namespace(far_name)
    sent = Sent(sent_path)
    count = 0
    with open(path, encoding="utf-8") as f:
        for line in f:
            cell = dict(zip(PROPERTIES, line.split()))
            if (cell["mtu"], cell["peer"]) != (mtu, peer):
                continue
            count += 1
            try:
                transfer(cell, near, far, sent)
            except (OSError, Wrong) as e:
                print("%s: %s" % (line.strip(), e or type(e).__name__),
                      flush=True)
    print(count)


def main(args):
    if args[:1] == ["cells"]:
        for cell in cells_of(*args[1:]):
            print(*cell.values())
    elif args[:1] == ["run"]:
        run(*args[1:])
    elif args == ["has-sctp"]:
        sys.exit(not has_sctp())
    elif args == ["uncovered"]:
        for pair in uncovered(sys.stdin):
            print(pair)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
