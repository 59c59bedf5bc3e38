# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/fetch/exchange.c \
	gateway/fetch/exchange.h \
	gateway/fetch/fetch.c \
	gateway/fetch/file.c \
	gateway/fetch/guard.c \
	gateway/fetch/guard.h \
	gateway/fetch/options.c \
	gateway/fetch/url.c \
	gateway/fetch/url.h
