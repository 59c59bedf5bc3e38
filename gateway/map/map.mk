# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/map/compile.c \
	gateway/map/compile.h \
	gateway/map/compile_default.c \
	gateway/map/compile_group.c \
	gateway/map/compile_rule.c \
	gateway/map/compile_target.c \
	gateway/map/compile_type.c \
	gateway/map/concepts.c \
	gateway/map/import.c \
	gateway/map/lexer.c \
	gateway/map/lexer.h \
	gateway/map/list.c \
	gateway/map/mistakes.c \
	gateway/map/mistakes.h \
	gateway/map/parser.c \
	gateway/map/parser.h \
	gateway/map/parser_head.c \
	gateway/map/parser_operand.c \
	gateway/map/parser_tokens.c \
	gateway/map/program.h \
	gateway/map/run.c \
	gateway/map/run.h \
	gateway/map/source.c \
	gateway/map/structure.c \
	gateway/map/syntax.h \
	gateway/map/transforms.c \
	gateway/map/value.c
