#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Operations as a client calls them, and the definitions that the gateway publishes of itself.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

"$CANNULA" load --data "$scratch/data" "$CANNULA_TOP/fixtures/records" 2>"$scratch/err" || cat "$scratch/err"
"$CANNULA" sync --config "$CANNULA_TOP/conf/demo.yaml" --data "$scratch/data" >"$scratch/err" 2>&1
start_server "$scratch/data" || cat "$scratch/server.log"

ok "r4: a plan for a patient" answers 200 '/fhir/r4/PlanDefinition/cpt-22514/$apply?subject=Patient/p1'
ok "r4: it is a care plan with a request group" body '"resourceType":"CarePlan".*"resourceType":"RequestGroup"'
ok "r4: the procedure is ordered" body '"resourceType":"ServiceRequest".*"instantiatesCanonical":\["[^"]*/ActivityDefinition/cpt-22514'
ok "r5: a plan for a patient" answers 200 '/fhir/r5/PlanDefinition/cpt-22514/$apply?subject=Patient/p1'
ok "r5: it is a request orchestration in a Bundle" body '"resourceType":"Bundle".*"resourceType":"RequestOrchestration"'
ok "an activity as XML" answers 200 '/fhir/r4/ActivityDefinition/cpt-22514/$apply?subject=Patient/p1&_format=xml'
ok "it is an order" body '<ServiceRequest'
ok "an order without a subject is refused" answers 400 '/fhir/r4/ActivityDefinition/cpt-22514/$apply'
ok "what it needs is told" body "needs the parameter 'subject'"

# Who the patient is decides what applies, once the gateway holds the patient.
put() {
	answers 201 "/fhir/r4/$1" -X PUT -H 'Content-Type: application/fhir+json' --data "$2"
}
condition='{"kind":"applicability","expression":{"language":"text/fhirpath","expression":"%subject.gender = '"'female'"'"}}'
ok "a patient is kept" put Patient/p1 '{"resourceType":"Patient","id":"p1","gender":"female"}'
ok "a plan with a condition is kept" put PlanDefinition/cond \
	'{"resourceType":"PlanDefinition","id":"cond","status":"active","action":[{"title":"Women only","condition":['"$condition"']}]}'
ok "it is applied to the patient" answers 200 '/fhir/r4/PlanDefinition/cond/$apply?subject=Patient/p1'
ok "the condition holds" body 'Women only'
ok "it is applied to somebody unknown" answers 200 '/fhir/r4/PlanDefinition/cond/$apply?subject=Patient/p2'
ok "the condition does not hold" sh -c '! grep -q "Women only" "$1"' - "$scratch/body"

ok "policies of a procedure" answers 200 '/fhir/r4/PlanDefinition/cpt-22514/$related-policies'
ok "those in force come first, with their groups" body '"id":"alder-ridge-ar-0117".*"id":"alder-ridge-ar-0117-g1"'
ok "a retired one does not come" sh -c '! grep -q "\"id\":\"basalt-bm-1999\"" "$1"' - "$scratch/body"
ok "it does when it is asked for" answers 200 '/fhir/r5/PlanDefinition/$related-policies?code=22514&include=retired&payer=basalt'
ok "as what it is" body '"id":"basalt-bm-1999"'

ok "a good resource is all ok" answers 200 '/fhir/r4/PlanDefinition/cpt-22514/$validate'
ok "it says so" body 'All OK'
ok "a wrong one is answered too" answers 200 '/fhir/r5/Patient/$validate' -H 'Content-Type: application/fhir+json' \
	--data '{"resourceType":"Patient","gender":"x"}'
ok "with its place" body '"expression":\["Patient.gender"\]'

ok "an operation's definition is read" answers 200 /fhir/r4/OperationDefinition/related-policies
ok "a parameter's definition is found by its canonical" \
	answers 200 '/fhir/r4/SearchParameter?url=https://cannula.dev/fhir/SearchParameter/PlanDefinition-code'
ok "once" body '"total":1[,}]'
ok "clients do not write them" answers 405 /fhir/r4/SearchParameter/x -X PUT -H 'Content-Type: application/fhir+json' \
	--data '{"resourceType":"SearchParameter","id":"x"}'
ok "and are told why" body 'published by the gateway'
ok "the server stops cleanly" stop_server
ok "another start finds the definitions made" start_server "$scratch/data"
ok "and serves them" answers 200 /fhir/r5/StructureDefinition/ProcedureDefinition
ok "it stops cleanly again" stop_server
done_testing
