# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/net/http1.c \
	gateway/net/http1.h
