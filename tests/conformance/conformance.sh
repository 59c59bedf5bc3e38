#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The HL7 validator over everything that a gateway serves after it has loaded the fixtures and synced the demonstration payers, one test case a
# resource, and the official XML schema over our XML of the same. README.md beside this file says what is checked and how.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

here=$CANNULA_TOP/tests/conformance
profiles=$CANNULA_TOP/profiles
for tool in java mvn; do
	command -v $tool >/dev/null || skip_all "$tool is missing: the HL7 validator was not run"
done

bail_out() {
	echo "Bail out! $1"
	sed 's/^/# /' "$scratch/log"
	exit 1
}

# ---- the validator: built beside the program; the network is asked only for what was never downloaded

build=$PWD/tests/conformance/target
class_path=$build/class-path
mkdir -p "$build"
run_maven() { # one at a time: tests/clients/maven.sh asks for the same
	flock "$build/lock" mvn -q -B "$@" -f "$here/pom.xml" "-Dconformance.build=$build" \
		compile dependency:build-classpath "-Dmdep.outputFile=$class_path"
}
if ! run_maven -o >"$scratch/log" 2>&1 && ! run_maven >"$scratch/log" 2>&1; then
	reason=$(unreachable "$scratch/log")
	[ -z "$reason" ] || skip_all "the package registry cannot be reached: $reason"
	bail_out "the HL7 validator cannot be built"
fi

# ---- what there is to validate

# save FILE PATH : an answer of the gateway, whatever its status.
save() {
	get "$2" >/dev/null && cp "$scratch/body" "$scratch/made/$1.json"
}

# save_type VERSION TYPE : each resource of the type.
save_type() {
	get "/fhir/$1/$2?_count=1000" >/dev/null
	grep -o "\"resourceType\":\"$2\",[^{}]*\"id\":\"[^\"]*\"" "$scratch/body" | sed 's/.*"id":"//; s/"$//' | sort -u >"$scratch/ids"
	while read -r id; do
		save "$1/$2-$id" "/fhir/$1/$2/$id"
	done <"$scratch/ids"
	# Inside a Bundle this validator knows no additional resources.
	[ "$2" = ProcedureDefinition ] || save "$1/searchset-$2" "/fhir/$1/$2?_count=2"
}

# Without its canonical outside hl7.org, which this validator grants to HL7 alone, and outside of which expressions find no types;
# README.md says more.
definition=$scratch/definitions/structures/ProcedureDefinition.hl7.json
mkdir "$scratch/definitions"
cp -R "$profiles/extensions" "$profiles/structures" "$profiles/terminology" "$scratch/definitions"
sed 's|"url": "https://cannula.dev/fhir/StructureDefinition/ProcedureDefinition"|"url": "http://hl7.org/fhir/StructureDefinition/ProcedureDefinition"|' \
	"$profiles/structures/ProcedureDefinition.json" >"$definition"
save_definition() {
	cp "$definition" "$scratch/made/$1/StructureDefinition-ProcedureDefinition.json"
	cp "$profiles/terminology/cannula.json" "$scratch/made/$1/terminology.json"
}

"$CANNULA" load --data "$scratch/data" "$CANNULA_TOP/fixtures/records" >"$scratch/log" 2>&1 || bail_out "the fixtures cannot be loaded"
"$CANNULA" sync --config "$CANNULA_TOP/conf/demo.yaml" --data "$scratch/data" >"$scratch/log" 2>&1
cp "$scratch/log" "$scratch/sync.log"
# save_operations VERSION : what operations answer, and some of the definitions that the gateway publishes of itself.
save_operations() {
	for code in cpt-22514 cpt-45378; do
		save "$1/apply-plan-$code" "/fhir/$1/PlanDefinition/$code/\$apply?subject=Patient/p1&practitioner=Practitioner/d1"
		save "$1/apply-activity-$code" "/fhir/$1/ActivityDefinition/$code/\$apply?subject=Patient/p1&encounter=Encounter/e1"
	done
	save "$1/related-policies" "/fhir/$1/PlanDefinition/cpt-22514/\$related-policies?include=retired&include=future"
	save "$1/validated" "/fhir/$1/PlanDefinition/cpt-22514/\$validate"
	save "$1/terminology-capabilities" "/fhir/$1/metadata?mode=terminology"
	save_type "$1" OperationDefinition
	for id in $(cut -f4 "$profiles/search-parameters.tsv" | sed -n 's|^https://.*/SearchParameter/||p') clinical-code Resource-id Resource-lastUpdated Observation-value-quantity \
		Patient-general-practitioner; do
		save "$1/SearchParameter-$id" "/fhir/$1/SearchParameter/$id"
	done
}

start_server "$scratch/data" || { cp "$scratch/server.log" "$scratch/log"; bail_out "the gateway does not serve"; }
for version in r4 r5; do
	mkdir -p "$scratch/made/$version"
	save_definition $version
	for type in ActivityDefinition DocumentReference InsurancePlan Library Organization PlanDefinition ProcedureDefinition Provenance ValueSet; do
		save_type $version $type
	done
	save_operations $version
	save $version/metadata /fhir/$version/metadata
	save $version/not-found /fhir/$version/PlanDefinition/no-such-plan
	save $version/unknown-parameter "/fhir/$version/PlanDefinition?nmae=x"
done
stop_server
for kind in Library PlanDefinition ProcedureDefinition ValueSet; do
	ls "$scratch"/made/r4/$kind-*.json >"$scratch/log" 2>&1 || bail_out "the gateway serves no $kind"
done

# ---- the same as XML by our writer, with our fixtures and the specification's examples

# write_xml VERSION : all of them into VERSION.xml, one after the other. The schema knows no ProcedureDefinition.
write_xml() {
	find "$scratch/made/$1" "$scratch/examples/$1" "$CANNULA_TOP/fixtures/fhir/$1" -name '*.json' ! -name 'ProcedureDefinition-*' ! -name text.json |
		LC_ALL=C sort >"$scratch/paths"
	xargs "$CANNULA" convert --to xml --compact --lenient --version "$1" <"$scratch/paths" >"$scratch/$1.xml" 2>"$scratch/log" ||
		bail_out "not all of $1 can be written as XML"
	[ "$(grep -c '^<?xml ' "$scratch/$1.xml")" -eq "$(wc -l <"$scratch/paths")" ] || bail_out "resources of $1 are missing in XML"
}

mkdir "$scratch/examples"
for version in r4 r5; do
	mkdir "$scratch/examples/$version"
	[ ! -r "$CANNULA_SHARED/fhir/$version-examples.tar.xz" ] || tar -xf "$CANNULA_SHARED/fhir/$version-examples.tar.xz" -C "$scratch/examples"
	write_xml $version
done

java -cp "$build/classes:$(cat "$class_path")" dev.cannula.conformance.Validate "$scratch/definitions" "$here/allowed-warnings.txt" \
	"r4=$scratch/made/r4" "r5=$scratch/made/r5" "r4=$scratch/r4.xml" "r5=$scratch/r5.xml"
