#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames of a shape that no stack of the same machine makes.

odd.py bypass NETNS DEVICE HEX...     sent past the queueing discipline
odd.py gso NETNS DEVICE SIZE HEX...   to be segmented into SIZE bytes (a TCP segment of IPv4)
"""
import errno
import socket
import struct
import sys

from traffic import enter

SOL_PACKET, PACKET_VNET_HDR, PACKET_QDISC_BYPASS = 263, 15, 20


def packet_socket(netns, device, option):
    enter(netns)
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    made.setsockopt(SOL_PACKET, option, 1)
    made.bind((device, 0))
    return made


def send(sender, frame):
    try:
        sender.send(frame)
    except OSError as why:
        print(errno.errorcode[why.errno])


def bypass(netns, device, *parts):
    send(packet_socket(netns, device, PACKET_QDISC_BYPASS), bytes.fromhex("".join(parts)))


def gso(netns, device, size, *parts):
    frame = bytes.fromhex("".join(parts))
    ip, tcp = 14, 34
    # needs a checksum, TCPv4; the pseudo-header's sum stands where it will be
    head = struct.pack("=BBHHHH", 1, 1, 54, int(size), tcp, 16)
    pseudo = frame[ip + 12:ip + 20] + struct.pack(">BBH", 0, 6, len(frame) - tcp)
    total = sum(struct.unpack(f">{len(pseudo) // 2}H", pseudo))
    total = (total & 0xffff) + (total >> 16)
    frame = frame[:tcp + 16] + struct.pack(">H", total) + frame[tcp + 18:]
    send(packet_socket(netns, device, PACKET_VNET_HDR), head + frame)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
