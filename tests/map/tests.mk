# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/map/compile \
	tests/map/grammar \
	tests/map/import \
	tests/map/language \
	tests/map/mistakes \
	tests/map/run \
	tests/map/transforms

EXTRA_DIST += tests/map/mapping.h
