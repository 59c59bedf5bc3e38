# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What is served: a certificate, a store of 100,000 procedures, tokens. Needs $work, $data, $records.

make_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
}

# FILE LINE... : a configuration. One loop unless it says otherwise, as nginx has one worker; idle connections stay.
configure() {
	file=$1
	shift
	cat >"$file" <<YAML
net:
  certificate: $work/cert.pem
  private_key: $work/key.pem
  idle_timeout: 30 min
YAML
	for line in "$@"; do echo "$line" >>"$file"; done
}

# The store is kept for the next run, under a name that changes with the pages and the tables. They go through the maps as any page
# does, so all that a procedure becomes is there in both versions; that takes minutes, once.
load_procedures() {
	made_by=$(cat "$CANNULA_TOP/tests/bench/pages.awk" "$CANNULA_TOP/gateway/store/layout.c" | cksum | cut -d' ' -f1)
	store=$data/store-$records-$made_by
	if [ -e "$store/loaded" ]; then
		# A page that is known already: nothing is written, but a store of an earlier build is brought up to date.
		"$CANNULA" load --data "$store" "$store/page" >"$work/load.log" 2>&1
		return
	fi
	for other in "$data/store-$records-"*; do [ "$other" = "$store" ] || rm -rf "$other"; done
	mkdir -p "$store/page"
	say "loading $records procedures into $store; this takes minutes, once"
	awk -v count="$records" -v dir="$store/pages" -f "$CANNULA_TOP/tests/bench/pages.awk"
	printf 'store:\n  cache: 512 MiB\n' >"$work/load.yaml"
	began=$(date +%s.%N)
	"$CANNULA" load --config "$work/load.yaml" --data "$store" "$store/pages" >"$work/load.log" 2>&1 || return 1
	echo "$began $(date +%s.%N) $records" |
		awk '{ printf "bench: %d records loaded in %.0f s: %.0f a second, on one core\n", $3, $2 - $1, $3 / ($2 - $1) }'
	mv "$store/pages/000/procedure-$(code_of 17).txt" "$store/page"
	rm -rf "$store/pages"
	: >"$store/loaded"
}

# The code of page N, as pages.awk makes it.
code_of() { awk -v n="$1" 'BEGIN { printf "%c%04d\n", 65 + int(n / 10000), n % 10000 }'; }

# PATH-BEFORE-THE-CODE : what searches for 5000 of the procedures ask, spread over all of them.
search_paths() {
	awk -v records="$records" -v start="$1" 'BEGIN {
		for (i = 0; i < 5000; i++) { n = (i * 7919) % records; printf "%s%c%04d\n", start, 65 + int(n / 10000), n % 10000 }
	}'
}

# ---- tokens -------------------------------------------------------------------------------------------------------------------

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# Sets $token: signed by a key that $work/keys.json publishes. A public key in DER ends in modulus (256 bytes) and exponent (5).
make_token() {
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/issuer.pem" 2>/dev/null
	modulus=$(openssl pkey -in "$work/issuer.pem" -pubout -outform DER | tail -c 261 | head -c 256 | base64url)
	printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS384","kid":"1","e":"AQAB","n":"%s"}]}' "$modulus" >"$work/keys.json"
	head=$(printf '{"alg":"RS384","typ":"JWT","kid":"1"}' | base64url)
	claims=$(printf '{"iss":"https://issuer.test","aud":"https://gateway.test","client_id":"ehr","exp":%d,"scope":"system/*.rs"}' \
		$(($(date +%s) + 3600)) | base64url)
	token=$head.$claims.$(printf '%s.%s' "$head" "$claims" | openssl dgst -sha384 -sign "$work/issuer.pem" -binary | base64url)
}
