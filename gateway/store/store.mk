# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/store/condition.c \
	gateway/store/condition.h \
	gateway/store/conn.c \
	gateway/store/conn.h \
	gateway/store/db.h \
	gateway/store/decimal.c \
	gateway/store/decimal.h \
	gateway/store/fold.c \
	gateway/store/fold.h \
	gateway/store/get.c \
	gateway/store/index.c \
	gateway/store/index.h \
	gateway/store/kind.h \
	gateway/store/kind_date.c \
	gateway/store/kind_id.c \
	gateway/store/kind_number.c \
	gateway/store/kind_reference.c \
	gateway/store/kind_string.c \
	gateway/store/kind_token.c \
	gateway/store/kind_uri.c \
	gateway/store/kinds.c \
	gateway/store/layout.c \
	gateway/store/layout.h \
	gateway/store/names.c \
	gateway/store/notes.c \
	gateway/store/plan.c \
	gateway/store/put.c \
	gateway/store/search.c \
	gateway/store/span.c \
	gateway/store/span.h \
	gateway/store/sqlite.c \
	gateway/store/stamp.c \
	gateway/store/stamp.h \
	gateway/store/store.c
