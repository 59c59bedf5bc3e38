# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/base/arena.c \
	gateway/base/asset.c \
	gateway/base/asset.h \
	gateway/base/buf.c \
	gateway/base/csv.c \
	gateway/base/digest.c \
	gateway/base/error.c \
	gateway/base/file.c \
	gateway/base/log.c \
	gateway/base/markup.c \
	gateway/base/nearest.c \
	gateway/base/options.c \
	gateway/base/options_equal.c \
	gateway/base/slice.c \
	gateway/base/time.c
