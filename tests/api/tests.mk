# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/api/admission \
	tests/api/answer \
	tests/api/cache \
	tests/api/capability \
	tests/api/condition \
	tests/api/gate \
	tests/api/history \
	tests/api/monitor \
	tests/api/negotiate \
	tests/api/operation_meta \
	tests/api/operations \
	tests/api/query \
	tests/api/reach \
	tests/api/read \
	tests/api/related \
	tests/api/route \
	tests/api/search \
	tests/api/search_filter \
	tests/api/search_kinds \
	tests/api/walk \
	tests/api/transaction \
	tests/api/write

EXTRA_DIST += tests/api/guarded.h tests/api/searching.h tests/api/serving.h
