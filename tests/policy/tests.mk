# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/policy/codes \
	tests/policy/dates \
	tests/policy/listing \
	tests/policy/policy \
	tests/policy/text
EXTRA_DIST += tests/policy/policy_testing.h
