# SPDX-License-Identifier: Apache-2.0
# A fuzz target NAME is tests/fuzz/NAME.c with LLVMFuzzerTestOneInput and tests/fuzz/corpus/NAME/ with at least one small input.
# `make check` replays the corpus; `make fuzz FUZZ_SECONDS=60` builds the targets with clang, in build-fuzz/, and runs them.
# To add one: its program in `fuzz_targets`, its sources and flags below.
fuzz_targets = \
	tests/fuzz/apply \
	tests/fuzz/cursor \
	tests/fuzz/fhirpath \
	tests/fuzz/http1 \
	tests/fuzz/http2 \
	tests/fuzz/json \
	tests/fuzz/jwt \
	tests/fuzz/map \
	tests/fuzz/page \
	tests/fuzz/patch \
	tests/fuzz/policy \
	tests/fuzz/profile \
	tests/fuzz/query \
	tests/fuzz/search \
	tests/fuzz/terms \
	tests/fuzz/words \
	tests/fuzz/xml

tests_fuzz_apply_SOURCES = tests/fuzz/apply.c $(fuzz_main)
tests_fuzz_apply_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_cursor_SOURCES = tests/fuzz/cursor.c $(fuzz_main)
tests_fuzz_cursor_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fhirpath_SOURCES = tests/fuzz/fhirpath.c $(fuzz_main)
tests_fuzz_fhirpath_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_http1_SOURCES = tests/fuzz/http1.c $(fuzz_main)
tests_fuzz_http1_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_http2_SOURCES = tests/fuzz/http2.c $(fuzz_main)
tests_fuzz_http2_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_json_SOURCES = tests/fuzz/json.c tests/fuzz/codec.h $(fuzz_main)
tests_fuzz_json_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_jwt_SOURCES = tests/fuzz/jwt.c $(fuzz_main)
tests_fuzz_jwt_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_map_SOURCES = tests/fuzz/map.c $(fuzz_main)
tests_fuzz_map_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_page_SOURCES = tests/fuzz/page.c $(fuzz_main)
tests_fuzz_page_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_patch_SOURCES = tests/fuzz/patch.c $(fuzz_main)
tests_fuzz_patch_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_policy_SOURCES = tests/fuzz/policy.c $(fuzz_main)
tests_fuzz_policy_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_profile_SOURCES = tests/fuzz/profile.c $(fuzz_main)
tests_fuzz_profile_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_query_SOURCES = tests/fuzz/query.c $(fuzz_main)
tests_fuzz_query_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_search_SOURCES = tests/fuzz/search.c $(fuzz_main)
tests_fuzz_search_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_terms_SOURCES = tests/fuzz/terms.c $(fuzz_main)
tests_fuzz_terms_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_words_SOURCES = tests/fuzz/words.c $(fuzz_main)
tests_fuzz_words_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_xml_SOURCES = tests/fuzz/xml.c tests/fuzz/codec.h $(fuzz_main)
tests_fuzz_xml_LDFLAGS = $(fuzz_ldflags)

fuzz_ldflags = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
if FUZZERS
fuzz_main =
noinst_PROGRAMS = $(fuzz_targets)
else
fuzz_main = tests/fuzz/replay.c
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)
endif

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/fuzz.sh tests/fuzz/replay.c

fuzz:
	@mkdir -p build-fuzz/objects
	$(MAKE) $(AM_MAKEFLAGS) distdir distdir=build-fuzz/source
	cd build-fuzz/objects && { test -f Makefile || ../source/configure CC=clang CFLAGS='-O1 -g' --enable-fuzzers --enable-sanitizers; } \
		&& $(MAKE) $(AM_MAKEFLAGS) $(fuzz_targets) && $(SHELL) ../source/tests/fuzz/fuzz.sh ../source $(fuzz_targets)
.PHONY: fuzz
