# SPDX-License-Identifier: Apache-2.0
# Real clients against the real program. Their packages are kept in tests/clients/target, or in the directory CANNULA_CLIENTS_BUILD.
client_tests = \
	tests/clients/h2spec.sh \
	tests/clients/maven.sh \
	tests/clients/npm.sh \
	tests/clients/python.sh \
	tests/clients/testssl.sh
TESTS += $(client_tests)
EXTRA_DIST += \
	$(client_tests) \
	tests/clients/Hapi.java \
	tests/clients/fhir-kit-client.mjs \
	tests/clients/fhirclient.mjs \
	tests/clients/fhirclient_client.py \
	tests/clients/fhirpy_client.py \
	tests/clients/lib.sh \
	tests/clients/medplum.mjs \
	tests/clients/package-lock.json \
	tests/clients/package.json \
	tests/clients/requirements.txt \
	tests/clients/tap.mjs \
	tests/clients/tap.py
