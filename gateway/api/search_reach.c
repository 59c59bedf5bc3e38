/* SPDX-License-Identifier: Apache-2.0 */
/* What a search reaches beyond the type that it is of, and whether its client may go there: an answer tells nothing of resources
 * that the client could not find or read itself.
 *
 *     a type that is searched, each type of a chain, of _has or of a path in _filter   s
 *     the List, Group or CareTeam of _list and _in, which is named by its id           r
 *     value sets, for :in and :not-in; code systems, for these and :above and :below   r
 *     the type of a reference's :above and :below                                      s
 *     what _include brings along                                                       r, or it is left out
 *     what _revinclude brings along                                                    r and s, or it is left out
 *     __explain                                                                        s on every type
 *
 * What a filter needs and the client lacks refuses the search: with fewer filters it would find something else.
 *
 * Source: SMART App Launch 2.2, "Scopes for requesting FHIR Resources". */
#include "api/gate.h"
#include "api/search_reading.h"

#define EVERY_TYPE SLICE("*")
#define LEFT_OUT_TOLD 8 /* types by name */

/* ---- refused ---- */

/** Too many to name one by one. */
static void lack_every_type(struct search *search)
{
	unsigned permissions = 0;

	for (size_t i = 0; i < search->lacking_count; i++)
		permissions |= search->lacking[i].permissions;
	search->lacking[0] = (struct access_grant){ EVERY_TYPE, permissions };
	search->lacking_count = 1;
}

static void lack(struct search *search, struct slice type, unsigned permissions)
{
	struct access_grant *known = search->lacking;

	for (size_t i = 0; i < search->lacking_count; i++, known++)
		if (slice_equal(known->type, type) || slice_equal(known->type, EVERY_TYPE)) {
			known->permissions |= permissions;
			return;
		}
	search->lacking[search->lacking_count++] = (struct access_grant){ type, permissions };
	if (search->lacking_count == SEARCH_MAX_LACKING || slice_equal(type, EVERY_TYPE))
		lack_every_type(search);
}

bool reading_may(struct reading *reading, struct slice type, unsigned permissions)
{
	bool may = gate_allows(reading->call, type, permissions);

	if (!may)
		lack(reading->search, type, permissions);
	return may;
}

bool reading_may_search(struct reading *reading)
{
	struct search *search = reading->search;
	bool may = true;

	for (size_t i = 0; i < search->type_count; i++)
		may &= reading_may(reading, search->types[i], ACCESS_SEARCH);
	if (!may && !reading->call->type)
		search->advice = SLICE("Name by _type the types that you may search.");
	return may;
}

bool reading_may_follow(struct reading *reading, const struct fhir_search_param *param, const struct fhir_type *const *targets,
			size_t count)
{
	const struct fhir_type *allowed = NULL;
	bool may = true;

	for (size_t i = 0; i < count; i++) {
		bool may_this = reading_may(reading, targets[i]->name, ACCESS_SEARCH);
		may &= may_this;
		if (may_this && !allowed)
			allowed = targets[i];
	}
	if (!may && allowed)
		reading->search->advice = arena_printf(reading->arena, "Or name the type that %.*s leads to, as in %.*s:%.*s.",
						       SLICE_ARG(param->code), SLICE_ARG(param->code), SLICE_ARG(allowed->name));
	return may;
}

static bool modifier_is(const struct store_filter *filter, const char *name)
{
	return slice_equal(filter->modifier, slice_of(name));
}

/** Each value names a resource whose ancestors, or descendants, are looked for. */
static bool may_search_lineage(struct reading *reading, const struct store_filter *filter)
{
	bool may = true;

	for (size_t i = 0; i < filter->value_count; i++) {
		struct slice rest = filter->values[i].text, type = slice_cut(&rest, '/');
		const struct fhir_type *known = rest.ptr ? fhir_type_find(reading->schema, type) : NULL;
		if (known && known->kind == FHIR_KIND_RESOURCE)
			may &= reading_may(reading, known->name, ACCESS_SEARCH);
	}
	return may;
}

bool reading_may_expand(struct reading *reading, const struct store_filter *filter)
{
	bool is_hierarchy = modifier_is(filter, "above") || modifier_is(filter, "below");

	if (filter->param->type == FHIR_SEARCH_REFERENCE)
		return !is_hierarchy || may_search_lineage(reading, filter);
	if (filter->param->type != FHIR_SEARCH_TOKEN)
		return true;
	bool is_set = modifier_is(filter, "in") || modifier_is(filter, "not-in");
	bool may = !is_set || reading_may(reading, SLICE("ValueSet"), ACCESS_READ);
	/* Rules of a value set may ask code systems. */
	return (!(is_set || is_hierarchy) || reading_may(reading, SLICE("CodeSystem"), ACCESS_READ)) && may;
}

bool search_permitted(struct api_call *call, const struct search *search)
{
	if (search->lacking_count)
		gate_forbid(call, search->lacking, search->lacking_count, search->advice);
	return search->lacking_count == 0;
}

/* ---- left out ---- */

static bool may_lead_to(const struct store_include *include, struct slice type)
{
	const struct fhir_search_param *param = include->param;
	bool may = param->target_count == 0;

	if (include->is_reverse)
		return slice_equal(include->source, type);
	for (size_t i = 0; i < param->target_count && !may; i++)
		may = slice_equal(param->targets[i], type);
	return may && (!include->target.ptr || slice_equal(include->target, type));
}

bool reading_may_include(struct reading *reading, const struct store_include *include)
{
	const struct served_base *base = reading->call->base;
	unsigned permissions = include->is_reverse ? ACCESS_READ | ACCESS_SEARCH : ACCESS_READ;
	bool may = false;

	if (!reading->left_out)
		reading->left_out = arena_new_array(reading->arena, bool, base->type_count);
	reading->is_full |= !reading->left_out;
	for (size_t i = 0; reading->left_out && i < base->type_count; i++) {
		struct slice type = base->types[i].type->name;
		if (!may_lead_to(include, type))
			continue;
		bool allowed = gate_allows(reading->call, type, permissions);
		may |= allowed;
		reading->left_out[i] |= !allowed;
	}
	return may;
}

void reading_tell_left_out(struct reading *reading)
{
	const struct served_base *base = reading->call->base;
	const char *names[LEFT_OUT_TOLD];
	size_t count = 0;

	for (size_t i = 0; reading->left_out && i < base->type_count; i++)
		if (reading->left_out[i] && count++ < LEFT_OUT_TOLD)
			names[count - 1] = base->type_names[i];
	if (count == 0)
		return;
	size_t told = count < LEFT_OUT_TOLD ? count : LEFT_OUT_TOLD;
	struct slice text = served_names_join(reading->arena, names, told);
	if (count > told)
		text = arena_printf(reading->arena, "%.*s and %zu more types", SLICE_ARG(text), count - told);
	reading->is_full |= !text.ptr;
	reading->search->left_out = text;
}
