#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Clients from npm: fhir-kit-client and @medplum/core as they were for long and as they are now, and SMART's fhirclient, the last once
# more with a token.
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

# run CLIENT PACKAGE [FLAG] : its program, beside the packages that it imports.
run() {
	NODE_EXTRA_CA_CERTS=$certificate PACKAGE=$2 client "$2" node ${3:+"$3"} "$build/npm/$1.mjs"
}

# run_new CLIENT PACKAGE : with what is newest, which wants a node of 20 or later, and WebSocket, which 20 has by a flag only.
run_new() {
	if node --experimental-websocket -e 'WebSocket' 2>/dev/null; then
		run "$1" "$2" --experimental-websocket
	else
		skip "$2" "node $(node --version) is too old for it"
	fi
}

rm -f "$build"/npm/*.mjs
cp "$here"/*.mjs "$build/npm/"
load_everything
serve
run fhir-kit-client fhir-kit-client
run_new fhir-kit-client fhir-kit-client-2
run medplum @medplum/core
run_new medplum medplum-core-5
run fhirclient fhirclient
ok "the server stops cleanly" stop_server

token_mode 'system/*.cruds'
serve --config "$scratch/token.yaml"
run fhirclient fhirclient
ok "the server stops cleanly again" stop_server
done_testing
