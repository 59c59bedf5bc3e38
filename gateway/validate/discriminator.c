/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Profiling FHIR", section "Discriminator": what a path finds in an element, beside what the slice says there. */
#include "validate/profile.h"

/** Where a path leads in the definition of a slice. */
struct landing {
	const struct definition *definition; /**< NULL: the profile says nothing there */
	const struct fhir_node *fixed, *pattern;
	struct slice url;   /**< what an extension's url must be, by its definition alone */
	bool is_referenced; /**< behind resolve(): what counts are the targets */
};

static struct definition *child_by_profile(const struct validator *validator, const struct definition *definition,
					   struct slice name, bool is_referenced)
{
	for (size_t i = 0; i < definition->type_count; i++) {
		const struct narrowed_type *type = &definition->types[i];
		size_t count = is_referenced ? type->target_count : type->profile_count;

		for (size_t k = 0; k < count; k++) {
			struct slice url = (is_referenced ? type->targets : type->profiles)[k];
			const struct held *held = catalogue_find(&validator->knowledge.profiles, url);
			struct definition *child = held ? definition_child(held->profile->root, name) : NULL;

			if (child)
				return child;
		}
	}
	return NULL;
}

static void step_to_name(const struct validator *validator, struct landing *landing, struct slice name)
{
	const struct definition *from = landing->definition;
	const struct definition *child = from ? definition_child(from, name) : NULL;

	if (from && !child)
		child = child_by_profile(validator, from, name, landing->is_referenced);
	if (from && !child && slice_equal(name, SLICE("url")) && from->type_count == 1 && from->types[0].profile_count > 0)
		landing->url = from->types[0].profiles[0];
	landing->fixed = landing->fixed ? fhir_node_child(landing->fixed, name) : NULL;
	landing->pattern = landing->pattern ? fhir_node_child(landing->pattern, name) : NULL;
	landing->is_referenced = false;
	landing->definition = child;
	if (child && child->fixed)
		landing->fixed = child->fixed;
	if (child && child->pattern)
		landing->pattern = child->pattern;
}

/** The text between quotes in "extension('url')". */
static struct slice quoted(struct slice part)
{
	(void)slice_cut(&part, '\'');
	return slice_cut(&part, '\'');
}

static void step_to_extension(const struct validator *validator, struct landing *landing, struct slice url)
{
	const struct definition *all = landing->definition ? definition_child(landing->definition, SLICE("extension")) : NULL;

	*landing = (struct landing){ 0 };
	for (const struct definition *slice = all ? all->slices : NULL; slice; slice = slice->next) {
		struct landing there = { .definition = slice };

		step_to_name(validator, &there, SLICE("url"));
		if (slice_equal(there.fixed ? there.fixed->value : there.url, url))
			landing->definition = slice;
	}
}

/** The next part of a path: dots inside quotes do not part. */
static struct slice next_part(struct slice *path)
{
	bool in_quotes = false;
	size_t end = 0;

	while (end < path->len && (in_quotes || path->ptr[end] != '.'))
		in_quotes ^= path->ptr[end++] == '\'';
	struct slice part = { path->ptr, end };
	*path = end < path->len ? slice_from(*path, end + 1) : SLICE_NONE;
	return part;
}

static struct landing land(const struct validator *validator, const struct definition *slice, struct slice path)
{
	struct landing landing = { .definition = slice, .fixed = slice->fixed, .pattern = slice->pattern };

	while (path.ptr) {
		struct slice part = next_part(&path);

		if (slice_equal(part, SLICE("$this")) || slice_starts(part, SLICE("ofType(")))
			continue;
		if (slice_equal(part, SLICE("resolve()")))
			landing.is_referenced = true;
		else if (slice_starts(part, SLICE("extension(")))
			step_to_extension(validator, &landing, quoted(part));
		else
			step_to_name(validator, &landing, part);
	}
	return landing;
}

/* ---- what the element has there ---- */

static bool find_items(struct conforming *conforming, const struct discriminator *discriminator, const struct fhir_node *node,
		       struct fhirpath_result *out)
{
	struct run *run = conforming->run;
	struct fhirpath_context context = run_context(run);
	struct error wrong = { 0 };

	*out = (struct fhirpath_result){ NULL, 0 };
	return run_spend(run, 1) && fhirpath_eval_node(run->work, discriminator->program, &context, node, out, &wrong);
}

static bool has_value(const struct fhir_node *node, const struct landing *landing)
{
	if (landing->fixed)
		return value_is_fixed(node, landing->fixed);
	if (landing->pattern)
		return value_has_pattern(node, landing->pattern);
	struct slice url = landing->url;
	return slice_equal(slice_cut(&url, '|'), node->value);
}

static bool is_of_type(struct conforming *conforming, const struct fhir_node *node, const struct landing *landing)
{
	const struct validator *validator = conforming->run->validator;

	for (size_t i = 0; i < landing->definition->type_count; i++) {
		const struct narrowed_type *type = &landing->definition->types[i];

		if (!landing->is_referenced && slice_equal(node->type->name, type->name))
			return true;
		for (size_t k = 0; landing->is_referenced && k < type->target_count; k++) {
			const struct held *held = catalogue_find(&validator->knowledge.profiles, type->targets[k]);
			const struct fhir_type *target =
			    held ? held->profile->type : fhir_type_find(validator->schema, type->targets[k]);

			if (target && fhir_type_is(node->type, target->name))
				return true;
		}
	}
	return false;
}

static bool is_of_profile(struct conforming *conforming, const struct fhir_node *node, const struct landing *landing)
{
	for (size_t i = 0; i < landing->definition->type_count; i++) {
		const struct narrowed_type *type = &landing->definition->types[i];
		size_t count = landing->is_referenced ? type->target_count : type->profile_count;

		for (size_t k = 0; k < count; k++) {
			struct slice url = (landing->is_referenced ? type->targets : type->profiles)[k];
			const struct held *held = catalogue_find(&conforming->run->validator->knowledge.profiles, url);

			if (held && profile_fits(conforming->run, held->profile, node))
				return true;
		}
	}
	return false;
}

/* ---- the kinds ---- */

typedef bool (*is_it)(struct conforming *conforming, const struct fhir_node *node, const struct landing *landing);

static enum fhirpath_answer any(struct conforming *conforming, const struct fhirpath_result *items, is_it test,
				const struct landing *landing)
{
	for (size_t i = 0; i < items->count; i++)
		if (items->items[i].kind == FHIRPATH_NODE && test(conforming, items->items[i].node, landing))
			return FHIRPATH_YES;
	return FHIRPATH_NO;
}

static bool test_value(struct conforming *conforming, const struct fhir_node *node, const struct landing *landing)
{
	(void)conforming;
	return has_value(node, landing);
}

static enum fhirpath_answer exists(const struct fhirpath_result *items, const struct definition *definition)
{
	if (definition && definition->max == 0)
		return items->count == 0 ? FHIRPATH_YES : FHIRPATH_NO;
	if (definition && definition->min > 0)
		return items->count > 0 ? FHIRPATH_YES : FHIRPATH_NO;
	return FHIRPATH_NOT_HELD;
}

static enum fhirpath_answer in_value_set(struct conforming *conforming, const struct fhirpath_result *items,
					 struct slice value_set)
{
	enum fhirpath_answer answer = FHIRPATH_NO;
	struct slice code;

	for (size_t i = 0; i < items->count && answer == FHIRPATH_NO; i++)
		if (items->items[i].kind == FHIRPATH_NODE)
			answer = codes_fit(conforming->run, items->items[i].node, value_set, &code);
	return answer;
}

static enum fhirpath_answer by_value(struct conforming *conforming, const struct fhirpath_result *items,
				     const struct landing *landing)
{
	const struct definition *definition = landing->definition;

	if (landing->fixed || landing->pattern || landing->url.ptr)
		return any(conforming, items, test_value, landing);
	if (definition && definition->binding == FHIR_BINDING_REQUIRED)
		return in_value_set(conforming, items, definition->value_set);
	return exists(items, definition);
}

static enum fhirpath_answer decide(struct conforming *conforming, const struct discriminator *discriminator,
				   const struct definition *slice, const struct fhirpath_result *items)
{
	struct landing landing = land(conforming->run->validator, slice, discriminator->path);
	bool has_types = landing.definition && landing.definition->type_count > 0;

	switch (discriminator->kind) {
	case BY_VALUE:
		return by_value(conforming, items, &landing);
	case BY_EXISTS:
		return exists(items, landing.definition);
	case BY_TYPE:
		return has_types ? any(conforming, items, is_of_type, &landing) : FHIRPATH_NOT_HELD;
	case BY_PROFILE:
		return has_types ? any(conforming, items, is_of_profile, &landing) : FHIRPATH_NOT_HELD;
	default:
		return FHIRPATH_NOT_HELD;
	}
}

/** Slices of extensions go by url, those of a choice by type, even where that is not said. */
static enum fhirpath_answer match_unsaid(struct conforming *conforming, const struct definition *slice,
					 const struct fhir_node *node)
{
	struct fhirpath_item item = { .kind = FHIRPATH_NODE, .node = node };
	struct fhirpath_result items = { &item, 1 };

	if (node->element && node->element->is_choice)
		return decide(conforming, &(struct discriminator){ BY_TYPE, SLICE("$this"), NULL }, slice, &items);
	if (!fhir_type_is(node->type, SLICE("Extension")))
		return FHIRPATH_NOT_HELD;
	item.node = fhir_node_child(node, SLICE("url"));
	items.count = item.node != NULL;
	return decide(conforming, &(struct discriminator){ BY_VALUE, SLICE("url"), NULL }, slice, &items);
}

enum fhirpath_answer slice_matches(struct conforming *conforming, const struct definition *sliced, const struct definition *slice,
				   const struct fhir_node *node)
{
	const struct slicing *slicing = sliced->slicing;
	enum fhirpath_answer all = FHIRPATH_YES;

	if (!slicing || slicing->discriminator_count == 0)
		return match_unsaid(conforming, slice, node);
	for (size_t i = 0; i < slicing->discriminator_count; i++) {
		struct fhirpath_result items;

		enum fhirpath_answer answer = FHIRPATH_NOT_HELD;
		if (find_items(conforming, &slicing->discriminators[i], node, &items))
			answer = decide(conforming, &slicing->discriminators[i], slice, &items);
		if (answer == FHIRPATH_NO)
			return FHIRPATH_NO;
		if (answer == FHIRPATH_NOT_HELD)
			all = FHIRPATH_NOT_HELD;
	}
	return all;
}
