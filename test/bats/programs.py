#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""programs.py NETNS DEVICE: the BPF programs on a device, `HOOK NAME` a line: tcx, then clsact.

The tools of a distribution may be older than tcx, hence bpf(2) itself.
"""
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
PROG_GET_FD_BY_ID, OBJ_GET_INFO_BY_FD, PROG_QUERY = 13, 15, 16
TCX = {"ingress": 46, "egress": 47}
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attr):
    """attr is a bytearray that the kernel may write to."""
    buffer = (ctypes.c_char * len(attr)).from_buffer(attr)
    return libc.syscall(SYS_BPF, command, buffer, len(attr))


def name_of(program):
    fd = bpf(PROG_GET_FD_BY_ID, bytearray(struct.pack("=III", program, 0, 0)))
    info = (ctypes.c_char * 256)()
    bpf(OBJ_GET_INFO_BY_FD, bytearray(struct.pack("=IIQ", fd, 256, ctypes.addressof(info))))
    os.close(fd)
    return info.raw[64:80].split(b"\0")[0].decode()


def tcx(index, hook):
    ids = (ctypes.c_uint * 64)()
    attr = bytearray(struct.pack("=IIIIQI", index, TCX[hook], 0, 0, ctypes.addressof(ids), 64)
                     + bytes(64))
    if bpf(PROG_QUERY, attr) < 0:
        return []
    return [name_of(ids[i]) for i in range(struct.unpack_from("=I", attr, 24)[0])]


def clsact(device, hook):
    shown = subprocess.run(["tc", "-j", "filter", "show", "dev", device, hook],
                           capture_output=True, text=True, check=False).stdout or "[]"
    return [f["options"]["bpf_name"] for f in json.loads(shown)
            if f.get("kind") == "bpf" and "options" in f]


if __name__ == "__main__":
    netns, device = sys.argv[1:]
    with open(f"/run/netns/{netns}") as ns:
        if libc.setns(ns.fileno(), 0x40000000):
            sys.exit(f"setns {netns}: {os.strerror(ctypes.get_errno())}")
    for hook in TCX:
        for name in tcx(socket.if_nametoindex(device), hook) + clsact(device, hook):
            print(hook, name)
