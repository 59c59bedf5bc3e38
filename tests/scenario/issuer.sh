# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# An issuer of tokens, made with openssl: keys, their public halves as JWK, tokens; and an authority that signs certificates.

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# key NAME : an RSA key. Its public half in DER ends in the modulus (256 bytes) and the exponent 65537 (5 bytes).
key() {
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$scratch/$1.pem" 2>/dev/null
	openssl pkey -in "$scratch/$1.pem" -pubout -outform DER | tail -c 261 | head -c 256 | base64url >"$scratch/$1.n"
}
jwk() { printf '{"kty":"RSA","use":"sig","alg":"RS384","kid":"%s","e":"AQAB","n":"%s"}' "$1" "$(cat "$scratch/$1.n")"; }

# token KEY SECONDS SCOPE : signed by KEY, ending in so many seconds.
token() {
	header=$(printf '{"alg":"RS384","typ":"JWT","kid":"%s"}' "$1" | base64url)
	claims=$(printf '{"iss":"https://issuer.test","aud":"https://gateway.test","client_id":"ehr-7","exp":%d,"scope":"%s"}' \
		$(($(date +%s) + $2)) "$3" | base64url)
	printf '%s.%s.%s' "$header" "$claims" \
		"$(printf '%s.%s' "$header" "$claims" | openssl dgst -sha384 -sign "$scratch/$1.pem" -binary | base64url)"
}

authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout "$scratch/ca.key" -out "$scratch/ca.pem" 2>/dev/null
}

# certificate NAME SUBJECT [EXTENSION]: signed by the authority.
certificate() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$scratch/$1.key" -out "$scratch/$1.csr" 2>/dev/null
	printf '%s\n' "${3:-basicConstraints=CA:FALSE}" >"$scratch/$1.ext"
	openssl x509 -req -in "$scratch/$1.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -days 2 -extfile "$scratch/$1.ext" -out "$scratch/$1.pem" 2>/dev/null
}
