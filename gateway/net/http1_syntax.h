/* SPDX-License-Identifier: Apache-2.0 */
/** http1_syntax: what bytes may be part of, and field lines: shared by heads and trailers. */
#ifndef CANNULA_NET_HTTP1_SYNTAX_H
#define CANNULA_NET_HTTP1_SYNTAX_H

#include "net/http1.h"

enum {
	HTTP1_TOKEN = 1,
	HTTP1_PATH = 2,
	HTTP1_QUERY = 4,
	HTTP1_VALUE = 8, /**< of a field: visible, space, tab, or beyond ASCII */
	HTTP1_NAME = 16, /**< of a host */
	HTTP1_HEX = 32,
	HTTP1_DIGIT = 64,
};
extern const unsigned char http1_classes[256];

static inline bool http1_is(char c, unsigned class)
{
	return http1_classes[(unsigned char)c] & class;
}

/** Every byte of `s` is of that class; an empty `s` is. */
bool http1_all(struct slice s, unsigned class);

/** Notes why, and returns HTTP1_REFUSED. */
enum http1_progress http1_refuse(struct http1_reader *reader, unsigned status, const char *reason);

/** Name and value of a line without its CRLF, without the white space around the value (RFC 9112 section 5). */
enum http1_progress http1_split_field(struct http1_reader *reader, struct slice line, struct net_header *field);

#endif
