#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An operator's own records, model and map, by configuration alone: what README.md shows, run as it is written.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

mkdir "$scratch/bin" && ln -s "$CANNULA" "$scratch/bin/cannula"
PATH=$scratch/bin:$PATH
cp -r "$CANNULA_TOP/fixtures/own" "$scratch/own" && chmod -R u+w "$scratch/own"
cd "$scratch/own" || exit 1
sed -n '/^## Your own records/,/^## What/s/^    \(cannula .*\)$/\1/p' "$CANNULA_TOP/README.md" >"$scratch/lines"
line() {
	exits 0 sh -c "$(sed -n "$1p" "$scratch/lines")"
}

ok "README.md shows five commands" [ "$(wc -l <"$scratch/lines")" = 5 ]
ok "the map has no mistakes" line 1
ok "and says from what to what it maps" says 'from ClinicProcedure to ActivityDefinition'
ok "the list is mapped" line 2
ok "to what the clinic expects" cmp "$scratch/out" expected.ndjson
ok "the list is loaded" line 3
ok "in R4 and R5" says '2 loaded, 0 refused: 4 resources created, 0 updated, 0 unchanged'
ok "the same records as XML and JSON are loaded" line 4
ok "and are nothing new" says '3 loaded, 0 refused: 0 resources created, 0 updated, 6 unchanged'
ok "a record is mapped without configuration" line 5
ok "to the same resource" sh -c 'tr -d " \n" <"$1" >"$1.one"; head -n 1 expected.ndjson | tr -d " \n" | cmp - "$1.one"' - "$scratch/out"
ok "the XML list is mapped to the same" sh -c 'cannula map --config clinic.yaml --map profiles/maps/clinic/ActivityDefinition.map clinic-list.xml | cmp - expected.ndjson'

cannula convert --version r5 --to xml profiles/structures/ClinicProcedure.json >model.xml
cannula convert --version r5 --to xml profiles/maps/clinic/state.json >state.xml
ok "model and ConceptMap may be XML" exits 0 cannula map --map profiles/maps/clinic/ActivityDefinition.map --model model.xml --concept-map state.xml clinic-17.json
ok "and give the same" sh -c 'tr -d " \n" <"$1" >"$1.one"; head -n 1 expected.ndjson | tr -d " \n" | cmp - "$1.one"' - "$scratch/out"
start_server "$scratch/own/data" --config clinic.yaml || cat "$scratch/server.log"
ok "the server serves them" answers 200 /fhir/r4/ActivityDefinition/p-18
ok "as the map made them" body '"title":"Cast; short arm"'

sed 's/record.minutes/record.minuets/' profiles/maps/clinic/ActivityDefinition.map >wrong.map
ok "a mistake in a map is refused" exits 1 cannula map --check --config clinic.yaml wrong.map
ok "with file, line and column" says 'wrong.map:12:10: ClinicProcedure has no element minuets'
ok "and a hint" says 'did you mean minutes'
sed -e 's/record.minutes/record.minuets/' -e 's/activity.title/activity.titel/' profiles/maps/clinic/ActivityDefinition.map >wrong.map
ok "all mistakes of a map are told at once" exits 1 cannula map --check --config clinic.yaml wrong.map
ok "each where it is" says 'ClinicProcedure has no element minuets'
ok "with what was meant" says 'did you mean title'
ok "and how many they are" says 'wrong.map: 2 mistakes'
sed 's/record.name as name/record.name as name check ($this.length() < 10)/' profiles/maps/clinic/ActivityDefinition.map >strict.map
ok "a record that a check of the map does not let pass" exits 1 cannula map --config clinic.yaml --map strict.map clinic-17.json
ok "is told with the line of the check" says 'error: the check of the map does not hold .strict.map:10'
ok "and is not printed" [ ! -s "$scratch/out" ]
cp -r profiles strict && cp strict.map strict/maps/clinic/ActivityDefinition.map
ok "nor is it loaded" exits 1 sh -c 'sed "s/profiles: .*/profiles: strict/" clinic.yaml >strict.yaml && cannula load --config strict.yaml --data strict-data clinic-17.json'
ok "which is told too" says 'it does not pass the checks of maps/clinic/ActivityDefinition.map'
printf 'id;naem\n1;x\n' >clinic-wrong.csv
ok "a column that the model lacks is refused" exits 1 cannula load --config clinic.yaml --data data clinic-wrong.csv
ok "by its number, with a hint" says 'clinic-wrong.csv:1:2: ClinicProcedure has no element naem'
ok "and the nearest name" says 'did you mean name'
cp clinic-list.csv other.csv
ok "a file that no form fits is refused" exits 1 cannula load --config clinic.yaml --data data other.csv
ok "and it is said what to do" says 'files/NAME.yaml'
ok "--check and --map exclude each other" exits 2 cannula map --check --map wrong.map wrong.map
done_testing
