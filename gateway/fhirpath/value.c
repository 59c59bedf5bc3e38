/* SPDX-License-Identifier: Apache-2.0 */
/* Items and collections: making them, reading them, stepping from node to node. */
#include "fhirpath/eval.h"

#include <string.h>

static const struct fhirpath_item boolean_items[] = {
	{ .kind = FHIRPATH_BOOLEAN, .text = { "false", 5 } },
	{ .kind = FHIRPATH_BOOLEAN, .text = { "true", 4 } },
};

struct fhirpath_result fp_boolean(bool value)
{
	return (struct fhirpath_result){ &boolean_items[value], 1 };
}

struct fhirpath_result fp_list_result(const struct fp_list *list)
{
	return (struct fhirpath_result){ list->items, list->count };
}

bool fp_list_add(struct fp_run *run, struct fp_list *list, const struct fhirpath_item *item)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 4 : 2;
		struct fhirpath_item *items = arena_new_array(run->arena, struct fhirpath_item, capacity);

		if (!items)
			return error_memory(run->err);
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = *item;
	return fp_spend(run, 1);
}

bool fp_list_add_all(struct fp_run *run, struct fp_list *list, const struct fhirpath_result *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (!fp_list_add(run, list, &from->items[i]))
			return false;
	return true;
}

bool fp_one(struct fp_run *run, struct fhirpath_item item, struct fhirpath_result *out)
{
	struct fhirpath_item *made = arena_new_of(run->arena, struct fhirpath_item);

	if (!made)
		return error_memory(run->err);
	*made = item;
	*out = (struct fhirpath_result){ made, 1 };
	return true;
}

bool fp_text(struct fp_run *run, enum fhirpath_kind kind, struct slice text, struct fhirpath_result *out)
{
	return fp_one(run, (struct fhirpath_item){ .kind = kind, .text = text.ptr ? text : SLICE("") }, out);
}

bool fp_integer(struct fp_run *run, int64_t value, struct fhirpath_result *out)
{
	struct slice text = arena_printf(run->arena, "%lld", (long long)value);

	return text.ptr ? fp_text(run, FHIRPATH_INTEGER, text, out) : error_memory(run->err);
}

/** The System type that a FHIR primitive converts to (FHIR R4 section 2.9.1.4). */
static enum fhirpath_kind primitive_kind(const struct fhir_type *type)
{
	struct slice name = type->name;

	if (type->json_form == FHIR_JSON_BOOLEAN)
		return FHIRPATH_BOOLEAN;
	if (type->json_form == FHIR_JSON_NUMBER)
		return slice_equal(name, SLICE("decimal")) ? FHIRPATH_DECIMAL : FHIRPATH_INTEGER;
	switch (name.len ? name.ptr[0] : 0) {
	case 'd':
		if (slice_equal(name, SLICE("date")))
			return FHIRPATH_DATE;
		return slice_equal(name, SLICE("dateTime")) ? FHIRPATH_DATETIME : FHIRPATH_STRING;
	case 'i':
		if (slice_equal(name, SLICE("integer64")))
			return FHIRPATH_INTEGER;
		return slice_equal(name, SLICE("instant")) ? FHIRPATH_DATETIME : FHIRPATH_STRING;
	case 't':
		return slice_equal(name, SLICE("time")) ? FHIRPATH_TIME : FHIRPATH_STRING;
	default:
		return FHIRPATH_STRING;
	}
}

/** The calendar word for a UCUM code of time, since FHIR quantities carry codes (FHIR R4 section 2.9.1.4). */
static struct slice quantity_unit(const struct fhir_node *quantity)
{
	struct slice code = fhir_node_text(quantity, SLICE("code"));

	if (!code.ptr)
		code = fhir_node_text(quantity, SLICE("unit"));
	return code.ptr ? code : SLICE("1");
}

struct fhirpath_item fp_system(const struct fhirpath_item *item)
{
	struct fhirpath_item made = *item;

	if (item->kind != FHIRPATH_NODE || !item->node)
		return made;
	if (item->node->type->kind == FHIR_KIND_PRIMITIVE && item->node->value.ptr) {
		made.kind = primitive_kind(item->node->type);
		made.text = item->node->value;
	} else if (item->node->type->kind == FHIR_KIND_COMPLEX && fhir_type_is(item->node->type, SLICE("Quantity"))) {
		struct slice value = fhir_node_text(item->node, SLICE("value"));

		if (!value.ptr)
			return made;
		made.kind = FHIRPATH_QUANTITY;
		made.text = value;
		made.unit = quantity_unit(item->node);
	}
	return made;
}

struct slice fhirpath_item_text(const struct fhirpath_item *item)
{
	if (item->kind != FHIRPATH_NODE)
		return item->text;
	return item->node ? item->node->value : SLICE_NONE;
}

bool fp_is_absent(const struct fhirpath_item *item)
{
	return item->kind == FHIRPATH_NODE && !item->node;
}

bool fp_single(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *from, struct fhirpath_item *out)
{
	if (from->count > 1)
		return fp_fail(run, op, "expected a single item, found %zu", from->count);
	*out = from->count ? from->items[0] : (struct fhirpath_item){ 0 };
	return true;
}

bool fp_truth(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *from, enum fp_truth *out)
{
	*out = FP_ABSENT;
	if (from->count == 0)
		return true;
	if (from->count > 1)
		return fp_fail(run, op, "expected a single Boolean, found %zu items", from->count);
	struct fhirpath_item item = fp_system(from->items);
	*out = item.kind == FHIRPATH_BOOLEAN && slice_equal(item.text, SLICE("false")) ? FP_FALSE : FP_TRUE;
	return true;
}

bool fp_argument(struct fp_run *run, const struct fp_op *op, unsigned index, const struct fhirpath_result *focus,
		 struct fhirpath_item *out)
{
	struct fhirpath_result value;

	*out = (struct fhirpath_item){ 0 };
	if (index >= op->argument_count)
		return true;
	if (!fp_eval(run, op->arguments[index], focus, &value) || !fp_single(run, op->arguments[index], &value, out))
		return false;
	*out = fp_system(out);
	return true;
}

bool fp_to_integer(const struct fhirpath_item *item, int64_t *out)
{
	struct slice text = item->text;
	bool negative = slice_starts(text, SLICE("-"));
	uint64_t value;

	if (negative || slice_starts(text, SLICE("+")))
		text = slice_from(text, 1);
	if (!slice_to_u64(text, INT64_MAX, &value))
		return false;
	*out = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

bool fp_children(struct fp_run *run, const struct fhir_node *node, struct slice name, struct fp_list *list)
{
	struct fhirpath_item item = { .kind = FHIRPATH_NODE };
	const struct fhir_element *matched = NULL, *skipped = NULL;

	for (const struct fhir_node *child = node->first; child; child = child->next) {
		/* Repetitions are neighbours: the name is compared once for all of them. */
		if (child->element == skipped)
			continue;
		if (name.ptr && child->element != matched && !slice_equal(child->element->name, name)) {
			if (matched)
				break;
			skipped = child->element;
			continue;
		}
		matched = child->element;
		item.node = child;
		if (run->context->reached && child->value.len)
			run->context->reached(run->context->listener, child);
		if (!fp_list_add(run, list, &item))
			return false;
	}
	return fp_spend(run, 1);
}

const char *fhirpath_kind_name(enum fhirpath_kind kind)
{
	static const char *const names[] = {
		[FHIRPATH_BOOLEAN] = "Boolean", [FHIRPATH_STRING] = "String",     [FHIRPATH_INTEGER] = "Integer",
		[FHIRPATH_DECIMAL] = "Decimal", [FHIRPATH_DATE] = "Date",         [FHIRPATH_DATETIME] = "DateTime",
		[FHIRPATH_TIME] = "Time",       [FHIRPATH_QUANTITY] = "Quantity", [FHIRPATH_TYPE] = "TypeInfo",
	};

	return names[kind];
}

bool fp_is_type(const struct fp_run *run, const struct fhirpath_item *item, struct slice specifier)
{
	bool fhir = slice_starts(specifier, SLICE("FHIR.")), system = slice_starts(specifier, SLICE("System."));
	struct slice name = fhir ? slice_from(specifier, 5) : system ? slice_from(specifier, 7) : specifier;

	(void)run;
	if (item->kind == FHIRPATH_NODE)
		return !system && item->node && fhir_type_is(item->node->type, name);
	return !fhir && slice_equal(name, slice_of(fhirpath_kind_name(item->kind)));
}

bool fp_is_cast(const struct fp_run *run, const struct fhirpath_item *item, struct slice specifier)
{
	bool primitive = item->kind == FHIRPATH_NODE && item->node && item->node->type->kind == FHIR_KIND_PRIMITIVE;

	if (!primitive)
		return fp_is_type(run, item, specifier);
	return slice_equal(item->node->type->name,
			   slice_starts(specifier, SLICE("FHIR.")) ? slice_from(specifier, 5) : specifier);
}
