/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIRPATH_LEXER_H
#define FHIRPATH_LEXER_H

#include "cannula/fhirpath.h"

enum fp_token_kind {
	FP_TOKEN_END,
	FP_TOKEN_NAME,      /**< identifier or keyword */
	FP_TOKEN_DELIMITED, /**< `identifier`: never a keyword */
	FP_TOKEN_STRING,
	FP_TOKEN_INTEGER,
	FP_TOKEN_DECIMAL,
	FP_TOKEN_DATE,
	FP_TOKEN_DATETIME,
	FP_TOKEN_TIME,
	FP_TOKEN_SPECIAL,  /**< $this, $index, $total; text without $ */
	FP_TOKEN_VARIABLE, /**< %name; text without % */
	FP_TOKEN_SYMBOL,
	FP_TOKEN_OTHER, /**< what is not FHIRPath: ends an expression inside a larger text */
};

/** One symbol is its character; the two-character ones are these. */
enum { FP_SYMBOL_LESS_EQUAL = 256, FP_SYMBOL_GREATER_EQUAL, FP_SYMBOL_NOT_EQUAL, FP_SYMBOL_NOT_EQUIVALENT };

struct fp_token {
	enum fp_token_kind kind;
	int symbol;
	size_t offset, line, column;
	struct slice text; /**< escapes resolved */
};

struct fp_lexer {
	struct arena *arena;
	struct slice text;
	const char *name; /**< of the file, or empty */
	size_t at, line, line_start;
	struct fp_token token; /**< the current one */
	struct error *err;
};

/** Moves to the next token. False: an unterminated literal or comment, a bad escape. */
bool fp_lexer_next(struct fp_lexer *lexer) MUST_USE;
/** Sets an error at `token`; returns false. */
bool fp_lexer_fail(struct fp_lexer *lexer, const struct fp_token *token, const char *format, ...) PRINTF_LIKE(3, 4);
/** UTF-8 of a code point, at most 4 bytes; a surrogate half becomes U+FFFD. */
size_t fp_utf8(uint32_t point, char *out);

#endif
