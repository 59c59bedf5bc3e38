#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One process, four ways in, each with its own way of asking who asks: tokens, certificates, nobody at a loopback address and at a
# unix socket.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"
. "$CANNULA_TOP/tests/scenario/issuer.sh"
command -v openssl >/dev/null || skip_all "openssl is missing"

plan=/fhir/r4/PlanDefinition/cpt-45378
"$CANNULA" load --data "$scratch/data" "$CANNULA_TOP/fixtures/records/colonoscopy" 2>"$scratch/err" || cat "$scratch/err"

key issuer
printf '{"keys":[%s]}' "$(jwk issuer)" >"$scratch/keys.json"
authority
certificate ehr "/O=Clinic/CN=ehr"
certificate stranger "/CN=stranger"
cat >"$scratch/three.yaml" <<YAML
net:
  client_ca: ca.pem
  listeners:
    - listen: 127.0.0.1:0
      access: mtls
      client_certificates: optional
    - listen: 127.0.0.1:0
      plain: yes
      access: open
    - { listen: "unix:$scratch/socket", plain: yes, access: open }
access:
  mode: token
  loopback_metrics: yes
  identities:
    - subject: CN=ehr,O=Clinic
      scopes: system/PlanDefinition.rs
  token:
    issuer: https://issuer.test
    audience: https://gateway.test
    keys: file:keys.json
    token_endpoint: https://issuer.test/token
YAML
ok "the configuration is well-formed" exits 0 "$CANNULA" check-config "$scratch/three.yaml"

"$CANNULA" serve --data "$scratch/data" --config "$scratch/three.yaml" --listen 127.0.0.1:0 2>"$scratch/server.log" &
server=$!
wait_until grep -q "serving on unix:$scratch/socket" "$scratch/server.log" || cat "$scratch/server.log"
# where MODE SCHEME: the address that the log says is served so.
where() { sed -n "s,.*serving on port [0-9]*: \\($2://localhost:[0-9]*\\)/.*(access: $1)\$,\\1,p" "$scratch/server.log"; }
tokens=$(where token https) certificates=$(where mtls https) nobody=$(where open http)
at() { base=$1; shift; answers "$@"; }
bearer="Authorization: Bearer $(token issuer 300 'system/PlanDefinition.rs')"
ehr() { at "$@" --cert "$scratch/ehr.pem" --key "$scratch/ehr.key"; }
stranger() { at "$@" --cert "$scratch/stranger.pem" --key "$scratch/stranger.key"; }
write() { at "$@" -X PUT -H 'Content-Type: application/fhir+json' -d '{}'; }

# ---- what each lets in, and nothing else ----

ok "at the first, a token is asked for" at "$tokens" 401 "$plan"
ok "in its words" header '^www-authenticate: Bearer realm="cannula"'
ok "and taken" at "$tokens" 200 "$plan" -H "$bearer"
ok "for its scope" write "$tokens" 403 "$plan" -H "$bearer"
ok "which is named" header '^www-authenticate: .*error="insufficient_scope"'
ok "a certificate is none" ehr "$tokens" 401 "$plan"
ok "at the second, a certificate is asked for" at "$certificates" 403 "$plan"
ok "not in the words of tokens" sh -c '! grep -qi ^www-authenticate: "$1"' - "$scratch/headers"
ok "and taken" ehr "$certificates" 200 "$plan"
ok "for its scope" write "$certificates" 403 "$plan" --cert "$scratch/ehr.pem" --key "$scratch/ehr.key"
ok "a stranger's is not" stranger "$certificates" 403 "$plan"
ok "nor is a token" at "$certificates" 403 "$plan" -H "$bearer"
ok "a token with a stranger's certificate is not either" stranger "$certificates" 403 "$plan" -H "$bearer"
ok "at the third, nobody is asked" at "$nobody" 200 "$plan"
ok "at the unix socket neither" at http://localhost 200 "$plan" --unix-socket "$scratch/socket"

# ---- what they say of themselves ----

ok "the first tells of tokens" at "$tokens" 200 /fhir/r4/metadata
ok "in its statement" body '"code":"SMART-on-FHIR"'
ok "and by discovery" at "$tokens" 200 /fhir/r4/.well-known/smart-configuration
ok "the second tells of certificates" at "$certificates" 200 /fhir/r4/metadata
ok "in its statement" body '"code":"Certificates"'
ok "and has no discovery of tokens" at "$certificates" 404 /fhir/r4/.well-known/smart-configuration
ok "the third says that it asks nobody" at "$nobody" 200 /fhir/r4/metadata
ok "in its statement" body 'Nobody is asked who they are'
ok "metrics are for this machine at each" at "$tokens" 200 /metrics
ok "of them" at "$certificates" 200 /metrics

# ---- a reload ----

sed -i -e 's/client_certificates: optional/client_certificates: required/' -e 's/CN=ehr,O=Clinic/CN=stranger/' "$scratch/three.yaml"
kill -HUP "$server"
cut_off() { ! get "$plan" >/dev/null; }
base=$certificates
ok "a listener that insists cuts off whoever has none" wait_until cut_off
ok "and knows whom the configuration names now" stranger "$certificates" 200 "$plan"
ok "and whom it does not" ehr "$certificates" 403 "$plan"
ok "the others are as they were" at "$tokens" 200 "$plan" -H "$bearer"
ok "that all was taken is told" wait_until grep -q 'info reloaded' "$scratch/server.log"
ok "without a word of a restart" sh -c '! grep -q "takes effect when" "$1"' - "$scratch/server.log"
sed -i -e 's/access: mtls/access: token/' -e 's/CN=stranger/CN=nobody/' "$scratch/three.yaml"
kill -HUP "$server"
ok "another mode needs one" wait_until grep -q 'net.listeners.access has changed; that takes effect when' "$scratch/server.log"
ok "until then all stays" wait_until grep -q 'no listener has mode mtls any more, which one here still has' "$scratch/server.log"
ok "for tokens" at "$tokens" 200 "$plan" -H "$bearer"
ok "and for certificates" stranger "$certificates" 200 "$plan"
ok "the server stops cleanly" stop_server

# ---- what is refused ----

sed -e 's/access: token/access: mtls/' -e '/client_certificates/d' "$scratch/three.yaml" >"$scratch/deaf.yaml"
ok "certificates that nobody asks for are told by line" refuses 2 'deaf.yaml:4: net.listeners: access is mtls' "$CANNULA" check-config "$scratch/deaf.yaml"
sed -e '0,/listen: 127.0.0.1:0/s//listen: "*:0"/;s/access: token/access: open/' "$scratch/three.yaml" >"$scratch/wide.yaml"
ok "a further listener that is open to everybody is refused" refuses 2 'could reach the gateway at \*:0, and access is open there' "$CANNULA" serve --data "$scratch/data" --config "$scratch/wide.yaml" --listen 127.0.0.1:0
done_testing
