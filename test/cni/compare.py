#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference plugins and ours, asked the same.

compare.py ipam|ipvlan OURS REFERENCES DIRECTORY

OURS is a directory with ipvlan and ipvlan-ipam, REFERENCES one with the reference's host-local, static
and ipvlan. Each scenario is a number of requests, made to each side in a world of its own: a directory
for reservations, and for ipvlan a netns with a master eth0 and one of a pod. After each: did it succeed,
what did it answer, which files are there with what in them, what is in the pod. That must be the same, or
listed below with the reason (and in test/conformance.md). TAP.
"""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from runtime import call  # noqa: E402

part, ours, reference, base = sys.argv[1:]

# A scenario that differs on purpose, and why; the sentence stands in test/conformance.md too.
DIFFERS = {
    "an address that no range has": "an ADD that is refused moves no cursor",
    "static without an address": "static without an address is refused",
    "a file that was never written whole, and nothing else is free": "an empty file of a crash is taken over when nothing else is free",
    "an attachment that holds an address asks for a certain one": "a requested address is given to an attachment that holds one already",
    "rangeStart at the broadcast address": "a range that leaves no address is refused",
    "GC of one that is not listed": "GC gives back what is on no list",
    "STATUS of a full range": "STATUS tells of an exhausted range",
    "CHECK of static without a reservation": "static's addresses are held, and CHECK looks",
    "static gives one address to two": "static refuses an address that another attachment of the network holds",
    "a route that the kernel refuses": "what a failed ADD made is taken away",
    "an address that is not to be had": "what a failed ADD made is taken away",
    "the name is taken": "nothing is left beside a foreign interface, and DEL leaves that alone",
    "an mtu above the master's": "an MTU above the master's is refused",
    "chained behind another": "the interfaces of the plugin before stay in the result",
    "a route's mtu and advmss": "route mtu and advmss are installed",
    "no ipam": "without IPAM there is the interface without addresses",
    "DEL without a master": "DEL needs no master",
    "STATUS of a master that is not there": "STATUS tells of a missing master",
    "resolvConf's DNS": "DNS of the IPAM goes into the result",
}


# ---- worlds -------------------------------------------------------------------------------------

def sh(*words):
    subprocess.run(words, check=True)


class World:
    """One side's: plugins, directories, netns."""

    def __init__(self, side, plugins, names):
        self.dir, self.plugins, self.names = f"{base}/{side}", plugins, names
        self.data, self.net = f"{self.dir}/data", f"{self.dir}/data/net"
        self.node, self.pod = f"cmp-{side}-{os.getpid()}", f"cmp-{side}-{os.getpid()}-pod"

    def begin(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        if part == "ipvlan":
            sh("ip", "netns", "add", self.node)
            sh("ip", "netns", "add", self.pod)
            batch = ("link set lo up\nlink add eth0 address 02:00:00:00:00:01 type dummy\nlink set eth0 up\n"
                     "addr add 10.77.0.2/24 dev eth0\nroute add default via 10.77.0.1\n")
            subprocess.run(["ip", "-n", self.node, "-b", "-"], input=batch.encode(), check=True)

    def end(self):
        if part == "ipvlan":
            for netns in (self.pod, self.node):
                sh("ip", "netns", "del", netns)
        shutil.rmtree(self.dir)

    def request(self, verb, conf, container="a", netns=None, ifname="eth0", args=""):
        """conf: the configuration; DATA, DIR and POD in its strings are this world's."""
        text = json.dumps(conf)
        for word, value in (("DATA", self.data), ("DIR", self.dir), ("POD", f"/run/netns/{self.pod}")):
            text = text.replace(word, value)
        os.environ["CNI_ARGS"] = args
        plugin = [f"{self.plugins}/{self.names[conf['ipam']['type'] if part == 'ipam' else 'ipvlan']}"]
        if part == "ipvlan":
            plugin = ["ip", "netns", "exec", self.node, *plugin]
        if netns is None:
            netns = f"/run/netns/{self.pod}" if part == "ipvlan" else "/none"
        status, out, _ = call(plugin[0] if len(plugin) == 1 else plugin, verb, text, container, netns, ifname,
                              path=self.plugins)
        return status == 0, out

    # ---- what is there --------------------------------------------------------------------------

    def files(self):
        found = {}
        for name in sorted(os.listdir(self.net)) if os.path.isdir(self.net) else []:
            if name != "lock" and os.path.isfile(f"{self.net}/{name}"):
                with open(f"{self.net}/{name}", newline="") as f:
                    found[name] = f.read()
        return found

    def interfaces(self):
        """The pod's, with what of them is a matter of the plugin."""
        if part != "ipvlan":
            return None
        show = lambda *what: json.loads(subprocess.run(  # noqa: E731
            ["ip", "-n", self.pod, "-j", "-d", *what], capture_output=True, check=True).stdout or "[]")
        found = {}
        for link in show("addr"):
            if link["ifname"] != "lo":
                found[link["ifname"]] = {
                    "kind": link.get("linkinfo"), "mtu": link["mtu"], "mac": link["address"],
                    "up": "UP" in link["flags"],
                    "addresses": sorted(f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]
                                        if a["scope"] == "global")}
        found["routes"] = sorted(json.dumps({k: r.get(k) for k in (
            "dst", "gateway", "dev", "metric", "metrics", "table", "prefsrc")}, sort_keys=True)
            for family in ("-4", "-6") for r in show(family, "route", "show", "table", "all")
            if r.get("table") != "local" and r.get("type", "unicast") == "unicast" and r.get("dev") != "lo"
            and not str(r["dst"]).startswith("fe80"))
        return found


def said(ok, out, world):
    """A result without what means nothing: an empty dns, paths of a world, the order of keys."""
    if not ok or not out.strip():
        return None
    result = json.loads(out)
    if not result.get("dns"):
        result.pop("dns", None)
    for interface in result.get("interfaces", []):
        interface.pop("mtu", None)  # 1.1.0 has it; the reference does not say it yet
    return json.loads(json.dumps(result).replace(world.pod, "pod"))


def play(world, scenario):
    seen = []
    world.begin()
    try:
        for step in scenario:
            if callable(step):
                step(world)
                continue
            ok, out = world.request(**step)
            seen.append({"verb": step["verb"], "ok": ok, "said": said(ok, out, world), "files": world.files(),
                         "pod": world.interfaces(), "error": None if ok else out})
    finally:
        world.end()
    return seen


def difference(mine, theirs):
    """The first step and thing in which they differ; what a refusal says is each one's own."""
    for number, (a, b) in enumerate(zip(mine, theirs), 1):
        for what in ("ok", "said", "files", "pod"):
            if a[what] != b[what]:
                return (f"step {number}, {a['verb']}, {what}:\n  ours:      {a[what]}\n  reference: {b[what]}\n"
                        f"  ours said: {a['error']}\n  reference said: {b['error']}")
    return None


# ---- scenarios ----------------------------------------------------------------------------------

def conf(ipam, version="1.0.0", **more):
    return {"cniVersion": version, "name": "net", "type": "ipvlan", "ipam": ipam, **more}


def local(**keys):
    return {"type": "host-local", "dataDir": "DATA", **({} if "ranges" in keys else {"subnet": "10.1.0.0/29"}), **keys}


def add(c, container="a", **more):
    return {"verb": "ADD", "conf": c, "container": container, **more}


def delete(c, container="a", **more):
    return {"verb": "DEL", "conf": c, "container": container, **more}


def write(name, text):
    def step(world):
        os.makedirs(world.net, exist_ok=True)
        with open(f"{world.net}/{name}", "w", newline="") as f:
            f.write(text)
    return step


def resolv(world):
    with open(f"{world.dir}/resolv.conf", "w") as f:
        f.write("nameserver 10.0.0.53\ndomain d.example\nsearch a.example b.example\noptions ndots:5\n")


plain = conf(local())
dual = conf(local(ranges=[[{"subnet": "10.1.0.0/24", "rangeStart": "10.1.0.9", "rangeEnd": "10.1.0.12",
                            "gateway": "10.1.0.254"}], [{"subnet": "fd00::/64"}]],
                  routes=[{"dst": "0.0.0.0/0"}, {"dst": "::/0", "gw": "fd00::1"}]))
static = conf({"type": "static", "addresses": [{"address": "10.1.0.5/24", "gateway": "10.1.0.1"},
                                               {"address": "fd00::5/64"}],
               "routes": [{"dst": "0.0.0.0/0"}], "dns": {"nameservers": ["10.0.0.53"], "search": ["d"]}})
everyone = [add(plain, c) for c in "bcdef"]


def refused(**keys):
    return [add(conf(local(**keys)))]


IPAM = {
    "addresses are given in turn": [add(plain), add(plain, "b"), delete(plain), add(plain, "c"), delete(plain, "b")],
    "two families, with range and gateway": [add(dual), add(dual, "b"), delete(dual), add(dual, "a")],
    "two interfaces of one container": [add(plain), add(plain, ifname="eth1"), delete(plain), delete(plain, ifname="eth1")],
    "an address is asked for by CNI_ARGS": [add(plain, args="IP=10.1.0.5"), add(plain, "b"), add(plain, "c", args="IP=10.1.0.5")],
    "an address is asked for by args": [add({**plain, "args": {"cni": {"ips": ["10.1.0.4"]}}}), add(plain, "b")],
    "an address is asked for by runtimeConfig": [add({**plain, "runtimeConfig": {"ips": ["10.1.0.4/29"]}})],
    "ranges come by runtimeConfig": [add({**conf({"type": "host-local", "dataDir": "DATA"}), "runtimeConfig": {
        "ipRanges": [[{"subnet": "10.9.0.0/24"}]]}})],
    "an address that no range has": [add(plain, args="IP=10.2.0.5")],
    "the gateway is asked for": [add(plain, args="IP=10.1.0.1")],
    "a range is full": [*everyone, add(plain, "g"), delete(plain, "d"), add(plain, "g")],
    "an attachment that holds an address": [add(plain), add(plain)],
    "an attachment that holds an address asks for a certain one": [add(plain), add(plain, args="IP=10.1.0.5")],
    "DEL of what is not there": [delete(plain), add(plain), delete(plain, "b"), delete(plain), delete(plain)],
    "a reservation of the old form": [write("10.1.0.3", "old"), add(plain), add(plain, "b"), delete(plain, "old")],
    "a file that was never written whole": [write("10.1.0.2", ""), add(plain), add(plain, "b")],
    "a file that was never written whole, and nothing else is free": [write("10.1.0.2", ""), *everyone],
    "resolvConf": [resolv, add(conf(local(resolvConf="DIR/resolv.conf")))],
    "CHECK": [add(plain), {"verb": "CHECK", "conf": plain}, {"verb": "CHECK", "conf": plain, "container": "b"}],
    "routes": [add(conf(local(routes=[{"dst": "10.9.0.0/16", "gw": "10.1.0.1"}, {"dst": "fd01::/64"}])))],
    "no subnet": [add(conf({"type": "host-local", "dataDir": "DATA"}))],
    "host bits in a subnet": refused(subnet="10.1.0.1/29"),
    "a subnet that is too small": refused(subnet="10.1.0.0/32"),
    "ranges that overlap": refused(ranges=[[{"subnet": "10.1.0.0/24"}, {"subnet": "10.1.0.128/25"}]]),
    "sets that overlap": refused(ranges=[[{"subnet": "10.1.0.0/24"}], [{"subnet": "10.1.0.0/25"}]]),
    "families mixed in a set": refused(ranges=[[{"subnet": "10.1.0.0/24"}, {"subnet": "fd00::/64"}]]),
    "rangeStart outside": refused(rangeStart="10.2.0.1"),
    "rangeStart behind rangeEnd": refused(rangeStart="10.1.0.5", rangeEnd="10.1.0.3"),
    "rangeStart at the broadcast address": refused(rangeStart="10.1.0.7"),
    "static": [add(static), delete(static)],
    "static by CNI_ARGS": [add(conf({"type": "static"}), args="IP=10.1.0.7/24;GATEWAY=10.1.0.1")],
    "static by runtimeConfig": [add({**static, "runtimeConfig": {"ips": ["10.1.0.8/24"]}})],
    "static without an address": [add(conf({"type": "static"}))],
    "static without a length": [add(conf({"type": "static", "addresses": [{"address": "10.1.0.5"}]}))],
    "static gives one address to two": [add(static), add(static, "b")],
    "CHECK of static without a reservation": [{"verb": "CHECK", "conf": {**static, "prevResult": {"cniVersion": "1.0.0", "ips": [
        {"address": "10.1.0.5/24"}, {"address": "fd00::5/64"}]}}}],
    **{f"results of {v}": [add({**dual, "cniVersion": v}), delete({**dual, "cniVersion": v})]
       for v in ("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0")},
    "no name": [add({k: v for k, v in plain.items() if k != "name"})],
    "an unknown version": [add({**plain, "cniVersion": "9.9.9"})],
}
newest = {**plain, "cniVersion": "1.1.0"}
IPAM_NEWEST = {  # of the reference's that know 1.1.0
    "results of 1.1.0": [add({**dual, "cniVersion": "1.1.0"}), add(conf(local(routes=[
        {"dst": "10.9.0.0/16", "mtu": 1400, "advmss": 1300, "priority": 5, "table": 100, "scope": 0}]), "1.1.0"), "b")],
    "GC of one that is not listed": [add(newest), {"verb": "GC", "conf": {**newest, "cni.dev/valid-attachments": []}}],
    "STATUS": [{"verb": "STATUS", "conf": newest}],
    "STATUS of a full range": [*everyone, {"verb": "STATUS", "conf": newest}],
}


def vlan(**more):
    return conf({**local(ranges=[[{"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.10"}]],
                         routes=[{"dst": "0.0.0.0/0"}])}, **{"master": "eth0", **more})


def routes(*found):
    c = vlan()
    c["ipam"]["routes"] = list(found)
    return c


def fill(world):
    write("10.77.0.10", "x\r\neth0")(world)
    write("10.77.0.11", "y\r\neth0")(world)


l2 = vlan()
small = vlan()
small["ipam"]["ranges"] = [[{"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.10", "rangeEnd": "10.77.0.11"}]]
with_dns = vlan()
with_dns["ipam"]["resolvConf"] = "DIR/resolv.conf"
prev = {"cniVersion": "1.0.0", "interfaces": [{"name": "eth0"}], "ips": [{"address": "10.77.0.9/24", "interface": 0}]}
IPVLAN = {
    "an interface in mode l2": [add(l2), delete(l2), delete(l2)],
    "an interface in mode l3 with an mtu": [add(vlan(mode="l3", mtu=1400)), delete(vlan(mode="l3", mtu=1400))],
    "the master of the default route": [add(vlan(master="")), delete(vlan(master=""))],
    "static addresses and DNS": [add({**static, "master": "eth0", "dns": {"nameservers": ["10.0.0.54"]}})],
    "DEL without a netns": [add(l2), delete(l2, netns="")],
    "DEL with a netns that is gone": [add(l2), delete(l2, netns="/run/netns/gone")],
    "a mode that does not exist": [add(vlan(mode="l9"))],
    "a master that is not there": [add(vlan(master="nope"))],
    "ipMasq": [add(vlan(ipMasq=True)), delete(vlan(ipMasq=True))],
    "chained behind another": [add({**conf({}), "prevResult": prev})],
    "an mtu above the master's": [add(vlan(mtu=9000))],
    "a route that the kernel refuses": [add(routes({"dst": "10.99.0.0/16", "gw": "192.0.2.1"})), delete(l2)],
    "an address that is not to be had": [fill, add(small), delete(small)],
    "the name is taken": [lambda w: sh("ip", "-n", w.pod, "link", "add", "eth0", "type", "dummy"), add(l2), delete(l2)],
    "no ipam": [add(conf({}, master="eth0"))],
    "DEL without a master": [add(l2), lambda w: sh("ip", "-n", w.node, "route", "del", "default"), delete(vlan(master=""))],
    "resolvConf's DNS": [resolv, add(with_dns)],
}
IPVLAN_NEWEST = {
    "a route's mtu and advmss": [add({**routes({"dst": "10.9.0.0/16", "mtu": 1400, "advmss": 1300}), "cniVersion": "1.1.0"})],
    "STATUS of a master that is not there": [{"verb": "STATUS", "conf": {**vlan(master="nope"), "cniVersion": "1.1.0"}}],
}


def is_newest():
    _, out, _ = call(f"{reference}/host-local", "VERSION", {"cniVersion": "1.0.0"})
    return "1.1.0" in out


def main():
    mine = World("ours", ours, {"host-local": "ipvlan-ipam", "static": "ipvlan-ipam", "ipvlan": "ipvlan"})
    theirs = World("reference", reference, {n: n for n in ("host-local", "static", "ipvlan")})
    scenarios = dict(IPAM if part == "ipam" else IPVLAN)
    if is_newest():
        scenarios.update(IPAM_NEWEST if part == "ipam" else IPVLAN_NEWEST)
    bad = 0
    for number, (name, scenario) in enumerate(scenarios.items(), 1):
        found, why = difference(play(mine, scenario), play(theirs, scenario)), DIFFERS.get(name)
        if bool(found) == bool(why):
            print(f"ok {number} - {name}: {'differs: ' + why if why else 'the same'}")
            continue
        bad += 1
        print(f"not ok {number} - {name}: {'it is the same by now' if why else found}".replace("\n", "\n# "))
    print(f"1..{len(scenarios)}")
    return bad > 0


sys.exit(main())
