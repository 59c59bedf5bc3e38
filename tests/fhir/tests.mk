# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/fhir/json_read \
	tests/fhir/schema

EXTRA_DIST += tests/fhir/fhir_testing.h
