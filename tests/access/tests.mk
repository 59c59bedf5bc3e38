# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/access/options \
	tests/access/scope \
	tests/access/token

EXTRA_DIST += tests/access/signing.h
