# SPDX-License-Identifier: Apache-2.0
scenario_tests = \
	tests/scenario/access.sh \
	tests/scenario/convert.sh \
	tests/scenario/demo.sh \
	tests/scenario/diff.sh \
	tests/scenario/errors.sh \
	tests/scenario/fhirpath.sh \
	tests/scenario/keys.sh \
	tests/scenario/kill.sh \
	tests/scenario/listeners.sh \
	tests/scenario/load.sh \
	tests/scenario/operations.sh \
	tests/scenario/own.sh \
	tests/scenario/patch.sh \
	tests/scenario/payers.sh \
	tests/scenario/rest.sh \
	tests/scenario/serve.sh \
	tests/scenario/soak.sh \
	tests/scenario/trace.sh \
	tests/scenario/transport.sh \
	tests/scenario/validate.sh
TESTS += $(scenario_tests)
EXTRA_DIST += tests/scenario/issuer.sh tests/scenario/lib.sh $(scenario_tests)
