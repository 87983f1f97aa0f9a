#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""manifest.py FILE…: each document of a kind that Kubernetes itself has, held against its API's schema.

The client library's classes are generated of that schema: what is required and missing, and what has a
wrong type, they refuse. What they do not know they leave out, so it is missing when written again."""

import json
import re
import sys

import kubernetes.client
import yaml


class Answer:
    def __init__(self, document):
        self.data = json.dumps(document)


def model(document):
    group, _, version = document["apiVersion"].rpartition("/")
    return version.capitalize() + document["kind"]


def lost(before, after, where):
    """The places of what the schema does not have."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                yield from lost(value, after[key], f"{where}.{key}")
            else:
                yield f"{where}.{key}"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (one, other) in enumerate(zip(before, after)):
            yield from lost(one, other, f"{where}[{i}]")
    elif before != after:
        yield f"{where}: {before!r} is {after!r}"


def main():
    client = kubernetes.client.ApiClient()
    bad = 0
    for name in sys.argv[1:]:
        for document in yaml.safe_load_all(open(name)):
            if re.search(r"\.", document["apiVersion"].partition("/")[0]):
                continue  # a resource that somebody else defines
            try:
                read = client.deserialize(Answer(document), model(document))
                wrong = list(lost(document, client.sanitize_for_serialization(read), document["kind"]))
            except ValueError as error:
                wrong = [str(error)]
            for text in wrong:
                print(f"{name}: {text}")
            bad += len(wrong)
    return bad > 0


sys.exit(main())
