/* SPDX-License-Identifier: Apache-2.0 */
/* A query becomes a search: filters by the type's search parameters, the rest by the table of result parameters. */
#include "api/search.h"

#include <string.h>

/** Where reading stands. */
struct reading {
	struct api_call *call;
	struct search *search;
	struct arena *arena;
	bool is_lenient;
	struct buf filters, used; /**< query texts being made */
};

/* ---- issues ---- */

static void issue(struct reading *reading, bool can_ignore, const char *code, struct slice text, struct slice diagnostics)
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

static void wrong_value(struct reading *reading, const struct query_parameter *parameter, const char *expected)
{
	issue(reading, false, "value",
	      arena_printf(reading->arena, "%.*s='%.*s' is not %s", SLICE_ARG(parameter->name), SLICE_ARG(parameter->value),
			   expected),
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
		wrong_value(reading, parameter, "a number");
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
	bool in_links; /**< carried from page to page as it stands */
} result_parameters[] = {
	{ "_count", take_count, false },    { "_cursor", take_cursor, false },
	{ "_format", take_format, true },   { "_pretty", take_pretty, true },
	{ "_summary", take_summary, true }, { "_total", take_total, true },
	{ "_contained", NULL, false },      { "_containedType", NULL, false },
	{ "_content", NULL, false },        { "_elements", take_summary, true },
	{ "_filter", NULL, false },         { "_has", NULL, false },
	{ "_include", NULL, false },        { "_list", NULL, false },
	{ "_maxresults", NULL, false },     { "_query", NULL, false },
	{ "_revinclude", NULL, false },     { "_score", NULL, false },
	{ "_sort", NULL, false },           { "_text", NULL, false },
	{ "_type", NULL, false },
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

/* ---- filters ---- */

/** A token is [system]|[code]; everything else is text as it stands. */
static bool value_read(struct arena *arena, enum fhir_search_type type, struct slice text, struct store_value *out)
{
	size_t bar = type == FHIR_SEARCH_TOKEN ? query_find_unescaped(text, '|') : SIZE_MAX;

	*out = (struct store_value){ .system = SLICE_NONE };
	if (bar != SIZE_MAX) {
		out->system = query_unescape(arena, (struct slice){ text.ptr, bar });
		text = slice_from(text, bar + 1);
		if (!out->system.ptr)
			return false;
	}
	out->text = query_unescape(arena, text);
	if (out->text.ptr && out->text.len == 0 && bar != SIZE_MAX)
		out->text = SLICE_NONE; /* system| : any code of that system */
	return out->text.ptr || bar != SIZE_MAX;
}

static size_t count_values(struct slice text)
{
	size_t count = 0;

	while (text.ptr) {
		query_next_value(&text);
		count++;
	}
	return count;
}

/** Splits at the commas; false when the arena is full. */
static bool values_read(struct reading *reading, const struct query_parameter *parameter, struct store_filter *filter)
{
	size_t count = count_values(parameter->value);
	struct store_value *values = arena_new_array(reading->arena, struct store_value, count);
	struct slice rest = parameter->value;

	if (!values)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!value_read(reading->arena, filter->param->type, query_next_value(&rest), &values[i]))
			return false;
	filter->values = values;
	filter->value_count = count;
	return true;
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

static void unknown_parameter(struct reading *reading, const struct query_parameter *parameter,
			      const struct result_parameter *known)
{
	const struct served_type *type = reading->call->type;
	const char *nearest = nearest_name(parameter->name, type->param_names, type->param_count);
	struct slice names = served_names_join(reading->arena, type->param_names, type->param_count);
	struct slice text = arena_printf(reading->arena, "%.*s has no search parameter '%.*s'", SLICE_ARG(type->type->name),
					 SLICE_ARG(parameter->name));

	if (known)
		text = arena_printf(reading->arena, "The parameter '%s' is not supported", known->name);

	issue(reading, true, "not-supported", text,
	      arena_printf(reading->arena, "%s%s%sSearch parameters of %.*s: %.*s. For the result: %.*s.",
			   nearest ? "Did you mean '" : "", nearest ? nearest : "", nearest ? "'? " : "",
			   SLICE_ARG(type->type->name), SLICE_ARG(names), SLICE_ARG(search_result_names(reading->arena))));
}

/* What the store's index can do with each kind of parameter; a test asks the store for each. */
static const char *const token_modifiers[] = { "missing", "not", NULL };
static const char *const string_modifiers[] = { "contains", "exact", "missing", NULL };
static const char *const uri_modifiers[] = { "above", "below", "missing", NULL };
static const char *const plain_modifiers[] = { "missing", NULL };
static const char *const no_modifiers[] = { NULL };
static const char *const id_modifiers[] = { "not", NULL };

const char *const *search_modifiers(const struct fhir_search_param *param)
{
	if (slice_equal(param->code, SLICE("_id")))
		return id_modifiers;
	if (slice_equal(param->code, SLICE("_lastUpdated")))
		return no_modifiers;
	switch (param->type) {
	case FHIR_SEARCH_TOKEN:
		return token_modifiers;
	case FHIR_SEARCH_STRING:
		return string_modifiers;
	case FHIR_SEARCH_URI:
		return uri_modifiers;
	default:
		return plain_modifiers;
	}
}

/** A reference can be narrowed to a type by a modifier that is the type's name. */
static bool modifier_known(const struct reading *reading, const struct fhir_search_param *param, struct slice modifier,
			   size_t *count)
{
	const char *const *names = search_modifiers(param);
	const struct fhir_type *type = NULL;
	bool known = false;

	for (*count = 0; names[*count]; (*count)++)
		known |= slice_equal(modifier, slice_of(names[*count]));
	if (param->type == FHIR_SEARCH_REFERENCE)
		type = fhir_type_find(reading->call->base->schema, modifier);
	return known || (type && type->kind == FHIR_KIND_RESOURCE);
}

/** True when there is no modifier or one that works here. */
static bool modifier_check(struct reading *reading, const struct query_parameter *parameter,
			   const struct fhir_search_param *param)
{
	const char *const *names = search_modifiers(param);
	size_t count;

	if (!parameter->modifier.ptr || modifier_known(reading, param, parameter->modifier, &count))
		return true;
	const char *nearest = nearest_name(parameter->modifier, names, count);
	struct slice list = served_names_join(reading->arena, names, count);
	issue(reading, true, "not-supported",
	      arena_printf(reading->arena, "%.*s does not take the modifier ':%.*s'", SLICE_ARG(param->code),
			   SLICE_ARG(parameter->modifier)),
	      arena_printf(reading->arena, "%s%s%sIts modifiers here: %.*s.", nearest ? "Did you mean ':" : "",
			   nearest ? nearest : "", nearest ? "'? " : "", SLICE_ARG(list.len ? list : SLICE("none"))));
	return false;
}

static bool take_filter(struct reading *reading, const struct query_parameter *parameter)
{
	struct search *search = reading->search;
	struct store_filter *filter = &search->filters[search->filter_count];

	filter->param = served_param_find(reading->call->type, parameter->name);
	filter->modifier = parameter->modifier;
	if (!filter->param) {
		unknown_parameter(reading, parameter, result_parameter_find(parameter->name));
		return true;
	}
	if (!modifier_check(reading, parameter, filter->param))
		return true;
	if (parameter->value.len == 0) {
		issue(reading, true, "value", arena_printf(reading->arena, "%.*s has no value", SLICE_ARG(parameter->name)),
		      SLICE_NONE);
		return true;
	}
	if (count_values(parameter->value) > QUERY_MAX_VALUES) {
		issue(reading, false, "too-costly",
		      arena_printf(reading->arena, "%.*s has more than %u values", SLICE_ARG(parameter->name), QUERY_MAX_VALUES),
		      SLICE_NONE);
		return true;
	}
	if (!values_read(reading, parameter, filter))
		return false;
	search->filter_count++;
	text_add(&reading->filters, parameter);
	text_add(&reading->used, parameter);
	return true;
}

static bool take_parameter(struct reading *reading, const struct query_parameter *parameter)
{
	const struct result_parameter *result = result_parameter_find(parameter->name);

	if (!result || !result->take)
		return take_filter(reading, parameter);
	if (parameter->modifier.ptr) {
		issue(reading, true, "not-supported", arena_printf(reading->arena, "%s takes no modifier", result->name),
		      SLICE_NONE);
		return true;
	}
	if (query_find(&reading->call->query, parameter->name) != parameter) {
		issue(reading, false, "value", arena_printf(reading->arena, "%s is given twice", result->name), SLICE_NONE);
		return true;
	}
	result->take(reading, parameter);
	if (result->in_links)
		text_add(&reading->used, parameter);
	return true;
}

static bool texts_keep(struct reading *reading)
{
	struct search *search = reading->search;

	if (reading->filters.failed || reading->used.failed)
		return false;
	search->filter_text = arena_copy(reading->arena, buf_slice(&reading->filters));
	search->used_text = arena_copy(reading->arena, buf_slice(&reading->used));
	return search->filter_text.ptr && search->used_text.ptr;
}

bool search_read(struct api_call *call, struct search *out)
{
	struct reading reading = { .call = call, .search = out, .arena = call->request->arena };
	bool ok = true;

	*out = (struct search){ .count = call->api->options.page_count };
	reading.is_lenient = negotiate_is_lenient(call->request);
	out->filters = arena_new_array(reading.arena, struct store_filter, call->query.count + 1);
	if (!out->filters)
		return false;
	buf_init(&reading.filters, 4 * QUERY_MAX_BYTES);
	buf_init(&reading.used, 4 * QUERY_MAX_BYTES);
	for (size_t i = 0; ok && i < call->query.count; i++)
		ok = take_parameter(&reading, &call->query.items[i]);
	ok = ok && texts_keep(&reading);
	buf_free(&reading.filters);
	buf_free(&reading.used);
	return ok;
}
