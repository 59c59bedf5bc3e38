# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/apply/assign \
	tests/apply/activity \
	tests/apply/plan
EXTRA_DIST += tests/apply/apply_testing.h
