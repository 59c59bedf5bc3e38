# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/terminology/asking.c \
	gateway/terminology/asking.h \
	gateway/terminology/code_system.c \
	gateway/terminology/code_system.h \
	gateway/terminology/expand.c \
	gateway/terminology/filter.c \
	gateway/terminology/filter_regex.c \
	gateway/terminology/hierarchy.c \
	gateway/terminology/member.c \
	gateway/terminology/tables.c
