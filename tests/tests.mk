# SPDX-License-Identifier: Apache-2.0
# Every test speaks TAP: cmocka programs by CMOCKA_MESSAGE_OUTPUT, scripts by hand. A check program PROG is built from PROG.c.
check_PROGRAMS =
TESTS =
dist_check_SCRIPTS =

AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	CANNULA='$(abs_top_builddir)/cannula$(EXEEXT)'; export CANNULA; \
	CANNULA_TOP='$(abs_top_srcdir)'; export CANNULA_TOP; \
	CANNULA_SHARED='$(abs_top_srcdir)/../shared'; export CANNULA_SHARED; \
	CANNULA_COMPILE='$(CC) -I$(abs_top_srcdir)/include $(AM_CFLAGS) $(CFLAGS)'; export CANNULA_COMPILE; \
	CANNULA_LINK='$(AM_LDFLAGS) $(LDFLAGS) $(abs_top_builddir)/libcannula.a $(DEPS_LIBS) $(LIBS)'; export CANNULA_LINK; \
	NGINX='$(NGINX)'; export NGINX; \
	CURL='$(CURL)'; export CURL;
TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)
LDADD = libcannula.a $(CMOCKA_LIBS) $(DEPS_LIBS)
EXTRA_DIST += tests/scratch.h tests/testing.h

# C tests: one program per source file that has something to prove. Each room's list adds to `unit_tests`.
unit_tests =
include tests/base/tests.mk
include tests/fhir/tests.mk
include tests/fhirpath/tests.mk
include tests/patch/tests.mk
include tests/terminology/tests.mk
include tests/validate/tests.mk
include tests/record/tests.mk
include tests/map/tests.mk
include tests/apply/tests.mk
include tests/store/tests.mk
include tests/net/tests.mk
include tests/access/tests.mk
include tests/api/tests.mk
include tests/fetch/tests.mk
include tests/policy/tests.mk
include tests/publish/tests.mk
include tests/sync/tests.mk
include tests/cli/tests.mk
include tests/fuzz/tests.mk
include tests/scenario/tests.mk
include tests/clients/tests.mk
include tests/conformance/tests.mk
include tests/bench/tests.mk
include tests/soak/tests.mk

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
else
check-local:
	@echo "cmocka is missing: unit tests were not built (./autogen.sh check installs it)" >&2; exit 1
endif

TESTS += tests/layers.sh tests/examples.sh
EXTRA_DIST += tests/layers.sh tests/examples.sh

# The whole suite once more, in a copy of the tree, under address and undefined-behaviour sanitizers.
SANITIZER_CC = clang
check-sanitizers:
	rm -rf build-sanitizers
	$(MAKE) -s distdir
	mv $(distdir) build-sanitizers
	cd build-sanitizers && chmod -R u+w . && ./configure --quiet CC=$(SANITIZER_CC) CFLAGS='-g -O1' --enable-sanitizers --enable-werror
	cd build-sanitizers && $(MAKE) -s && CANNULA_CLIENTS_BUILD='$(abs_top_builddir)/tests/clients/target' $(MAKE) check

# All but what the build makes.
formatted = $$(ls gateway/*/*.[ch] include/cannula/*.h tests/*/*.c | grep -v gateway/base/embedded.c)

lint:
	CANNULA_TOP='$(abs_top_srcdir)' $(SHELL) $(srcdir)/tests/layers.sh
	cd $(srcdir) && clang-format --dry-run -Werror $(formatted)

format:
	cd $(srcdir) && clang-format -i $(formatted)

.PHONY: check-sanitizers lint format
