# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/api/cache \
	tests/api/condition \
	tests/api/negotiate \
	tests/api/query

EXTRA_DIST += tests/api/serving.h
