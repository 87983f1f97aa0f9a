#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What kubelet does for the network of a pod, asked of a runtime by its socket (CRI, runtime.v1).

    cri.py SOCKET run [--annotation KEY=VALUE]… NAME…    the sandboxes at once; an id a line, or ! and why not
    cri.py SOCKET status ID                              {"state": …, "ips": […]}
    cri.py SOCKET stop|remove ID…                        at once, too
    cri.py SOCKET list                                   an id a line

Of the messages (k8s.io/cri-api, api.proto) only the fields that are used are written and read, by their
numbers: python3-grpcio brings no compiled messages.
"""

import argparse
import concurrent.futures
import json
import os
import sys

import grpc

SERVICE = "/runtime.v1.RuntimeService/"
TIMEOUT_S = 300  # an emulated or loaded machine


# ---- protocol buffers' wire format -----------------------------------------------------------------


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, value):
    """One field: an integer, text, bytes, or a map of texts."""
    if isinstance(value, dict):
        return b"".join(field(number, field(1, k) + field(2, v)) for k, v in value.items())
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(data):
    """{number: [value]} of a message; what is not a varint stays bytes."""
    out, at = {}, 0

    def number():
        nonlocal at
        n = shift = 0
        while True:
            byte = data[at]
            at += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return n

    while at < len(data):
        key = number()
        if key & 7 == 0:
            value = number()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or number()
            value = data[at : at + size]
            at += size
        out.setdefault(key >> 3, []).append(value)
    return out


def text(message, number):
    return message.get(number, [b""])[0].decode()


# ---- the calls --------------------------------------------------------------------------------------


class Runtime:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel(
            "unix://" + socket, options=[("grpc.default_authority", "localhost")]
        )

    def call(self, method, request=b""):
        ask = self.channel.unary_unary(SERVICE + method, lambda m: m, lambda m: m)
        return fields(ask(request, timeout=TIMEOUT_S))

    def run(self, name, annotations):
        metadata = field(1, name) + field(2, f"{name}-{os.getpid()}") + field(3, "default")
        config = field(1, metadata) + field(2, name) + field(3, "/tmp") + field(7, annotations)
        return text(self.call("RunPodSandbox", field(1, config + field(8, b""))), 1)

    def status(self, sandbox):
        answer = fields(self.call("PodSandboxStatus", field(1, sandbox))[1][0])
        network = fields(answer.get(5, [b""])[0])
        ips = [text(network, 1)] + [text(fields(ip), 1) for ip in network.get(2, [])]
        return json.dumps({"state": ["READY", "NOTREADY"][answer.get(3, [0])[0]], "ips": ips})

    def stop(self, sandbox):
        self.call("StopPodSandbox", field(1, sandbox))

    def remove(self, sandbox):
        self.call("RemovePodSandbox", field(1, sandbox))

    def list(self):
        return [text(fields(one), 1) for one in self.call("ListPodSandbox").get(1, [])]


def at_once(what, arguments):
    """The answers in order; what failed is "! why". True if none did."""

    def attempt(argument):
        try:
            return what(argument) or ""
        except grpc.RpcError as error:
            return f"! {error.code().name}: {error.details()}"

    with concurrent.futures.ThreadPoolExecutor(len(arguments) or 1) as pool:
        answers = list(pool.map(attempt, arguments))
    for answer in filter(None, answers):
        print(answer)
    return not any(answer.startswith("!") for answer in answers)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("verb", choices=["run", "status", "stop", "remove", "list"])
    parser.add_argument("--annotation", action="append", default=[])
    parser.add_argument("names", nargs="*")
    o = parser.parse_intermixed_args()
    runtime = Runtime(o.socket)
    if o.verb == "list":
        return at_once(lambda _: "\n".join(runtime.list()), [None])
    if o.verb == "run":
        annotations = dict(one.split("=", 1) for one in o.annotation)
        return at_once(lambda name: runtime.run(name, annotations), o.names)
    return at_once(getattr(runtime, o.verb), o.names)


sys.exit(0 if main() else 1)
