#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames of a shape that no stack of the same machine makes.

odd.py bypass NETNS DEVICE HEX...     sent past the queueing discipline
"""
import errno
import socket
import sys

from traffic import enter

SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20


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


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
