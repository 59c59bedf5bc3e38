# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/fetch/fetch \
	tests/fetch/guard \
	tests/fetch/url
