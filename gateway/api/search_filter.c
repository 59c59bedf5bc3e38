/* SPDX-License-Identifier: Apache-2.0 */
/* One search parameter becomes a filter: its chain, its modifier, its values. */
#include "api/search_reading.h"

/* ---- values ---- */

/** A token is [system]|[code]; with :of-type [system]|code|value. Everything else is text as it stands. */
static bool value_read(struct reading *reading, bool is_token, struct slice text, struct store_value *out)
{
	size_t bar = is_token ? query_find_unescaped(text, '|') : SIZE_MAX;

	*out = (struct store_value){ .system = SLICE_NONE };
	if (bar != SIZE_MAX) {
		out->system = query_unescape(reading->arena, (struct slice){ text.ptr, bar });
		text = slice_from(text, bar + 1);
	}
	out->text = query_unescape(reading->arena, text);
	reading->is_full |= !out->text.ptr || (bar != SIZE_MAX && !out->system.ptr);
	if (bar != SIZE_MAX && text.len == 0)
		out->text = SLICE_NONE; /* system| : any code of that system */
	return !reading->is_full;
}

/** "one$two": a value for each component, of the component's own type. */
static bool parts_read(struct reading *reading, const struct fhir_type *type, const struct fhir_search_param *composite,
		       struct slice text, struct store_value *out)
{
	struct store_value *parts = arena_new_array(reading->arena, struct store_value, composite->component_count);

	*out = (struct store_value){ .text = text };
	reading->is_full |= !parts;
	for (size_t i = 0; parts && i < composite->component_count; i++) {
		const struct fhir_search_param *param = reading_param(reading, type, composite->components[i].code);
		size_t dollar = query_find_unescaped(text, '$');
		bool is_last = i + 1 == composite->component_count;
		if (is_last != (dollar == SIZE_MAX))
			return true; /* too few or too many: without parts it is refused, with its form */
		struct slice part = is_last ? text : (struct slice){ text.ptr, dollar };
		text = is_last ? SLICE_NONE : slice_from(text, dollar + 1);
		if (!value_read(reading, param && param->type == FHIR_SEARCH_TOKEN, part, &parts[i]))
			return false;
	}
	out->parts = parts;
	return parts;
}

static size_t count_values(struct slice text)
{
	size_t count = 0;

	for (; text.ptr; count++)
		query_next_value(&text);
	return count;
}

static bool is_token(const struct store_filter *filter)
{
	static const char *const texts[] = { "missing", "text", "code-text", "in", "not-in" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (slice_equal(filter->modifier, slice_of(texts[i])))
			return false;
	return filter->param->type == FHIR_SEARCH_TOKEN || slice_equal(filter->modifier, SLICE("identifier"));
}

/** Splits at the commas. */
static bool values_read(struct reading *reading, const struct fhir_type *type, struct slice text, struct store_filter *filter)
{
	size_t count = count_values(text);
	struct store_value *values = NULL;

	if (count > QUERY_MAX_VALUES) {
		reading_issue(reading, false, "too-costly",
			      arena_printf(reading->arena, "%.*s has more than %u values", SLICE_ARG(filter->param->code),
					   QUERY_MAX_VALUES),
			      SLICE_NONE);
		return false;
	}
	values = arena_new_array(reading->arena, struct store_value, count);
	reading->is_full |= !values;
	for (size_t i = 0; values && i < count; i++) {
		struct slice one = query_next_value(&text);
		bool is_composite = filter->param->type == FHIR_SEARCH_COMPOSITE && !filter->modifier.ptr;
		if (is_composite ? !parts_read(reading, type, filter->param, one, &values[i])
				 : !value_read(reading, is_token(filter), one, &values[i]))
			return false;
	}
	filter->value_count = count;
	filter->values = values;
	return values;
}

/* ---- one parameter ---- */

static struct store_filter *filter_new(struct reading *reading, struct store_filter filter)
{
	struct store_filter *out = arena_new_of(reading->arena, struct store_filter);

	reading->is_full |= !out;
	if (out)
		*out = filter;
	return out;
}

struct store_filter *search_group(struct reading *reading, enum store_filter_kind kind, const struct store_filter *inner,
				  size_t count)
{
	return filter_new(reading, (struct store_filter){ .kind = kind, .inner = inner, .inner_count = count });
}

/** True when there is no modifier or one that works here. A reference can be narrowed to a type by its name. */
static bool modifier_check(struct reading *reading, const struct fhir_search_param *param, struct slice modifier)
{
	const char *names[STORE_MODIFIERS_MAX];
	size_t count = store_modifiers(fhir_schema_version(reading->schema), param, names);
	const struct fhir_type *type = NULL;

	if (!modifier.ptr)
		return true;
	for (size_t i = 0; i < count; i++)
		if (slice_equal(modifier, slice_of(names[i])))
			return true;
	if (param->type == FHIR_SEARCH_REFERENCE)
		type = fhir_type_find(reading->schema, modifier);
	if (type && type->kind == FHIR_KIND_RESOURCE)
		return true;
	if (slice_equal(modifier, SLICE("text-advanced"))) {
		reading_issue(reading, true, "not-supported",
			      SLICE("':text-advanced' is not done: no meanings of words are known here"),
			      SLICE("Use ':text' for how a text begins, or _content for words and phrases anywhere."));
		return false;
	}
	const char *nearest = nearest_name(modifier, names, count);
	struct slice list = served_names_join(reading->arena, names, count);
	reading_issue(
	    reading, true, "not-supported",
	    arena_printf(reading->arena, "%.*s does not take the modifier ':%.*s'", SLICE_ARG(param->code), SLICE_ARG(modifier)),
	    arena_printf(reading->arena, "%s%s%sIts modifiers here: %.*s.", nearest ? "Did you mean ':" : "",
			 nearest ? nearest : "", nearest ? "'? " : "", SLICE_ARG(list.len ? list : SLICE("none"))));
	return false;
}

static const struct store_filter *plain_filter(struct reading *reading, const struct fhir_type *type,
					       const struct fhir_search_param *param, struct slice modifier, struct slice value)
{
	struct store_filter filter = { .param = param, .modifier = modifier };

	if (!modifier_check(reading, param, modifier))
		return NULL;
	if (value.len == 0) {
		reading_issue(reading, true, "value", arena_printf(reading->arena, "%.*s has no value", SLICE_ARG(param->code)),
			      SLICE_NONE);
		return NULL;
	}
	if (reading->comparison)
		filter.modifier = slice_of(reading->comparison);
	if (!values_read(reading, type, value, &filter) || !reading_may_expand(reading, &filter))
		return NULL;
	return filter_new(reading, filter);
}

/* ---- chains: subject:Patient.name ---- */

bool search_is_target(const struct fhir_search_param *param, struct slice type)
{
	for (size_t i = 0; i < param->target_count; i++)
		if (slice_equal(param->targets[i], type))
			return true;
	return param->target_count == 0;
}

static struct slice first_code(struct slice path)
{
	struct slice rest = path;
	struct slice segment = slice_cut(&rest, '.');

	return slice_cut(&segment, ':');
}

const struct store_filter *search_chain(struct reading *reading, const struct fhir_search_param *param,
					const struct fhir_type *target, const struct store_filter *inner)
{
	if (!inner)
		return NULL;
	return filter_new(
	    reading, (struct store_filter){
			 .kind = STORE_FILTER_CHAIN, .param = param, .type = target->name, .inner = inner, .inner_count = 1 });
}

static const struct store_filter *chain_to(struct reading *reading, const struct fhir_search_param *param,
					   const struct fhir_type *target, struct slice rest, struct slice value)
{
	return search_chain(reading, param, target, search_filter(reading, target, rest, value));
}

/** The served types that a parameter may refer to and that have the next one of the chain. */
static size_t chain_targets(struct reading *reading, const struct fhir_search_param *param, struct slice code,
			    const struct fhir_type **out)
{
	const struct served_base *base = reading->call->base;
	size_t count = 0;

	for (size_t i = 0; i < base->type_count; i++) {
		const struct fhir_type *target = base->types[i].type;
		if (search_is_target(param, target->name) &&
		    (slice_equal(code, SLICE("_has")) || reading_param(reading, target, code)))
			out[count++] = target;
	}
	if (count == 0)
		reading_issue(reading, true, "not-supported",
			      arena_printf(reading->arena, "No type that %.*s refers to has a search parameter '%.*s' here",
					   SLICE_ARG(param->code), SLICE_ARG(code)),
			      SLICE("Name the type in the chain, as in subject:Patient.name."));
	return count;
}

/** Without a type in the chain: every type that it may lead to. */
static const struct store_filter *chain_to_any(struct reading *reading, const struct fhir_search_param *param, struct slice rest,
					       struct slice value)
{
	size_t most = reading->call->base->type_count;
	struct store_filter *ways = arena_new_array(reading->arena, struct store_filter, most);
	const struct fhir_type **targets = arena_new_array(reading->arena, const struct fhir_type *, most);

	reading->is_full |= !ways || !targets;
	size_t count = reading->is_full ? 0 : chain_targets(reading, param, first_code(rest), targets);
	if (count == 0 || !reading_may_follow(reading, param, targets, count))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const struct store_filter *way = chain_to(reading, param, targets[i], rest, value);
		if (!way)
			return NULL;
		ways[i] = *way;
	}
	return count == 1 ? ways : search_group(reading, STORE_FILTER_ANY, ways, count);
}

static bool is_reference_param(struct reading *reading, const struct fhir_search_param *param)
{
	if (param->type != FHIR_SEARCH_REFERENCE)
		reading_issue(
		    reading, true, "not-supported",
		    arena_printf(reading->arena, "%.*s is not a reference: nothing can be chained to it", SLICE_ARG(param->code)),
		    SLICE_NONE);
	return param->type == FHIR_SEARCH_REFERENCE;
}

const struct fhir_type *search_chain_target(struct reading *reading, const struct fhir_search_param *param,
					    struct slice type_name)
{
	const struct fhir_type *target = fhir_type_find(reading->schema, type_name);

	if (!is_reference_param(reading, param))
		return NULL;
	if (target && target->kind == FHIR_KIND_RESOURCE && search_is_target(param, type_name))
		return reading_may(reading, target->name, ACCESS_SEARCH) ? target : NULL;
	reading_issue(reading, true, "not-supported",
		      arena_printf(reading->arena, "%.*s does not refer to '%.*s'", SLICE_ARG(param->code), SLICE_ARG(type_name)),
		      SLICE("Name one of the parameter's target types."));
	return NULL;
}

static const struct store_filter *chain_filter(struct reading *reading, const struct fhir_search_param *param,
					       struct slice type_name, struct slice rest, struct slice value)
{
	if (!type_name.ptr)
		return is_reference_param(reading, param) ? chain_to_any(reading, param, rest, value) : NULL;
	const struct fhir_type *target = search_chain_target(reading, param, type_name);
	return target ? chain_to(reading, param, target, rest, value) : NULL;
}

/* ---- reverse chains: _has:Type:parameter:path ---- */

static const struct store_filter *has_filter(struct reading *reading, const struct fhir_type *type, struct slice path,
					     struct slice value)
{
	struct slice rest = path;
	struct slice type_name = slice_cut(&rest, ':'), code = slice_cut(&rest, ':');
	const struct fhir_type *source = fhir_type_find(reading->schema, type_name);

	if (!source || source->kind != FHIR_KIND_RESOURCE || rest.len == 0) {
		reading_issue(reading, true, "value", SLICE("_has is not well-formed"),
			      SLICE("Write it as _has:Type:reference-parameter:parameter=value."));
		return NULL;
	}
	if (!reading_may(reading, source->name, ACCESS_SEARCH))
		return NULL;
	const struct fhir_search_param *param = reading_need_param(reading, source, code);
	if (!param)
		return NULL;
	/* At the base, types of all kinds are searched. */
	if (param->type != FHIR_SEARCH_REFERENCE || (!type->is_abstract && !search_is_target(param, type->name))) {
		reading_issue(reading, true, "not-supported",
			      arena_printf(reading->arena, "%.*s of %.*s does not refer to %.*s", SLICE_ARG(code),
					   SLICE_ARG(type_name), SLICE_ARG(type->name)),
			      SLICE_NONE);
		return NULL;
	}
	const struct store_filter *inner = search_filter(reading, source, rest, value);
	if (!inner)
		return NULL;
	return filter_new(reading,
			  (struct store_filter){
			      .kind = STORE_FILTER_HAS, .param = param, .type = source->name, .inner = inner, .inner_count = 1 });
}

/* ---- membership: _list, _in ---- */

/* Types that have members, and the parameter that names them. */
static const struct membership {
	const char *type, *code;
} memberships[] = { { "List", "item" }, { "Group", "member" }, { "CareTeam", "participant" } };

static const struct store_filter *member_filter(struct reading *reading, const struct membership *membership, struct slice id)
{
	const struct fhir_type *source = fhir_type_find(reading->schema, slice_of(membership->type));
	const struct fhir_search_param *param = source ? reading_need_param(reading, source, slice_of(membership->code)) : NULL;

	/* By its id, and nothing else: whoever reads it knows its members. */
	if (!param || !reading_may(reading, source->name, ACCESS_READ))
		return NULL;
	const struct store_filter *inner = search_filter(reading, source, SLICE("_id"), id);

	if (!inner)
		return NULL;
	return filter_new(reading,
			  (struct store_filter){
			      .kind = STORE_FILTER_HAS, .param = param, .type = source->name, .inner = inner, .inner_count = 1 });
}

/** One of the lists whose ids are given. Functional lists ($current-problems) are those of a record system. */
static const struct store_filter *list_filter(struct reading *reading, struct slice value)
{
	if (value.len && !slice_starts(value, SLICE("$")))
		return member_filter(reading, &memberships[0], value);
	reading_issue(reading, true, value.len ? "not-supported" : "value",
		      value.len ? SLICE("Functional lists are not kept here") : SLICE("_list has no value"),
		      SLICE("Give the id of a List."));
	return NULL;
}

static const struct store_filter *in_filter(struct reading *reading, struct slice value)
{
	struct slice id = value;
	struct slice type = slice_cut(&id, '/');

	for (size_t i = 0; id.len && i < ARRAY_SIZE(memberships); i++)
		if (slice_equal(type, slice_of(memberships[i].type)))
			return member_filter(reading, &memberships[i], id);
	reading_issue(reading, true, "value", SLICE("_in takes List/id, Group/id or CareTeam/id"), SLICE_NONE);
	return NULL;
}

/* ---- the whole ---- */

/** At the base, of a parameter that several types have under one name, each type's own. */
static const struct store_filter *shared_filter(struct reading *reading, struct slice code, struct slice modifier,
						struct slice value)
{
	struct search *search = reading->search;
	struct store_filter *ways = arena_new_array(reading->arena, struct store_filter, search->type_count);
	bool is_negative = slice_equal(modifier, SLICE("not")) || slice_equal(modifier, SLICE("not-in")) ||
			   (slice_equal(modifier, SLICE("missing")) && slice_equal(value, SLICE("true")));

	reading->is_full |= !ways;
	for (size_t i = 0; ways && i < search->type_count; i++) {
		const struct fhir_type *type = fhir_type_find(reading->schema, search->types[i]);
		const struct fhir_search_param *param = reading_need_param(reading, type, code);
		const struct store_filter *way = param ? plain_filter(reading, type, param, modifier, value) : NULL;
		if (!way)
			return NULL;
		ways[i] = *way;
	}
	return ways ? search_group(reading, is_negative ? STORE_FILTER_ALL : STORE_FILTER_ANY, ways, search->type_count) : NULL;
}

const struct store_filter *search_filter(struct reading *reading, const struct fhir_type *type, struct slice path,
					 struct slice value)
{
	if (slice_starts(path, SLICE("_has:")))
		return has_filter(reading, type, slice_from(path, SLICE("_has:").len), value);
	if (slice_equal(path, SLICE("_list")))
		return list_filter(reading, value);
	if (slice_equal(path, SLICE("_in")) && fhir_schema_version(reading->schema) == FHIR_R5)
		return in_filter(reading, value);
	struct slice rest = path;
	struct slice modifier = slice_cut(&rest, '.');
	struct slice code = slice_cut(&modifier, ':');
	if (type->is_abstract && !slice_starts(code, SLICE("_")) && !rest.ptr &&
	    reading->search->type_count <= STORE_SHARED_TYPES_MAX)
		return shared_filter(reading, code, modifier, value);
	const struct fhir_search_param *param = reading_need_param(reading, type, code);
	if (!param)
		return NULL;
	return rest.ptr ? chain_filter(reading, param, modifier, rest, value)
			: plain_filter(reading, type, param, modifier, value);
}
