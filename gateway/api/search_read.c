/* SPDX-License-Identifier: Apache-2.0 */
/* A query becomes a search: filters by the type's search parameters, the rest by the table of result parameters. */
#include "api/search_reading.h"

#include <string.h>

/* ---- issues ---- */

void reading_issue(struct reading *reading, bool can_ignore, const char *code, struct slice text, struct slice diagnostics)
{
	struct search *search = reading->search;
	bool ignored = can_ignore && reading->is_lenient;

	search->refused |= !ignored;
	if (search->issue_count == SEARCH_MAX_ISSUES)
		return;
	search->issues[search->issue_count++] =
	    (struct outcome_issue){ ignored ? "warning" : "error", code, text.ptr ? text : SLICE("Parameter refused"),
				    diagnostics };
}

void reading_unknown(struct reading *reading, struct slice text, struct slice given, const char *const *names, size_t count)
{
	const char *nearest = nearest_name(given, names, count);
	struct slice list = served_names_join(reading->arena, names, count);

	reading_issue(reading, true, "not-supported", text,
		      arena_printf(reading->arena, "%s%s%sThere are: %.*s.", nearest ? "Did you mean '" : "",
				   nearest ? nearest : "", nearest ? "'? " : "", SLICE_ARG(list)));
}

static void wrong_value(struct reading *reading, const struct query_parameter *parameter, const char *expected)
{
	reading_issue(reading, false, "value",
		      arena_printf(reading->arena, "%.*s='%.*s' is not %s", SLICE_ARG(parameter->name),
				   SLICE_ARG(parameter->value), expected),
		      SLICE_NONE);
}

/* ---- result parameters ---- */

static bool word_is(struct slice value, const char *word)
{
	return slice_equal(value, slice_of(word));
}

static void take_count(struct reading *reading, const struct query_parameter *parameter)
{
	struct search *search = reading->search;
	uint64_t max = reading->call->api->options.max_page_count;

	if (!slice_to_u64(parameter->value, INT32_MAX, &search->count)) {
		wrong_value(reading, parameter, "a count: 0, 1, 2 and so on");
		return;
	}
	search->count_given = true;
	search->count_only |= search->count == 0;
	if (search->count > max)
		search->count = max;
}

/** Dispatch has read it, with _elements: see projection.h. */
static void take_summary(struct reading *reading, const struct query_parameter *parameter)
{
	(void)parameter;
	reading->search->count_only |= reading->call->projection.summary == SUMMARY_COUNT;
}

/** An estimate is as good as it can be: it is the count. */
static void take_total(struct reading *reading, const struct query_parameter *parameter)
{
	if (word_is(parameter->value, "accurate") || word_is(parameter->value, "estimate")) {
		reading->search->want_total = true;
		return;
	}
	if (!word_is(parameter->value, "none"))
		wrong_value(reading, parameter, "one of none, estimate, accurate");
}

static void take_cursor(struct reading *reading, const struct query_parameter *parameter)
{
	reading->search->cursor = parameter->value;
}

static void take_pretty(struct reading *reading, const struct query_parameter *parameter)
{
	if (!word_is(parameter->value, "true") && !word_is(parameter->value, "false"))
		wrong_value(reading, parameter, "true or false");
}

static void take_explain(struct reading *reading, const struct query_parameter *parameter)
{
	take_pretty(reading, parameter);
	/* Its figures are of indexes that all types share. */
	reading->search->want_plan = word_is(parameter->value, "true") && reading_may(reading, SLICE("*"), ACCESS_SEARCH);
}

/** Contained resources are never found on their own. */
static void take_contained(struct reading *reading, const struct query_parameter *parameter)
{
	if (!word_is(parameter->value, "false"))
		reading_issue(reading, true, "not-supported", SLICE("Contained resources are not searched"),
			      SLICE("Leave _contained out, or say _contained=false."));
}

/** Negotiation has dealt with it. */
static void take_format(struct reading *reading, const struct query_parameter *parameter)
{
	(void)reading;
	(void)parameter;
}

/* What FHIR defines beside the filters. Rows without a reader are known and not done here. */
static const struct result_parameter {
	const char *name;
	void (*take)(struct reading *reading, const struct query_parameter *parameter);
	enum {
		ONCE,
		IN_LINKS = 1,
		IN_CURSORS = 2,
		REPEATS = 4
	} flags; /**< carried from page to page; part of what is searched */
} result_parameters[] = {
	{ "_count", take_count, ONCE },
	{ "_cursor", take_cursor, ONCE },
	{ "_contained", take_contained, IN_LINKS },
	{ "_elements", take_summary, IN_LINKS },
	{ "_format", take_format, IN_LINKS },
	{ "_include", search_take_include, IN_LINKS | REPEATS },
	{ "_pretty", take_pretty, IN_LINKS },
	{ "_revinclude", search_take_include, IN_LINKS | REPEATS },
	{ "_sort", search_take_sort, IN_LINKS | IN_CURSORS },
	{ "_summary", take_summary, IN_LINKS },
	{ "_total", take_total, IN_LINKS },
	{ "_type", search_take_type, IN_LINKS | IN_CURSORS },
	{ "__explain", take_explain, IN_LINKS },
	{ "_containedType", NULL, ONCE },
	{ "_graph", NULL, ONCE },
	{ "_maxresults", NULL, ONCE },
	{ "_query", NULL, ONCE },
	{ "_score", NULL, ONCE },
};

static const struct result_parameter *result_parameter_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(result_parameters); i++)
		if (slice_equal(name, slice_of(result_parameters[i].name)))
			return &result_parameters[i];
	return NULL;
}

struct slice search_result_names(struct arena *arena)
{
	const char *names[ARRAY_SIZE(result_parameters)];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(result_parameters); i++)
		if (result_parameters[i].take)
			names[count++] = result_parameters[i].name;
	return served_names_join(arena, names, count);
}

/* ---- search parameters ---- */

const struct fhir_search_param *reading_param(const struct reading *reading, const struct fhir_type *type, struct slice code)
{
	size_t count;
	const struct fhir_search_param *params = fhir_search_params(reading->schema, type, &count);

	for (size_t i = 0; i < count; i++)
		if (slice_equal(params[i].code, code))
			return served_param_offered(reading->call->base, &params[i]) ? &params[i] : NULL;
	return NULL;
}

/** Parameters that are made of others: no row of the tables stands for them. */
static const char *const made_up[] = { "_filter", "_has", "_list" };

static size_t param_names(struct reading *reading, const struct fhir_type *type, const char ***out)
{
	size_t count, used = 0;
	const struct fhir_search_param *params = fhir_search_params(reading->schema, type, &count);
	const char **names = arena_new_array(reading->arena, const char *, count + ARRAY_SIZE(made_up));

	reading->is_full |= !names;
	for (size_t i = 0; names && i < count; i++)
		if (served_param_offered(reading->call->base, &params[i]) &&
		    (names[used] = arena_cstr(reading->arena, params[i].code)))
			used++;
	for (size_t i = 0; names && i < ARRAY_SIZE(made_up); i++)
		names[used++] = made_up[i];
	*out = names;
	return used;
}

const struct fhir_search_param *reading_need_param(struct reading *reading, const struct fhir_type *type, struct slice code)
{
	const struct fhir_search_param *param = reading_param(reading, type, code);
	const struct result_parameter *known = result_parameter_find(code);
	const char **names;

	if (param)
		return param;
	size_t count = param_names(reading, type, &names);
	const char *nearest = nearest_name(code, names, count);
	struct slice list = served_names_join(reading->arena, names, count);
	const char *advice = type->is_abstract ? "One type has more: name it by _type or in the path. " : "";
	struct slice owner = type->is_abstract ? SLICE("all types") : type->name;
	reading_issue(reading, true, "not-supported",
		      known ? arena_printf(reading->arena, "The parameter '%s' is not supported", known->name)
			    : arena_printf(reading->arena, "There is no search parameter '%.*s' of %.*s", SLICE_ARG(code),
					   SLICE_ARG(owner)),
		      arena_printf(reading->arena, "%s%s%s%sSearch parameters of %.*s: %.*s. For the result: %.*s.",
				   nearest ? "Did you mean '" : "", nearest ? nearest : "", nearest ? "'? " : "", advice,
				   SLICE_ARG(owner), SLICE_ARG(list), SLICE_ARG(search_result_names(reading->arena))));
	return NULL;
}

static void text_add(struct buf *buf, const struct query_parameter *parameter)
{
	if (buf->len)
		buf_append_char(buf, '&');
	query_encode(buf, parameter->name);
	if (parameter->modifier.ptr) {
		buf_append_char(buf, ':');
		query_encode(buf, parameter->modifier);
	}
	buf_append_char(buf, '=');
	query_encode(buf, parameter->value);
}

/** Name and modifier as they stood: a modifier was cut at the first colon, which a chain has within. */
static struct slice whole_name(const struct query_parameter *parameter)
{
	if (!parameter->modifier.ptr)
		return parameter->name;
	return (struct slice){ parameter->name.ptr, parameter->name.len + 1 + parameter->modifier.len };
}

static void take_filter(struct reading *reading, const struct query_parameter *parameter)
{
	struct search *search = reading->search;
	struct slice path = whole_name(parameter);
	const struct store_filter *filter = slice_equal(path, SLICE("_filter"))
						? search_expression(reading, reading->type, parameter->value)
						: search_filter(reading, reading->type, path, parameter->value);

	if (!filter)
		return;
	search->filters[search->filter_count++] = *filter;
	text_add(&reading->filters, parameter);
	text_add(&reading->used, parameter);
}

static void take_result(struct reading *reading, const struct result_parameter *result, const struct query_parameter *parameter)
{
	size_t told = reading->search->issue_count;
	bool repeats = result->flags & REPEATS;

	if (parameter->modifier.ptr && !repeats) {
		reading_issue(reading, true, "not-supported", arena_printf(reading->arena, "%s takes no modifier", result->name),
			      SLICE_NONE);
		return;
	}
	if (!repeats && query_find(&reading->call->query, parameter->name) != parameter) {
		reading_issue(reading, false, "value", arena_printf(reading->arena, "%s is given twice", result->name),
			      SLICE_NONE);
		return;
	}
	result->take(reading, parameter);
	/* What was ignored is not in the links either. */
	if (reading->search->issue_count > told)
		return;
	if (result->flags & IN_LINKS)
		text_add(&reading->used, parameter);
	if (result->flags & IN_CURSORS)
		text_add(&reading->filters, parameter);
}

/** Those named _type, or the others. */
static void take_pass(struct reading *reading, bool is_type)
{
	const struct query *query = &reading->call->query;

	for (size_t i = 0; i < query->count && !reading->is_full; i++) {
		const struct query_parameter *parameter = &query->items[i];
		const struct result_parameter *result = result_parameter_find(parameter->name);
		if (slice_equal(parameter->name, SLICE("_type")) != is_type)
			continue;
		if (result && result->take)
			take_result(reading, result, parameter);
		else
			take_filter(reading, parameter);
	}
}

/** _type first: it says whose parameters the others are. */
static void take_all(struct reading *reading)
{
	take_pass(reading, true);
	if (!reading_may_search(reading))
		return;
	take_pass(reading, false);
	reading_tell_left_out(reading);
}

static bool texts_keep(struct reading *reading)
{
	struct search *search = reading->search;

	if (reading->is_full || reading->filters.failed || reading->used.failed)
		return false;
	search->filter_text = arena_copy(reading->arena, buf_slice(&reading->filters));
	search->used_text = arena_copy(reading->arena, buf_slice(&reading->used));
	return search->filter_text.ptr && search->used_text.ptr;
}

/** The types searched unless _type says others. */
static bool types_open(struct reading *reading)
{
	const struct api_call *call = reading->call;
	size_t count = call->type ? 1 : call->base->type_count;
	struct slice *types = arena_new_array(reading->arena, struct slice, count);

	for (size_t i = 0; types && i < count; i++)
		types[i] = call->type ? call->type->type->name : call->base->types[i].type->name;
	reading->search->types = types;
	reading->search->type_count = count;
	reading->type = call->type ? call->type->type : fhir_type_find(reading->schema, SLICE("DomainResource"));
	return types;
}

bool search_read(struct api_call *call, struct search *out)
{
	struct reading reading = { .call = call, .search = out, .arena = call->request->arena, .schema = call->base->schema };

	*out = (struct search){ .count = call->api->options.page_count };
	reading.is_lenient = negotiate_is_lenient(call->request);
	out->filters = arena_new_array(reading.arena, struct store_filter, call->query.count + 1);
	if (!out->filters || !types_open(&reading))
		return false;
	buf_init(&reading.filters, 4 * QUERY_MAX_BYTES);
	buf_init(&reading.used, 4 * QUERY_MAX_BYTES);
	take_all(&reading);
	bool ok = texts_keep(&reading);
	buf_free(&reading.filters);
	buf_free(&reading.used);
	return ok;
}
