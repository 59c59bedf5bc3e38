/* SPDX-License-Identifier: Apache-2.0 */
/* Which items of the source a rule takes: by element, type, condition, list mode and default. */
#include "map/run.h"

static bool type_matches(const struct map_source *source, const struct fhirpath_item *item)
{
	if (!source->type || item->kind != FHIRPATH_NODE)
		return true;
	return item->node->type == source->type || fhir_type_is(item->node->type, source->type->name);
}

/** The next child that is the source's element, from `node` on. */
static const struct fhir_node *next_match(const struct map_source *source, const struct fhir_node *context,
					  const struct fhir_node *node)
{
	bool exact = context->type == source->context_type;

	for (; node; node = node->next) {
		bool same =
		    node->element == source->element || (!exact && slice_equal(node->element->name, source->element->name));

		if (same && (!source->type || node->type == source->type || fhir_type_is(node->type, source->type->name)))
			return node;
	}
	return NULL;
}

static bool is_true(const struct fhirpath_result *result)
{
	return result->count > 0 && !(result->count == 1 && slice_equal(fhirpath_item_text(result->items), SLICE("false")));
}

static bool holds(struct map_run *run, const struct map_source *source, const struct fhirpath_item *item, bool *out)
{
	struct fhirpath_result result;

	*out = true;
	if (!source->where)
		return true;
	map_bind(run, &source->variable, item, NULL);
	if (!map_evaluate(run, &source->at, source->where, source->visible, item, &result))
		return false;
	*out = is_true(&result);
	return true;
}

static struct slice path_of(struct map_run *run, const struct fhirpath_item *item)
{
	const struct fhir_node *node = item->kind == FHIRPATH_NODE && item->node ? item->node : run->from;

	return node ? fhir_node_path(run->arena, node) : SLICE_NONE;
}

static void report(struct map_run *run, enum issue_severity severity, const struct map_source *source,
		   const struct fhirpath_item *item, const char *what, struct slice detail)
{
	const struct fhir_node *node = item->kind == FHIRPATH_NODE ? item->node : NULL;

	if (run->issues)
		issue_add(run->issues, severity, severity == ISSUE_INFORMATION ? "informational" : "invariant",
			  path_of(run, item), node ? node->line : 0, node ? node->column : 0, "%s%.*s (%s:%u)", what,
			  SLICE_ARG(detail), source->at.file, source->at.line);
}

/** `check` and `log` of one item that the rule takes. */
static bool tell(struct map_run *run, const struct map_source *source, const struct fhirpath_item *item)
{
	struct fhirpath_result result;

	if (source->check) {
		if (!map_evaluate(run, &source->at, source->check, source->visible, item, &result))
			return false;
		if (!is_true(&result))
			report(run, ISSUE_ERROR, source, item, "the check of the map does not hold", SLICE(""));
	}
	if (!source->log)
		return true;
	if (!map_evaluate(run, &source->at, source->log, source->visible, item, &result))
		return false;
	for (size_t i = 0; i < result.count; i++)
		report(run, ISSUE_INFORMATION, source, item, "", fhirpath_item_text(&result.items[i]));
	return true;
}

static bool take_item(struct map_run *run, const struct map_rule *rule, size_t index, const struct fhirpath_item *item)
{
	const struct map_source *source = &rule->sources[index];
	const struct fhir_node *outer = run->from;
	const struct fhirpath_item *outer_item = run->taken;
	struct fhirpath_item kept = *item;

	map_bind(run, &source->variable, &kept, NULL);
	if (kept.kind == FHIRPATH_NODE)
		run->from = kept.node;
	run->taken = &kept;
	bool done = tell(run, source, &kept) && map_run_tuple(run, rule, index + 1);
	run->from = outer;
	run->taken = outer_item;
	return done;
}

static bool is_taken(enum map_source_list list, size_t position, size_t count)
{
	switch (list) {
	case MAP_LIST_FIRST:
		return position == 0;
	case MAP_LIST_LAST:
		return position + 1 == count;
	case MAP_LIST_NOT_FIRST:
		return position > 0;
	case MAP_LIST_NOT_LAST:
		return position + 1 < count;
	default:
		return true;
	}
}

/** How many items there are and how many of them meet the condition. */
static bool count_items(struct map_run *run, const struct map_source *source, const struct fhir_node *context, size_t *all,
			size_t *passed)
{
	*all = *passed = 0;
	for (const struct fhir_node *node = next_match(source, context, context->first); node;
	     node = next_match(source, context, node->next)) {
		struct fhirpath_item item = { .node = node };
		bool good;

		if (!holds(run, source, &item, &good))
			return false;
		*all += 1;
		*passed += good;
	}
	return true;
}

static bool check_counts(struct map_run *run, const struct map_source *source, const struct fhirpath_item *context, size_t all,
			 size_t passed)
{
	if (source->list == MAP_LIST_ONLY_ONE && passed > 1)
		return map_run_fail(run, &source->at, "%.*s is there %zu times and the rule wants only_one",
				    SLICE_ARG(source->element->name), passed);
	if (source->has_cardinality && (all < source->min || all > source->max))
		report(run, ISSUE_ERROR, source, context, "the map expects another number of ", source->element->name);
	return true;
}

static bool take_fallback(struct map_run *run, const struct map_rule *rule, size_t index)
{
	const struct map_source *source = &rule->sources[index];
	struct fhirpath_result value;

	if (!source->fallback)
		return true;
	if (!map_operand_value(run, &source->at, source->fallback, &value))
		return false;
	return value.count == 0 || take_item(run, rule, index, value.items);
}

static bool take_elements(struct map_run *run, const struct map_rule *rule, size_t index, const struct fhirpath_item *context)
{
	const struct map_source *source = &rule->sources[index];
	const struct fhir_node *node = next_match(source, context->node, context->node->first);
	bool counted = source->has_cardinality || source->list > MAP_LIST_FIRST;
	size_t all = 0, passed = 0, position = 0;

	if (!node)
		return (!source->has_cardinality || check_counts(run, source, context, 0, 0)) && take_fallback(run, rule, index);
	if (counted &&
	    (!count_items(run, source, context->node, &all, &passed) || !check_counts(run, source, context, all, passed)))
		return false;
	for (; node; node = next_match(source, context->node, node->next)) {
		struct fhirpath_item item = { .node = node };
		bool good;

		if (!holds(run, source, &item, &good))
			return false;
		if (!good || !is_taken(source->list, position++, passed))
			continue;
		if (!take_item(run, rule, index, &item))
			return false;
		if (source->list == MAP_LIST_FIRST)
			break;
	}
	return true;
}

/** The value of a primitive by itself: its text, without extensions. */
static bool take_own_value(struct map_run *run, const struct map_rule *rule, size_t index, const struct fhir_node *node)
{
	const struct map_source *source = &rule->sources[index];
	struct fhirpath_item item = { .kind = FHIRPATH_STRING, .text = node->value };
	bool good;

	if (!node->value.ptr)
		return take_fallback(run, rule, index);
	if (node->type->json_form == FHIR_JSON_BOOLEAN)
		item.kind = FHIRPATH_BOOLEAN;
	if (node->type->json_form == FHIR_JSON_NUMBER)
		item.kind = slice_equal(node->type->name, SLICE("decimal")) ? FHIRPATH_DECIMAL : FHIRPATH_INTEGER;
	return holds(run, source, &item, &good) && (!good || take_item(run, rule, index, &item));
}

bool map_take_source(struct map_run *run, const struct map_rule *rule, size_t index)
{
	const struct map_source *source = &rule->sources[index];
	const struct fhirpath_item *context = map_item_at(run, source->context);
	bool good;

	if (!context)
		return true;
	if (source->own_value)
		return context->kind != FHIRPATH_NODE || take_own_value(run, rule, index, context->node);
	if (source->element)
		return context->kind != FHIRPATH_NODE || take_elements(run, rule, index, context);
	if (!type_matches(source, context))
		return true;
	struct fhirpath_item item = *context;
	return holds(run, source, &item, &good) && (!good || take_item(run, rule, index, &item));
}
