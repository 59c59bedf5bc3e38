/* SPDX-License-Identifier: Apache-2.0 */
/* _filter: an expression over search parameters.
 *
 *     expression = term { ("and" | "or") term }       "and" binds closer
 *     term       = "not" "(" expression ")" | "(" expression ")" | comparison
 *     comparison = path operation value | reference "[" expression "]" "." comparison
 *     value      = "quoted" | what stands before white space or a parenthesis; inside of brackets also before "]"
 *
 * Source: FHIR R4 and R5, search_filter.html. */
#include "api/search_reading.h"

#include <string.h>

#define GROUPS_MAX 64     /* of terms in one expression */
#define PATH_DEPTH_MAX 8u /* steps of a chain */

struct expression {
	struct reading *reading;
	const struct fhir_type *type;
	struct slice text; /**< the whole, for places */
	struct slice rest;
	unsigned depth, brackets;
};

static const struct store_filter *read_or(struct expression *expression);
static const struct store_filter *read_comparison(struct expression *expression);
static const struct store_filter *read_parenthesis(struct expression *expression, char end);

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
		if (c == ' ' || c == '(' || c == ')' || (c == ']' && expression->brackets))
			break;
	}
	return word;
}

/** A path ends at a bracket too. */
static struct slice cut_path(struct expression *expression)
{
	struct slice path = next_word(expression), rest = path;

	path = slice_cut(&rest, '[');
	expression->rest = slice_from(expression->rest, path.len);
	return path;
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

/* What an operation is as a parameter: a modifier, a prefix of the value, or a comparison of the store's. Source:
 * search_filter.html, "Operators"; "values are never case sensitive". */
static const struct operation {
	const char *name;
	const char *modifier, *prefix, *comparison;
	bool is_turned;    /**< none of what it finds */
	const char *types; /**< n number, d date, s string, t token, r reference, q quantity, u uri, w words */
} operations[] = {
	{ .name = "eq", .types = "ndtrquw" },
	{ .name = "eq", .comparison = "whole", .types = "s" },
	{ .name = "ne", .is_turned = true, .types = "ndtrqu" },
	{ .name = "ne", .comparison = "whole", .is_turned = true, .types = "s" },
	{ .name = "co", .modifier = "contains", .types = "s" },
	{ .name = "co", .comparison = "contains", .types = "u" },
	{ .name = "co", .types = "w" },
	{ .name = "sw", .types = "s" },
	{ .name = "sw", .comparison = "starts", .types = "u" },
	{ .name = "ew", .comparison = "ends", .types = "su" },
	{ .name = "gt", .prefix = "gt", .types = "ndq" },
	{ .name = "lt", .prefix = "lt", .types = "ndq" },
	{ .name = "ge", .prefix = "ge", .types = "ndq" },
	{ .name = "le", .prefix = "le", .types = "ndq" },
	{ .name = "ap", .prefix = "ap", .types = "ndq" },
	{ .name = "sa", .prefix = "sa", .types = "ndq" },
	{ .name = "eb", .prefix = "eb", .types = "ndq" },
	{ .name = "pr", .types = "" },
	{ .name = "po", .comparison = "overlaps", .types = "d" },
	{ .name = "ss", .modifier = "below", .types = "tu" },
	{ .name = "sb", .modifier = "above", .types = "tu" },
	{ .name = "in", .modifier = "in", .types = "t" },
	{ .name = "ni", .modifier = "not-in", .types = "t" },
	{ .name = "re", .types = "r" },
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
	*is_known = false;
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
		if (!slice_equal(name, slice_of(operations[i].name)))
			continue;
		*is_known = true;
		if (strchr(operations[i].types, type_letter(type)))
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

/* ---- which parameter a path ends in ---- */

static const struct fhir_search_param *last_param(struct reading *reading, const struct fhir_type *type, struct slice path,
						  unsigned depth);

/** Without a type in the chain, of the first type that has the rest. */
static const struct fhir_search_param *last_of_any(struct reading *reading, const struct fhir_search_param *param,
						   struct slice path, unsigned depth)
{
	const struct served_base *base = reading->call->base;
	const struct fhir_search_param *found = NULL;

	for (size_t i = 0; i < base->type_count && !found; i++)
		if (search_is_target(param, base->types[i].type->name))
			found = last_param(reading, base->types[i].type, path, depth);
	return found;
}

/** NULL: there is none; search_filter tells why. */
static const struct fhir_search_param *last_param(struct reading *reading, const struct fhir_type *type, struct slice path,
						  unsigned depth)
{
	if (!type || depth == PATH_DEPTH_MAX)
		return NULL;
	if (slice_starts(path, SLICE("_has:"))) {
		path = slice_from(path, SLICE("_has:").len);
		struct slice source = slice_cut(&path, ':');
		(void)slice_cut(&path, ':');
		return last_param(reading, fhir_type_find(reading->schema, source), path, depth + 1);
	}
	struct slice target = slice_cut(&path, '.'), code = slice_cut(&target, ':');
	/* At the base the parameter is one that all of the types have. */
	if (type->is_abstract && !slice_starts(code, SLICE("_")))
		type = fhir_type_find(reading->schema, reading->search->types[0]);
	const struct fhir_search_param *param = reading_param(reading, type, code);
	if (!param || !path.ptr)
		return param;
	if (target.ptr)
		return last_param(reading, fhir_type_find(reading->schema, target), path, depth + 1);
	return last_of_any(reading, param, path, depth + 1);
}

/* ---- the whole ---- */

static const struct store_filter *none_of(struct expression *expression, const struct store_filter *filter)
{
	return filter ? search_group(expression->reading, STORE_FILTER_NONE, filter, 1) : NULL;
}

/** "eq ne co": each once. */
static struct slice names_of_operations(struct arena *arena)
{
	struct slice names = SLICE("");

	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		if (i == 0 || strcmp(operations[i].name, operations[i - 1].name) != 0)
			names = arena_printf(arena, "%.*s %s", SLICE_ARG(names), operations[i].name);
	return names;
}

static const struct store_filter *refuse_operation(struct expression *expression, struct slice path, struct slice name,
						   bool is_known)
{
	struct arena *arena = expression->reading->arena;

	reading_issue(expression->reading, true, "not-supported",
		      is_known
			  ? arena_printf(arena, "_filter: '%.*s' cannot be asked of %.*s here", SLICE_ARG(name), SLICE_ARG(path))
			  : arena_printf(arena, "_filter: '%.*s' is not an operation", SLICE_ARG(name)),
		      arena_printf(arena, "Operations here:%.*s.", SLICE_ARG(names_of_operations(arena))));
	return NULL;
}

static const struct store_filter *operate(struct expression *expression, const struct operation *operation, struct slice path,
					  struct slice value)
{
	struct reading *reading = expression->reading;

	if (operation->prefix)
		value = arena_printf(reading->arena, "%s%.*s", operation->prefix, SLICE_ARG(value));
	reading->is_full |= !value.ptr;
	reading->comparison = operation->comparison;
	const struct store_filter *filter = compare(expression, path, operation->modifier, value);
	reading->comparison = NULL;
	return operation->is_turned ? none_of(expression, filter) : filter;
}

/** "pr true": there is a value. */
static const struct store_filter *ask_presence(struct expression *expression, struct slice path, struct slice value)
{
	if (slice_equal(value, SLICE("true")))
		return compare(expression, path, "missing", SLICE("false"));
	if (slice_equal(value, SLICE("false")))
		return compare(expression, path, "missing", SLICE("true"));
	reading_issue(expression->reading, true, "value", SLICE("_filter: pr takes true or false"), SLICE_NONE);
	return NULL;
}

static const struct store_filter *refuse_several(struct expression *expression, struct slice path)
{
	struct arena *arena = expression->reading->arena;

	reading_issue(expression->reading, true, "not-supported",
		      arena_printf(arena, "_filter: %.*s may lead to several types", SLICE_ARG(path)),
		      arena_printf(arena, "Name one, as in %.*s:Type[…].", SLICE_ARG(path)));
	return NULL;
}

/** "subject[name co doe].birthdate ge 1970": one resource for which both hold. */
static const struct store_filter *read_bracket(struct expression *expression, struct slice path)
{
	struct reading *reading = expression->reading;
	const struct fhir_type *outer = expression->type;
	struct slice type_name = path, code = slice_cut(&type_name, ':');
	const struct fhir_search_param *param = reading_need_param(reading, outer, code);
	struct store_filter *both = arena_new_array(reading->arena, struct store_filter, 2);

	reading->is_full |= !both;
	if (!both || !param)
		return NULL;
	if (!type_name.ptr && param->target_count == 1)
		type_name = param->targets[0];
	if (!type_name.ptr)
		return refuse_several(expression, path);
	expression->type = search_chain_target(reading, param, type_name);
	expression->brackets++;
	const struct store_filter *inside = expression->type ? read_parenthesis(expression, ']') : NULL;
	expression->brackets--;
	if (inside && !cut_char(expression, '.'))
		inside = refuse(expression, "a dot and a parameter");
	const struct store_filter *behind = inside ? read_comparison(expression) : NULL;
	const struct fhir_type *target = expression->type;
	expression->type = outer;
	if (!behind)
		return NULL;
	both[0] = *inside;
	both[1] = *behind;
	return search_chain(reading, param, target, search_group(reading, STORE_FILTER_ALL, both, 2));
}

static const struct store_filter *read_comparison(struct expression *expression)
{
	struct slice path, name, value;
	bool is_known;

	skip_space(expression);
	path = cut_path(expression);
	if (path.len && cut_char(expression, '['))
		return read_bracket(expression, path);
	skip_space(expression);
	name = next_word(expression);
	if (path.len == 0 || name.len == 0)
		return refuse(expression, "a comparison");
	expression->rest = slice_from(expression->rest, name.len);
	if (!cut_value(expression, &value))
		return refuse(expression, "a value");
	const struct fhir_search_param *param = last_param(expression->reading, expression->type, path, 0);
	/* Without one it is told what is wrong with the path; and no operation is left out. */
	if (!param && !compare(expression, path, NULL, value))
		return NULL;
	if (slice_equal(name, SLICE("pr")))
		return ask_presence(expression, path, value);
	bool is_words = !param || served_param_is_words(param);
	const struct operation *operation = find_operation(name, is_words ? FHIR_SEARCH_SPECIAL : param->type, &is_known);
	return operation ? operate(expression, operation, path, value) : refuse_operation(expression, path, name, is_known);
}

/* ---- joined ---- */

static const struct store_filter *read_parenthesis(struct expression *expression, char end)
{
	if (++expression->depth > GROUPS_MAX)
		return refuse(expression, "an end of parentheses");
	const struct store_filter *filter = read_or(expression);
	expression->depth--;
	if (filter && !cut_char(expression, end))
		return refuse(expression, end == ')' ? "a closing parenthesis" : "a closing bracket");
	return filter;
}

static const struct store_filter *read_term(struct expression *expression)
{
	struct slice before = expression->rest;

	if (cut_char(expression, '('))
		return read_parenthesis(expression, ')');
	if (cut_word(expression, "not")) {
		if (cut_char(expression, '('))
			return none_of(expression, read_parenthesis(expression, ')'));
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
