# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/publish/link.c \
	gateway/publish/map.c \
	gateway/publish/policy.c \
	gateway/publish/procedure.c \
	gateway/publish/publisher.c \
	gateway/publish/publisher.h \
	gateway/publish/put.c \
	gateway/publish/search.c
