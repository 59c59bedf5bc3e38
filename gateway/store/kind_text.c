/* SPDX-License-Identifier: Apache-2.0 */
/* _text and _content: words, folded as strings are, in the narrative or anywhere.
 *
 *     query = all { "OR" all }
 *     all   = term { ["AND"] term }
 *     term  = "(" query ")" | word | word"*" | \"words in this order\"
 *
 * What it becomes consists of folded words between quotes, so that nothing a client says is syntax to the engine.
 *
 * Source: FHIR R4 search.html#text, R5 search.html#_text, #_content. */
#include "store/fold.h"
#include "store/kind.h"

#include <ctype.h>

#define WORDS_MAX 64
#define DEPTH_MAX 16
#define QUERY_MAX_BYTES (64u << 10)

struct text_query {
	struct arena *arena;
	struct slice rest;
	struct buf out;
	unsigned words, depth;
};

static bool read_any(struct text_query *query);

/** Between words: what is no part of one, nor of the language. */
static bool is_space(char c)
{
	return (unsigned char)c < 0x80 && !isalnum((unsigned char)c) && c != '"' && c != '(' && c != ')';
}

static void skip_space(struct text_query *query)
{
	while (query->rest.len && is_space(query->rest.ptr[0]))
		query->rest = slice_from(query->rest, 1);
}

static bool next_is(struct text_query *query, char c)
{
	skip_space(query);
	return query->rest.len && query->rest.ptr[0] == c;
}

/** What stands before white space, a quote or a parenthesis. */
static struct slice next_word(struct text_query *query)
{
	struct slice word;

	skip_space(query);
	word = query->rest;
	for (word.len = 0; word.len < query->rest.len; word.len++) {
		char c = query->rest.ptr[word.len];
		if (c == ' ' || c == '\t' || c == '"' || c == '(' || c == ')')
			break;
	}
	return word;
}

static bool cut_word(struct text_query *query, const char *word)
{
	struct slice next = next_word(query);

	if (!slice_equal(next, slice_of(word)))
		return false;
	query->rest = slice_from(query->rest, next.len);
	return true;
}

/** A phrase of folded words. One of punctuation alone has none, and would match nothing. */
static bool add_phrase(struct text_query *query, struct slice text, bool is_start)
{
	struct slice folded = fold_text(query->arena, text);

	if (!folded.ptr || folded.len == 0 || ++query->words > WORDS_MAX)
		return false;
	buf_printf(&query->out, "\"%.*s\"%s", SLICE_ARG(folded), is_start ? "*" : "");
	return true;
}

static bool read_quoted(struct text_query *query)
{
	struct slice rest = slice_from(query->rest, 1);
	size_t end = slice_find(rest, SLICE("\""));

	if (end == SIZE_MAX)
		return false;
	query->rest = slice_from(rest, end + 1);
	return add_phrase(query, (struct slice){ rest.ptr, end }, false);
}

static bool read_parenthesis(struct text_query *query)
{
	query->rest = slice_from(query->rest, 1);
	if (++query->depth > DEPTH_MAX || !read_any(query) || !next_is(query, ')'))
		return false;
	query->depth--;
	query->rest = slice_from(query->rest, 1);
	return true;
}

static bool is_operator(struct slice word)
{
	return slice_equal(word, SLICE("AND")) || slice_equal(word, SLICE("OR")) || slice_equal(word, SLICE("NOT"));
}

/** NOT is no word, and is not done: who writes it means something else than all words. */
static bool read_term(struct text_query *query)
{
	if (next_is(query, '('))
		return read_parenthesis(query);
	if (next_is(query, '"'))
		return read_quoted(query);
	struct slice word = next_word(query);
	query->rest = slice_from(query->rest, word.len);
	return word.len && !is_operator(word) && add_phrase(query, word, slice_ends(word, SLICE("*")));
}

static bool ends_all(struct text_query *query)
{
	return query->rest.len == 0 || next_is(query, ')') || slice_equal(next_word(query), SLICE("OR"));
}

static bool read_all(struct text_query *query)
{
	buf_append_char(&query->out, '(');
	if (!read_term(query))
		return false;
	for (skip_space(query); !ends_all(query); skip_space(query)) {
		(void)cut_word(query, "AND");
		buf_append(&query->out, SLICE(" AND "));
		if (!read_term(query))
			return false;
	}
	buf_append_char(&query->out, ')');
	return true;
}

static bool read_any(struct text_query *query)
{
	buf_append_char(&query->out, '(');
	if (!read_all(query))
		return false;
	while (cut_word(query, "OR")) {
		buf_append(&query->out, SLICE(" OR "));
		if (!read_all(query))
			return false;
	}
	buf_append_char(&query->out, ')');
	return true;
}

/** The engine's query; absent when the text is not one. */
static struct slice translate(struct arena *arena, struct slice text, bool is_narrative)
{
	struct text_query query = { .arena = arena, .rest = text };
	struct slice out = SLICE_NONE;

	buf_init(&query.out, QUERY_MAX_BYTES);
	if (is_narrative)
		buf_append(&query.out, SLICE("narrative : "));
	if (read_any(&query) && query.rest.len == 0 && !query.out.failed)
		out = arena_copy(arena, buf_slice(&query.out));
	buf_free(&query.out);
	return out;
}

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	struct slice query = translate(condition->arena, value->text, slice_equal(filter->param->code, SLICE("_text")));

	if (!query.ptr)
		return kind_refuse_value(filter, value, "words, \"phrases\", word*, OR and parentheses, at most 64 words", err);
	condition_add_text(condition, "index_text MATCH ?", query);
	return true;
}

const struct index_kind kind_text = { .match = match };
