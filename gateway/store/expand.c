/* SPDX-License-Identifier: Apache-2.0 */
/* Modifiers that stand for many values: :in and :not-in for the codes of a value set, :above and :below for a hierarchy of codes.
 * The room terminology tells which. */
#include "store/expand.h"

#include <string.h>

struct expansion {
	struct stored_terms terms;
	struct arena *arena;
	const struct store_filter *filter;
	struct store_value *values;
	size_t count;
};

/** Several value sets may have the same codes. */
static bool add_codes(struct expansion *expansion, const struct terms_codes *codes, struct error *err)
{
	struct store_value *values = arena_new_array(expansion->arena, struct store_value, expansion->count + codes->count + 1);

	if (!values)
		return error_memory(err);
	if (expansion->count)
		memcpy(values, expansion->values, expansion->count * sizeof(*values));
	expansion->values = values;
	for (size_t i = 0; i < codes->count; i++)
		values[expansion->count++] =
		    (struct store_value){ .text = codes->items[i].code, .system = codes->items[i].system };
	if (expansion->count <= FILTER_VALUES_MAX)
		return true;
	error_set(err, ERROR_LIMIT, "", "%.*s:%.*s stands for more than %d values", SLICE_ARG(expansion->filter->param->code),
		  SLICE_ARG(expansion->filter->modifier), FILTER_VALUES_MAX);
	return error_hint(err, "ask for something narrower");
}

static bool add_one(struct expansion *expansion, const struct store_value *value, struct error *err)
{
	struct slice modifier = expansion->filter->modifier;
	const struct terms_code code = { value->system, value->text };
	struct terms_codes codes;

	if (slice_equal(modifier, SLICE("in")) || slice_equal(modifier, SLICE("not-in")))
		return terms_expand(expansion->arena, &expansion->terms.source, value->text, FILTER_VALUES_MAX, &codes, err) &&
		       add_codes(expansion, &codes, err);
	if (!value->text.ptr || value->system.len == 0)
		return kind_refuse_value(expansion->filter, value, "system|code", err);
	return terms_hierarchy(expansion->arena, &expansion->terms.source, &code,
			       slice_equal(modifier, SLICE("below")) ? TERMS_BELOW : TERMS_ABOVE, FILTER_VALUES_MAX, &codes,
			       err) &&
	       add_codes(expansion, &codes, err);
}

bool expand_values(struct filters *filters, const struct store_filter *filter, struct store_filter *out, struct error *err)
{
	struct expansion expansion = { .arena = filters->arena, .filter = filter };

	stored_terms_open(&expansion.terms, filters);
	for (size_t i = 0; i < filter->value_count; i++)
		if (!add_one(&expansion, &filter->values[i], err))
			return false;
	*out = *filter;
	out->modifier = SLICE_NONE;
	out->values = expansion.values;
	out->value_count = expansion.count;
	return true;
}
