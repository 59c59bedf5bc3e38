# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/policy/charset.c \
	gateway/policy/codes.c \
	gateway/policy/codes.h \
	gateway/policy/columns.c \
	gateway/policy/dates.c \
	gateway/policy/detail.c \
	gateway/policy/fields.c \
	gateway/policy/group.c \
	gateway/policy/groups.c \
	gateway/policy/groups.h \
	gateway/policy/html.c \
	gateway/policy/listing.c \
	gateway/policy/payload.c \
	gateway/policy/payload.h \
	gateway/policy/plain.c \
	gateway/policy/policy.c \
	gateway/policy/ranges.c \
	gateway/policy/reading.h \
	gateway/policy/rendition.c \
	gateway/policy/rules.c \
	gateway/policy/rules.h \
	gateway/policy/sections.c \
	gateway/policy/table.c \
	gateway/policy/table.h \
	gateway/policy/text.c \
	gateway/policy/text.h
