# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What tests of client libraries share: a gateway with everything in it, whose certificate they trust, and the numbering of their cases.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

here=$CANNULA_TOP/tests/clients
# Where the packages go: beside the program, or where another build has them already.
build=${CANNULA_CLIENTS_BUILD:-$PWD/tests/clients/target}
mkdir -p "$build"

# skip_without PROGRAM... : they are what the clients run on.
skip_without() {
	for program in "$@"; do
		command -v "$program" >/dev/null || skip_all "$program is missing: clients that need it were not run"
	done
}

# installed MARK COMMAND... : runs the command unless it has succeeded before for the same packages (the lines of the file MARK). A registry
# that cannot be reached is a reason to skip; packages that are not there, are not what they were or contradict each other are not.
installed() {
	mark=$1
	shift
	cmp -s "$mark" "$build/$(basename "$mark").installed" && return
	"$@" >"$scratch/install.log" 2>&1
	ended=$?
	if [ $ended != 0 ]; then
		reason=$(unreachable "$scratch/install.log")
		[ $ended != 124 ] || reason="it did not come within the time" # of timeout
		[ -z "$reason" ] || skip_all "the package registry cannot be reached: $reason"
		echo "Bail out! the packages of $mark cannot be installed"
		sed 's/^/# /' "$scratch/install.log"
		exit 1
	fi
	cp -f "$mark" "$build/$(basename "$mark").installed"
}

# load_everything : the fixtures and the demonstration payers' policies, into $scratch/data.
load_everything() {
	"$CANNULA" load --config "$CANNULA_TOP/conf/demo.yaml" --data "$scratch/data" "$CANNULA_TOP/fixtures/records" >"$scratch/out" 2>&1 &&
		"$CANNULA" sync --config "$CANNULA_TOP/conf/demo.yaml" --data "$scratch/data" >>"$scratch/out" 2>&1 && return
	echo "Bail out! the fixtures cannot be loaded"
	sed 's/^/# /' "$scratch/out"
	exit 1
}

# serve [FLAG...] : start_server, for clients that know the way by BASE and trust its certificate, $certificate.
serve() {
	if ! start_server "$scratch/data" "$@"; then
		echo "Bail out! the gateway does not serve"
		sed 's/^/# /' "$scratch/server.log"
		exit 1
	fi
	certificate=$scratch/data/development-certificate.pem
	BASE=$base
	export BASE
}

# client NAME COMMAND... : a client's program, which prints `ok - title` or `not ok - title` for each case; they are numbered and named here.
# That it came to its end is a case too.
client() {
	name=$1
	shift
	"$@" >"$scratch/client.out" 2>"$scratch/client.err"
	ended=$?
	awk -v name="$name" -v number="$case_number" '
		/^(not )?ok - / { sub(/ok - /, "ok " ++number " - " name ": ") }
		{ print }' "$scratch/client.out"
	case_number=$((case_number + $(grep -Ec '^(not )?ok - ' "$scratch/client.out")))
	ok "$name: it came to its end" ended_well
}

ended_well() {
	[ "$ended" = 0 ] && return
	echo "exit code $ended"
	cat "$scratch/client.err"
	return 1
}

# ---- who asks ----

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# token_mode SCOPES : a configuration in $scratch/token.yaml whose issuer has one key, and TOKEN, a token of that issuer.
token_mode() {
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$scratch/issuer.pem" 2>/dev/null
	# A public key in DER ends in the modulus (256 bytes) and the exponent 65537 (5 bytes).
	modulus=$(openssl pkey -in "$scratch/issuer.pem" -pubout -outform DER | tail -c 261 | head -c 256 | base64url)
	printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS384","kid":"a","e":"AQAB","n":"%s"}]}' "$modulus" >"$scratch/keys.json"
	cat >"$scratch/token.yaml" <<-YAML
		access:
		  mode: token
		  token:
		    issuer: https://issuer.test
		    audience: https://gateway.test
		    keys: file:keys.json
		    token_endpoint: https://issuer.test/token
	YAML
	signed=$(printf '{"alg":"RS384","typ":"JWT","kid":"a"}' | base64url).$(printf \
		'{"iss":"https://issuer.test","aud":"https://gateway.test","client_id":"ehr","exp":%d,"scope":"%s"}' $(($(date +%s) + 3600)) "$1" | base64url)
	TOKEN=$signed.$(printf '%s' "$signed" | openssl dgst -sha384 -sign "$scratch/issuer.pem" -binary | base64url)
	export TOKEN
}

# certificate_mode SCOPES : a configuration in $scratch/mtls.yaml that knows one client certificate, $scratch/client.pem with client.key.
certificate_mode() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout "$scratch/ca.key" -out "$scratch/ca.pem" 2>/dev/null
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ehr -keyout "$scratch/client.key" -out "$scratch/client.csr" 2>/dev/null
	openssl x509 -req -in "$scratch/client.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -days 2 -out "$scratch/client.pem" 2>/dev/null
	cat >"$scratch/mtls.yaml" <<-YAML
		net:
		  client_certificates: optional
		  client_ca: ca.pem
		access:
		  mode: mtls
		  identities:
		    - subject: CN=ehr
		      scopes: $1
	YAML
}
