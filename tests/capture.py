#! /usr/bin/env python3
# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""Verify a capture of transfers.

usage: capture.py FILE MTU [SENT]

FILE is a pcap file of Ethernet frames, tagged or not, some of them maybe with
VXLAN inside.  No frame may be longer than MTU has it, all checksums, of inner
headers too, have to be right, and whatever file SENT, of matrix.py, says was
sent has to be there, put together again from segments and fragments.  Prints a
line for everything that is wrong, and in the end the numbers of frames, and of
checksums of the kinds that tcpdump verifies, too: TCP's, UDP's and ICMPv6's, of
packets that are not fragments.
"""

import collections
import hashlib
import ipaddress
import struct
import sys

VXLAN_PORT = 4789
TAGS = 0x8100, 0x88a8
ICMP, TCP, UDP, FRAGMENT, ICMPV6, SCTP = 1, 6, 17, 44, 58, 132
# IPv6 extension headers that are to be skipped: hop-by-hop, routing, options.
EXTENSIONS = 0, 43, 60


class Wrong(Exception):
    """A packet that is not as it should be."""


def internet_sum(data):
    """Return the checksum over 'data', 0 if it includes the right one."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def crc32c_table():
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82f63b78 if i & 1 else 0)
        yield i


CRC32C = list(crc32c_table())


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


def frames(path):
    """Yield the frames in a capture, as they were on the wire."""
    with open(path, "rb") as f:
        header = f.read(24)
        order = "<" if header[:1] in (b"\xd4", b"\x4d") else ">"
        magic, link = struct.unpack(order + "I16xI", header)
        if magic not in (0xa1b2c3d4, 0xa1b23c4d) or link != 1:
            sys.exit("%s is not a capture of Ethernet frames" % path)
        while True:
            header = f.read(16)
            if len(header) < 16:
                break
            captured, length = struct.unpack(order + "8x2I", header)
            if captured != length:
                sys.exit("%s has not all of each frame" % path)
            yield f.read(captured)


def wire_order(pieces, first, bits):
    """Return the bytes in 'pieces', a dict of such by sequence number, in
    order from number 'first' on."""
    return sorted(pieces.items(),
                  key=lambda item: (item[0] - first) % (1 << bits))


class Capture:
    """What was found in a capture."""

    def __init__(self, mtu):
        self.mtu = mtu
        # (protocol, source, target, digest) of datagrams and messages.
        self.found = set()
        # By (source, target): the number of the first byte or chunk, and the
        # others by their numbers.
        self.tcp_first, self.sctp_first = {}, {}
        self.tcp = collections.defaultdict(dict)
        self.sctp = collections.defaultdict(dict)
        # By what identifies a packet: its fragments by their offsets.
        self.fragments = collections.defaultdict(dict)
        self.counted = 0

    def ethernet(self, frame, is_inner=False):
        ethertype, offset = struct.unpack_from("!H", frame, 12)[0], 14
        while ethertype in TAGS:
            ethertype = struct.unpack_from("!H", frame, offset + 2)[0]
            offset += 4
        packet = frame[offset:]
        if not is_inner and len(packet) > self.mtu:
            raise Wrong("a packet of %d bytes" % len(packet))
        if ethertype == 0x0800:
            self.ipv4(packet)
        elif ethertype == 0x86dd:
            self.ipv6(packet)

    def ipv4(self, packet):
        length, number, fragment = struct.unpack_from("!HHH", packet, 2)
        protocol, size = packet[9], (packet[0] & 15) * 4
        if length > len(packet):
            raise Wrong("the IPv4 packet is cut off")
        if internet_sum(packet[:size]):
            raise Wrong("the checksum of the IPv4 header")
        source, target = packet[12:16], packet[16:20]
        payload = packet[size:length]
        offset, more = (fragment & 0x1fff) * 8, bool(fragment & 0x2000)
        self.layer4(source, target, protocol, payload,
                    (number, offset, more) if offset or more else None)

    def ipv6(self, packet):
        length, protocol = struct.unpack_from("!HB", packet, 4)
        if 40 + length > len(packet):
            raise Wrong("the IPv6 packet is cut off")
        source, target = packet[8:24], packet[24:40]
        payload, fragment = packet[40:40 + length], None
        while protocol in EXTENSIONS or protocol == FRAGMENT:
            following = payload[0]
            if protocol == FRAGMENT:
                offset, number = struct.unpack_from("!HI", payload, 2)
                fragment = number, offset & ~7, bool(offset & 1)
                payload = payload[8:]
            else:
                payload = payload[(payload[1] + 1) * 8:]
            protocol = following
        self.layer4(source, target, protocol, payload, fragment)

    def layer4(self, source, target, protocol, payload, fragment):
        if fragment:
            number, offset, more = fragment
            key = source, target, protocol, number
            self.fragments[key][offset] = payload, more
            payload = b""
            for offset, (piece, more) in sorted(self.fragments[key].items()):
                if offset != len(payload):
                    return
                payload += piece
            if more:
                return
            del self.fragments[key]
        pseudo = source + target + struct.pack("!II", len(payload), protocol)
        handler = {ICMP: self.icmp, TCP: self.stream, UDP: self.datagram,
                   ICMPV6: self.icmp, SCTP: self.chunks}.get(protocol)
        if handler:
            hosts = [str(ipaddress.ip_address(a)) for a in (source, target)]
            if handler(hosts, payload, b"" if protocol == ICMP else pseudo):
                self.counted += not fragment

    def add(self, name, hosts, numbers, data):
        self.found.add((name, "%s:%s" % (hosts[0], numbers[0]),
                        "%s:%s" % (hosts[1], numbers[1]),
                        hashlib.sha256(data).hexdigest()))

    def icmp(self, hosts, message, pseudo):
        if internet_sum(pseudo + message):
            raise Wrong("the checksum of an ICMP message")
        if message[0] in (8, 128):
            self.add("ICMP", hosts, struct.unpack_from("!HH", message, 4),
                     message[8:])
        return bool(pseudo)

    def datagram(self, hosts, datagram, pseudo):
        ports = struct.unpack_from("!HH", datagram)
        length, checksum = struct.unpack_from("!HH", datagram, 4)
        if length != len(datagram):
            raise Wrong("a UDP datagram of %d bytes in %d"
                        % (length, len(datagram)))
        if ports[1] == VXLAN_PORT:
            if checksum and internet_sum(pseudo + datagram):
                raise Wrong("the checksum of the UDP header before VXLAN's")
            self.ethernet(datagram[16:], True)
            return bool(checksum)
        if not checksum or internet_sum(pseudo + datagram):
            raise Wrong("the checksum of a UDP datagram")
        self.add("UDP", hosts, ports, datagram[8:])
        return True

    def stream(self, hosts, segment, pseudo):
        if internet_sum(pseudo + segment):
            raise Wrong("the checksum of a TCP segment")
        *ports, number, _, offset, flags = struct.unpack_from("!HHIIBB",
                                                              segment)
        key = *hosts, *ports
        if flags & 2:                           # SYN.
            self.tcp_first[key] = number + 1
        data = segment[(offset >> 4) * 4:]
        # One sent again may have more than the first.
        if len(data) > len(self.tcp[key].get(number, b"")):
            self.tcp[key][number] = data
        return True

    def chunks(self, hosts, packet, _):
        if crc32c(packet[:8] + bytes(4) + packet[12:]) \
                != struct.unpack_from("<I", packet, 8)[0]:
            raise Wrong("the checksum of an SCTP packet")
        key = *hosts, *struct.unpack_from("!HH", packet)
        offset = 12
        while offset + 4 <= len(packet):
            kind, _, length = struct.unpack_from("!BBH", packet, offset)
            if kind in (1, 2):                  # INIT, INIT ACK.
                self.sctp_first[key] = struct.unpack_from("!I", packet,
                                                          offset + 16)[0]
            elif kind == 0:                     # DATA.
                number = struct.unpack_from("!I", packet, offset + 4)[0]
                self.sctp[key][number] = packet[offset + 16:offset + length]
            offset += max(4, length + 3 & ~3)
        return False

    def finish(self):
        """Put together what has come in pieces."""
        for key, first in self.tcp_first.items():
            data = b""
            for number, piece in wire_order(self.tcp[key], first, 32):
                start = (number - first) % (1 << 32)
                if start > len(data):           # FIN and keepalives, too.
                    break
                if data[start:start + len(piece)] \
                        != piece[:max(0, len(data) - start)]:
                    raise Wrong("bytes sent again are different ones")
                data = data[:start] + piece if start + len(piece) > len(data) \
                    else data
            self.add("TCP", key[:2], key[2:], data)
        for key, first in self.sctp_first.items():
            pieces = wire_order(self.sctp[key], first, 32)
            self.add("SCTP", key[:2], key[2:],
                     b"".join(piece for _, piece in pieces))


def main(path, mtu, sent=None):
    capture = Capture(int(mtu))
    status = n = 0
    for n, frame in enumerate(frames(path), 1):
        try:
            capture.ethernet(frame)
        except (Wrong, IndexError, struct.error) as e:
            print("frame %d: %s" % (n, e))
            status = 1
    try:
        capture.finish()
    except Wrong as e:
        print(e)
        status = 1
    if sent:
        with open(sent, encoding="utf-8") as f:
            for line in f:
                if tuple(line.split()) not in capture.found:
                    print("not in the capture: " + line.strip())
                    status = 1
    print(n, capture.counted)
    return status


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
