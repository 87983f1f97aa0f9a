#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGKILL at each system call of a command that changes a network's reservations.

ipam_kill.py PLUGIN DIRECTORY SCENARIO

PLUGIN is ipvlan-ipam. After each kill: every file of an address is whole and says an owner that there
is; the other owners hold what they held; DEL of the killed one succeeds and leaves nothing of it; and
then as many addresses can be given as are free, none of them held: none is lost, none is given twice.
"""
import json
import os
import re
import shutil
import subprocess
import sys

plugin, base, scenario = sys.argv[1:]
data, net = base + "/data", base + "/data/net"
# 10.1.0.2 to 10.1.0.6
ipam = {"type": "ipvlan-ipam", "dataDir": data, "subnet": "10.1.0.0/29"}
POD = "K8S_POD_NAMESPACE=default;K8S_POD_NAME="


def command(verb, container, conf, trace=None):
    env = {"CNI_COMMAND": verb, "CNI_CONTAINERID": container, "CNI_IFNAME": "eth0",
           "CNI_NETNS": "/none", "CNI_PATH": "/none", "CNI_ARGS": POD + conf.get("pod", container),
           "PATH": os.environ["PATH"]}
    request = {"cniVersion": "1.0.0", "name": "net", "type": "t", "ipam": {**ipam, **conf.get("ipam", {})}}
    return subprocess.run((trace or []) + [plugin], env=env, input=json.dumps(request), text=True,
                          capture_output=True, check=False)


def ok(verb, container, conf):
    done = command(verb, container, conf)
    assert done.returncode == 0, (verb, container, done.stdout)
    return json.loads(done.stdout)["ips"][0]["address"].split("/")[0] if verb == "ADD" else None


sticky = {"ipam": {"sticky": True}, "pod": "web-0"}
# What is there before; the command; the others, who keep what they hold.
scenarios = {
    "add-first": ([], ("ADD", "x", {}), {}),
    "add": ([("ADD", "a", {}), ("ADD", "b", {})], ("ADD", "x", {}), {"a", "b"}),
    "add-sticky": ([("ADD", "a", {}), ("ADD", "old", sticky), ("DEL", "old", sticky)],
                   ("ADD", "x", sticky), {"a"}),
    "del": ([("ADD", "a", {}), ("ADD", "x", {}), ("ADD", "b", {})], ("DEL", "x", {}), {"a", "b"}),
    "del-sticky": ([("ADD", "a", {}), ("ADD", "x", sticky)], ("DEL", "x", sticky), {"a"}),
    "add-over-empty": ([("EMPTY", n, {}) for n in range(2, 7)] + [("ADD", "a", {})],
                       ("ADD", "x", {}), {"a"}),
}


def prepare(before):
    shutil.rmtree(data, ignore_errors=True)
    for verb, container, conf in before:
        if verb == "EMPTY":
            os.makedirs(net, exist_ok=True)
            open(f"{net}/10.1.0.{container}", "w").close()
        else:
            ok(verb, container, conf)


def held():
    found = {}
    for name in os.listdir(net) if os.path.isdir(net) else []:
        if re.fullmatch(r"[0-9.]+", name):
            with open(f"{net}/{name}", newline="") as f:
                found[name] = f.read()
    return found


def calls(verb, container, conf):
    """The system calls from where it begins to look at the network, as (name, how many-th)."""
    trace = base + "/trace"
    command(verb, container, conf, ["strace", "-qq", "-o", trace])
    count, wanted, points = {}, False, []
    for line in open(trace):
        match = re.match(r"(\w+)\(", line)
        if not match or match[1] in ("execve", "exit_group"):
            continue
        count[match[1]] = count.get(match[1], 0) + 1
        wanted = wanted or data in line
        if wanted:
            points.append((match[1], count[match[1]]))
    return points


def judge(others, kept, point):
    now = held()
    for address, text in now.items():
        owner = text.split("\r\n")[0]
        assert text == "" or (text == owner + "\r\neth0" and owner in others | {"x"}), (point, address, text)
        assert text or scenario == "add-over-empty", (point, address, "empty")
    for address, text in kept.items():
        assert text == "" or text.startswith("x\r") or now.get(address) == text, (point, address)
    ok("DEL", "x", scenarios[scenario][1][2])
    now = {a: t for a, t in held().items() if t}
    assert not any(t.startswith("x\r") for t in now.values()), (point, now)
    # 10.1.0.2 to .6; what waits for its pod is given when nothing else is left.
    given = set()
    for n in range(5 - len(now)):
        given.add(ok("ADD", f"new{n}", {}))
    assert len(given) == 5 - len(now) and not given & set(now), (point, given, now)
    assert command("ADD", "one-more", {}).returncode != 0, point


def main():
    before, (verb, container, conf), others = scenarios[scenario]
    prepare(before)
    points = calls(verb, container, conf)
    assert len(points) > 20, points
    killed = 0
    for name, n in points:
        prepare(before)
        kept = held()
        done = command(verb, container, conf, ["strace", "-qq", "-o", "/dev/null",
                                               f"--inject={name}:signal=KILL:when={n}"])
        killed += done.returncode != 0
        judge(set(others), kept, (name, n))
    assert killed > len(points) * 3 // 4, (killed, len(points))
    print(f"{scenario}: killed at {killed} of {len(points)} system calls")


main()
