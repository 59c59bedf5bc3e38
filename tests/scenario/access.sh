#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Who may do what, with real certificates and tokens; what is told of it in the log and in the metrics.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"
. "$CANNULA_TOP/tests/scenario/issuer.sh"
command -v openssl >/dev/null || skip_all "openssl is missing"

plan=/fhir/r4/PlanDefinition/cpt-45378
"$CANNULA" load --data "$scratch/data" "$CANNULA_TOP/fixtures/records/colonoscopy" 2>"$scratch/err" || cat "$scratch/err"

key first
key second
printf '{"keys":[%s]}' "$(jwk first)" >"$scratch/keys.json"
cat >"$scratch/token.yaml" <<YAML
access:
  mode: token
  token:
    issuer: https://issuer.test
    audience: https://gateway.test
    keys: file:keys.json
    token_endpoint: https://issuer.test/token
    key_retry: 1 s
YAML
ok "the configuration is well-formed" exits 0 "$CANNULA" check-config "$scratch/token.yaml"

# ---- tokens ----

start_server "$scratch/data" --config "$scratch/token.yaml" || cat "$scratch/server.log"
reader=$(token first 300 "system/PlanDefinition.rs")
ok "without a token there is no answer" answers 401 "$plan"
ok "what to send is told" header '^www-authenticate: Bearer realm="cannula"'
ok "it is an OperationOutcome" body '"resourceType":"OperationOutcome".*"code":"login"'
cp "$scratch/body" "$scratch/refusal"
ok "what is not there is refused alike" answers 401 /fhir/r4/PlanDefinition/cpt-00000
ok "to the byte" cmp "$scratch/refusal" "$scratch/body"
ok "with a token there is" answers 200 "$plan" -H "Authorization: Bearer $reader"
ok "again, from memory" answers 200 "$plan" -H "Authorization: Bearer $reader"
ok "a search too" answers 200 "/fhir/r4/PlanDefinition?code=45378" -H "Authorization: Bearer $reader"
ok "another type needs another scope" answers 403 /fhir/r4/ActivityDefinition/cpt-45378 -H "Authorization: Bearer $reader"
ok "which is named" header '^www-authenticate: .*error="insufficient_scope".*scope="system/ActivityDefinition.r"'
ok "writing does" answers 403 "$plan" -X PUT -H "Authorization: Bearer $reader" -H 'Content-Type: application/fhir+json' -d '{}'
ok "an expired token is refused" answers 401 "$plan" -H "Authorization: Bearer $(token first -300 'system/*.rs')"
ok "as what it is" header '^www-authenticate: .*error="invalid_token", error_description="The token has expired"'
ok "a key that is not published is refused" answers 401 "$plan" -H "Authorization: Bearer $(token second 300 'system/*.rs')"
printf '{"keys":[%s,%s]}' "$(jwk first)" "$(jwk second)" >"$scratch/keys.json"
ok "until it is" wait_until answers 200 "$plan" -H "Authorization: Bearer $(token second 300 'system/*.rs')"
ok "metadata asks nobody" answers 200 /fhir/r4/metadata
ok "clients are told where to get tokens" answers 200 /fhir/r4/.well-known/smart-configuration
ok "and for which scopes" body '"token_endpoint":"https://issuer.test/token".*"system/PlanDefinition.cruds"'

# ---- bodies ----

head -c 10000000 /dev/zero >"$scratch/long"
# sent LIMIT CURL ARGUMENT... : of a body that nobody may send, at most so much was sent before the answer came.
sent() {
	limit=$1
	shift
	told=$("$CURL" -sk -o "$scratch/body" -D "$scratch/headers" -w '%{http_code} %{size_upload}' --data-binary @"$scratch/long" \
		-H 'Content-Type: application/fhir+json' "$@" "$base/fhir/r4/Library")
	echo "status and bytes: $told"
	[ "${told% *}" = 401 ] && [ "${told#* }" -le "$limit" ]
}
ok "without a token no body is asked for" sent 0 --http1.1 -H 'Expect: 100-continue'
ok "but told why" body '"resourceType":"OperationOutcome".*"code":"login"'
ok "with what cannot be one neither" sent 0 --http1.1 -H 'Expect: 100-continue' -H 'Authorization: Bearer nonsense'
ok "nor with one that has expired" sent 0 --http1.1 -H 'Expect: 100-continue' -H "Authorization: Bearer $(token first -300 'system/*.cruds')"
ok "who sends without asking is stopped" sent 9999999 --http1.1 -H 'Expect:'
ok "by HTTP/2, too" sent 9999999 --http2 -H 'Expect:'
ok "where no body is asked for either" sent 0 --http2 -H 'Expect: 100-continue'

# ---- what is told of it ----

logged() { wait_until grep -Eq "access id=.*$1" "$scratch/server.log" || { cat "$scratch/server.log"; return 1; }; }
ok "the log names who read what" logged ' http=[12][.0-9]* principal=ehr-7 method=GET interaction=read type=PlanDefinition path=/fhir/r4/PlanDefinition/cpt-45378 .* status=200 in=0 out=[0-9]+ us=[0-9]+$'
ok "and who was refused" logged ' principal=- method=GET interaction=read type=PlanDefinition .* status=401 '
ok "before a body came" logged ' principal=- method=POST interaction=create type=Library path=/fhir/r4/Library parameters=- status=401 in=0 '
ok "of queries the names only" logged ' interaction=search-type .* parameters=code status=200 '
ok "no token is in it" sh -c '! grep -q "$1" "$2"' - "$(echo "$reader" | cut -d. -f3 | cut -c1-40)" "$scratch/server.log"

ok "metrics ask who asks" answers 401 /metrics
ok "and answer who is known" answers 200 /metrics -H "Authorization: Bearer $reader"
ok "in Prometheus's text format" header '^content-type: text/plain; version=0.0.4'
ok "requests are counted" body '^cannula_requests_total\{interaction="read",status="2xx"\} [1-9]'
ok "refusals too" body '^cannula_requests_total\{interaction="read",status="4xx"\} [1-9]'
ok "handshakes too" body '^cannula_tls_handshakes_total\{result="full"\} [1-9]'
ok "reads from memory too" body '^cannula_cache_hits_total [1-9]'
certificate_end=$(date -d "$(openssl x509 -in "$scratch/data/development-certificate.pem" -noout -enddate | cut -d= -f2)" +%s)
ok "when the certificate ends is told" body "^cannula_certificate_not_after_seconds $certificate_end\$"
ok "and the process" body '^process_resident_memory_bytes [1-9][0-9]{6}'
ok "health answers to anybody" answers 200 /health/live
ok "as ready" answers 200 /health/ready
ok "the server stops cleanly" stop_server

# ---- certificates ----

authority
certificate subject "/O=Clinic/CN=ehr"
certificate named "/CN=whoever" "subjectAltName=DNS:ehr.example.org"
certificate printed "/CN=printed"
certificate stranger "/CN=stranger"
cat >"$scratch/mtls.yaml" <<YAML
net:
  client_certificates: optional
  client_ca: ca.pem
access:
  mode: mtls
  identities:
    - subject: CN=ehr,O=Clinic
      scopes: system/PlanDefinition.rs
    - san: dns:EHR.example.org
      name: named
      scopes: system/*.read
    - fingerprint: $(openssl x509 -in "$scratch/printed.pem" -noout -fingerprint -sha256 | cut -d= -f2)
      scopes: [system/ActivityDefinition.r]
YAML
as() { name=$1; shift; answers "$@" --cert "$scratch/$name.pem" --key "$scratch/$name.key"; }
start_server "$scratch/data" --config "$scratch/mtls.yaml" || cat "$scratch/server.log"
ok "without a certificate there is no answer" answers 403 "$plan"
ok "a subject is known" as subject 200 "$plan"
ok "for its type" as subject 403 /fhir/r4/ActivityDefinition/cpt-45378
ok "a subject alternative name is known" as named 200 /fhir/r4/ActivityDefinition/cpt-45378
ok "a fingerprint is known" as printed 200 /fhir/r4/ActivityDefinition/cpt-45378
ok "for its interaction" as printed 403 '/fhir/r4/ActivityDefinition?code=45378'
ok "a stranger is not, although the authority signed" as stranger 403 "$plan"
sed -e 's/CN=ehr,O=Clinic/CN=stranger/' -e 's/^\( *\)mode: mtls/&\n\1loopback_metrics: yes/' "$scratch/mtls.yaml" >"$scratch/new.yaml"
cp "$scratch/mtls.yaml" "$scratch/old.yaml"
mv "$scratch/new.yaml" "$scratch/mtls.yaml"
kill -HUP "$server"
ok "identities are read anew" wait_until as stranger 200 "$plan"
ok "and those that are gone are" as subject 403 "$plan"
ok "what is not is told" wait_until grep -q 'access.loopback_metrics has changed; that takes effect when' "$scratch/server.log"
mv "$scratch/old.yaml" "$scratch/mtls.yaml"
kill -HUP "$server"
ok "back again, too" wait_until as subject 200 "$plan"
sed 's/subject: CN=ehr,O=Clinic/subject: [/' "$scratch/mtls.yaml" >"$scratch/new.yaml"
mv "$scratch/new.yaml" "$scratch/mtls.yaml"
kill -HUP "$server"
ok "what cannot be read changes nothing" wait_until grep -q 'reload: nothing was changed' "$scratch/server.log"
ok "nothing" as subject 200 "$plan"
ok "the log has the names" logged ' principal="CN=ehr,O=Clinic" '
ok "or those that the operator gave" logged ' principal=named '
ok "the server stops cleanly" stop_server
printf 'access:\n  mode: mtls\n  identities:\n    - subject: CN=a\n      scopes: system/*.rs\n' >"$scratch/deaf.yaml"
ok "certificates that nobody asks for are told" refuses 2 'net.client_certificates' "$CANNULA" check-config "$scratch/deaf.yaml"

# ---- open ----

printf 'access:\n  open_anywhere: yes\n' >"$scratch/open.yaml"
ok "open to everybody is refused" refuses 2 'nobody is asked who they are' "$CANNULA" serve --data "$scratch/data" --listen 0.0.0.0:0
rm "$scratch/server.log"
"$CANNULA" serve --data "$scratch/data" --config "$scratch/open.yaml" --listen '*:0' 2>"$scratch/server.log" &
server=$!
wait_until grep -q 'serving on port' "$scratch/server.log" || cat "$scratch/server.log"
base=https://127.0.0.1:$(sed -n 's/.*serving on port \([0-9]*\).*/\1/p' "$scratch/server.log")
ok "unless it is wanted" answers 200 "$plan"
ok "and said loudly" grep -q 'warn access is open: everybody' "$scratch/server.log"
ok "the server stops cleanly" stop_server
printf 'access:\n  loopback_metrics: yes\n  mode: mtls\n  identities:\n    - subject: CN=a\n      scopes: system/*.sr\n' >"$scratch/bad.yaml"
ok "scopes that are none are told by line" refuses 2 "bad.yaml:5: access.identities: scope 'system/\*.sr'" "$CANNULA" check-config "$scratch/bad.yaml"
done_testing
