#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Clients from npm: fhir-kit-client, @medplum/core, and SMART's fhirclient, the last once more with a token.
. "${CANNULA_TOP:-.}/tests/clients/lib.sh"
skip_without node npm openssl

npm_ci() { # from what was downloaded once, if that is everything
	for file in package.json package-lock.json; do
		rm -f "$build/npm/$file"
		cp "$here/$file" "$build/npm/" || return
	done
	set -- --prefix "$build/npm" --omit=optional --omit=peer --legacy-peer-deps --ignore-scripts --no-audit --no-fund --fetch-retries=1
	npm ci --offline "$@" >/dev/null 2>&1 || npm ci "$@"
}
mkdir -p "$build/npm"
installed "$here/package-lock.json" npm_ci

# run CLIENT : its program, beside the packages that it imports.
run() {
	NODE_EXTRA_CA_CERTS=$certificate client "$1" node "$build/npm/$1.mjs"
}

rm -f "$build"/npm/*.mjs
cp "$here"/*.mjs "$build/npm/"
load_everything
serve
run fhir-kit-client
run medplum
run fhirclient
ok "the server stops cleanly" stop_server

token_mode 'system/*.cruds'
serve --config "$scratch/token.yaml"
run fhirclient
ok "the server stops cleanly again" stop_server
done_testing
