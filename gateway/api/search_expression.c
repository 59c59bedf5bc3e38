/* SPDX-License-Identifier: Apache-2.0 */
/* _filter: an expression over search parameters.
 *
 *     expression = term { ("and" | "or") term }       "and" binds closer
 *     term       = "not" "(" expression ")" | "(" expression ")" | path operation value
 *     value      = "quoted" | what stands before white space or a parenthesis
 *
 * Source: FHIR R4 and R5, search_filter.html. */
#include "api/search_reading.h"

#define GROUPS_MAX 64 /* of terms in one expression */

struct expression {
	struct reading *reading;
	const struct fhir_type *type;
	struct slice text; /**< the whole, for places */
	struct slice rest;
	unsigned depth;
};

static const struct store_filter *read_or(struct expression *expression);

static const struct store_filter *refuse(struct expression *expression, const char *what)
{
	reading_issue(expression->reading, true, "value",
		      arena_printf(expression->reading->arena, "_filter: %s is expected at character %zu", what,
				   expression->text.len - expression->rest.len + 1),
		      SLICE("Write it as in: title co \"knee\" and not (status eq retired)."));
	return NULL;
}

/* ---- words ---- */

static void skip_space(struct expression *expression)
{
	while (expression->rest.len && expression->rest.ptr[0] == ' ')
		expression->rest = slice_from(expression->rest, 1);
}

static bool cut_char(struct expression *expression, char c)
{
	skip_space(expression);
	if (expression->rest.len == 0 || expression->rest.ptr[0] != c)
		return false;
	expression->rest = slice_from(expression->rest, 1);
	return true;
}

/** What stands before white space or a parenthesis. */
static struct slice next_word(struct expression *expression)
{
	struct slice word = expression->rest;

	for (word.len = 0; word.len < expression->rest.len; word.len++) {
		char c = expression->rest.ptr[word.len];
		if (c == ' ' || c == '(' || c == ')')
			break;
	}
	return word;
}

static bool cut_word(struct expression *expression, const char *word)
{
	skip_space(expression);
	if (!slice_equal(next_word(expression), slice_of(word)))
		return false;
	expression->rest = slice_from(expression->rest, slice_of(word).len);
	return true;
}

/** "…" with \" and \\ within; `out` without them. */
static bool cut_quoted(struct expression *expression, struct slice *out)
{
	char *text = arena_alloc(expression->reading->arena, expression->rest.len + 1);
	size_t used = 0, i = 1;

	expression->reading->is_full |= !text;
	for (; text && i < expression->rest.len && expression->rest.ptr[i] != '"'; i++) {
		if (expression->rest.ptr[i] == '\\' && i + 1 < expression->rest.len)
			i++;
		text[used++] = expression->rest.ptr[i];
	}
	if (!text || i >= expression->rest.len)
		return false;
	expression->rest = slice_from(expression->rest, i + 1);
	*out = (struct slice){ text, used };
	return true;
}

/** The value as a search parameter has it: a comma or a dollar sign within is no separator there. */
static struct slice escaped(struct expression *expression, struct slice text)
{
	char *out = arena_alloc(expression->reading->arena, 2 * text.len + 1);
	size_t used = 0;

	expression->reading->is_full |= !out;
	for (size_t i = 0; out && i < text.len; i++) {
		if (text.ptr[i] == ',' || text.ptr[i] == '$' || text.ptr[i] == '\\')
			out[used++] = '\\';
		out[used++] = text.ptr[i];
	}
	return out ? (struct slice){ out, used } : SLICE_NONE;
}

static bool cut_value(struct expression *expression, struct slice *out)
{
	skip_space(expression);
	if (expression->rest.len && expression->rest.ptr[0] == '"') {
		if (!cut_quoted(expression, out))
			return false;
	} else {
		*out = next_word(expression);
		expression->rest = slice_from(expression->rest, out->len);
	}
	*out = escaped(expression, *out);
	return out->len > 0;
}

/* ---- comparisons ---- */

/* What an operation is as a parameter: a modifier, or a prefix of the value. */
static const struct operation {
	const char *name;
	const char *modifier, *prefix;
	bool is_turned;    /**< none of what it finds */
	const char *types; /**< n number, d date, s string, t token, r reference, q quantity, u uri, w words */
} operations[] = {
	{ "eq", NULL, NULL, false, "ndtrquw" }, { "eq", "exact", NULL, false, "s" },    { "ne", NULL, NULL, true, "ndtrqu" },
	{ "ne", "exact", NULL, true, "s" },     { "co", "contains", NULL, false, "s" }, { "co", NULL, NULL, false, "w" },
	{ "sw", NULL, NULL, false, "s" },       { "gt", NULL, "gt", false, "ndq" },     { "lt", NULL, "lt", false, "ndq" },
	{ "ge", NULL, "ge", false, "ndq" },     { "le", NULL, "le", false, "ndq" },     { "ap", NULL, "ap", false, "ndq" },
	{ "sa", NULL, "sa", false, "ndq" },     { "eb", NULL, "eb", false, "ndq" },     { "ss", "below", NULL, false, "tu" },
	{ "sb", "above", NULL, false, "tu" },   { "in", "in", NULL, false, "t" },       { "ni", "not-in", NULL, false, "t" },
	{ "re", NULL, NULL, false, "r" },
};

static char type_letter(enum fhir_search_type type)
{
	static const char letters[] = {
		[FHIR_SEARCH_NUMBER] = 'n',   [FHIR_SEARCH_DATE] = 'd',    [FHIR_SEARCH_STRING] = 's',
		[FHIR_SEARCH_TOKEN] = 't',    [FHIR_SEARCH_URI] = 'u',     [FHIR_SEARCH_REFERENCE] = 'r',
		[FHIR_SEARCH_QUANTITY] = 'q', [FHIR_SEARCH_SPECIAL] = 'w',
	};

	return type < sizeof(letters) && letters[type] ? letters[type] : '?';
}

static const struct operation *find_operation(struct slice name, enum fhir_search_type type, bool *is_known)
{
	*is_known = slice_equal(name, SLICE("pr")) || slice_equal(name, SLICE("ew")) || slice_equal(name, SLICE("po"));
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
		if (!slice_equal(name, slice_of(operations[i].name)))
			continue;
		*is_known = true;
		for (const char *letter = operations[i].types; *letter; letter++)
			if (*letter == type_letter(type))
				return &operations[i];
	}
	return NULL;
}

/** The last parameter of a path, and with `modifier` the path that search_filter takes. */
static const struct store_filter *compare(struct expression *expression, struct slice path, const char *modifier,
					  struct slice value)
{
	struct reading *reading = expression->reading;
	struct slice whole = modifier ? arena_printf(reading->arena, "%.*s:%s", SLICE_ARG(path), modifier) : path;

	reading->is_full |= !whole.ptr;
	return whole.ptr ? search_filter(reading, expression->type, whole, value) : NULL;
}

/** The type of the last parameter of a chain. False: it is not clear or there is none; search_filter tells which. */
static bool path_type(const struct expression *expression, struct slice path, enum fhir_search_type *out)
{
	const struct fhir_type *type = expression->type;
	const struct fhir_search_param *param = NULL;

	while (path.ptr && type) {
		struct slice segment = slice_cut(&path, '.');
		struct slice code = slice_cut(&segment, ':');
		param = reading_param(expression->reading, type, code);
		if (!param)
			return false;
		struct slice next = segment.ptr ? segment : param->target_count ? param->targets[0] : SLICE_NONE;
		type = path.ptr ? fhir_type_find(expression->reading->schema, next) : NULL;
	}
	*out = param && !served_param_is_words(param) ? param->type : FHIR_SEARCH_SPECIAL;
	return param && !path.ptr;
}

static const struct store_filter *none_of(struct expression *expression, const struct store_filter *filter)
{
	return filter ? search_group(expression->reading, STORE_FILTER_NONE, filter, 1) : NULL;
}

static const struct store_filter *refuse_operation(struct expression *expression, struct slice path, struct slice name,
						   bool is_known)
{
	struct arena *arena = expression->reading->arena;

	reading_issue(expression->reading, true, "not-supported",
		      is_known
			  ? arena_printf(arena, "_filter: '%.*s' cannot be asked of %.*s here", SLICE_ARG(name), SLICE_ARG(path))
			  : arena_printf(arena, "_filter: '%.*s' is not an operation", SLICE_ARG(name)),
		      SLICE("Operations here: eq ne co sw gt lt ge le ap sa eb pr ss sb in ni re."));
	return NULL;
}

static const struct store_filter *read_comparison(struct expression *expression)
{
	struct slice path, name, value;
	enum fhir_search_type type = FHIR_SEARCH_SPECIAL;
	bool is_known;

	skip_space(expression);
	path = next_word(expression);
	expression->rest = slice_from(expression->rest, path.len);
	skip_space(expression);
	name = next_word(expression);
	if (path.len == 0 || name.len == 0)
		return refuse(expression, "a comparison");
	expression->rest = slice_from(expression->rest, name.len);
	if (!cut_value(expression, &value))
		return refuse(expression, "a value");
	if (!path_type(expression, path, &type))
		return compare(expression, path, NULL, value);
	if (slice_equal(name, SLICE("pr")))
		return compare(expression, path, "missing", slice_equal(value, SLICE("true")) ? SLICE("false") : SLICE("true"));
	const struct operation *operation = find_operation(name, type, &is_known);
	if (!operation)
		return refuse_operation(expression, path, name, is_known);
	if (operation->prefix)
		value = arena_printf(expression->reading->arena, "%s%.*s", operation->prefix, SLICE_ARG(value));
	expression->reading->is_full |= !value.ptr;
	const struct store_filter *filter = compare(expression, path, operation->modifier, value);
	return operation->is_turned ? none_of(expression, filter) : filter;
}

/* ---- joined ---- */

static const struct store_filter *read_parenthesis(struct expression *expression)
{
	if (++expression->depth > GROUPS_MAX)
		return refuse(expression, "an end of parentheses");
	const struct store_filter *filter = read_or(expression);
	expression->depth--;
	if (filter && !cut_char(expression, ')'))
		return refuse(expression, "a closing parenthesis");
	return filter;
}

static const struct store_filter *read_term(struct expression *expression)
{
	struct slice before = expression->rest;

	if (cut_char(expression, '('))
		return read_parenthesis(expression);
	if (cut_word(expression, "not")) {
		if (cut_char(expression, '('))
			return none_of(expression, read_parenthesis(expression));
		expression->rest = before;
	}
	return read_comparison(expression);
}

/** Terms joined by one word. */
static const struct store_filter *read_joined(struct expression *expression, const char *word, enum store_filter_kind kind,
					      const struct store_filter *(*read)(struct expression *expression))
{
	const struct store_filter *first = read(expression);
	struct store_filter *terms = NULL;
	size_t count = 1;

	if (!first || !cut_word(expression, word))
		return first;
	terms = arena_new_array(expression->reading->arena, struct store_filter, GROUPS_MAX);
	expression->reading->is_full |= !terms;
	if (!terms)
		return NULL;
	terms[0] = *first;
	do {
		const struct store_filter *next = read(expression);
		if (!next)
			return NULL;
		if (count == GROUPS_MAX)
			return refuse(expression, "an end");
		terms[count++] = *next;
	} while (cut_word(expression, word));
	return search_group(expression->reading, kind, terms, count);
}

static const struct store_filter *read_and(struct expression *expression)
{
	return read_joined(expression, "and", STORE_FILTER_ALL, read_term);
}

static const struct store_filter *read_or(struct expression *expression)
{
	return read_joined(expression, "or", STORE_FILTER_ANY, read_and);
}

const struct store_filter *search_expression(struct reading *reading, const struct fhir_type *type, struct slice text)
{
	struct expression expression = { .reading = reading, .type = type, .text = text, .rest = text };
	const struct store_filter *filter = read_or(&expression);

	skip_space(&expression);
	if (filter && expression.rest.len)
		return refuse(&expression, "an end, \"and\" or \"or\"");
	return filter;
}
