/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at tokens, taking them, and saying what was expected instead. */
#include "map/parser.h"

struct map_token *map_parser_token(struct map_parser *parser)
{
	return &parser->lexer.token;
}

/** A "///" line means something in the head of a map only; among rules it is a comment. */
bool map_parser_advance(struct map_parser *parser)
{
	do {
		if (!map_lexer_next(&parser->lexer))
			return false;
	} while (parser->depth > 0 && map_parser_token(parser)->kind == MAP_TOKEN_METADATA);
	return true;
}

bool map_parser_fail(struct map_parser *parser, const char *message)
{
	return map_fail(parser->lexer.err, parser->lexer.file, map_parser_token(parser)->line, map_parser_token(parser)->column,
			"%s", message);
}

bool map_parser_unexpected(struct map_parser *parser, const char *wanted)
{
	struct slice text = map_parser_token(parser)->text;

	if (map_parser_token(parser)->kind == MAP_TOKEN_END)
		return map_fail(parser->lexer.err, parser->lexer.file, map_parser_token(parser)->line,
				map_parser_token(parser)->column, "the map ends where %s was expected", wanted);
	return map_fail(parser->lexer.err, parser->lexer.file, map_parser_token(parser)->line, map_parser_token(parser)->column,
			"expected %s, found \"%.*s\"", wanted, (int)(text.len > 40 ? 40 : text.len), text.ptr);
}

bool map_parser_is_symbol(struct map_parser *parser, int symbol)
{
	return map_parser_token(parser)->kind == MAP_TOKEN_SYMBOL && map_parser_token(parser)->symbol == symbol;
}

bool map_parser_is_word(struct map_parser *parser, const char *word)
{
	return map_parser_token(parser)->kind == MAP_TOKEN_NAME && slice_equal(map_parser_token(parser)->text, slice_of(word));
}

bool map_parser_is_kind(struct map_parser *parser, enum map_token_kind kind)
{
	return map_parser_token(parser)->kind == kind;
}

bool map_parser_is_name(struct map_parser *parser)
{
	return map_parser_is_kind(parser, MAP_TOKEN_NAME) || map_parser_is_kind(parser, MAP_TOKEN_DELIMITED);
}

bool map_parser_is_quoted_by(struct map_parser *parser, char quote)
{
	return map_parser_is_kind(parser, MAP_TOKEN_STRING) && parser->lexer.text.ptr[map_parser_token(parser)->offset] == quote;
}

bool map_parser_expect(struct map_parser *parser, int symbol, const char *wanted)
{
	return map_parser_is_symbol(parser, symbol) ? map_parser_advance(parser) : map_parser_unexpected(parser, wanted);
}

bool map_parser_expect_word(struct map_parser *parser, const char *word)
{
	return map_parser_is_word(parser, word) ? map_parser_advance(parser) : map_parser_unexpected(parser, word);
}

/** Zeroed memory for one part of the syntax; the count bounds what a file can ask for. */
bool map_parser_make(struct map_parser *parser, size_t bytes, void *out)
{
	void *made = NULL;

	if (++parser->node_count > MAP_NODES_MAX)
		return map_parser_fail(parser, "the map is too large");
	made = arena_alloc(parser->lexer.arena, bytes);
	*(void **)out = made;
	return made || error_memory(parser->lexer.err);
}

/** Takes the current token as a text with its place. */
bool map_parser_take(struct map_parser *parser, struct map_text *out)
{
	*out =
	    (struct map_text){ map_parser_token(parser)->text, map_parser_token(parser)->line, map_parser_token(parser)->column };
	if (!out->text.ptr)
		out->text = SLICE("");
	return map_parser_advance(parser);
}

bool map_parser_take_name(struct map_parser *parser, const char *wanted, struct map_text *out)
{
	if (map_parser_token(parser)->kind != MAP_TOKEN_NAME && map_parser_token(parser)->kind != MAP_TOKEN_DELIMITED)
		return map_parser_unexpected(parser, wanted);
	return map_parser_take(parser, out);
}

bool map_parser_take_string(struct map_parser *parser, const char *wanted, struct map_text *out)
{
	return map_parser_token(parser)->kind == MAP_TOKEN_STRING ? map_parser_take(parser, out)
								  : map_parser_unexpected(parser, wanted);
}

/** A name or a quoted name, as identifiers of maps, groups and types come in both forms. */
bool map_parser_take_id(struct map_parser *parser, const char *wanted, struct map_text *out)
{
	return map_parser_token(parser)->kind == MAP_TOKEN_STRING ? map_parser_take(parser, out)
								  : map_parser_take_name(parser, wanted, out);
}
