# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/store/decimal \
	tests/store/fold \
	tests/store/span
EXTRA_DIST += tests/store/rig.h
