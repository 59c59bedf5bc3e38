#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A page goes in, FHIR comes out over TLS.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

pages=$CANNULA_TOP/fixtures/records
cpt='http://www.ama-assn.org/go/cpt'
"$CANNULA" load --data "$scratch/data" "$pages" 2>"$scratch/err" || cat "$scratch/err"
start_server "$scratch/data" || cat "$scratch/server.log"

for version in r4 r5; do
	for type in PlanDefinition ActivityDefinition ProcedureDefinition; do
		ok "$version: $type is read by id" answers 200 "/fhir/$version/$type/cpt-45378"
		ok "$version: it is that resource" body "\"resourceType\":\"$type\",\"id\":\"cpt-45378\""
		ok "$version: $type is found by code" answers 200 "/fhir/$version/$type?code=$cpt|45378"
		ok "$version: exactly once" body '"total":1[,}]'
	done
	ok "$version: metadata" answers 200 "/fhir/$version/metadata"
	ok "$version: it is a CapabilityStatement" body '"resourceType":"CapabilityStatement"'
done

plan=/fhir/r4/PlanDefinition/cpt-45378
get "$plan" >/dev/null
ok "it is FHIR JSON" header '^content-type: application/fhir\+json'
etag=$(sed -n 's/^[Ee][Tt]ag: *\(.*\)\r$/\1/p' "$scratch/headers")
ok "the ETag is weak and names the version" [ "$etag" = 'W/"1"' ]
ok "If-None-Match gives 304" answers 304 "$plan" -H "If-None-Match: $etag"
ok "another ETag gives the resource" answers 200 "$plan" -H 'If-None-Match: W/"7"'
ok "the version itself is read" answers 200 "$plan/_history/1"
ok "an unknown version is 404" answers 404 "$plan/_history/9"
ok "the outcome helps" body '"resourceType":"OperationOutcome"'
ok "an unknown id is 404" answers 404 /fhir/r4/PlanDefinition/cpt-00000
ok "an unknown type is 404" answers 404 /fhir/r4/PlanDefinitio/cpt-45378
ok "the nearest type is named" body 'PlanDefinition'
ok "an unknown parameter is 400" answers 400 '/fhir/r4/PlanDefinition?nmae=x'
ok "the nearest parameter is named" body 'name'
ok "an unknown path is 404" answers 404 /nothing
ok "a method that is wrong is refused" answers 405 "$plan/_history/1" -X DELETE
ok "what is allowed is told" header '^allow: '
ok "HEAD has no body" answers 200 "$plan" -I
ok "XML is served" answers 200 "$plan" -H 'Accept: application/fhir+xml'
ok "it is FHIR XML" body '<PlanDefinition xmlns="http://hl7.org/fhir"><id value="cpt-45378"/>'
ok "health answers" answers 200 /health

for query in "_id=cpt-45378" "url=https://localhost:8443/fhir/PlanDefinition/cpt-45378" "code=45378" "status=active&code=45378" "version=1&_id=cpt-45378"; do
	answers 200 "/fhir/r4/PlanDefinition?$query" >/dev/null
	ok "search by $query finds it" body '"id":"cpt-45378"'
done

# Every plan is met once over pages of two.
walk() {
	next="/fhir/r4/PlanDefinition?_count=2"
	: >"$scratch/ids"
	while [ -n "$next" ]; do
		answers 200 "$next" || return 1
		grep -o '"resourceType":"PlanDefinition","id":"[^"]*"' "$scratch/body" >>"$scratch/ids"
		next=$(sed -n 's|.*"relation":"next","url":"https://[^/]*\([^"]*\)".*|\1|p' "$scratch/body")
	done
	sort "$scratch/ids" | uniq -d | grep . && return 1
	echo "$(wc -l <"$scratch/ids") of $(find "$pages" -name '*.txt' | wc -l)"
	[ "$(wc -l <"$scratch/ids")" = "$(find "$pages" -name '*.txt' | wc -l)" ]
}
ok "paging meets every plan once" walk
ok "TLS 1.1 is refused" sh -c '! "$CURL" -sk --tls-max 1.1 -o /dev/null "$1"' - "$base/health"
ok "a load beside the server is seen" sh -c '"$CANNULA" load --data "$1" --code cpt:45379 "$2"' - "$scratch/data" "$(find "$pages" -name '*-45378.txt' | head -n 1)"
ok "the new plan is served" wait_until answers 200 /fhir/r4/PlanDefinition/cpt-45379
ok "the server stops cleanly" stop_server
done_testing
