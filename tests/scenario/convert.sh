#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `cannula convert`: JSON to XML and back on standard input and on files, and what it refuses.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

fixtures=$CANNULA_TOP/fixtures/fhir

# there_and_back VERSION FILE : the JSON that comes out of XML is the JSON that comes out directly.
there_and_back() {
	"$CANNULA" convert --to json --version "$1" "$2" >"$scratch/direct" &&
		"$CANNULA" convert --to xml --version "$1" "$2" | "$CANNULA" convert --to json --version "$1" - >"$scratch/by-xml" &&
		cmp "$scratch/direct" "$scratch/by-xml"
}

# prints PATTERN COMMAND... : on standard output.
prints() {
	wanted_text=$1
	shift
	exits 0 "$@" && grep -Eq -e "$wanted_text" "$scratch/out" || { cat "$scratch/out"; return 1; }
}

for file in companions contained decimals narrative; do
	ok "$file comes back from XML" there_and_back r4 "$fixtures/r4/$file.json"
done
ok "R5 comes back from XML" there_and_back r5 "$fixtures/r5/bundle.json"
ok "XML is written with the default namespace" prints '^<Observation xmlns="http://hl7.org/fhir">$' \
	"$CANNULA" convert --to xml "$fixtures/r4/decimals.xml"
ok "several files become a line each" exits 0 "$CANNULA" convert --to json --compact "$fixtures/r4/decimals.json" "$fixtures/r4/contained.xml"
ok "which are two" test "$(wc -l <"$scratch/out")" = 2

printf '<Patient xmlns="http://hl7.org/fhir">\n <colour value="red"/>\n <active value="true"/>\n</Patient>' >"$scratch/colour.xml"
ok "an unknown element is refused with its place" refuses 1 'colour.xml:2:2: error: "colour": no such element \(Patient\)' \
	"$CANNULA" convert --to json "$scratch/colour.xml"
ok "the files behind a refused one are converted" refuses 1 colour "$CANNULA" convert --to json "$scratch/colour.xml" "$fixtures/r4/decimals.xml"
ok "as standard output shows" grep -q '"resourceType": "Observation"' "$scratch/out"
ok "--lenient leaves it out" prints '"active": true' "$CANNULA" convert --lenient --to json "$scratch/colour.xml"
ok "with a warning" says 'colour.xml:2:2: warning: "colour": no such element'
ok "control characters cannot become XML" refuses 1 'Basic.code.text: a value has a character that XML cannot hold' \
	"$CANNULA" convert --to xml "$fixtures/r4/text.json"
ok "another type than --type is refused" refuses 1 'expected resourceType' "$CANNULA" convert --to xml --type Patient "$fixtures/r4/text.json"
ok "a file that is missing is told" refuses 3 'no-such' "$CANNULA" convert --to xml "$scratch/no-such"
ok "--to must be given" refuses 2 '--to takes json or xml' "$CANNULA" convert "$fixtures/r4/text.json"
ok "--to takes two formats" refuses 2 'not turtle' "$CANNULA" convert --to turtle "$fixtures/r4/text.json"
ok "--version takes two versions" refuses 2 'not r6' "$CANNULA" convert --to xml --version r6 "$fixtures/r4/text.json"
ok "--type must exist" refuses 2 'no resource or model Patience' "$CANNULA" convert --to xml --type Patience "$fixtures/r4/text.json"
for twin in "$fixtures"/r4/*.xml "$fixtures"/r5/*.xml; do
	version=$(basename "$(dirname "$twin")")
	ok "diff reads $version/$(basename "$twin"), and finds its JSON twin equal" exits 0 "$CANNULA" diff --version "$version" "${twin%.xml}.json" "$twin"
done
ok "validate reads XML too, with its places" exits 0 "$CANNULA" validate "$fixtures/r4/decimals.xml"
ok "as its warnings show" says 'decimals.xml:1:1: warning: dom-6'
ok "fhirpath reads XML too" prints '"value":"Observation"' "$CANNULA" fhirpath '%resource.type().name' "$fixtures/r4/decimals.xml"
done_testing
