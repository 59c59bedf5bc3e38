# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/terminology/expand \
	tests/terminology/hierarchy
EXTRA_DIST += tests/terminology/terms_testing.h
