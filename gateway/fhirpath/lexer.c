/* SPDX-License-Identifier: Apache-2.0 */
/* Source: FHIRPath N1 2.0, appendix "Formal Specifications", lexical rules of fhirpath.g4. */
#include "fhirpath/lexer.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c)
{
	return is_name_start(c) || is_digit(c);
}

/** NUL stands for the end and is no character of any token. */
static char peek(const struct fp_lexer *lexer, size_t ahead)
{
	return lexer->text.len - lexer->at > ahead ? lexer->text.ptr[lexer->at + ahead] : '\0';
}

bool fp_lexer_fail(struct fp_lexer *lexer, const struct fp_token *token, const char *format, ...)
{
	char place[128], message[256];
	va_list arguments;

	snprintf(place, sizeof(place), "%.90s%s%zu:%zu", lexer->name, lexer->name[0] ? ":" : "", token->line, token->column);
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return error_set(lexer->err, ERROR_SYNTAX, place, "%s", message);
}

static void new_line(struct fp_lexer *lexer)
{
	lexer->line++;
	lexer->line_start = lexer->at + 1;
}

static bool skip_block_comment(struct fp_lexer *lexer)
{
	struct fp_token start = { .line = lexer->line, .column = lexer->at - lexer->line_start + 1 };

	for (lexer->at += 2; lexer->at < lexer->text.len; lexer->at++) {
		if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
			lexer->at += 2;
			return true;
		}
		if (peek(lexer, 0) == '\n')
			new_line(lexer);
	}
	return fp_lexer_fail(lexer, &start, "the comment that starts here has no end");
}

static bool skip_space(struct fp_lexer *lexer)
{
	while (lexer->at < lexer->text.len) {
		char c = peek(lexer, 0);

		if (c == '\n')
			new_line(lexer);
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			lexer->at++;
			continue;
		}
		if (c == '/' && peek(lexer, 1) == '*') {
			if (!skip_block_comment(lexer))
				return false;
			continue;
		}
		if (c != '/' || peek(lexer, 1) != '/')
			return true;
		while (lexer->at < lexer->text.len && peek(lexer, 0) != '\n')
			lexer->at++;
	}
	return true;
}

size_t fp_utf8(uint32_t point, char *out)
{
	if (point >= 0xd800 && point <= 0xdfff)
		point = 0xfffd;
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | (point >> 6));
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | (point >> 12));
		out[1] = (char)(0x80 | ((point >> 6) & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (point >> 18));
	out[1] = (char)(0x80 | ((point >> 12) & 0x3f));
	out[2] = (char)(0x80 | ((point >> 6) & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t fhirpath_unescape(struct slice text, char *out, size_t *used)
{
	static const char from[] = "'\"`\\/rntf", to[] = "'\"`\\/\r\n\t\f";
	char c = text.len > 1 ? text.ptr[1] : '\0';
	const char *simple = c ? strchr(from, c) : NULL;
	uint32_t point = 0;

	*used = simple ? 2 : 6;
	if (simple) {
		*out = to[simple - from];
		return 1;
	}
	if (c != 'u' || text.len < *used)
		return 0;
	for (size_t i = 2; i < *used; i++) {
		int digit = hex_value(text.ptr[i]);
		if (digit < 0)
			return 0;
		point = point * 16 + (uint32_t)digit;
	}
	return fp_utf8(point, out);
}

/** Offset of the quote that ends the text at `lexer->at`, or SIZE_MAX. */
static size_t quoted_end(const struct fp_lexer *lexer, char quote, bool *escaped)
{
	*escaped = false;
	for (size_t i = lexer->at; i < lexer->text.len; i++) {
		if (lexer->text.ptr[i] == quote)
			return i;
		if (lexer->text.ptr[i] != '\\')
			continue;
		*escaped = true;
		i++;
	}
	return SIZE_MAX;
}

/** Text between two `quote` characters, escapes resolved; without escapes it stays a slice of the source. */
static bool read_quoted(struct fp_lexer *lexer, char quote, struct slice *out)
{
	size_t start = ++lexer->at, length = 0;
	bool escaped;
	size_t end = quoted_end(lexer, quote, &escaped);

	if (end == SIZE_MAX)
		return fp_lexer_fail(lexer, &lexer->token, "the text that starts here has no closing %c", quote);
	char *copy = escaped ? arena_alloc(lexer->arena, end - start) : NULL;
	if (escaped && !copy)
		return error_memory(lexer->err);
	while (lexer->at < end) {
		char c = peek(lexer, 0);

		if (c == '\\') {
			size_t used, added = fhirpath_unescape(slice_from(lexer->text, lexer->at), copy + length, &used);
			if (added == 0)
				return fp_lexer_fail(lexer, &lexer->token, "unknown escape \\%c in text", peek(lexer, 1));
			length += added;
			lexer->at += used;
			continue;
		}
		if (c == '\n')
			new_line(lexer);
		if (copy)
			copy[length++] = c;
		lexer->at++;
	}
	*out = copy ? (struct slice){ copy, length } : (struct slice){ lexer->text.ptr + start, end - start };
	lexer->at = end + 1;
	return true;
}

static struct slice taken(const struct fp_lexer *lexer, size_t start)
{
	return (struct slice){ lexer->text.ptr + start, lexer->at - start };
}

static void read_number(struct fp_lexer *lexer)
{
	size_t start = lexer->at;

	lexer->token.kind = FP_TOKEN_INTEGER;
	while (is_digit(peek(lexer, 0)))
		lexer->at++;
	if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
		lexer->token.kind = FP_TOKEN_DECIMAL;
		for (lexer->at++; is_digit(peek(lexer, 0));)
			lexer->at++;
	}
	lexer->token.text = taken(lexer, start);
}

/** '@' and what can be part of a date or time; the parser checks the form. A '.' or '-' counts only before a digit. */
static void read_date(struct fp_lexer *lexer)
{
	size_t start = ++lexer->at;

	lexer->token.kind = peek(lexer, 0) == 'T' ? FP_TOKEN_TIME : FP_TOKEN_DATE;
	for (; lexer->at < lexer->text.len; lexer->at++) {
		char c = peek(lexer, 0);
		bool zone = (c == 'Z' || c == '+') && lexer->token.kind == FP_TOKEN_DATETIME;
		bool join = (c == '-' || c == '.' || c == ':') && is_digit(peek(lexer, 1));

		if (c == 'T' && lexer->token.kind == FP_TOKEN_DATE)
			lexer->token.kind = FP_TOKEN_DATETIME;
		else if (!is_digit(c) && !zone && !join && !(c == 'T' && lexer->at == start))
			break;
	}
	lexer->token.text = taken(lexer, start);
	if (lexer->token.kind == FP_TOKEN_TIME)
		lexer->token.text = slice_from(lexer->token.text, 1);
}

static bool read_variable(struct fp_lexer *lexer)
{
	lexer->token.kind = FP_TOKEN_VARIABLE;
	lexer->at++;
	if (peek(lexer, 0) == '`' || peek(lexer, 0) == '\'' || peek(lexer, 0) == '"')
		return read_quoted(lexer, peek(lexer, 0), &lexer->token.text);
	size_t start = lexer->at;
	while (is_name(peek(lexer, 0)))
		lexer->at++;
	lexer->token.text = taken(lexer, start);
	return lexer->token.text.len > 0 || fp_lexer_fail(lexer, &lexer->token, "a name must follow %%");
}

static void read_word(struct fp_lexer *lexer, enum fp_token_kind kind)
{
	size_t start = lexer->at;

	while (is_name(peek(lexer, 0)))
		lexer->at++;
	lexer->token.kind = kind;
	lexer->token.text = taken(lexer, start);
}

static int symbol_at(const struct fp_lexer *lexer)
{
	char c = peek(lexer, 0), d = peek(lexer, 1);

	if (c == '<' && d == '=')
		return FP_SYMBOL_LESS_EQUAL;
	if (c == '>' && d == '=')
		return FP_SYMBOL_GREATER_EQUAL;
	if (c == '!' && d == '=')
		return FP_SYMBOL_NOT_EQUAL;
	if (c == '!' && d == '~')
		return FP_SYMBOL_NOT_EQUIVALENT;
	/* "->" is the arrow of the mapping language, which ends an expression there. */
	if (c == '-' && d == '>')
		return 0;
	return c && strchr(".,()[]{}+-*/&|=~<>", c) ? c : 0;
}

static void read_symbol(struct fp_lexer *lexer)
{
	lexer->token.symbol = symbol_at(lexer);
	lexer->token.kind = lexer->token.symbol ? FP_TOKEN_SYMBOL : FP_TOKEN_OTHER;
	size_t length = lexer->token.symbol >= FP_SYMBOL_LESS_EQUAL ? 2 : 1;
	lexer->token.text = (struct slice){ lexer->text.ptr + lexer->at, length };
	lexer->at += length;
}

bool fp_lexer_next(struct fp_lexer *lexer)
{
	struct fp_token *token = &lexer->token;

	if (!skip_space(lexer))
		return false;
	*token = (struct fp_token){ .offset = lexer->at, .line = lexer->line, .column = lexer->at - lexer->line_start + 1 };
	if (lexer->at >= lexer->text.len)
		return true;
	char c = peek(lexer, 0);
	if (is_name_start(c)) {
		read_word(lexer, FP_TOKEN_NAME);
		return true;
	}
	if (is_digit(c)) {
		read_number(lexer);
		return true;
	}
	if (c == '$') {
		lexer->at++;
		read_word(lexer, FP_TOKEN_SPECIAL);
		return true;
	}
	if (c == '\'' || c == '`') {
		token->kind = c == '`' ? FP_TOKEN_DELIMITED : FP_TOKEN_STRING;
		return read_quoted(lexer, c, &token->text);
	}
	if (c == '@') {
		read_date(lexer);
		return true;
	}
	if (c == '%')
		return read_variable(lexer);
	read_symbol(lexer);
	return true;
}
