#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An issuer that publishes its keys by https, changes them, is down for a while, and moves.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"
. "$CANNULA_TOP/tests/scenario/issuer.sh"
command -v openssl >/dev/null || skip_all "openssl is missing"

plan=/fhir/r4/PlanDefinition/cpt-45378
"$CANNULA" load --data "$scratch/data" "$CANNULA_TOP/fixtures/records/colonoscopy" 2>"$scratch/err" || cat "$scratch/err"

# ---- the issuer's server: openssl answers with files that are whole replies ----

publish() { # FILE SECONDS KEY...: to be kept so many seconds
	file=$1 seconds=$2 set=
	shift 2
	for key in "$@"; do set="$set${set:+,}$(jwk "$key")"; done
	printf 'HTTP/1.0 200 OK\r\nContent-Type: application/jwk-set+json\r\nCache-Control: public, max-age=%s\r\n\r\n{"keys":[%s]}' \
		"$seconds" "$set" >"$scratch/reply"
	mv "$scratch/reply" "$scratch/www/$file"
}

issuer=
start_issuer() { # PORT
	: >"$scratch/issuer.log"
	(cd "$scratch/www" && exec openssl s_server -HTTP -accept "127.0.0.1:$1" -cert ../issuer.pem -key ../issuer.key) >"$scratch/issuer.log" 2>&1 </dev/null &
	issuer=$!
	wait_until grep -q '^ACCEPT' "$scratch/issuer.log" || { cat "$scratch/issuer.log"; return 1; }
	port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$scratch/issuer.log" | head -1)
}
stop_issuer() {
	kill "$issuer" 2>/dev/null
	wait "$issuer" 2>/dev/null
	issuer=
}
trap 'stop_issuer; finish' EXIT

authority
certificate issuer /CN=issuer "subjectAltName=DNS:localhost,IP:127.0.0.1"
for name in first second third; do key $name; done
mkdir "$scratch/www"
publish keys.json 1 first
start_issuer 0
cat >"$scratch/token.yaml" <<YAML
fetch:
  ca_file: ca.pem
access:
  mode: token
  token:
    issuer: https://issuer.test
    audience: https://gateway.test
    keys: https://127.0.0.1:$port/keys.json
    token_endpoint: https://issuer.test/token
    min_key_age: 1 s
    key_retry: 1 s
YAML
logged() { wait_until grep -Eq "$1" "$scratch/server.log" || { cat "$scratch/server.log"; return 1; }; }
bearing() { # KEY STATUS: a token that was not seen before
	serial=$((${serial:-0} + 1))
	answers "$2" "$plan" -H "Authorization: Bearer $(token "$1" $((300 + serial)) 'system/*.rs')"
}

# ---- what clients and the operator see ----

start_server "$scratch/data" --config "$scratch/token.yaml" || cat "$scratch/server.log"
ok "keys come by https" bearing first 200
ok "others are none" bearing second 401
publish keys.json 3600 second
ok "what may be kept for a second is looked up after it: a key that is gone opens nothing" wait_until bearing first 401
ok "the new one does" bearing second 200
stop_issuer
ok "while the issuer is down its keys stay" bearing second 200
unknown_and_told() { bearing third 401 && grep -q "the issuer's keys cannot be had: .*; the last good ones are used" "$scratch/server.log"; }
ok "an unknown one is refused, and the operator told why it cannot be looked up" wait_until unknown_and_told
ok "and its keys stay" bearing second 200
ok "the gateway is ready" answers 200 /health/ready
publish keys.json 3600 second third
start_issuer "$port"
ok "when it is back its new key is found" wait_until bearing third 200
ok "which is told" logged 'the keys at https://127.0.0.1:[0-9]*/keys.json are there again'

# ---- it moves ----

sed -i 's/keys\.json/moved.json/' "$scratch/token.yaml"
kill -HUP "$server"
ok "a reload needs keys" logged 'reload: nothing was changed'
ok "without them all stays" bearing second 200
publish moved.json 3600 first
kill -HUP "$server"
ok "with them they count" wait_until bearing first 200
ok "and the former ones do not" bearing second 401
publish moved.json 3600 second
kill -HUP "$server"
ok "SIGHUP looks for keys, too" wait_until bearing second 200
ok "the server stops cleanly" stop_server
done_testing
