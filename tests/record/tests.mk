# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/record/files \
	tests/record/fixtures \
	tests/record/fold \
	tests/record/lines \
	tests/record/name \
	tests/record/page \
	tests/record/quantity
EXTRA_DIST += tests/record/reading.h
