/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAP_PARSER_H
#define MAP_PARSER_H

#include "map/lexer.h"
#include "map/mistakes.h"
#include "map/syntax.h"

#define MAP_NESTING_MAX 32u
#define MAP_NODES_MAX 50000u

struct map_parser {
	struct map_lexer lexer;
	struct map_syntax *syntax;
	struct map_mistakes *mistakes;
	unsigned depth;
	size_t node_count;
};

/** The current token. */
struct map_token *map_parser_token(struct map_parser *parser);
/** Moves on. A "///" line means something in the head of a map only; among rules it is a comment. */
bool map_parser_advance(struct map_parser *parser) MUST_USE;
/** Sets an error at the current token; returns false. */
bool map_parser_fail(struct map_parser *parser, const char *message);
bool map_parser_unexpected(struct map_parser *parser, const char *wanted);
bool map_parser_is_symbol(struct map_parser *parser, int symbol);
bool map_parser_is_word(struct map_parser *parser, const char *word);
bool map_parser_is_kind(struct map_parser *parser, enum map_token_kind kind);
/** A name, bare or in backticks. */
bool map_parser_is_name(struct map_parser *parser);
/** A text in quotes of that form. */
bool map_parser_is_quoted_by(struct map_parser *parser, char quote);
/** Takes that symbol or word, or sets an error. */
bool map_parser_expect(struct map_parser *parser, int symbol, const char *wanted) MUST_USE;
bool map_parser_expect_word(struct map_parser *parser, const char *word) MUST_USE;
/** Zeroed memory for one part of the syntax in `*(void **)out`; the count bounds what a file can ask for. */
bool map_parser_make(struct map_parser *parser, size_t bytes, void *out) MUST_USE;
/** Takes the current token as a text with its place. */
bool map_parser_take(struct map_parser *parser, struct map_text *out) MUST_USE;
bool map_parser_take_name(struct map_parser *parser, const char *wanted, struct map_text *out) MUST_USE;
bool map_parser_take_string(struct map_parser *parser, const char *wanted, struct map_text *out) MUST_USE;
/** A name or a quoted name, as identifiers of maps, groups and types come in both forms. */
bool map_parser_take_id(struct map_parser *parser, const char *wanted, struct map_text *out) MUST_USE;

/** FHIRPath from the current token on. */
bool map_parser_take_expression(struct map_parser *parser, struct map_text *out) MUST_USE;
/** One value. */
bool map_parse_operand(struct map_parser *parser, struct map_operand_syntax *out) MUST_USE;
/** Values up to ")"; the current token is "(". */
bool map_parse_operands(struct map_parser *parser, struct map_operand_syntax **out) MUST_USE;

/** A group with its rules; the current token is its first word. */
bool map_parse_group(struct map_parser *parser, struct map_group_syntax *group) MUST_USE;

#endif
