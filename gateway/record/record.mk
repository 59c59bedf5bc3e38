# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/record/csv.c \
	gateway/record/file.h \
	gateway/record/fold.c \
	gateway/record/fold.h \
	gateway/record/form.c \
	gateway/record/heading.c \
	gateway/record/heading.h \
	gateway/record/lines.c \
	gateway/record/lines.h \
	gateway/record/name.c \
	gateway/record/name.h \
	gateway/record/page.c \
	gateway/record/quantity.c \
	gateway/record/quantity.h \
	gateway/record/reader.c \
	gateway/record/rules.c \
	gateway/record/rules.h \
	gateway/record/tree.c \
	gateway/record/tree.h \
	gateway/record/xml.c
