# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/fhirpath/eval \
	tests/fhirpath/parser \
	tests/fhirpath/search_params

EXTRA_DIST += tests/fhirpath/evaluating.h
