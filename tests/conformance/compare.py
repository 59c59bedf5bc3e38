#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares verdicts on the same files: of the HL7 validator (rows of Verdicts.java) and of `cannula validate --format json`.

    tests/conformance/compare.py HL7.tsv OURS-R4.ndjson OURS-R5.ndjson

Prints the files that only one of both refuses, then how many each refuses. The last line is "found N of M, alone K".
"""
import json
import pathlib
import sys

FILE = "http://hl7.org/fhir/StructureDefinition/operationoutcome-file"


def theirs(path):
    """The errors of each file."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        file, place, message = line.split("\t", 2)
        found.setdefault(file, [])
        if place != "-":
            found[file].append("%s: %s" % (place, message))
    return found


def ours(version, path):
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        outcome = json.loads(line)
        file = next(one["valueString"] for one in outcome["extension"] if one["url"] == FILE)
        errors = [one for one in outcome["issue"] if one["severity"] in ("error", "fatal")]
        found[version + "/" + pathlib.Path(file).name] = [one["details"]["text"] for one in errors]
    return found


def main():
    hl7 = theirs(pathlib.Path(sys.argv[1]))
    cannula = {**ours("r4", pathlib.Path(sys.argv[2])), **ours("r5", pathlib.Path(sys.argv[3]))}
    if set(hl7) != set(cannula):
        sys.exit("compare.py: not the same files: " + " ".join(sorted(set(hl7) ^ set(cannula))[:5]))
    refused = [file for file in hl7 if hl7[file]]
    missed = [file for file in refused if not cannula[file]]
    alone = [file for file in hl7 if cannula[file] and not hl7[file]]
    for file in missed:
        print("# not found: %s: %s" % (file, hl7[file][0][:200]))
    for file in alone:
        print("# found alone: %s: %s" % (file, cannula[file][0][:200]))
    print("found %d of %d, alone %d" % (len(refused) - len(missed), len(refused), len(alone)))


main()
