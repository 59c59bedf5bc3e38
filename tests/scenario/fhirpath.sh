#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `fhirpath` on a file and standard input: what it prints, and how it ends.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

patient=$CANNULA_TOP/fixtures/fhirpath/patient.json

prints() {
	expected=$1
	shift
	exits 0 "$@" && [ "$(cat "$scratch/out")" = "$expected" ]
}

from_input() {
	[ "$("$CANNULA" fhirpath active - <"$patient")" = '{"type":"FHIR.boolean","path":"Patient.active","value":true}' ]
}

tells() {
	code=$1 text=$2
	shift 2
	exits "$code" "$@" && grep -q "$text" "$scratch/err"
}

ok "an element has its type, path and value" prints '{"type":"FHIR.string","path":"Patient.name[1].given[0]","value":"Ann"}' \
	"$CANNULA" fhirpath "name.where(use = 'usual').given" "$patient"
ok "a number keeps its digits" prints '{"type":"System.Decimal","value":1.50}' "$CANNULA" fhirpath 1.50 "$patient"
ok "a number is one of JSON" prints '{"type":"System.Integer","value":7}' "$CANNULA" fhirpath 007 "$patient"
ok "a quantity has its unit" prints '{"type":"System.Quantity","value":2,"unit":"mg"}' "$CANNULA" fhirpath "2 'mg'" "$patient"
ok "several items are several lines" prints '{"type":"System.Integer","value":1}
{"type":"System.Integer","value":2}' "$CANNULA" fhirpath '1 | 2' "$patient"
ok "nothing found prints nothing" prints '' "$CANNULA" fhirpath --version r5 name.suffix "$patient"
ok "the resource may come from standard input" from_input
ok "what is no FHIRPath is refused with its place" tells 1 1:6 "$CANNULA" fhirpath 'name.' "$patient"
ok "an impossible path is refused when it is asked" tells 1 'no element colour' "$CANNULA" fhirpath --strict name.colour "$patient"
ok "a file that is not there is told" tells 3 nowhere.json "$CANNULA" fhirpath name "$scratch/nowhere.json"
ok "an unknown version is a usage error" tells 2 r9 "$CANNULA" fhirpath --version r9 name "$patient"
done_testing
