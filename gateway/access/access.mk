# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/access/access.c \
	gateway/access/base64url.c \
	gateway/access/base64url.h \
	gateway/access/certificate.c \
	gateway/access/certificate.h \
	gateway/access/jose.c \
	gateway/access/jose.h \
	gateway/access/jwk.c \
	gateway/access/jwk.h \
	gateway/access/keys.c \
	gateway/access/keys.h \
	gateway/access/modes.c \
	gateway/access/modes.h \
	gateway/access/options.c \
	gateway/access/principal.c \
	gateway/access/principal.h \
	gateway/access/scope.c \
	gateway/access/scope.h \
	gateway/access/token.c \
	gateway/access/token.h \
	gateway/access/token_cache.c \
	gateway/access/token_cache.h
