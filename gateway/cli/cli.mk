# SPDX-License-Identifier: Apache-2.0
bin_PROGRAMS = cannula
cannula_SOURCES = gateway/cli/main.c
cannula_LDADD = libcannula.a $(DEPS_LIBS)

noinst_LIBRARIES = libcannula.a
libcannula_a_SOURCES = $(gateway_sources) $(public_headers)
nodist_libcannula_a_SOURCES = gateway/base/embedded.c

public_headers = \
	include/cannula/api.h \
	include/cannula/base.h \
	include/cannula/fetch.h \
	include/cannula/fhir.h \
	include/cannula/fhirpath.h \
	include/cannula/map.h \
	include/cannula/net.h \
	include/cannula/policy.h \
	include/cannula/publish.h \
	include/cannula/record.h \
	include/cannula/store.h \
	include/cannula/sync.h
