# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/validate/profiles \
	tests/validate/resources \
	tests/validate/value_sets

TESTS += tests/validate/made.sh
EXTRA_DIST += \
	tests/validate/made.sh \
	tests/validate/profiles.tsv \
	tests/validate/refusals.tsv \
	tests/validate/validating.h
