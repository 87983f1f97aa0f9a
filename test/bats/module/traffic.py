#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic between network namespaces, from one process.

traffic.py udp|tcp FROM TO ADDRESS BYTES [VIA]   exit 0: all bytes arrived, unchanged; sent to VIA
                                           if somebody between will send them on to ADDRESS
traffic.py piece FROM ADDRESS BYTES        sends a datagram that any router may cut
traffic.py peers FROM TO PREFIX COUNT      sends a datagram to each PREFIX.X.Y, twice, from one socket;
                                           exit 0: all arrived where the prefix is local
traffic.py bound FROM TO ADDRESS DEVICE    exit 0: a socket bound to the device got a datagram, and
                                           was told that it came through it
traffic.py sweep FROM NETNS FIRST COUNT    each of COUNT addresses from FIRST on gets a datagram there
traffic.py broadcast FROM ADDRESS NETNS... prints the namespaces that a datagram reached
traffic.py frame NETNS DEVICE HEX          sends a frame as it is; prints the name of an errno
traffic.py groups NETNS DEVICE N           a frame to each of N IPv6 group MACs
traffic.py advertise NETNS DEVICE PREFIX   a router advertisement with a /64 to take addresses of
traffic.py datagram NETNS DEVICE MAC TYPE  46 bytes, for which the device writes the header
traffic.py listen NETNS DEVICE GROUP       is a member of an IPv4 group until it is killed
traffic.py newlink NETNS MASTER NAME MODE FLAGS   a link request in numbers; "-" leaves one out
traffic.py answers NETNS MASTER:MODE:FLAGS...     new links probe0, probe1 ...: ok or an errno each
traffic.py setlink NETNS NAME MODE FLAGS          a change of a link, as newlink
traffic.py lock FROM NETNS DEVICE 0|1 [ADDRESS...]   asks from the netns FROM for a lock
traffic.py hold NETNS QUEUE                takes what rules queue (NFQUEUE) and gives no verdict, for ever
traffic.py accept NETNS QUEUE              takes it and lets it go on, for ever
"""
import ctypes
import errno
import ipaddress
import os
import select
import signal
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
IP_PKTINFO = 8
IP_MTU_DISCOVER = 10
SO_RCVBUFFORCE = 33
PORT = 4711
DEVICES = ("eth0", "wire", "lan", "ipvl0", "ipvl1")
libc = ctypes.CDLL(None, use_errno=True)


def enter(netns):
    with open(f"/run/netns/{netns}") as ns:
        if libc.setns(ns.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {netns}")


def make(netns, kind, *address):
    enter(netns)
    family = socket.AF_INET6 if address and ":" in address[0] else socket.AF_INET
    made = socket.socket(family, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.settimeout(20)
    return made


def udp(source, sink, address, size, via=None):
    receiver = make(sink, socket.SOCK_DGRAM, address)
    receiver.bind((address, PORT))
    sender = make(source, socket.SOCK_DGRAM, address)
    data = os.urandom(size)
    sender.sendto(data, (via or address, PORT))
    return receiver.recv(65536) == data


def piece(source, address, size):
    sender = make(source, socket.SOCK_DGRAM, address)
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
    sender.sendto(bytes(size), (address, PORT))
    return True


def peers(source, sink, prefix, count):
    receiver = make(sink, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    receiver.bind(("", PORT))
    sender = make(source, socket.SOCK_DGRAM)
    for number in 2 * list(range(count)):
        sender.sendto(b"hello", (f"{prefix}.{number >> 8}.{number & 255}", PORT))
    receiver.settimeout(1)
    try:
        for _ in range(2 * count):
            receiver.recv(100)
    except TimeoutError:
        return False
    return True


def bound(source, sink, address, device):
    receiver = make(sink, socket.SOCK_DGRAM, address)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    index = socket.if_nametoindex(device)
    if ":" in address:
        receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        receiver.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    receiver.bind(("", PORT))
    make(source, socket.SOCK_DGRAM, address).sendto(b"hello", (address, PORT))
    data, [(_, _, told)], _, _ = receiver.recvmsg(100, 100)
    return data == b"hello" and struct.unpack_from("=I", told, 16 if ":" in address else 0)[0] == index


def sweep(source, sink, first, count):
    first = ipaddress.ip_address(first)
    receiver, sender = (make(netns, socket.SOCK_DGRAM, str(first)) for netns in (sink, source))
    receiver.bind(("", PORT))
    receiver.settimeout(5)
    for address in (str(first + i) for i in range(int(count))):
        sender.sendto(address.encode(), (address, PORT))
        try:
            got = receiver.recv(64).decode()
        except TimeoutError:
            got = None
        if got != address:
            print(f"{sink} got {got} instead of {address}")
            return False
    return True


def tcp(source, sink, address, size, via=None):
    listener = make(sink, socket.SOCK_STREAM, address)
    listener.bind((address, PORT))
    listener.listen()
    sender = make(source, socket.SOCK_STREAM, address)
    sender.connect((via or address, PORT))
    receiver, _ = listener.accept()
    sender.setblocking(False)
    data, got, sent = os.urandom(size), bytearray(), 0
    while len(got) < size:
        wants = [sender] if sent < size else []
        readable, writable, _ = select.select([receiver], wants, [], 20)
        if writable:
            sent += sender.send(data[sent:])
        if readable:
            got += receiver.recv(1 << 20)
        if not readable and not writable:
            return False
    return bytes(got) == data


def broadcast(source, address, *sinks):
    receivers = {}
    for sink in sinks:
        receiver = make(sink, socket.SOCK_DGRAM, address)
        if ":" in address:
            group = socket.inet_pton(socket.AF_INET6, address)
            for index, name in socket.if_nameindex():
                if name in DEVICES:
                    receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                        group + struct.pack("@I", index))
        receiver.bind(("", PORT))
        receivers[receiver] = sink
    sender = make(source, socket.SOCK_DGRAM, address)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    if ":" in address:
        index = [i for i, name in socket.if_nameindex() if name in DEVICES][0]
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    try:
        sender.sendto(b"hello", (address, PORT))
    except OSError as why:
        print(errno.errorcode[why.errno])
    got = []
    while True:
        ready, _, _ = select.select(list(receivers), [], [], 0.7)
        if not ready:
            break
        for receiver in ready:
            receiver.recv(100)
            got.append(receivers[receiver])
    print(*sorted(got))
    return True


def frame(netns, device, *parts):
    enter(netns)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind((device, 0))
    try:
        sender.send(bytes.fromhex("".join(parts)))
    except OSError as why:
        print(errno.errorcode[why.errno])
    return True


def groups(netns, device, count):
    enter(netns)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind((device, 0))
    for i in range(int(count)):
        sender.send(b"\x33\x33\xee\0" + struct.pack(">H", i) + b"\2\0\0\0\0\x99\x88\xb5" + bytes(46))
    return True


def datagram(netns, device, mac, kind):
    enter(netns)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    to = bytes.fromhex(mac.replace(":", ""))
    sender.sendto(bytes(46), (device, int(kind, 16), 0, 0, to))
    return True


def listen(netns, device, group):
    enter(netns)
    member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                      socket.inet_aton(group) +
                      struct.pack("=4si", bytes(4), socket.if_nametoindex(device)))
    signal.pause()


def attribute(kind, data):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + bytes(-size % 4)


def extack(answer):
    """The sentence behind an error, which is in NLMSGERR_ATTR_MSG."""
    at = 20 + (16 if struct.unpack_from("=H", answer, 6)[0] & 0x100 else
               struct.unpack_from("=I", answer, 20)[0])
    while at + 4 <= len(answer):
        size, kind = struct.unpack_from("=HH", answer, at)
        if kind == 1:
            return answer[at + 4:at + size - 1].decode()
        at += (size + 3) & ~3
    return ""


QUEUE_PACKET, QUEUE_VERDICT, QUEUE_CONFIG = 3 << 8, 3 << 8 | 1, 3 << 8 | 2


def ask_queue(ask, kind, queue, config):
    body = struct.pack("!BBH", socket.AF_UNSPEC, 0, int(queue)) + config
    ask.send(struct.pack("=IHHII", 16 + len(body), kind, 1, 0, 0) + body)


def open_queue(netns, queue):
    NETLINK_NETFILTER, BIND, COPY_META = 12, 1, 1
    enter(netns)
    ask = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    ask_queue(ask, QUEUE_CONFIG, queue, attribute(1, struct.pack("!BBH", BIND, 0, 0)))
    ask_queue(ask, QUEUE_CONFIG, queue, attribute(2, struct.pack("!IB", 0, COPY_META)))
    return ask


def hold(netns, queue):
    held = open_queue(netns, queue)
    while held:
        time.sleep(60)


def accept(netns, queue):
    NF_ACCEPT = 1
    ask = open_queue(netns, queue)
    while True:
        message = ask.recv(65536)
        if struct.unpack_from("=H", message, 4)[0] == QUEUE_PACKET:
            number, = struct.unpack_from("!I", message, 24)
            verdict = attribute(2, struct.pack("!II", NF_ACCEPT, number))
            ask_queue(ask, QUEUE_VERDICT, queue, verdict)


RTM_NEWLINK, IFLA_IFNAME, IFLA_LINK, IFLA_LINKINFO, INFO_KIND, INFO_DATA = 16, 3, 5, 18, 1, 2
REQUEST, ACK, CREATE, EXCL = 1, 4, 0x400, 0x200


def netlink():
    SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    made.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
    return made


def ask_link(ask, flags, index, attributes, data):
    info = attribute(INFO_KIND, b"ipvlan") + attribute(INFO_DATA, data)
    body = struct.pack("=BxHiII", 0, 0, index, 0, 0) + attributes + attribute(IFLA_LINKINFO, info)
    ask.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, REQUEST | ACK | flags, 1, 0) + body)
    answer = ask.recv(65536)
    error = -struct.unpack_from("=i", answer, 16)[0]
    if error:
        print(errno.errorcode[error], extack(answer))
    return not error


def in_numbers(mode, flags):
    return b"".join(attribute(kind, struct.pack("=H", int(value)))
                    for kind, value in ((1, mode), (2, flags)) if value != "-")


def newlink(netns, master, name, mode, flags):
    enter(netns)
    attributes = attribute(IFLA_IFNAME, name.encode() + b"\0")
    if master != "-":
        index = int(master) if master.isdigit() else socket.if_nametoindex(master)
        attributes += attribute(IFLA_LINK, struct.pack("=I", index))
    return ask_link(netlink(), CREATE | EXCL, 0, attributes, in_numbers(mode, flags))


def answers(netns, *wanted):
    for i, one in enumerate(wanted):
        master, mode, flags = one.split(":")
        if newlink(netns, master, f"probe{i}", mode, flags):
            print("ok")
    return True


def setlink(netns, name, mode, flags):
    enter(netns)
    return ask_link(netlink(), 0, socket.if_nametoindex(name), b"", in_numbers(mode, flags))


def lock(origin, netns, device, is_locked, *addresses):
    LOCK, LOCK_ADDRS, LOCK_ADDR, NESTED = 32, 33, 1, 0x8000
    enter(netns)
    ask, index = netlink(), socket.if_nametoindex(device)
    enter(origin)
    data = attribute(LOCK, bytes([int(is_locked)]))
    if addresses:
        packed = [socket.inet_pton(socket.AF_INET6 if ":" in a else socket.AF_INET, a)
                  for a in addresses]
        data += attribute(LOCK_ADDRS | NESTED, b"".join(attribute(LOCK_ADDR, a) for a in packed))
    return ask_link(ask, 0, index, b"", data)


def advertise(netns, device, prefix):
    """RFC 4861, 4.2 and 4.6.2; the kernel adds the checksum."""
    enter(netns)
    sender = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    option = struct.pack(">BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0)
    sender.sendto(struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 0, 0, 0) + option +
                  socket.inet_pton(socket.AF_INET6, prefix),
                  ("ff02::1", 0, 0, socket.if_nametoindex(device)))
    return True


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    if verb in ("udp", "tcp", "peers"):
        words[3] = int(words[3])
    if verb == "piece":
        words[2] = int(words[2])
    sys.exit(not globals()[verb](*words))
