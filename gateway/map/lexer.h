/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAP_LEXER_H
#define MAP_LEXER_H

#include "cannula/base.h"

enum map_token_kind {
	MAP_TOKEN_END,
	MAP_TOKEN_NAME,
	MAP_TOKEN_STRING,    /**< 'text' or "text", escapes resolved */
	MAP_TOKEN_DELIMITED, /**< `name` */
	MAP_TOKEN_INTEGER,
	MAP_TOKEN_DECIMAL,
	MAP_TOKEN_DATE, /**< @ and a date or time */
	MAP_TOKEN_SYMBOL,
	MAP_TOKEN_METADATA, /**< the rest of a "///" line */
};

/** One symbol is its character; longer ones are these. */
enum { MAP_SYMBOL_ARROW = 256, MAP_SYMBOL_RANGE, MAP_SYMBOL_OPEN, MAP_SYMBOL_CLOSE, MAP_SYMBOL_EQUALS };

struct map_token {
	enum map_token_kind kind;
	int symbol;
	uint32_t line, column;
	size_t offset;
	struct slice text;
};

struct map_lexer {
	struct arena *arena;
	const char *file;
	struct slice text;
	size_t at, line_start;
	uint32_t line;
	struct map_token token;
	struct error *err;
};

/** Moves to the next token. False: an unterminated text or comment, a bad escape. */
bool map_lexer_next(struct map_lexer *lexer) MUST_USE;
/** Goes on behind `offset` (an expression that another parser has read). */
bool map_lexer_resume(struct map_lexer *lexer, size_t offset) MUST_USE;
/** Sets an error at file:line:column; returns false. */
bool map_fail(struct error *err, const char *file, uint32_t line, uint32_t column, const char *format, ...) PRINTF_LIKE(5, 6);

#endif
