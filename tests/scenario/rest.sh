#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A client writes: over TLS, with curl, in JSON and XML, alone and in Bundles; and another client asks afterwards.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

start_server "$scratch/data" || cat "$scratch/server.log"
ok "who trusts the certificate needs no -k" "$CURL" -sf --cacert "$scratch/data/development-certificate.pem" -o "$scratch/body" "$base/fhir/r4/metadata"
json='Content-Type: application/fhir+json'

library() { # ID TITLE STATUS
	printf '{"resourceType":"Library","id":"%s","url":"https://example.org/Library/%s","version":"1","title":"%s","status":"%s","type":{"text":"t"}}' \
		"$1" "$1" "$2" "$3"
}

put() { # STATUS BASE ID BODY [CURL ARGUMENT...]
	status=$1 version=$2 id=$3 body=$4
	shift 4
	answers "$status" "/fhir/$version/Library/$id" -X PUT -H "$json" --data-binary "$body" "$@"
}

for version in r4 r5; do
	ok "$version: an update creates" put 201 $version a "$(library a One draft)"
	ok "$version: it says where" header "^location: $base/fhir/$version/Library/a/_history/1"
	ok "$version: another makes a version" put 200 $version a "$(library a Two draft)" -H 'If-Match: W/"1"'
	ok "$version: an old If-Match is refused" put 412 $version a "$(library a Three draft)" -H 'If-Match: W/"1"'
	ok "$version: the browser may read the ETag" header '^access-control-expose-headers: .*ETag.*Location'
	ok "$version: a create gives an id" answers 201 "/fhir/$version/Library" -H "$json" --data-binary "$(library x Made draft | sed 's|Library/x|Library/made|')"
	ok "$version: by condition only once" answers 200 "/fhir/$version/Library" -H "$json" -H 'If-None-Exist: url=https://example.org/Library/made' \
		--data-binary "$(library x Made draft | sed 's|Library/x|Library/made|')"
	ok "$version: a JSON Patch" answers 200 "/fhir/$version/Library/a" -X PATCH -H 'Content-Type: application/json-patch+json' \
		--data-binary '[{"op":"replace","path":"/title","value":"Patched"}]'
	ok "$version: the version before is still there" answers 200 "/fhir/$version/Library/a/_history/2"
	ok "$version: as it was" body '"title":"Two"'
	ok "$version: the history has all three" answers 200 "/fhir/$version/Library/a/_history"
	ok "$version: and counts them" body '"total":3'
	ok "$version: XML" answers 200 "/fhir/$version/Library/a?_format=xml"
	ok "$version: with the patched title" body '<title value="Patched"/>'
	cp "$scratch/body" "$scratch/a.xml"
	ok "$version: what came as XML goes back as XML" answers 200 "/fhir/$version/Library/a" -X PUT -H 'Content-Type: application/fhir+xml' \
		--data-binary "@$scratch/a.xml"
	ok "$version: and is the same version" header '^etag: W/"3"'
	ok "$version: a delete" answers 204 "/fhir/$version/Library/a" -X DELETE
	ok "$version: is told" answers 410 "/fhir/$version/Library/a"
	ok "$version: a resource that breaks a rule is refused" put 422 $version b '{"resourceType":"Library","id":"b","status":"done","type":{"text":"t"}}'
	ok "$version: the outcome says where" body 'Library.status'
	ok "$version: and nothing is there" answers 404 "/fhir/$version/Library/b"
done

cat >"$scratch/transaction.json" <<'END'
{"resourceType":"Bundle","type":"transaction","entry":[
 {"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"Organization","name":"Payer"},
  "request":{"method":"POST","url":"Organization","ifNoneExist":"name=Payer"}},
 {"resource":{"resourceType":"Library","id":"policy","status":"active","type":{"text":"t"},
   "subjectReference":{"reference":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}},
  "request":{"method":"PUT","url":"Library/policy"}},
 {"request":{"method":"GET","url":"Organization?name=Payer"}}]}
END
ok "a transaction to the base without slash" answers 200 /fhir/r4 -H 'Content-Type: application/json' --data-binary "@$scratch/transaction.json"
ok "answers all entries" body '"type":"transaction-response"'
ok "and with slash" answers 200 /fhir/r4/ -H "$json" --data-binary "@$scratch/transaction.json"
ok "which creates nobody again" body '"total":1'
ok "the link was made" answers 200 /fhir/r4/Library/policy
ok "to the organization" body '"reference":"Organization/[0-9a-f-]*"'
sed 's/"active"/"done"/' "$scratch/transaction.json" >"$scratch/broken.json"
ok "a transaction with one wrong entry is refused" answers 422 /fhir/r4 -H "$json" --data-binary "@$scratch/broken.json"
ok "the entry is named" body 'Bundle.entry\[1\]'

ok "a definition does not go back to draft" put 201 r5 life "$(library life L active)"
ok "it is refused" put 422 r5 life "$(library life L draft)"
ok "nor changes under its version" put 409 r5 life "$(library life M active)"

ok "a browser gets a page" answers 200 /fhir/r4/Library/policy -H 'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
ok "that may load nothing" header "^content-security-policy: default-src 'none'"
ok "a preflight is answered" answers 204 /fhir/r4/Library/policy -X OPTIONS -H 'Origin: https://app.example' -H 'Access-Control-Request-Method: PUT'
ok "with the methods" header '^access-control-allow-methods: .*PUT.*PATCH.*DELETE'
ok "a body of another kind is refused" answers 415 /fhir/r4/Library -H 'Content-Type: text/csv' --data-binary 'a,b'
ok "another FHIR version is not acceptable" answers 406 /fhir/r4/Library/policy -H 'Accept: application/fhir+json; fhirVersion=5.0'
ok "the server stops cleanly" stop_server
done_testing
