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
	tests/store/search_chains \
	tests/store/search_pages \
	tests/store/search_plan \
	tests/store/search_values \
	tests/store/search_words \
	tests/store/span \
	tests/store/trouble \
	tests/store/values
EXTRA_DIST += tests/store/ordered.h tests/store/rig.h tests/store/searching.h
