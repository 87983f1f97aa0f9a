#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Power cuts in the middle of ADDs and DELs, on a real ext4.

ipam_power.py PLUGIN DIRECTORY CUTS

The file system stands on dm-log-writes, which notes each write once the disk would have it for certain:
when a flush that covers it, or its own FUA, is over. The disk after a power cut is then what was there
at first and the writes up to some point of the log; what was written and never flushed is lost. The disk
is made so for CUTS points, mounted (ext4 replays its journal), and looked at:

 - an ADD that had ended, and whose DEL had not begun, holds its address: nothing is lost or given twice;
 - every file of an address is whole, and of an ADD that had begun and whose DEL had not ended;
 - the plugin, in the next boot, gives as many addresses as are free, none of them held.
"""
import json
import os
import re
import struct
import subprocess
import sys

plugin, work, cuts = sys.argv[1], sys.argv[2], int(sys.argv[3])
disk, log, mnt, now = (f"{work}/{n}" for n in ("disk", "log", "mnt", "now"))
SECTOR, MAGIC, DISCARD, MARK = 512, 0x6A736677736872, 4, 8


def run(*args):
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (args, done.stderr)
    return done.stdout.strip()


def cni(verb, container, boot=None):
    sticky = container.startswith("web")
    env = {"CNI_COMMAND": verb, "CNI_CONTAINERID": container, "CNI_IFNAME": "eth0", "CNI_NETNS": "/none",
           "CNI_PATH": "/none", "CNI_ARGS": f"K8S_POD_NAMESPACE=default;K8S_POD_NAME={container[:5]}",
           "PATH": os.environ["PATH"]}
    conf = {"cniVersion": "1.0.0", "name": "net", "type": "t",
            "ipam": {"type": "ipvlan-ipam", "dataDir": mnt + "/data", "subnet": "10.1.0.0/28", "sticky": sticky}}
    command = [plugin]
    if boot:
        command = ["unshare", "-m", "sh", "-c",
                   'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$1"', boot, plugin]
    done = subprocess.run(command, env=env, input=json.dumps(conf), capture_output=True, text=True, check=False)
    if verb == "ADD" and done.returncode == 0:
        return json.loads(done.stdout)["ips"][0]["address"].split("/")[0]
    return None if verb == "ADD" else done.returncode == 0


def mark(*words):
    run("dmsetup", "message", "ipam-power", "0", "mark", ":".join(words))


def work_load():
    """ADDs and DELs, some of pods that are to have their address again; each one between two marks."""
    steps = [("ADD", c) for c in ("a", "b", "web-0.1", "c")]
    steps += [("DEL", "b"), ("ADD", "d"), ("DEL", "web-0.1"), ("ADD", "web-0.2"), ("DEL", "a"), ("ADD", "e")]
    for verb, container in steps:
        mark("begin", verb, container)
        result = cni(verb, container)
        assert result, (verb, container)
        mark("end", verb, container, str(result))


def entries():
    """The log's entries in their order: (first byte, data) of a write, or a mark's text."""
    with open(log, "rb") as f:
        magic, version, count, size = struct.unpack("<QQQI", f.read(28))
        assert magic == MAGIC and version == 1 and size == SECTOR, (magic, version, size)
        at = SECTOR
        for _ in range(count):
            f.seek(at)
            sector, sectors, flags, length = struct.unpack("<QQQQ", f.read(32))
            text = f.read(length).decode() if flags & MARK else None
            f.seek(at + SECTOR)
            data = b"" if flags & (MARK | DISCARD) else f.read(sectors * SECTOR)
            at += SECTOR + len(data)
            yield text if flags & MARK else (sector * SECTOR, data)


def state_after(marks):
    """Who holds an address for certain, and whose files there may be."""
    sure, maybe = {}, set()
    for text in marks:
        when, verb, container, *result = text.split(":")
        if verb == "ADD" and when == "begin":
            maybe.add(container)
        elif verb == "ADD":
            sure[container] = result[0]
        elif when == "begin":
            sure.pop(container)
        else:
            maybe.discard(container)
    return sure, maybe


def look(marks, boot):
    sure, maybe = state_after(marks)
    net, found = mnt + "/data/net", {}
    for name in os.listdir(net) if os.path.isdir(net) else []:
        if not re.fullmatch(r"[0-9.]+", name):
            continue
        with open(f"{net}/{name}", newline="") as f:
            text = f.read()
        owner = text.split("\r\n")[0]
        assert text == owner + "\r\neth0" and owner in maybe, (name, text, marks[-1:])
        assert owner not in found, (owner, name)
        found[owner] = name
    for owner, address in sure.items():
        assert found.get(owner) == address, (owner, address, found, marks[-1:])
    for owner in found:
        assert cni("DEL", owner, boot), owner
    # 10.1.0.2 to .14
    given = [cni("ADD", f"new{n}", boot) for n in range(13)]
    assert None not in given and len(set(given)) == 13, (given, marks[-1:])
    assert cni("ADD", "one-more", boot) is None


def main():
    for name, size in ((disk, 24), (log, 96)):
        with open(name, "wb") as f:
            f.truncate(size << 20)
    os.makedirs(mnt)
    boot = work + "/boot"
    with open(boot, "w") as f:
        f.write("11111111-2222-3333-4444-555555555555\n")
    run("mkfs.ext4", "-q", "-b", "4096", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0", disk)
    run("cp", "--sparse=always", disk, now)
    loops = [run("losetup", "--show", "-f", name) for name in (disk, log)]
    # No udev is here to make names: the kernel makes /dev/dm-N.
    run("dmsetup", "create", "ipam-power", "--noudevsync", "--table",
        f"0 {(24 << 20) // SECTOR} log-writes {loops[0]} {loops[1]}")
    minor = run("dmsetup", "info", "-c", "--noheadings", "-o", "minor", "ipam-power")
    run("mount", "-t", "ext4", f"/dev/dm-{minor}", mnt)
    work_load()
    run("umount", mnt)
    run("dmsetup", "remove", "--noudevsync", "ipam-power")
    for loop in loops:
        run("losetup", "-d", loop)

    everything = list(entries())
    first = next(i for i, e in enumerate(everything) if isinstance(e, str))
    every = max(1, (len(everything) - first) // cuts)
    marks, done = [], 0
    with open(now, "r+b") as f:
        for i, entry in enumerate(everything):
            if i >= first and (i - first) % every == 0:
                f.flush()
                run("cp", "--sparse=always", now, work + "/cut")
                run("mount", "-t", "ext4", "-o", "loop", work + "/cut", mnt)
                look(marks, boot)
                run("umount", mnt)
                done += 1
            if entry == "dm-log-writes-end":
                break
            if isinstance(entry, str):
                marks.append(entry)
            else:
                f.seek(entry[0])
                f.write(entry[1])
    assert len(marks) == 20, marks
    print(f"{done} power cuts at {len(everything) - first} writes and marks: nothing lost, nothing given twice")


main()
