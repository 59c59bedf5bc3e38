/* SPDX-License-Identifier: Apache-2.0 */
/* Values: literals, variables, paths, expressions. Source: as parser.c. */
#include "map/parser.h"

/** FHIRPath from the current token on. It is read twice: here to find its end, and by the compiler, who knows the variables. */
bool map_parser_take_expression(struct map_parser *parser, struct map_text *out)
{
	struct map_token start = *map_parser_token(parser);
	struct fhirpath_origin origin = { .name = parser->lexer.file, .line = start.line, .column = start.column };
	struct fhirpath_program *program;
	size_t used;

	if (!fhirpath_compile_at(parser->lexer.arena, slice_from(parser->lexer.text, start.offset), &origin, &used, &program,
				 parser->lexer.err))
		return false;
	*out = (struct map_text){ { parser->lexer.text.ptr + start.offset, used }, start.line, start.column };
	return map_lexer_resume(&parser->lexer, start.offset + used);
}

/** "(" FHIRPath ")": the parentheses belong to the mapping language. */
static bool take_parenthesised(struct map_parser *parser, struct map_text *out)
{
	return map_parser_advance(parser) && map_parser_take_expression(parser, out) && map_parser_expect(parser, ')', "\")\"");
}

/** The text from `start` to the end of the current token is FHIRPath; takes that token. */
static bool take_span(struct map_parser *parser, const struct map_token *start, struct map_operand_syntax *out)
{
	const char *first = parser->lexer.text.ptr + start->offset;

	out->kind = MAP_OPERAND_EXPRESSION;
	out->text = (struct map_text){ { first, parser->lexer.at - start->offset }, start->line, start->column };
	return map_parser_advance(parser);
}

/** A word of FHIRPath's calendar durations, as in "5 days". */
static bool is_calendar_unit(struct map_parser *parser)
{
	static const char *const units[] = { "year", "month", "week", "day", "hour", "minute", "second", "millisecond" };
	struct slice word = map_parser_token(parser)->text;

	if (slice_ends(word, SLICE("s")))
		word.len--;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (map_parser_is_kind(parser, MAP_TOKEN_NAME) && slice_equal(word, slice_of(units[i])))
			return true;
	return false;
}

/** A number, or with a unit behind it a quantity. */
static bool parse_number(struct map_parser *parser, struct map_operand_syntax *out)
{
	struct map_token start = *map_parser_token(parser);

	if (map_parser_is_symbol(parser, '-') && !map_parser_advance(parser))
		return false;
	bool whole = map_parser_is_kind(parser, MAP_TOKEN_INTEGER);
	if (!whole && !map_parser_is_kind(parser, MAP_TOKEN_DECIMAL))
		return map_parser_unexpected(parser, "a number");
	if (!take_span(parser, &start, out))
		return false;
	if (map_parser_is_quoted_by(parser, '\'') || is_calendar_unit(parser))
		return take_span(parser, &start, out);
	out->kind = whole ? MAP_OPERAND_INTEGER : MAP_OPERAND_DECIMAL;
	return true;
}

/** name.element or %name.element. What goes on behind it as only FHIRPath does ("src.name.first()") belongs to it. */
static bool parse_path_value(struct map_parser *parser, struct map_operand_syntax *out)
{
	struct map_lexer start = parser->lexer;
	bool named;

	if (map_parser_is_symbol(parser, '%') && !map_parser_advance(parser))
		return false;
	do {
		if (map_parser_is_symbol(parser, '.') && !map_parser_advance(parser))
			return false;
		named = map_parser_is_name(parser);
		if (named && !take_span(parser, &start.token, out))
			return false;
	} while (named && map_parser_is_symbol(parser, '.'));
	bool ends = map_parser_is_symbol(parser, ',') || map_parser_is_symbol(parser, ')') || map_parser_is_symbol(parser, ';');
	if (named && (ends || !map_parser_is_kind(parser, MAP_TOKEN_SYMBOL)))
		return true;
	parser->lexer = start;
	out->kind = MAP_OPERAND_EXPRESSION;
	return map_parser_take_expression(parser, &out->text);
}

/** A name by itself is a variable. */
static bool parse_name(struct map_parser *parser, struct map_operand_syntax *out)
{
	struct map_token name = *map_parser_token(parser);
	size_t length = parser->lexer.at - name.offset;

	if (!parse_path_value(parser, out))
		return false;
	if (out->text.text.len > length)
		return true;
	out->kind = MAP_OPERAND_NAME;
	out->text.text = name.text;
	return true;
}

bool map_parse_operand(struct map_parser *parser, struct map_operand_syntax *out)
{
	if (map_parser_is_symbol(parser, '(')) {
		out->kind = MAP_OPERAND_EXPRESSION;
		return take_parenthesised(parser, &out->text);
	}
	if (map_parser_is_symbol(parser, '%'))
		return parse_path_value(parser, out);
	if (map_parser_is_symbol(parser, '-') || map_parser_is_kind(parser, MAP_TOKEN_INTEGER) ||
	    map_parser_is_kind(parser, MAP_TOKEN_DECIMAL))
		return parse_number(parser, out);
	if (map_parser_is_kind(parser, MAP_TOKEN_DATE)) {
		struct map_token start = *map_parser_token(parser);
		return take_span(parser, &start, out);
	}
	out->kind = map_parser_is_kind(parser, MAP_TOKEN_STRING) ? MAP_OPERAND_STRING : MAP_OPERAND_BOOLEAN;
	if (map_parser_is_kind(parser, MAP_TOKEN_STRING) || map_parser_is_word(parser, "true") ||
	    map_parser_is_word(parser, "false"))
		return map_parser_take(parser, &out->text);
	return map_parser_is_name(parser) ? parse_name(parser, out) : map_parser_unexpected(parser, "a value");
}

bool map_parse_operands(struct map_parser *parser, struct map_operand_syntax **out)
{
	if (!map_parser_advance(parser))
		return false;
	for (bool first = true; !map_parser_is_symbol(parser, ')'); first = false) {
		if (!first && !map_parser_expect(parser, ',', "\",\" or \")\""))
			return false;
		if (!map_parser_make(parser, sizeof(**out), out) || !map_parse_operand(parser, *out))
			return false;
		out = &(*out)->next;
	}
	return map_parser_advance(parser);
}
