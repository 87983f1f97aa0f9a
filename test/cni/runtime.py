#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a container runtime does with a network configuration, as small as it can be said.

runtime.py add|del|check|gc|status LIST [CONTAINER NETNS [IFNAME]]

LIST is a file: a configuration list, or one configuration, which is a list of itself. Specification
1.1.0, sections 3 (protocol: environment, stdin, stdout) and 4 (from list to request). Taken from the
environment: CNI_PATH; CNI_ARGS; CNI_CACHE, a directory of results (default /var/lib/cni); CAPABILITIES,
a JSON object {"ips": […], …}; VALID, for gc: "CONTAINER/IFNAME CONTAINER/IFNAME …".

The result of add is printed; an error is printed as the plugin's object, exit status 1.
"""
import json
import os
import subprocess
import sys

VERSIONS = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]


class Failed(Exception):
    """A plugin failed: .error is its object, .plugin its type."""

    def __init__(self, plugin, error):
        super().__init__(error.get("msg", ""))
        self.plugin, self.error = plugin, error


class Refused(Exception):
    """The runtime itself does not go on."""


def at_least(version, wanted):
    return VERSIONS.index(version) >= VERSIONS.index(wanted)


def call(plugin, verb, request, container="", netns="", ifname="", path=None, cwd=None):
    """One run of one plugin (its file, or a command that runs it): its exit status, stdout, stderr."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CNI_")}
    env.update(CNI_COMMAND=verb, CNI_PATH=os.environ.get("CNI_PATH", "") if path is None else path)
    for name, value in (("CNI_CONTAINERID", container), ("CNI_NETNS", netns), ("CNI_IFNAME", ifname),
                        ("CNI_ARGS", os.environ.get("CNI_ARGS", ""))):
        if value:
            env[name] = value
    text = request if isinstance(request, str) else json.dumps(request)
    done = subprocess.run(plugin if isinstance(plugin, list) else [plugin], env=env, input=text.encode(), capture_output=True, check=False, cwd=cwd)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def find(kind):
    for directory in os.environ.get("CNI_PATH", "").split(":"):
        if directory and os.access(f"{directory}/{kind}", os.X_OK):
            return f"{directory}/{kind}"
    raise Refused(f"no plugin {kind} in CNI_PATH")


def run(kind, verb, request, **where):
    """As call(), but what it printed, read; an error raised."""
    status, out, err = call(find(kind), verb, request, **where)
    if status:
        try:
            error = json.loads(out)
        except ValueError:
            error = {"code": 999, "msg": out or err}
        raise Failed(kind, error)
    return json.loads(out) if out.strip() else None


class Network:
    """A configuration list, in the version that it and all its plugins know."""

    def __init__(self, conf):
        if "plugins" not in conf:
            conf = {**{k: conf[k] for k in ("cniVersion", "name", "cniVersions") if k in conf}, "plugins": [conf]}
        self.conf, self.name, self.plugins = conf, conf["name"], conf["plugins"]
        self.version = self.negotiate(conf.get("cniVersions") or [conf.get("cniVersion", "0.1.0")])

    def negotiate(self, versions):
        """The newest of the list's that every plugin supports. A list of one is not argued about."""
        if len(versions) == 1:
            return versions[0]
        common = set(versions) & set(VERSIONS)
        for plugin in self.plugins:
            said = run(plugin["type"], "VERSION", {"cniVersion": VERSIONS[-1]})
            common &= set(said["supportedVersions"])
        if not common:
            raise Refused(f"no version of {versions} that every plugin supports")
        return max(common, key=VERSIONS.index)

    def request(self, plugin, prev=None, capabilities=None, **more):
        """Section 4, "Deriving request configuration from plugin configuration"."""
        wanted = {k: v for k, v in (capabilities or {}).items() if plugin.get("capabilities", {}).get(k)}
        request = {k: v for k, v in plugin.items() if k != "capabilities"}
        request.update(cniVersion=self.version, name=self.name, **more)
        if wanted:
            request["runtimeConfig"] = wanted
        if prev is not None:
            request["prevResult"] = prev
        return request

    # ---- attachments, each remembered with its result -----------------------------------------

    def cache(self, container, ifname):
        return f"{os.environ.get('CNI_CACHE', '/var/lib/cni')}/results/{self.name}-{container}-{ifname}"

    def remembered(self, container, ifname):
        try:
            with open(self.cache(container, ifname)) as f:
                return json.load(f)
        except FileNotFoundError:
            return {}

    def attachments(self):
        directory = os.path.dirname(self.cache("", ""))
        for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
            with open(f"{directory}/{name}") as f:
                kept = json.load(f)
            if kept["networkName"] == self.name:
                yield kept

    def add(self, container, netns, ifname, capabilities=None):
        result = None
        for plugin in self.plugins:
            result = run(plugin["type"], "ADD", self.request(plugin, result, capabilities),
                         container=container, netns=netns, ifname=ifname)
        kept = {"kind": "cniCacheV1", "networkName": self.name, "containerId": container, "ifName": ifname,
                "netns": netns, "capabilityArgs": capabilities or {}, "result": result}
        os.makedirs(os.path.dirname(self.cache(container, ifname)), exist_ok=True)
        with open(self.cache(container, ifname), "w") as f:
            json.dump(kept, f)
        return result

    def delete(self, container, netns, ifname):
        """Backwards, each with the last result; what fails is told, and remembered for the next time."""
        kept = self.remembered(container, ifname)
        prev = kept.get("result") if at_least(self.version, "0.4.0") else None
        for plugin in reversed(self.plugins):
            run(plugin["type"], "DEL", self.request(plugin, prev, kept.get("capabilityArgs")),
                container=container, netns=netns, ifname=ifname)
        if kept:
            os.unlink(self.cache(container, ifname))

    def check(self, container, netns, ifname):
        if self.conf.get("disableCheck"):
            return
        if not at_least(self.version, "0.4.0"):
            raise Refused(f"CHECK needs 0.4.0, this list is of {self.version}")
        kept = self.remembered(container, ifname)
        if not kept:
            raise Refused(f"no result of {container}/{ifname} to check")
        for plugin in self.plugins:
            run(plugin["type"], "CHECK", self.request(plugin, kept["result"], kept["capabilityArgs"]),
                container=container, netns=netns, ifname=ifname)

    # ---- the whole network --------------------------------------------------------------------

    def gc(self, valid):
        """valid: (container, ifname) of those that live. All plugins are asked, past failures."""
        failed = []
        for kept in list(self.attachments()):
            if (kept["containerId"], kept["ifName"]) not in valid:
                try:
                    self.delete(kept["containerId"], kept["netns"], kept["ifName"])
                except Failed as error:
                    failed.append(error)
        if self.conf.get("disableGC") or not at_least(self.version, "1.1.0"):
            return failed
        listed = [{"containerID": container, "ifname": ifname} for container, ifname in valid]
        for plugin in self.plugins:
            try:
                run(plugin["type"], "GC", self.request(
                    plugin, **{"cni.dev/valid-attachments": listed, "cni.dev/attachments": listed}))
            except Failed as error:
                failed.append(error)
        return failed

    def status(self):
        if at_least(self.version, "1.1.0"):
            for plugin in self.plugins:
                run(plugin["type"], "STATUS", self.request(plugin))


def main(verb, path, *where):
    with open(path) as f:
        network = Network(json.load(f))
    container, netns, ifname = (*where, "eth0")[:3] if len(where) > 1 else ("", "", "")
    capabilities = json.loads(os.environ.get("CAPABILITIES", "{}"))
    if verb == "add":
        print(json.dumps(network.add(container, netns, ifname, capabilities)))
    elif verb == "del":
        network.delete(container, netns, ifname)
    elif verb == "check":
        network.check(container, netns, ifname)
    elif verb == "gc":
        for error in network.gc([tuple(one.split("/")) for one in os.environ.get("VALID", "").split()]):
            raise error
    elif verb == "status":
        network.status()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as failure:
        print(json.dumps({**failure.error, "plugin": failure.plugin}))
        sys.exit(1)
    except Refused as refusal:
        print(json.dumps({"code": 0, "msg": str(refusal)}))
        sys.exit(1)
