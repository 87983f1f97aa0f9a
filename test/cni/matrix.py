#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Verbs × versions × what can be wrong: each row a sentence, tried in every version that has the verb.

matrix.py PLUGIN NETNS DATA

In the netns of a node with a master eth0; NETNS is an empty pod's, DATA a directory for reservations.
Of every cell: the exit status; on failure exactly one error object of the asked cniVersion on stdout, on
success nothing there (DEL, CHECK, GC, STATUS); and nothing new in DATA afterwards.
"""
import copy
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from runtime import VERSIONS, at_least, call  # noqa: E402

plugin, netns, data = sys.argv[1:]
SINCE = {"ADD": "0.1.0", "DEL": "0.1.0", "CHECK": "0.4.0", "GC": "1.1.0", "STATUS": "1.1.0"}
VERBS = tuple(SINCE)
INTERFACE = ("ADD", "CHECK", "STATUS")  # what the interface's keys are read for
POD = ("ADD", "DEL", "CHECK")
PLAIN = {"name": "net", "type": "ipvlan", "master": "eth0", "ipam": {
    "type": "host-local", "dataDir": data, "subnet": "10.77.0.0/24"}}
ENV = {"CNI_CONTAINERID": "matrix", "CNI_NETNS": netns, "CNI_IFNAME": "eth0", "CNI_PATH": "/usr/lib/cni"}
RESULT = {"interfaces": [{"name": "eth0", "sandbox": netns}],
          "ips": [{"version": "4", "address": "10.77.0.2/24", "interface": 0}]}
OLD_RESULT = {"ip4": {"ip": "10.77.0.2/24"}}

wrong, cells = [], 0


def result_of(version):
    return {"cniVersion": version, **(RESULT if at_least(version, "0.3.0") else OLD_RESULT)}


def base(verb, version):
    """What the verb takes, in that version."""
    conf = {"cniVersion": version, **copy.deepcopy(PLAIN)}
    if verb == "CHECK":
        conf["prevResult"] = result_of(version)
    if verb == "GC":
        conf["cni.dev/valid-attachments"] = []
    return conf


def left():
    return sorted(f"{where}/{name}" for where, _, names in os.walk(data) for name in names)


def one_object(out):
    try:
        found = json.loads(out)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def fault(code, message, verb, version, status, out):
    """What is wrong with this cell, or None."""
    if code == 0:
        if status != 0:
            return f"failed: {out}"
        return f"printed {out!r}" if verb in VERBS and verb != "ADD" and out else None
    error = one_object(out)
    if status != 1 or error is None:
        return f"exit status {status}, printed {out!r}"
    if error.get("code") != code or not re.search(message, error.get("msg", "") + error.get("details", "")):
        return f"expected {code} {message!r}, got {out}"
    if error.get("cniVersion") != version or set(error) - {"cniVersion", "code", "msg", "details"}:
        return f"not an error object of {version}: {out}"
    return None


def try_cell(row, verb, version, conf, env, code, message, says=None):
    global cells
    before = left()
    variables = {name: value for name, value in {**ENV, **env}.items() if value is not None}
    os.environ.update(CNI_ARGS=variables.get("CNI_ARGS", ""))
    status, out, _ = call(plugin, variables.get("CNI_COMMAND", verb), conf,
                          variables.get("CNI_CONTAINERID", ""), variables.get("CNI_NETNS", ""),
                          variables.get("CNI_IFNAME", ""), path=variables.get("CNI_PATH", ""))
    cells += 1
    what = fault(code, message, verb, says or version, status, out)
    if not what and left() != before and verb != "ADD":
        what = f"left {set(left()) - set(before)}"
    if what:
        wrong.append(f"{row}: {verb} {version}: {what}")


def versions_of(verb):
    return [v for v in VERSIONS if at_least(v, SINCE[verb])]


def row(name, verbs, code, message="", change=None, env=None):
    """In each version that has the verb. change: of the configuration, in place or a new one."""
    for verb in verbs:
        for version in versions_of(verb):
            conf = base(verb, version)
            conf = (change(conf) or conf) if change else conf
            try_cell(name, verb, version, conf, env or {}, code, message)


def put(path, value):
    """A change: the key at "ipam.mode" is value."""
    def change(conf):
        *way, last = path.split(".")
        for key in way:
            conf = conf.setdefault(key, {})
        conf[last] = value
    return change


def without(key):
    return lambda conf: conf.pop(key) and None


# ---- environment (section 2, "Parameters") ------------------------------------------------------

row("a container id is needed", POD, 4, r"\[CNI_CONTAINERID\] missing", env={"CNI_CONTAINERID": None})
row("an interface name is needed", POD, 4, r"\[CNI_IFNAME\] missing", env={"CNI_IFNAME": None})
row("a netns is needed, but not by DEL", ("ADD", "CHECK"), 4, r"\[CNI_NETNS\] missing", env={"CNI_NETNS": None})
row("DEL needs no netns", ("DEL",), 0, env={"CNI_NETNS": None})
row("DEL needs no netns that is there", ("DEL",), 0, env={"CNI_NETNS": "/run/netns/gone"})
row("all that is missing is named at once", ("ADD",), 4, "CONTAINERID,CNI_NETNS,CNI_IFNAME",
    env={"CNI_CONTAINERID": None, "CNI_NETNS": None, "CNI_IFNAME": None})
for bad in ("-a", ".a", "a/b", "a b", "a\n", "é"):
    row(f"no container id: {bad!r}", POD, 4, "CNI_CONTAINERID", env={"CNI_CONTAINERID": bad})
for bad in ("a" * 16, ".", "..", "a/b", "a:b", "a b"):
    row(f"no interface name: {bad!r}", POD, 4, "CNI_IFNAME", env={"CNI_IFNAME": bad})
row("CNI_ARGS are pairs", ("ADD", "CHECK"), 4, "CNI_ARGS", env={"CNI_ARGS": "IP"})
for wrong_netns, says in (("/run/netns/gone", "/run/netns/gone"), ("/etc/passwd", "no namespace")):
    row(f"ADD to a container that is not there: {wrong_netns}", ("ADD",), 3, says, env={"CNI_NETNS": wrong_netns})
    row(f"CHECK of a container that is not there: {wrong_netns}", ("CHECK",), 8, says, env={"CNI_NETNS": wrong_netns})
row("a namespace of another kind", ("ADD", "CHECK"), 8, "not a network namespace", env={"CNI_NETNS": "/proc/self/ns/uts"})
row("the plugin's own netns", POD, 8, "own netns", env={"CNI_NETNS": "/proc/self/ns/net"})
for command in ("add", "FOO", "ADD "):
    try_cell(f"no verb: {command!r}", "ADD", "1.1.0", base("ADD", "1.1.0"), {"CNI_COMMAND": command}, 4,
             "CNI_COMMAND")

# ---- versions (section 5) -----------------------------------------------------------------------

for verb in VERBS:
    for version in [v for v in VERSIONS if not at_least(v, SINCE[verb])]:
        try_cell("a verb that came later is refused", verb, version, base(verb, version), {}, 1, f"does not allow {verb}")
    for version in ("0.0.1", "0.5.0", "1.1", "1.2.0", "2.0.0", "v1.0.0", " 1.0.0"):
        conf = {**base(verb, "1.1.0"), "cniVersion": version}
        try_cell("a version that does not exist is refused, in its own name", verb, version, conf, {}, 1,
                 "incompatible CNI versions")
try_cell("without a version it is 0.1.0", "CHECK", "0.1.0", without("cniVersion")(c := base("CHECK", "1.1.0")) or c,
         {}, 1, "does not allow CHECK")
for version in VERSIONS:
    status, out, _ = call(plugin, "VERSION", {"cniVersion": version})
    said = one_object(out) or {}
    cells += 1
    if status or said != {"cniVersion": version, "supportedVersions": VERSIONS}:
        wrong.append(f"VERSION {version}: {out}")

# ---- the configuration (section 1) --------------------------------------------------------------

for text in ("", " ", "{", "[]", "null", '"a"', "{}x", '{"a":1,}', '{"name": "\x01"}'):
    for verb in VERBS:
        try_cell(f"no JSON object: {text!r}", verb, "1.1.0", text, {}, 6, "network configuration")
row("a network needs a name", VERBS, 7, "^name", change=without("name"))
for bad in ("", "-a", "a b", "a/b", 5, None):
    row(f"no name: {bad!r}", VERBS, 7, "^name", change=put("name", bad))
row("keys that nobody knows are accepted", ("DEL", "GC"), 0, change=put("x", {"y": [1]}))
for path, value in (("mode", "l9"), ("mode", 2), ("mtu", "1500"), ("mtu", -1), ("mtu", 12), ("mtu", 1.5),
                    ("mtu", 70000), ("linkInContainer", "yes"), ("dns", []), ("dns.nameservers", "1.1.1.1"),
                    ("dns.search", [5])):
    row(f"{path} cannot be {value!r}", INTERFACE, 7, path.split(".")[0], change=put(path, value))
    row(f"{path} of {value!r} does not keep from leaving", ("DEL", "GC"), 0, change=put(path, value))
for path, value in (("ipam", 5), ("ipam.type", 5), ("ipam.subnet", "10.77.0.1/24"), ("ipam.subnet", "x"),
                    ("ipam.subnet", "10.77.0.0/32"), ("ipam.rangeStart", "10.78.0.1"), ("ipam.ranges", {}),
                    ("ipam.ranges", [[{}]]), ("ipam.routes", [{}]), ("ipam.routes", [{"dst": "x"}])):
    row(f"{path} cannot be {value!r}", ("ADD",), 7, "ipam", change=put(path, value))
row("an ipam type is a name", VERBS, 7, "../x", change=put("ipam.type", "../x"))

# ---- prevResult (sections 2 and 3) --------------------------------------------------------------

row("CHECK needs a prevResult", ("CHECK",), 7, "^prevResult: missing", change=without("prevResult"))
for name, value in (("a number", 5), ("an address that is none", {"ips": [{"address": "x"}]}),
                    ("an address of an interface that is not there",
                     {"interfaces": [{"name": "a"}], "ips": [{"address": "10.0.0.1/8", "interface": 3}]})):
    def change(conf, value=value):
        conf["prevResult"] = value if not isinstance(value, dict) else {"cniVersion": "0.4.0", **value}
    row(f"prevResult cannot be {name}", ("CHECK",), 7, "^prevResult", change=change)
    row(f"DEL does not mind a prevResult with {name}", ("DEL",), 0, change=change)

# ---- what it is about ---------------------------------------------------------------------------

row("a master that is not there", ("ADD",), 101, "nope", change=put("master", "nope"))
row("STATUS: a master that is not there", ("STATUS",), 50, "nope", change=put("master", "nope"))
row("a master that is not there does not keep from leaving", ("DEL", "GC"), 0, change=put("master", "nope"))
row("an IPAM plugin that is not there", ("ADD", "CHECK", "GC"), 108, "nope", change=put("ipam.type", "nope"))
row("GC needs the list of what lives", ("GC",), 7, "valid-attachments", change=without("cni.dev/valid-attachments"))
row("DEL of what is not there, as often as it comes", ("DEL", "DEL"), 0)
row("GC of nothing", ("GC",), 0)

print("\n".join(wrong))
print(f"{cells} cells, {len(wrong)} wrong")
sys.exit(1 if wrong or cells < 500 else 0)
