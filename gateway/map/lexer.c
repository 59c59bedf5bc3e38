/* SPDX-License-Identifier: Apache-2.0 */
/* Source: FHIR R5 "FHIR Mapping Language", grammar mapping.g4, lexical rules. */
#include "map/lexer.h"

#include "cannula/fhirpath.h"

#include <string.h>

bool map_fail(struct error *err, const char *file, uint32_t line, uint32_t column, const char *format, ...)
{
	char place[200], message[400];
	va_list arguments;

	snprintf(place, sizeof(place), "%.160s:%u:%u", file, line, column);
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return error_set(err, ERROR_SYNTAX, place, "%s", message);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(const struct map_lexer *lexer, size_t ahead)
{
	return lexer->text.len - lexer->at > ahead ? lexer->text.ptr[lexer->at + ahead] : '\0';
}

static bool fail_at(struct map_lexer *lexer, const char *message)
{
	return map_fail(lexer->err, lexer->file, lexer->line, (uint32_t)(lexer->at - lexer->line_start + 1), "%s", message);
}

static void step(struct map_lexer *lexer)
{
	if (peek(lexer, 0) == '\n') {
		lexer->line++;
		lexer->line_start = lexer->at + 1;
	}
	lexer->at++;
}

static bool skip_block_comment(struct map_lexer *lexer)
{
	struct map_lexer start = *lexer;

	for (lexer->at += 2; lexer->at < lexer->text.len; step(lexer))
		if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
			lexer->at += 2;
			return true;
		}
	return fail_at(&start, "the comment that starts here has no end");
}

static bool is_metadata(const struct map_lexer *lexer)
{
	return peek(lexer, 0) == '/' && peek(lexer, 1) == '/' && peek(lexer, 2) == '/';
}

/** White space and comments; a "///" line is a token. */
static bool skip_space(struct map_lexer *lexer)
{
	while (lexer->at < lexer->text.len) {
		char c = peek(lexer, 0);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			step(lexer);
			continue;
		}
		if (c == '/' && peek(lexer, 1) == '*') {
			if (!skip_block_comment(lexer))
				return false;
			continue;
		}
		if (c != '/' || peek(lexer, 1) != '/' || is_metadata(lexer))
			return true;
		while (lexer->at < lexer->text.len && peek(lexer, 0) != '\n')
			lexer->at++;
	}
	return true;
}

static struct slice taken(const struct map_lexer *lexer, size_t start)
{
	return (struct slice){ lexer->text.ptr + start, lexer->at - start };
}

static bool at_triple_quote(const struct map_lexer *lexer)
{
	return peek(lexer, 0) == '"' && peek(lexer, 1) == '"' && peek(lexer, 2) == '"';
}

/** The rest of the line; a value that opens with """ goes on to the next """. */
static bool read_metadata(struct map_lexer *lexer)
{
	size_t start = lexer->at + 3;

	for (lexer->at = start; lexer->at < lexer->text.len && peek(lexer, 0) != '\n' && !at_triple_quote(lexer);)
		lexer->at++;
	if (at_triple_quote(lexer)) {
		struct map_lexer open = *lexer;

		for (lexer->at += 3; lexer->at < lexer->text.len && !at_triple_quote(lexer);)
			step(lexer);
		if (!at_triple_quote(lexer))
			return fail_at(&open, "the text that starts here has no closing \"\"\"");
		lexer->at += 3;
	}
	lexer->token.kind = MAP_TOKEN_METADATA;
	lexer->token.text = slice_trim(taken(lexer, start));
	return true;
}

/** @2020-01-31T10:00:00Z: its form is FHIRPath's to check. */
static void read_date(struct map_lexer *lexer)
{
	size_t start = lexer->at;

	for (lexer->at++; is_digit(peek(lexer, 0)) || (peek(lexer, 0) && strchr("-:.+TZ", peek(lexer, 0)));)
		lexer->at++;
	lexer->token.kind = MAP_TOKEN_DATE;
	lexer->token.text = taken(lexer, start);
}

static void read_number(struct map_lexer *lexer)
{
	size_t start = lexer->at;

	lexer->token.kind = MAP_TOKEN_INTEGER;
	while (is_digit(peek(lexer, 0)))
		lexer->at++;
	if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
		lexer->token.kind = MAP_TOKEN_DECIMAL;
		for (lexer->at++; is_digit(peek(lexer, 0));)
			lexer->at++;
	}
	lexer->token.text = taken(lexer, start);
}

/** Replaces escapes in the text between two quotes: those of FHIRPath. */
static bool resolve_escapes(struct map_lexer *lexer, struct slice *text)
{
	char *copy = arena_alloc(lexer->arena, text->len + 1);
	size_t length = 0, used = 1;

	if (!copy)
		return error_memory(lexer->err);
	for (size_t i = 0; i < text->len; i += used) {
		used = 1;
		copy[length] = text->ptr[i];
		size_t made = text->ptr[i] == '\\' ? fhirpath_unescape(slice_from(*text, i), copy + length, &used) : 1;
		if (made == 0)
			return map_fail(lexer->err, lexer->file, lexer->token.line, lexer->token.column,
					"unknown escape \\%c in text", text->ptr[i + 1]);
		length += made;
	}
	*text = (struct slice){ copy, length };
	return true;
}

static bool read_quoted(struct map_lexer *lexer, char quote)
{
	bool has_escape = false;
	size_t start = lexer->at + 1;

	for (lexer->at++; peek(lexer, 0) != quote || lexer->at >= lexer->text.len; step(lexer)) {
		if (peek(lexer, 0) == '\\') {
			has_escape = true;
			step(lexer);
		}
		if (lexer->at >= lexer->text.len)
			return map_fail(lexer->err, lexer->file, lexer->token.line, lexer->token.column,
					"the text that starts here has no closing %c", quote);
	}
	lexer->token.kind = quote == '`' ? MAP_TOKEN_DELIMITED : MAP_TOKEN_STRING;
	lexer->token.text = taken(lexer, start);
	lexer->at++;
	return !has_escape || resolve_escapes(lexer, &lexer->token.text);
}

static int symbol_at(const struct map_lexer *lexer)
{
	static const struct {
		char text[2];
		int symbol;
	} pairs[] = { { "->", MAP_SYMBOL_ARROW },
		      { "..", MAP_SYMBOL_RANGE },
		      { "<<", MAP_SYMBOL_OPEN },
		      { ">>", MAP_SYMBOL_CLOSE },
		      { "==", MAP_SYMBOL_EQUALS } };

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (peek(lexer, 0) == pairs[i].text[0] && peek(lexer, 1) == pairs[i].text[1])
			return pairs[i].symbol;
	return (unsigned char)peek(lexer, 0);
}

bool map_lexer_next(struct map_lexer *lexer)
{
	struct map_token *token = &lexer->token;

	if (!skip_space(lexer))
		return false;
	*token = (struct map_token){ .offset = lexer->at,
				     .line = lexer->line,
				     .column = (uint32_t)(lexer->at - lexer->line_start + 1) };
	if (lexer->at >= lexer->text.len)
		return true;
	char c = peek(lexer, 0);
	size_t start = lexer->at;
	if (is_metadata(lexer))
		return read_metadata(lexer);
	if (c == '@') {
		read_date(lexer);
		return true;
	}
	if (is_digit(c)) {
		read_number(lexer);
		return true;
	}
	if (c == '\'' || c == '"' || c == '`')
		return read_quoted(lexer, c);
	if (is_name_start(c)) {
		while (is_name_start(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
			lexer->at++;
		token->kind = MAP_TOKEN_NAME;
	} else {
		token->kind = MAP_TOKEN_SYMBOL;
		token->symbol = symbol_at(lexer);
		lexer->at += token->symbol >= MAP_SYMBOL_ARROW ? 2 : 1;
	}
	token->text = taken(lexer, start);
	return true;
}

bool map_lexer_resume(struct map_lexer *lexer, size_t offset)
{
	ASSERT(offset >= lexer->token.offset && offset <= lexer->text.len);
	/* The current token may have been read beyond `offset` or short of it: count lines again from its start. */
	lexer->at = lexer->token.offset;
	lexer->line = lexer->token.line;
	lexer->line_start = lexer->at - (lexer->token.column - 1);
	while (lexer->at < offset)
		step(lexer);
	return map_lexer_next(lexer);
}
