#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Clients from PyPI: fhirpy, the same with a client certificate, and SMART's fhirclient, the same with a token.
. "${CANNULA_TOP:-.}/tests/clients/lib.sh"
skip_without python3 openssl
python3 -c 'import ensurepip, venv' 2>/dev/null || skip_all "python3-venv is missing: clients that need it were not run"

pip_install() { # wheels only: nothing is to be compiled here
	python3 -m venv --clear "$build/python" &&
		"$build/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --retries 1 -r "$here/requirements.txt"
}
installed "$here/requirements.txt" pip_install

# run CLIENT
run() {
	REQUESTS_CA_BUNDLE=$certificate PYTHONDONTWRITEBYTECODE=1 client "$1" "$build/python/bin/python" "$here/$1_client.py"
}

load_everything
serve
run fhirpy
run fhirclient
ok "the server stops cleanly" stop_server

certificate_mode 'system/*.cruds'
serve --config "$scratch/mtls.yaml"
CLIENT_CERTIFICATE=$scratch/client.pem CLIENT_KEY=$scratch/client.key
export CLIENT_CERTIFICATE CLIENT_KEY
run fhirpy
ok "the server stops cleanly again" stop_server

token_mode 'system/*.cruds'
serve --config "$scratch/token.yaml"
run fhirclient
ok "and a third time" stop_server
done_testing
