# SPDX-License-Identifier: Apache-2.0
bin_PROGRAMS = cannula
cannula_SOURCES = \
	gateway/cli/arguments.c \
	gateway/cli/arguments.h \
	gateway/cli/check_config.c \
	gateway/cli/command.h \
	gateway/cli/config.c \
	gateway/cli/config.h \
	gateway/cli/config_diff.c \
	gateway/cli/config_print.c \
	gateway/cli/context.c \
	gateway/cli/context.h \
	gateway/cli/convert.c \
	gateway/cli/definitions.c \
	gateway/cli/definitions.h \
	gateway/cli/diff.c \
	gateway/cli/fhirpath.c \
	gateway/cli/guard.c \
	gateway/cli/guard.h \
	gateway/cli/inputs.c \
	gateway/cli/inputs.h \
	gateway/cli/load.c \
	gateway/cli/main.c \
	gateway/cli/manifest.c \
	gateway/cli/manual.c \
	gateway/cli/map.c \
	gateway/cli/map_own.c \
	gateway/cli/map_own.h \
	gateway/cli/notify.c \
	gateway/cli/notify.h \
	gateway/cli/patch.c \
	gateway/cli/records.c \
	gateway/cli/records.h \
	gateway/cli/reload.c \
	gateway/cli/reload.h \
	gateway/cli/report.c \
	gateway/cli/report.h \
	gateway/cli/serve.c \
	gateway/cli/sync.c \
	gateway/cli/source_mark.c \
	gateway/cli/source_mark.h \
	gateway/cli/source_metrics.c \
	gateway/cli/source_metrics.h \
	gateway/cli/trace.c \
	gateway/cli/trace.h \
	gateway/cli/usage.c \
	gateway/cli/validate.c
cannula_LDADD = libcannula.a $(DEPS_LIBS)

noinst_LIBRARIES = libcannula.a
libcannula_a_SOURCES = $(gateway_sources) $(public_headers)
nodist_libcannula_a_SOURCES = gateway/base/embedded.c

public_headers = \
	include/cannula/access.h \
	include/cannula/api.h \
	include/cannula/apply.h \
	include/cannula/base.h \
	include/cannula/fetch.h \
	include/cannula/fhir.h \
	include/cannula/fhirpath.h \
	include/cannula/map.h \
	include/cannula/net.h \
	include/cannula/patch.h \
	include/cannula/policy.h \
	include/cannula/publish.h \
	include/cannula/record.h \
	include/cannula/store.h \
	include/cannula/sync.h \
	include/cannula/terminology.h \
	include/cannula/validate.h

# The manual pages are printed by the program itself, from the rows its parser and its configuration reader use.
nodist_man_MANS = gateway/cli/cannula.1 gateway/cli/cannula.yaml.5
CLEANFILES += $(nodist_man_MANS)
gateway/cli/cannula.1 gateway/cli/cannula.yaml.5: cannula$(EXEEXT)
	$(AM_V_GEN)./cannula$(EXEEXT) manual $(@F) >$@.tmp && mv $@.tmp $@
