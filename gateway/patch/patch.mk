# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/patch/build.c \
	gateway/patch/build.h \
	gateway/patch/patch.c
