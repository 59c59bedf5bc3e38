# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/fhir/code_systems \
	tests/fhir/diff \
	tests/fhir/issues \
	tests/fhir/json_examples \
	tests/fhir/json_patch \
	tests/fhir/json_read \
	tests/fhir/json_write \
	tests/fhir/narrative \
	tests/fhir/node \
	tests/fhir/schema \
	tests/fhir/schema_add

EXTRA_DIST += tests/fhir/fhir_testing.h
