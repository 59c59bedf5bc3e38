#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Derives files with a single fault each, to compare validators on.

    tests/conformance/faults.py --refusals ROWS.tsv... --out DIR r4=FILE... r5=FILE...

Each kind of fault is made in each given file where it can be; the rows of the refusals become files too. DIR/r4 and DIR/r5 are
written. The result depends on the input only.
"""
import argparse
import copy
import json
import pathlib
import re


def nodes(value, path=()):
    """Every object below `value`, the outermost first, with its path."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from nodes(inner, path + (key,))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from nodes(inner, path + (index,))


def first(root, wanted):
    """The first (object, key) that `wanted` accepts."""
    for path, node in nodes(root):
        for key in sorted(node):
            if "div" != key and wanted(path, key, node[key]):
                return node, key
    return None, None


def changed(wanted, change):
    def make(root):
        node, key = first(root, wanted)
        if node is None:
            return False
        change(node, key)
        return True

    return make


def put(value):
    def change(node, key):
        node[key] = value

    return change


def wrap(node, key):
    node[key] = [node[key]]


def unwrap(node, key):
    node[key] = node[key][0]


def drop(node, key):
    del node[key]


def add(key, value):
    def make(root):
        root[key] = value
        return True

    return make


def add_inner(root):
    inner = [node for path, node in nodes(root) if path and "resourceType" not in node]
    if inner:
        inner[-1]["noSuchElement"] = "x"
    return bool(inner)


def two_choices(root):
    for _, node in nodes(root):
        for key in sorted(node):
            choice = re.match(r"(value|effective|onset|deceased|multipleBirth|occurrence|performed|product|subject|timing)[A-Z]\w+$", key)
            if choice:
                other = "Boolean" if not key.endswith("Boolean") else "DateTime"
                node[choice.group(1) + other] = True if other == "Boolean" else "2020-01-01"
                return True
    return False


def is_date(path, key, value):
    return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) and key not in ("value", "reference", "title", "id")


def is_text(path, key, value):
    return isinstance(value, str) and key in ("display", "title", "description", "name", "text", "family")


def one_of(*names):
    return lambda path, key, value: key in names and isinstance(value, str)


FAULTS = {
    "missing-status": changed(lambda path, key, value: key == "status" and not path, drop),
    "missing-code": changed(lambda path, key, value: key in ("code", "type", "subject", "patient") and not path and isinstance(value, dict), drop),
    "missing-narrative-status": changed(lambda path, key, value: key == "status" and path == ("text",), drop),
    "unknown": add("noSuchElement", "x"),
    "unknown-inner": add_inner,
    "number-for-text": changed(is_text, put(5)),
    "text-for-object": changed(lambda path, key, value: isinstance(value, dict) and key != "text", put("x")),
    "object-for-text": changed(is_text, put({"a": "b"})),
    "empty-text": changed(is_text, put("")),
    "empty-object": changed(lambda path, key, value: isinstance(value, dict) and key != "text", put({})),
    "empty-array": changed(lambda path, key, value: isinstance(value, list), put([])),
    "array-for-single": changed(lambda path, key, value: isinstance(value, (str, dict)) and key not in ("resourceType", "id", "text"), wrap),
    "single-for-array": changed(lambda path, key, value: isinstance(value, list), unwrap),
    "null": changed(is_text, put(None)),
    "code-unknown": changed(one_of("status", "gender", "intent", "use", "kind"), put("no-such-code")),
    "code-case": changed(one_of("status", "gender", "intent", "use", "kind"), lambda node, key: node.update({key: node[key].upper()})),
    "code-space": changed(one_of("status", "gender", "intent", "use", "kind"), lambda node, key: node.update({key: " " + node[key]})),
    "narrative-code": changed(lambda path, key, value: key == "status" and path == ("text",), put("no-such-code")),
    "date-form": changed(is_date, put("13/01/2020")),
    "date-day": changed(is_date, put("2021-02-30")),
    "date-month": changed(is_date, put("2021-13-01")),
    "date-no-zone": changed(is_date, put("2021-01-01T10:00:00")),
    "date-short": changed(is_date, put("2021-1-1")),
    "two-choices": two_choices,
    "dangling": changed(one_of("reference"), put("#no-such-id")),
    "id": add("id", "not_an_id"),
    "id-long": add("id", "x" * 65),
    "language-space": add("implicitRules", "http://example.org/with space"),
    "contained-nested": add("contained", [{"resourceType": "Basic", "id": "b", "code": {"text": "x"}, "contained": [{"resourceType": "Basic", "id": "c", "code": {"text": "x"}}]}]),
    "contained-unused": add("contained", [{"resourceType": "Basic", "id": "b", "code": {"text": "x"}}]),
    "resource-type": add("resourceType", "NoSuchResource"),
    "meta-date": add("meta", {"lastUpdated": "2020-01-01"}),
    "meta-profile": add("meta", {"profile": ["not-absolute"]}),
    "coding-system": add("meta", {"tag": [{"system": "not-absolute", "code": "x"}]}),
    "extension-both": add("extension", [{"url": "http://example.org/x", "valueString": "a", "extension": [{"url": "b", "valueString": "c"}]}]),
    "extension-neither": add("extension", [{"url": "http://example.org/x"}]),
    "extension-no-url": add("extension", [{"valueString": "a"}]),
    "narrative-script": add("text", {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">a<script>b</script></div>'}),
    "narrative-event": add("text", {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="b()">a</p></div>'}),
    "narrative-empty": add("text", {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"> </div>'}),
    "narrative-open": add("text", {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</div>'}),
    "narrative-no-div": add("text", {"status": "generated", "div": "a"}),
    "narrative-namespace": add("text", {"status": "generated", "div": "<div>a</div>"}),
}


def derive(version, file, out):
    root = json.loads(file.read_text(encoding="utf-8"))
    for kind, make in FAULTS.items():
        faulty = copy.deepcopy(root)
        if make(faulty):
            (out / version / ("%s.%s.json" % (kind, file.stem))).write_text(json.dumps(faulty, indent=1), encoding="utf-8")


def write_rows(rows, out):
    for number, line in enumerate(rows.read_text(encoding="utf-8").splitlines()):
        if line and not line.startswith("#"):
            version, title, text = line.split("\t")[:3]
            name = "%s-%03d.%s.json" % (rows.stem, number, re.sub("[^a-z0-9]+", "-", title.lower()))
            (out / version / name).write_text(text, encoding="utf-8")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--refusals", required=True, action="append", type=pathlib.Path)
    options.add_argument("--out", required=True, type=pathlib.Path)
    options.add_argument("files", nargs="*")
    options = options.parse_args()
    for version in ("r4", "r5"):
        (options.out / version).mkdir(parents=True, exist_ok=True)
    for rows in options.refusals:
        write_rows(rows, options.out)
    for given in options.files:
        version, file = given.split("=", 1)
        derive(version, pathlib.Path(file), options.out)


main()
