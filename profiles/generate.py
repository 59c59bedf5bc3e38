#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes types.tsv, search.tsv, rules.tsv, codes.tsv and operations.ndjson of profiles/VERSION from an unpacked FHIR definitions package.

    profiles/generate.py --definitions DIR --out profiles/r4

DIR holds StructureDefinition, SearchParameter, ValueSet, CodeSystem and OperationDefinition resources: *.ndjson (one resource a line) or *.json (one resource or a
Bundle), at any depth; everything else is ignored. The output depends on the definitions only, so running it again changes
nothing. Only for maintainers: the tables are committed and the build does not need Python.
"""
import argparse
import json
import pathlib
import re
import sys

TYPES_HEAD = """\
# Types of FHIR {version}: the facts of the StructureDefinitions that the gateway needs. Made by profiles/generate.py ({command})
# from the HL7 definitions package (CC0); do not edit.
# A type:     name, kind, base, canonical, type whose elements come first (when not the base).
#             kind: primitive-string -number -boolean, complex, backbone, resource; '*' after it: abstract.
# An element: (empty), name, min..max, types by '|', targets of references by '|', flags, binding strength, value set.
#             '*' as types: the open choice, given by the row '*'. flags: S summary, M modifier, A attribute in XML.
"""

SEARCH_HEAD = """\
# Search parameters of FHIR {version}, one row per base type. Made by profiles/generate.py ({command}) from the HL7 definitions
# package (CC0); do not edit. The expression is narrowed to the base type.
# base, code, type, canonical, target types by '|' (none: any), expression, description. Of a composite, instead of target types its
# components by ';', each a parameter's code, '=', and an expression on what the composite's own expression gives.
"""

RULES_HEAD = """\
# Formats and invariants of FHIR {version}. Made by profiles/generate.py ({command}) from the HL7 definitions package (CC0); do not
# edit.
# A format:     "=", primitive type, regular expression that the whole value matches
# An invariant: type or type.element, key, severity, FHIRPath expression, what it asks
"""

CODES_HEAD = """\
# The codes of value sets that a binding of FHIR {version} names and that the package holds completely; of those that no binding
# requires, the smaller ones. Made by profiles/generate.py ({command}) from the HL7 definitions package (CC0); do not edit.
# A value set: canonical. Below it, a row for each code system: (empty), system, codes as |a|b|c|; with '=' before the system these
# are all its codes.
# Of a value set that a code element requires and whose codes are not listed here, the one system that they are of: "~", canonical,
# system.
"""

COMMAND = "make tables"
REGEX = "http://hl7.org/fhir/StructureDefinition/regex"
FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
CORE = "http://hl7.org/fhir/StructureDefinition/"
CORE_SEARCH = "http://hl7.org/fhir/SearchParameter/"
KINDS = {"primitive-type": "primitive", "complex-type": "complex", "resource": "resource"}
OPTIONAL_CODES_MAX = 12000  # bytes of a value set that no binding requires
ANY_TARGET = 100  # a parameter that lists more targets than this means any resource
NUMBERS = {"decimal", "integer", "positiveInt", "unsignedInt"}


def note(text):
    print("generate.py: " + text, file=sys.stderr)


def read_package(directory):
    """Every resource in the package, by type."""
    found = {}
    for path in sorted(pathlib.Path(directory).rglob("*")):
        if path.suffix == ".ndjson":
            resources = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        elif path.suffix == ".json":
            resources = [json.loads(path.read_text(encoding="utf-8"))]
        else:
            continue
        for resource in resources:
            inner = [resource]
            if resource.get("resourceType") == "Bundle":
                inner = [entry.get("resource", {}) for entry in resource.get("entry", [])]
            for one in inner:
                found.setdefault(one.get("resourceType"), []).append(one)
    return found


# ---- types ----------------------------------------------------------------------------------------------------------


def is_type(definition):
    """Types proper, and the constraints that act as types in choices (R4 and R5: Age, Count, Distance, Duration)."""
    if definition["kind"] not in KINDS:
        return False
    if definition.get("derivation", "specialization") == "specialization":
        return True
    return definition["name"] in ("Age", "Count", "Distance", "Duration")


def type_code(entry, path, attribute):
    """The type of an element: FHIRPath's System types stand for attributes, whose FHIR type is in an extension."""
    if not entry["code"].startswith("http://hl7.org/fhirpath/"):
        return entry["code"]
    # 4.0.1 says string for Resource.id, 5.0.0 says id for some Element.id: the specification's text decides.
    if path.endswith(".id"):
        return "string" if attribute else "id"
    for extension in entry.get("extension", []):
        if extension["url"] == FHIR_TYPE:
            return extension.get("valueUrl") or extension["valueUri"]
    raise ValueError(path + ": no FHIR type for " + entry["code"])


def targets_of(element):
    names = set()
    for entry in element.get("type", []):
        for profile in entry.get("targetProfile", []):
            name = profile.rsplit("/", 1)[1].split("|")[0]
            if name not in ("Resource", "DomainResource"):
                names.add(name)
    return sorted(names)


def types_of(element, children):
    path = element["path"]
    if "contentReference" in element:
        return [element["contentReference"].split("#", 1)[1]]
    if path in children:
        return [path]
    attribute = "xmlAttr" in element.get("representation", [])
    codes = []
    for entry in element.get("type", []):
        code = type_code(entry, path, attribute)
        if code not in codes:
            codes.append(code)
    return codes


def flags_of(element):
    flags = "S" if element.get("isSummary") else ""
    flags += "M" if element.get("isModifier") else ""
    return flags + ("A" if "xmlAttr" in element.get("representation", []) else "")


def element_row(element, children):
    binding = element.get("binding", {})
    name = element["path"].rsplit(".", 1)[1]
    return (
        name,
        "%s..%s" % (element["min"], element["max"]),
        "|".join(types_of(element, children)),
        "|".join(targets_of(element)),
        flags_of(element),
        binding.get("strength", "") if "valueSet" in binding else "",
        binding.get("valueSet", ""),
    )


class Type:
    def __init__(self, name, kind, base, url):
        self.name, self.kind, self.base, self.url, self.rows = name, kind, base, url, []


def types_in(definition):
    """The type that a StructureDefinition defines, then its backbones, in order."""
    elements = definition["snapshot"]["element"]
    base = definition.get("baseDefinition", "").rsplit("/", 1)[-1]
    kind = KINDS[definition["kind"]]
    if kind == "primitive":
        name = definition["name"]
        kind += "-number" if name in NUMBERS else "-boolean" if name == "boolean" else "-string"
    if definition["abstract"]:
        kind += "*"
    children = {element["path"].rsplit(".", 1)[0] for element in elements if "." in element["path"]}
    by_path = {definition["type"]: Type(definition["name"], kind, base, definition["url"])}
    for element in elements[1:]:
        owner, leaf = element["path"].rsplit(".", 1)
        if element["path"] in children:
            by_path[element["path"]] = Type(element["path"], "backbone", element["type"][0]["code"], "")
        if element["max"] == "0":
            continue
        if leaf == "value" and (kind.startswith("primitive") or definition["name"] == "xhtml"):
            continue
        by_path[owner].rows.append(element_row(element, children))
    return list(by_path.values())


def mark_xhtml(types):
    """The package holds Narrative.div's type as a complex one with a value: for us it is a primitive with JSON form string."""
    for one in types:
        if one.name == "xhtml":
            one.kind = "primitive-string"


def open_choice(types):
    """The longest list of types, used by several elements, has a row of its own."""
    lists = [row[2] for one in types for row in one.rows if row[0].endswith("[x]")]
    return max(lists, key=lambda text: (text.count("|"), text))


def prefix_owner(one, by_name):
    """The nearest ancestor whose elements, unchanged, begin this type's; only the rest is written."""
    base = by_name.get(one.base)
    while base and one.rows[: len(base.rows)] != base.rows:
        base = by_name.get(base.base)
    return base


def write_types(types, version, out):
    by_name = {one.name: one for one in types}
    choice = open_choice(types)
    lines = ["*\t" + choice]
    for one in sorted(types, key=lambda t: t.name.split(".")):
        prefix = prefix_owner(one, by_name)
        head = [one.name, one.kind, one.base, one.url]
        if one.base and (prefix.name if prefix else "") != one.base:
            head.append(prefix.name if prefix else "-")
        lines.append("\t".join(head).rstrip("\t"))
        for row in one.rows[len(prefix.rows) if prefix else 0 :]:
            row = tuple("*" if cell == choice and index == 2 else cell for index, cell in enumerate(row))
            lines.append(("\t" + "\t".join(row)).rstrip("\t"))
    out.write_text(TYPES_HEAD.format(version=version, command=COMMAND) + "\n".join(lines) + "\n", encoding="utf-8")


# ---- search parameters ------------------------------------------------------------------------------------------------


def split_union(expression):
    """The parts of a FHIRPath union at its outermost level: text in quotes and parentheses stays together."""
    parts, depth, quoted, start = [], 0, False, 0
    for index, char in enumerate(expression):
        if char == "'" and expression[index - 1 : index] != "\\":
            quoted = not quoted
        if quoted:
            continue
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            parts.append(expression[start:index])
            start = index + 1
    return [part.strip() for part in parts + [expression[start:]]]


def unwrap(part):
    """The inside of one pair of parentheses around the whole part, and what is called on it; (None, …) when there is none."""
    if not part.startswith("("):
        return None, part
    depth = 0
    for index, char in enumerate(part):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return part[1:index], part[index + 1 :]
    raise ValueError("unbalanced: " + part)


def narrow(expression, base, fits):
    """The union of the parts of `expression` that start at `base`, or that `fits` accepts."""
    kept = []
    for part in split_union(expression):
        inner, tail = unwrap(part)
        if inner is not None and len(split_union(inner)) > 1:
            inside = narrow(inner, base, fits)
            if inside:
                kept.append("(%s)%s" % (inside, tail))
            continue
        first = re.match(r"\(*\s*([A-Za-z]\w*)", part)
        if first and (first.group(1) == base or fits(first.group(1))):
            kept.append(part)
    return " | ".join(kept)


def narrowed(parameter, base, elements):
    expression = " ".join(parameter.get("expression", "").split())
    own = narrow(expression, base, lambda name: False)
    # A few definitions leave the type out ("name | alias"): then the elements decide.
    return own or narrow(expression, base, lambda name: name in elements[base])


def describe(parameter, base):
    """The sentence about this base type: shared parameters list one per type."""
    text = parameter.get("description", "")
    for line in text.splitlines():
        if re.match(r"\s*\*\s*\[%s\]" % base, line):
            text = line.split(":", 1)[1]
    return " ".join(text.split()).replace("\t", " ")


def components(parameter, codes):
    parts = []
    for component in parameter.get("component", []):
        if component["definition"].split("|")[0] not in codes:
            note("%s: its component %s cannot be indexed, left without" % (parameter["url"], component["definition"]))
            return ""
        parts.append(codes[component["definition"].split("|")[0]] + "=" + " ".join(component["expression"].split()))
    return ";".join(parts)


def search_row(parameter, base, elements, codes):
    expression = narrowed(parameter, base, elements)
    if not expression and not parameter["code"].startswith("_"):
        note("%s: nothing in it is about %s, left out" % (parameter["url"], base))
        return None
    if parameter["type"] == "composite":
        targets = components(parameter, codes)
        return [base, parameter["code"], "composite", parameter["url"], targets, expression, describe(parameter, base)]
    targets = sorted(target for target in parameter.get("target", []) if target != "Resource")
    if len(targets) > ANY_TARGET:
        targets = []
    return [
        base,
        parameter["code"],
        parameter["type"],
        parameter["url"],
        "|".join(targets),
        expression,
        describe(parameter, base),
    ]


def write_search(parameters, types, version, out):
    elements = {one.name: {row[0].replace("[x]", "") for row in one.rows} for one in types}
    codes = {parameter["url"]: parameter["code"] for parameter in parameters if parameter["type"] not in ("special", "composite")}
    rows = {}
    for parameter in sorted(parameters, key=lambda p: p["url"]):
        if "base" not in parameter or not parameter["url"].startswith(CORE_SEARCH):
            note("%s: an example or not about a type, left out" % parameter["url"])
            continue
        for base in parameter["base"]:
            key = (base, parameter["code"])
            row = search_row(parameter, base, elements, codes)
            if row and key in rows:
                note("%s: %s.%s is already defined, left out" % (parameter["url"], *key))
                continue
            if row:
                rows[key] = row
    lines = ["\t".join(rows[key]) for key in sorted(rows)]
    out.write_text(SEARCH_HEAD.format(version=version, command=COMMAND) + "\n".join(lines) + "\n", encoding="utf-8")


# ---- rules: formats and invariants ---------------------------------------------------------------------------------------

# Where the published pattern needs time exponential in the text (4.0.1) or has a brace or a zone too many (5.0.0): what the
# specification's text means.
YEAR = "([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
DAY = "(0[1-9]|[12][0-9]|3[01])"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
FORMATS = {
    "dateTime": YEAR + "(-(0[1-9]|1[0-2])(-" + DAY + "(T" + CLOCK + ")?)?)?",
    "decimal": r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?",
    "base64Binary": r"\s*+(?:[0-9A-Za-z+/]\s*+[0-9A-Za-z+/]\s*+[0-9A-Za-z+/=]\s*+[0-9A-Za-z+/=]\s*+)*+",
    "string": r"[\s\S]++",
    "markdown": r"[\s\S]++",
}


def format_row(definition):
    """The pattern of a primitive type, as the specification gives it or as FORMATS has it."""
    name = definition["name"]
    for element in definition["snapshot"]["element"]:
        for entry in element.get("type", []) if element["path"].endswith(".value") else []:
            for extension in entry.get("extension", []):
                if extension["url"] == REGEX:
                    return ("=", name, FORMATS.get(name, extension["valueString"]))
    return ("=", name, FORMATS[name]) if name in FORMATS else None


def is_own(constraint, definition, path):
    """Snapshots repeat what is inherited: that is written with the type it comes from."""
    if constraint.get("source", definition["url"]) != definition["url"]:
        return False
    return not re.match(r"(ele|ext|dom)-\d", constraint["key"]) or path in ("Element", "Extension", "DomainResource")


# Invariants that the official validator reads otherwise than they are published, because these are mistaken.
EXPRESSIONS = {
    "operator = 'exists' implies (answer is Boolean)": "operator = 'exists' implies (answer is boolean)",
}


def quoted_once(expression):
    """FHIRPath has single quotes; 5.0.0 has double ones in a place."""
    return re.sub(r'"([^"\']*)"', r"'\1'", expression)


def invariant_rows(definition):
    """(path, key, severity, expression, what it asks) of each that is the type's own."""
    for element in definition["snapshot"]["element"]:
        for constraint in element.get("constraint", []):
            if "expression" in constraint and is_own(constraint, definition, element["path"]):
                expression = quoted_once(EXPRESSIONS.get(constraint["expression"], constraint["expression"]))
                texts = (constraint["key"], constraint["severity"], expression, constraint["human"])
                yield (element["path"], *(" ".join(text.split()) for text in texts))


def inherited(rows, bases, path, key):
    """Whether a base of the type has the same invariant at the same element."""
    name, dot, rest = path.partition(".")
    base = bases.get(name)
    while base:
        if (base + dot + rest, key) in rows:
            return True
        base = bases.get(base)
    return False


def write_rules(definitions, version, out):
    formats, rows = [], {}
    for definition in definitions:
        if definition["kind"] == "primitive-type":
            formats.append(format_row(definition))
        for row in invariant_rows(definition):
            rows[row[:2]] = row
    bases = {one["name"]: one.get("baseDefinition", "").rsplit("/", 1)[-1] for one in definitions}
    kept = [rows[key] for key in sorted(rows) if not inherited(rows, bases, *key)]
    lines = ["\t".join(row) for row in sorted(filter(None, formats)) + kept]
    out.write_text(RULES_HEAD.format(version=version, command=COMMAND) + "\n".join(lines) + "\n", encoding="utf-8")


# ---- codes of value sets -----------------------------------------------------------------------------------------------


def concepts_in(concepts):
    for concept in concepts:
        yield concept["code"]
        yield from concepts_in(concept.get("concept", []))


class Terminology:
    def __init__(self, package):
        self.sets = {one["url"]: one for one in package.get("ValueSet", [])}
        self.systems = {one["url"]: one for one in package.get("CodeSystem", [])}

    def include(self, part):
        """(system, codes) pairs of one include; None when it cannot be told completely from the package."""
        if "filter" in part or ("valueSet" in part and "system" in part):
            return None
        if "valueSet" in part:
            inner = [self.codes(url) for url in part["valueSet"]]
            return inner[0] if len(inner) == 1 else None
        if "concept" in part:
            return [(part["system"], [concept["code"] for concept in part["concept"]])]
        system = self.systems.get(part["system"].split("|")[0])
        if not system or system["content"] != "complete":
            return None
        return [(part["system"], list(concepts_in(system.get("concept", []))))]

    def all_codes(self, url):
        """Of a code system; None when the package does not hold it completely."""
        system = self.systems.get(url.split("|")[0], {})
        return set(concepts_in(system.get("concept", []))) if system.get("content") == "complete" else None

    def only_system(self, url):
        """The system that all codes of a value set are of; None when there are several or rules tell."""
        compose = self.sets.get(url, {}).get("compose", {})
        parts = compose.get("include", [])
        systems = {part.get("system") for part in parts if set(part) <= {"system", "version"}}
        return systems.pop() if len(systems) == 1 and len(parts) == 1 else None

    def codes(self, url):
        """All (system, codes) pairs of a value set; None when unknown."""
        compose = self.sets.get(url.split("|")[0], {}).get("compose", {})
        if "exclude" in compose or "include" not in compose:
            return None
        pairs = []
        for part in compose["include"]:
            inner = self.include(part)
            if inner is None:
                return None
            pairs += inner
        return pairs


def code_rows(pairs, terminology):
    for system in sorted({system for system, _ in pairs}):
        codes = {code for name, group in pairs if name == system for code in group}
        yield "\t%s%s\t|%s|" % ("=" if codes == terminology.all_codes(system) else "", system, "|".join(sorted(codes)))


def write_codes(types, package, version, out):
    terminology = Terminology(package)
    bound = {row[6].split("|")[0] for one in types for row in one.rows if row[5]}
    required = {row[6].split("|")[0] for one in types for row in one.rows if row[5] == "required"}
    lines = []
    for url in sorted(bound):
        pairs = terminology.codes(url)
        rows = list(code_rows(pairs or [], terminology))
        if pairs is None or any("|" in code for _, codes in pairs for code in codes):
            if url in required:
                note(url + ": not complete in the package, left out")
            continue
        if url in required or sum(map(len, rows)) <= OPTIONAL_CODES_MAX:
            lines += [url, *rows]
    of_codes = {row[6].split("|")[0] for one in types for row in one.rows if row[5] == "required" and row[2] == "code"}
    lines += ["~\t%s\t%s" % (url, terminology.only_system(url)) for url in sorted(of_codes - set(lines)) if terminology.only_system(url)]
    out.write_text(CODES_HEAD.format(version=version, command=COMMAND) + "\n".join(lines) + "\n", encoding="utf-8")


# ---- operations --------------------------------------------------------------------------------------------------------


# Those of FHIR's own that the gateway does.
OPERATIONS = ("ActivityDefinition-apply", "PlanDefinition-apply", "Resource-meta", "Resource-meta-add", "Resource-meta-delete",
              "Resource-validate")


def without_extensions(value):
    if isinstance(value, list):
        return [without_extensions(one) for one in value]
    if isinstance(value, dict):
        return {key: without_extensions(one) for key, one in value.items() if key not in ("extension", "jurisdiction", "meta") and key[0] != "_"}
    return value


def write_operations(operations, out):
    """The OperationDefinitions as they are, but for what only the makers of the specification use."""
    held = {one["id"]: one for one in operations}
    lines = [json.dumps(without_extensions(held[name]), ensure_ascii=False, separators=(",", ":")) for name in OPERATIONS]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--definitions", required=True, metavar="DIR")
    options.add_argument("--out", required=True, metavar="DIR", type=pathlib.Path)
    options = options.parse_args()
    package = read_package(options.definitions)
    definitions = [one for one in package.get("StructureDefinition", []) if is_type(one)]
    if not definitions:
        sys.exit("generate.py: no StructureDefinition under " + options.definitions)
    version = next(one["fhirVersion"] for one in definitions if one["name"] == "Patient")
    types = [one for definition in definitions for one in types_in(definition)]
    mark_xhtml(types)
    options.out.mkdir(parents=True, exist_ok=True)
    write_types(types, version, options.out / "types.tsv")
    write_search(package.get("SearchParameter", []), types, version, options.out / "search.tsv")
    write_rules(definitions, version, options.out / "rules.tsv")
    write_codes(types, package, version, options.out / "codes.tsv")
    write_operations(package.get("OperationDefinition", []), options.out / "operations.ndjson")


main()
