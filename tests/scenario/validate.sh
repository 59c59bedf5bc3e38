#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cannula validate with profiles: given on the command line, or for good in the configured directory.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

clinic=$CANNULA_TOP/fixtures/profiles
base=https://example.org/fhir/StructureDefinition
given="--definition $clinic/chart.json --definition $clinic/clinic-identifier.json --definition $clinic/clinic-patient.json --definition $clinic/terminology.json"

# row TITLE : the R4 resource of that row of profiles.tsv.
row() {
	awk -F'\t' -v title="$1" '$1 == "r4" && $2 == title { print $3 }' "$CANNULA_TOP/tests/validate/profiles.tsv"
}
row 'a clean patient' >"$scratch/clean.json"
row 'least: a gender' >"$scratch/faulty.json"
echo '{"resourceType": "Patient"}' >"$scratch/bare.json"

# shellcheck disable=SC2086
ok "a resource that is what it claims to be" exits 0 "$CANNULA" validate $given "$scratch/clean.json"
# shellcheck disable=SC2086
ok "one that is not is told with its place" refuses 1 'faulty.json:1:1: error: "gender" is missing .*clinic-patient' \
	"$CANNULA" validate $given "$scratch/faulty.json"
# shellcheck disable=SC2086
ok "a profile that is asked for" refuses 1 '"name" is missing' "$CANNULA" validate $given --profile $base/clinic-patient "$scratch/bare.json"
ok "one that is asked for and not known" refuses 1 'error: the profile https://example.org/none is not known' \
	"$CANNULA" validate --profile https://example.org/none "$scratch/bare.json"
ok "one that is claimed and not known" exits 0 "$CANNULA" validate "$scratch/faulty.json"
ok "  is a warning" says 'warning: the profile .*clinic-patient is not known'

sed 's/"Patient.gender"/"Patient.sex"/g' "$clinic/clinic-patient.json" >"$scratch/wrong.json"
ok "a definition that makes no sense is refused with its place" refuses 3 'wrong.json:[0-9]+:[0-9]+: Patient has no element "sex"' \
	"$CANNULA" validate --definition "$scratch/wrong.json" "$scratch/bare.json"

mkdir -p "$scratch/profiles/structures" "$scratch/profiles/extensions" "$scratch/profiles/terminology"
cp "$clinic"/clinic-*.json "$clinic/ward-patient.json" "$scratch/profiles/structures"
cp "$clinic/chart.json" "$clinic/visit.json" "$scratch/profiles/extensions"
cp "$clinic/terminology.json" "$scratch/profiles/terminology"
echo 'profiles: profiles' >"$scratch/clinic.yaml"
ok "profiles of the configuration" refuses 1 '"gender" is missing' \
	"$CANNULA" validate --config "$scratch/clinic.yaml" "$scratch/faulty.json"
ok "  answer expressions too" exits 0 "$CANNULA" fhirpath --config "$scratch/clinic.yaml" "conformsTo('$base/clinic-patient')" "$scratch/clean.json"
ok "  with what they know" grep -q '"value":true' "$scratch/out"
done_testing
