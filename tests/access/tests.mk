# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/access/options \
	tests/access/scope
