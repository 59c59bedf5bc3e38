# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/base/files \
	tests/base/markup \
	tests/base/memory \
	tests/base/options \
	tests/base/slice
