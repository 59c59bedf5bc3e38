# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/validate/bundle.c \
	gateway/validate/claims.c \
	gateway/validate/codes.c \
	gateway/validate/conform.c \
	gateway/validate/definition.c \
	gateway/validate/definition_read.c \
	gateway/validate/discriminator.c \
	gateway/validate/element.c \
	gateway/validate/extension.c \
	gateway/validate/format.c \
	gateway/validate/inquiry.c \
	gateway/validate/invariant.c \
	gateway/validate/knowledge.c \
	gateway/validate/knowledge.h \
	gateway/validate/narrative.c \
	gateway/validate/pattern.c \
	gateway/validate/profile.c \
	gateway/validate/profile.h \
	gateway/validate/reference.c \
	gateway/validate/rules.c \
	gateway/validate/run.c \
	gateway/validate/run.h \
	gateway/validate/slicing.c \
	gateway/validate/uri.c \
	gateway/validate/validate.c \
	gateway/validate/value_set.c
