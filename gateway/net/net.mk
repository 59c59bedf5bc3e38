# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/net/address.c \
	gateway/net/address.h \
	gateway/net/certificate.c \
	gateway/net/conn.c \
	gateway/net/conn.h \
	gateway/net/exchange.c \
	gateway/net/exchange.h \
	gateway/net/http1.c \
	gateway/net/http1.h \
	gateway/net/http1_body.c \
	gateway/net/http1_conn.c \
	gateway/net/http1_conn.h \
	gateway/net/http1_syntax.c \
	gateway/net/http1_syntax.h \
	gateway/net/http2_conn.c \
	gateway/net/http2_conn.h \
	gateway/net/http2_guard.c \
	gateway/net/http2_guard.h \
	gateway/net/http2_reply.c \
	gateway/net/http2_request.c \
	gateway/net/listen.c \
	gateway/net/listen.h \
	gateway/net/loop.c \
	gateway/net/loop.h \
	gateway/net/options.c \
	gateway/net/pool.c \
	gateway/net/pool.h \
	gateway/net/reply.c \
	gateway/net/reply.h \
	gateway/net/server.c \
	gateway/net/server.h \
	gateway/net/target.c \
	gateway/net/target.h \
	gateway/net/tls.c \
	gateway/net/tls.h
