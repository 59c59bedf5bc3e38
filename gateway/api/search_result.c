/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that shape the result of a search: its order, what is included with it, which types it is of. */
#include "api/search_reading.h"

/* ---- _sort ---- */

static void take_key(struct reading *reading, struct slice name)
{
	struct search *search = reading->search;
	bool is_descending = slice_starts(name, SLICE("-"));
	struct slice code = slice_from(name, is_descending);

	if (search->sort_count == STORE_SORT_MAX) {
		reading_issue(reading, true, "too-costly",
			      arena_printf(reading->arena, "_sort takes at most %d parameters", STORE_SORT_MAX), SLICE_NONE);
		return;
	}
	const struct fhir_search_param *param = reading_need_param(reading, reading->type, code);
	if (!param)
		return;
	if (param->type == FHIR_SEARCH_COMPOSITE || served_param_is_words(param)) {
		reading_issue(reading, true, "not-supported",
			      arena_printf(reading->arena, "A search cannot be sorted by %.*s", SLICE_ARG(code)), SLICE_NONE);
		return;
	}
	search->sort[search->sort_count++] = (struct store_sort){ param, is_descending };
}

void search_take_sort(struct reading *reading, const struct query_parameter *parameter)
{
	struct slice rest = parameter->value;

	if (rest.len == 0)
		reading_issue(reading, true, "value", SLICE("_sort has no value"), SLICE_NONE);
	while (rest.len)
		take_key(reading, slice_cut(&rest, ','));
}

/* ---- _type ---- */

static bool type_is_served(struct reading *reading, struct slice name)
{
	const struct served_base *base = reading->call->base;

	if (served_type_find(base, name))
		return true;
	reading_unknown(reading, arena_printf(reading->arena, "'%.*s' is not a type that is served", SLICE_ARG(name)), name,
			base->type_names, base->type_count);
	return false;
}

/** At the base only: which types are searched. One alone is searched as at its own address. */
void search_take_type(struct reading *reading, const struct query_parameter *parameter)
{
	struct search *search = reading->search;
	struct slice rest = parameter->value;
	struct slice *types = arena_new_array(reading->arena, struct slice, reading->call->base->type_count);
	size_t count = 0;

	if (reading->call->type) {
		reading_issue(reading, true, "not-supported", SLICE("_type is for searches at the base"),
			      SLICE("Leave it out, or search [base]?_type=…"));
		return;
	}
	reading->is_full |= !types;
	while (types && rest.ptr) {
		struct slice name = slice_cut(&rest, ',');
		if (!type_is_served(reading, name))
			return;
		if (count == reading->call->base->type_count) {
			reading_issue(reading, false, "value", SLICE("_type names a type twice"), SLICE_NONE);
			return;
		}
		types[count++] = name;
	}
	search->types = types;
	search->type_count = count;
	if (count == 1)
		reading->type = fhir_type_find(reading->schema, types[0]);
}

/* ---- _include, _revinclude ---- */

static void add_include(struct reading *reading, struct store_include include)
{
	struct search *search = reading->search;

	/* Those that bring nothing along are counted too: looking at them is work. */
	if (reading->include_count++ >= SEARCH_MAX_INCLUDES) {
		reading_issue(reading, false, "too-costly", SLICE("The search includes by too many parameters"),
			      SLICE("Name single parameters instead of *."));
		search->include_count = 0;
		return;
	}
	if (!reading_may_include(reading, &include))
		return;
	/* Most searches include nothing: room for all that may be is made when the first comes. */
	if (!search->includes)
		search->includes = arena_new_array(reading->arena, struct store_include, SEARCH_MAX_INCLUDES);
	reading->is_full |= !search->includes;
	if (search->includes)
		search->includes[search->include_count++] = include;
}

/** Every reference parameter of a type. */
static void add_all_of(struct reading *reading, const struct fhir_type *type, struct store_include include)
{
	size_t count;
	const struct fhir_search_param *params = fhir_search_params(reading->schema, type, &count);

	include.source = type->name;
	for (size_t i = 0; i < count && !reading->search->refused; i++) {
		include.param = &params[i];
		if (params[i].type == FHIR_SEARCH_REFERENCE && !slice_starts(params[i].code, SLICE("_")))
			add_include(reading, include);
	}
}

/** `*`: of the types that are searched; those that point to them, or what is included in turn, can be of any. */
static void add_all(struct reading *reading, struct store_include include)
{
	const struct served_base *base = reading->call->base;

	if (include.is_reverse || include.is_iterated) {
		for (size_t i = 0; i < base->type_count; i++)
			add_all_of(reading, base->types[i].type, include);
		return;
	}
	for (size_t i = 0; i < reading->search->type_count; i++)
		add_all_of(reading, fhir_type_find(reading->schema, reading->search->types[i]), include);
}

static bool is_resource(const struct fhir_type *type)
{
	return type && type->kind == FHIR_KIND_RESOURCE;
}

static void add_named(struct reading *reading, struct store_include include, struct slice text)
{
	struct slice type_name = slice_cut(&text, ':'), code = slice_cut(&text, ':');
	const struct fhir_type *source = fhir_type_find(reading->schema, type_name);

	include.target = text.len ? text : SLICE_NONE;
	if (!is_resource(source) || !code.len ||
	    (include.target.ptr && !is_resource(fhir_type_find(reading->schema, include.target)))) {
		reading_issue(reading, true, "value", SLICE("An include is not well-formed"),
			      SLICE("Write it as Type:parameter, Type:parameter:TargetType, Type:* or *."));
		return;
	}
	include.source = source->name;
	if (slice_equal(code, SLICE("*"))) {
		add_all_of(reading, source, include);
		return;
	}
	include.param = reading_need_param(reading, source, code);
	if (include.param && include.param->type != FHIR_SEARCH_REFERENCE) {
		reading_issue(
		    reading, true, "not-supported",
		    arena_printf(reading->arena, "%.*s of %.*s is not a reference", SLICE_ARG(code), SLICE_ARG(type_name)),
		    SLICE("Only what references lead to can be included."));
		return;
	}
	if (include.param)
		add_include(reading, include);
}

void search_take_include(struct reading *reading, const struct query_parameter *parameter)
{
	struct store_include include = { .is_reverse = slice_equal(parameter->name, SLICE("_revinclude")) };

	/* R3 and some clients say :recurse. */
	include.is_iterated =
	    slice_equal(parameter->modifier, SLICE("iterate")) || slice_equal(parameter->modifier, SLICE("recurse"));
	if (parameter->modifier.ptr && !include.is_iterated) {
		reading_issue(reading, true, "not-supported",
			      arena_printf(reading->arena, "%.*s takes the modifier :iterate only", SLICE_ARG(parameter->name)),
			      SLICE_NONE);
		return;
	}
	if (slice_equal(parameter->value, SLICE("*")))
		add_all(reading, include);
	else
		add_named(reading, include, parameter->value);
}
