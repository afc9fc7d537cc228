#! /usr/bin/env python3
# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""Frames that no protocol sends, for the system tests.

usage: frames.py send DEVICE FIRST LAST  send a frame of each length
       frames.py recv DEVICE FIRST LAST  receive them
       frames.py lies DEVICE             send frames that are not what their
                                         vnet headers say
       frames.py segments DEVICE MAC N WRONG
                                         send N TCP segments that follow each
                                         other, number WRONG of them with a wrong
                                         checksum
       frames.py large DEVICE SECONDS    send TCP segments of 60,000 bytes, to be
                                         cut, to port 9 for so long
       frames.py pcap FILE WRONG         write a capture: "data" over TCP and
                                         over SCTP, and a UDP datagram in two
                                         fragments, six frames, number WRONG of
                                         them with a wrong byte

"recv" prints the lengths of frames that did not arrive, or are not what was
sent.  "lies" prints how many frames the kernel took.
"""

import random
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from capture import crc32c, internet_sum                # noqa: E402

ETHERTYPE = 0x88b5              # Local experimental (IEEE 802).
MACS = bytes.fromhex("ffffffffffff020000000009")
SECONDS = 60

# linux/if_packet.h.
SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33             # asm-generic/socket.h.


def frame(length):
    header = MACS + struct.pack("!H", ETHERTYPE)
    return header + random.Random(length).randbytes(length - len(header))


def open_device(device, protocol):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                         socket.htons(protocol))
    sock.bind((device, protocol))
    return sock


def send(device, first, last):
    with open_device(device, ETHERTYPE) as sock:
        for length in range(first, last + 1):
            sock.send(frame(length))
            # No queue on the way is this long.
            if length % 32 == 0:
                time.sleep(0.005)


def recv(device, first, last):
    missing = set(range(first, last + 1))
    with open_device(device, ETHERTYPE) as sock:
        # Whatever the system's limit: this is slower than what is tested.
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 << 20)
        print("listening", flush=True)
        deadline = time.monotonic() + SECONDS
        while missing and time.monotonic() < deadline:
            sock.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data, address = sock.recvfrom(65536)
            except socket.timeout:
                break
            if address[2] != PACKET_OUTGOING and data == frame(len(data)):
                missing.discard(len(data))
    for length in sorted(missing):
        print(length)


def checksum(data):
    """Return the checksum, in two bytes."""
    return struct.pack("!H", internet_sum(data))


def checksummed(header):
    """Return an IPv4 header with its checksum."""
    return header[:10] + checksum(header) + header[12:]


def packets():
    """Yield frames, each with the offset of what follows its IP header."""
    payload = bytes(range(97, 123)) * 120
    tcp = struct.pack("!HHIIBBHHH", 9, 9, 1, 1, 5 << 4, 0x10, 500, 0, 0)
    udp = struct.pack("!HHHH", 9, 9, 8 + len(payload), 0)
    for number, header in (6, tcp), (17, udp), (132, tcp), (47, udp):
        size = len(header) + len(payload)
        yield (MACS + b"\x08\x00" + checksummed(struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + size, 1, 0, 64, number, 0,
            b"\x0a\1\1\1", b"\x0a\1\1\2")) + header + payload, 34)
        yield (MACS + b"\x86\xdd" + struct.pack(
            "!IHBB16s16s", 6 << 28, size, number, 64, b"\xfd" + b"\1" * 15,
            b"\xfd" + b"\2" * 15) + header + payload, 54)
    yield MACS + b"\x08\x06" + payload, 34
    yield MACS + b"\x81\x00\x00\x07\x08\x00" + payload[:1000], 38
    yield MACS + b"\x08\x00" + payload[:20], 34


def lies(device):
    taken = 0
    with open_device(device, 0) as sock:
        sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        for data, l4 in packets():
            # No GSO, TCPv4, UDP, TCPv6, UDP_L4, with and without ECN.
            for gso_type in 0, 1, 3, 4, 5, 0x81, 0x84, 0x7f:
                for flags in 0, 1, 2:
                    for size in 1, 8, 1000, 0xffff:
                        for start, offset in ((l4, 16), (l4, 6), (14, 10),
                                              (l4 + 1, 16), (0, 0),
                                              (len(data) - 2, 0),
                                              (l4, 0xfff0)):
                            header = struct.pack("<BBHHHH", flags, gso_type,
                                                 l4 + 20, size, start, offset)
                            try:
                                sock.send(header + data)
                                taken += 1
                            except OSError:
                                pass
            time.sleep(0.1)
    print(taken)


def summed(addresses, number, packet, offset):
    """Return what follows an IP header, with its checksum at 'offset'."""
    pseudo = addresses + struct.pack("!HH", number, len(packet))
    return (packet[:offset] + checksum(pseudo + packet)
            + packet[offset + 2:])


def segment(mac, i, wrong):
    """Return segment 'i' of a connection from 10.1.1.2 to 10.1.1.1."""
    addresses = b"\x0a\1\1\2\x0a\1\1\1"
    payload = bytes(1000)
    tcp = struct.pack("!HHIIBBHHH", 1000, 2000, i * len(payload), 1, 5 << 4,
                      0x10, 500, 0, 0) + payload
    tcp = summed(addresses, 6, tcp, 16)
    ip = checksummed(struct.pack("!BBHHHBBH8s", 0x45, 0, 20 + len(tcp), i,
                                 0x4000, 64, 6, 0, addresses))
    if wrong:
        tcp = tcp[:-1] + b"x"
    return mac + MACS[6:] + b"\x08\0" + ip + tcp


def segments(device, mac, n, wrong):
    mac = bytes.fromhex(mac.replace(":", ""))
    frames = [segment(mac, i, i == wrong) for i in range(n)]
    with open_device(device, 0) as sock:
        for data in frames:
            sock.send(data)


def large(device, seconds):
    addresses = b"\x0a\1\1\1\x0a\1\1\2"
    tcp = struct.pack("!HHIIBBHHH", 1000, 9, 0, 1, 5 << 4, 0x10, 500, 0, 0)
    tcp += bytes(60000)
    ip = checksummed(struct.pack("!BBHHHBBH8s", 0x45, 0, 20 + len(tcp), 0,
                                 0x4000, 64, 6, 0, addresses))
    # linux/virtio_net.h: checksum wanted, GSO of TCP over IPv4.
    data = (struct.pack("<BBHHHH", 1, 1, 14 + 20 + 20, 1400, 14 + 20, 16)
            + MACS + b"\x08\0" + ip + tcp)
    end = time.monotonic() + seconds
    with open_device(device, 0) as sock:
        sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        while time.monotonic() < end:
            sock.send(data)


def pieces():
    """Yield the frames of "pcap"."""
    addresses = b"\x0a\1\1\1\x0a\1\1\2"

    def ip(number, payload, fragment=0):
        return MACS + b"\x08\0" + checksummed(struct.pack(
            "!BBHHHBBH8s", 0x45, 0, 20 + len(payload), 7, fragment, 64, number,
            0, addresses)) + payload

    for number, flags, data in (8, 2, b""), (9, 0, b"data"):
        yield ip(6, summed(addresses, 6, struct.pack(
            "!HHIIBBHHH", 1, 2, number, 0, 5 << 4, flags, 0, 0, 0) + data, 16))
    # INIT and DATA.
    for kind, body in (1, bytes(16)), (0, bytes(12) + b"data"):
        packet = struct.pack("!HHIIBBH", 1, 2, 0, 0, kind, 3,
                             4 + len(body)) + body
        yield ip(132, packet[:8] + struct.pack("<I", crc32c(packet))
                 + packet[12:])
    datagram = summed(addresses, 17, struct.pack("!HHHH", 1, 2, 24, 0)
                      + b"0123456789abcdef", 6)
    yield ip(17, datagram[:16], 0x2000)
    yield ip(17, datagram[16:], 2)


def pcap(path, wrong):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, data in enumerate(pieces(), 1):
            if i == wrong:
                data = data[:-1] + b"\xff"
            f.write(struct.pack("<4I", 0, 0, len(data), len(data)) + data)


def main(args):
    if args[:1] == ["send"]:
        send(args[1], int(args[2]), int(args[3]))
    elif args[:1] == ["recv"]:
        recv(args[1], int(args[2]), int(args[3]))
    elif args[:1] == ["lies"]:
        lies(args[1])
    elif args[:1] == ["segments"]:
        segments(args[1], args[2], int(args[3]), int(args[4]))
    elif args[:1] == ["large"]:
        large(args[1], float(args[2]))
    elif args[:1] == ["pcap"]:
        pcap(args[1], int(args[2]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
