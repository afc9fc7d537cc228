# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""UDP packets, and capture files with them for net_pcap to play."""

import struct


def frame(src_port, dst_port, dst_mac="020000000001"):
    """Return an Ethernet frame with a UDP datagram, 60 bytes.

    It comes from 10.1.1.2 and goes to 10.1.1.1.
    """
    payload = b"x" * 18
    udp = struct.pack("!4H", src_port, dst_port, 8 + len(payload), 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp + payload), 0, 0,
                     64, 17, 0, bytes([10, 1, 1, 2]), bytes([10, 1, 1, 1]))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", ~total & 0xffff) + ip[12:]
    return bytes.fromhex(dst_mac + "020000000002" "0800") + ip + udp + payload


def write(path, frames):
    """Write a capture with 'frames', one after the other, to 'path'."""
    with open(path, "wb") as f:
        # https://www.tcpdump.org/manpages/pcap-savefile.5.html
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for data in frames:
            f.write(struct.pack("<4I", 0, 0, len(data), len(data)) + data)
