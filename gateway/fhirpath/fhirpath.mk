# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/fhirpath/boundaries.c \
	gateway/fhirpath/check.c \
	gateway/fhirpath/collections.c \
	gateway/fhirpath/compare.c \
	gateway/fhirpath/conversions.c \
	gateway/fhirpath/decimal.c \
	gateway/fhirpath/decimal.h \
	gateway/fhirpath/encodings.c \
	gateway/fhirpath/eval.c \
	gateway/fhirpath/eval.h \
	gateway/fhirpath/functions.c \
	gateway/fhirpath/functions.h \
	gateway/fhirpath/lexer.c \
	gateway/fhirpath/lexer.h \
	gateway/fhirpath/math.c \
	gateway/fhirpath/moment.c \
	gateway/fhirpath/moment.h \
	gateway/fhirpath/nodes.c \
	gateway/fhirpath/operators.c \
	gateway/fhirpath/parser.c \
	gateway/fhirpath/patterns.c \
	gateway/fhirpath/program.h \
	gateway/fhirpath/sort.c \
	gateway/fhirpath/texts.c \
	gateway/fhirpath/unit.c \
	gateway/fhirpath/unit.h \
	gateway/fhirpath/value.c
