# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/fhirpath/eval \
	tests/fhirpath/parser \
	tests/fhirpath/search_params \
	tests/fhirpath/suite

EXTRA_DIST += tests/fhirpath/evaluating.h tests/fhirpath/suite_excepted.h
