# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/fhir/code_systems \
	tests/fhir/diff \
	tests/fhir/examples \
	tests/fhir/issues \
	tests/fhir/json_patch \
	tests/fhir/json_read \
	tests/fhir/json_write \
	tests/fhir/narrative \
	tests/fhir/node \
	tests/fhir/schema \
	tests/fhir/schema_add \
	tests/fhir/xml_read \
	tests/fhir/xml_write

EXTRA_DIST += tests/fhir/examples.h tests/fhir/fhir_testing.h
