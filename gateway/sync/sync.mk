# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/sync/documents.c \
	gateway/sync/index.c \
	gateway/sync/json.c \
	gateway/sync/kinds.c \
	gateway/sync/listing.c \
	gateway/sync/options.c \
	gateway/sync/run.h \
	gateway/sync/state.c \
	gateway/sync/state.h \
	gateway/sync/sync.c
