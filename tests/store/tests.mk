# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/store/crash \
	tests/store/decimal \
	tests/store/fault \
	tests/store/fold \
	tests/store/history \
	tests/store/index \
	tests/store/notes \
	tests/store/order \
	tests/store/put \
	tests/store/search \
	tests/store/span \
	tests/store/trouble \
	tests/store/values
EXTRA_DIST += tests/store/rig.h
