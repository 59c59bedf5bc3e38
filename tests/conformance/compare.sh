#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our validator beside the HL7 one, on the specification's examples and on files with a single fault each that faults.py derives
# from them. Some minutes of work: `make compare-validators`, not part of `make check`. The figures are printed as TAP.
here=$CANNULA_TOP/tests/conformance
build=$PWD/tests/conformance/target
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}
for tool in java mvn python3; do
	command -v $tool >/dev/null || skip_all "$tool is missing"
done
[ -r "$CANNULA_SHARED/fhir/r4-examples.tar.xz" ] || skip_all "the specification's examples are missing"

run_maven() {
	mvn -q -B "$@" -f "$here/pom.xml" "-Dconformance.build=$build" compile dependency:build-classpath "-Dmdep.outputFile=$build/class-path"
}
run_maven -o >"$scratch/log" 2>&1 || run_maven >"$scratch/log" 2>&1 || { echo "Bail out! the HL7 validator cannot be built"; exit 99; }

definitions=$CANNULA_TOP/fixtures/profiles
given() {
	for file in "$definitions"/*.json; do
		echo "--definition $file"
	done
}

# compare FOLDER : the verdicts of both about FOLDER/r4 and FOLDER/r5; the last line is compare.py's.
compare() {
	java -cp "$build/classes:$(cat "$build/class-path")" dev.cannula.conformance.Verdicts "$CANNULA_TOP/profiles" "$definitions" \
		"r4=$1/r4" "r5=$1/r5" >"$scratch/hl7.tsv"
	for version in r4 r5; do
		find "$1/$version" -name '*.json' -exec "$CANNULA" validate --version $version --format json $(given) {} + \
			>"$scratch/$version.ndjson"
	done
	python3 "$here/compare.py" "$scratch/hl7.tsv" "$scratch/r4.ndjson" "$scratch/r5.ndjson"
}

mkdir "$scratch/examples"
for version in r4 r5; do
	tar -xf "$CANNULA_SHARED/fhir/$version-examples.tar.xz" -C "$scratch/examples"
done
compare "$scratch/examples" >"$scratch/report"
cat "$scratch/report" | sed 's/^[^#]/# &/'
verdict='not ok'
grep -q 'alone 0$' "$scratch/report" && verdict=ok
echo "$verdict 1 - no error on the examples that the HL7 validator does not find"

# Small examples that the HL7 validator finds no error in, one of each kind.
bases=$(awk -F'\t' '$3 == "-" { print $1 }' "$scratch/hl7.tsv" | sort | while read -r name; do
	[ "$(wc -c <"$scratch/examples/$name")" -lt 40000 ] && echo "$name ${name%%-*}"
done | awk '!seen[$2]++ { print $1 }' | grep -E '/(plan|activity|valueset|careplan|service|insurance|document|bundle|organ|library|proven)')
set --
for name in $bases; do
	set -- "$@" "${name%%/*}=$scratch/examples/$name"
done
python3 "$here/faults.py" --refusals "$CANNULA_TOP/tests/validate/refusals.tsv" --refusals "$CANNULA_TOP/tests/validate/profiles.tsv" --out "$scratch/faults" "$@"
compare "$scratch/faults" >"$scratch/report"
cat "$scratch/report" | sed 's/^[^#]/# &/'
verdict='not ok'
awk '/^found/ { good = $2 >= 0.95 * $4 } END { exit !good }' "$scratch/report" && verdict=ok
echo "$verdict 2 - 95 % of the single faults that the HL7 validator finds"
echo "1..2"
