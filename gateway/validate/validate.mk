# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/validate/bundle.c \
	gateway/validate/codes.c \
	gateway/validate/element.c \
	gateway/validate/format.c \
	gateway/validate/invariant.c \
	gateway/validate/narrative.c \
	gateway/validate/reference.c \
	gateway/validate/rules.c \
	gateway/validate/run.h \
	gateway/validate/uri.c \
	gateway/validate/validate.c
