# SPDX-License-Identifier: Apache-2.0
EXTRA_PROGRAMS = tests/bench/bytes
tests_bench_bytes_LDADD = libcannula.a $(DEPS_LIBS)
CLEANFILES += $(EXTRA_PROGRAMS)
