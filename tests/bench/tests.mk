# SPDX-License-Identifier: Apache-2.0
bench_programs = tests/bench/core tests/bench/first tests/bench/idle tests/bench/rows
EXTRA_PROGRAMS = $(bench_programs)
tests_bench_core_LDADD = libcannula.a $(DEPS_LIBS)
tests_bench_first_LDADD = libcannula.a $(DEPS_LIBS)
tests_bench_idle_LDADD = libcannula.a $(DEPS_LIBS)
tests_bench_rows_LDADD = libcannula.a $(DEPS_LIBS)
CLEANFILES += $(bench_programs)
EXTRA_DIST += tests/bench/bench.sh tests/bench/core.sh tests/bench/data.sh tests/bench/pages.awk tests/bench/servers.sh

bench: $(bench_programs) all
	@CANNULA='$(abs_top_builddir)/cannula$(EXEEXT)' CANNULA_TOP='$(abs_top_srcdir)' CANNULA_SHARED='$(abs_top_srcdir)/../shared' \
		BENCH_BIN='$(abs_top_builddir)/tests/bench' JSON_REFORMAT='$(JSON_REFORMAT)' VALGRIND='$(VALGRIND)' \
		$(SHELL) $(top_srcdir)/tests/bench/core.sh
	@CANNULA='$(abs_top_builddir)/cannula$(EXEEXT)' CANNULA_TOP='$(abs_top_srcdir)' BENCH_BIN='$(abs_top_builddir)/tests/bench' \
		NGINX='$(NGINX)' H2LOAD='$(H2LOAD)' $(SHELL) $(top_srcdir)/tests/bench/bench.sh
.PHONY: bench

distclean-local:
	-rm -rf tests/bench/cache
