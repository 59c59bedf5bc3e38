/* SPDX-License-Identifier: Apache-2.0 */
/* Equality, equivalence and order. Source: FHIRPath N1 sections 6.1 and 6.2. */
#include "fhirpath/decimal.h"
#include "fhirpath/eval.h"
#include "fhirpath/moment.h"
#include "fhirpath/unit.h"

static bool is_number(const struct fhirpath_item *item)
{
	return item->kind == FHIRPATH_INTEGER || item->kind == FHIRPATH_DECIMAL;
}

static bool is_moment(const struct fhirpath_item *item)
{
	return item->kind == FHIRPATH_DATE || item->kind == FHIRPATH_DATETIME || item->kind == FHIRPATH_TIME;
}

/** FP_UNKNOWN also when a value does not parse. */
static enum fp_order order_moments(const struct fhirpath_item *a, const struct fhirpath_item *b)
{
	struct fp_moment left, right;

	if (!fp_moment_parse(a->kind, a->text, &left) || !fp_moment_parse(b->kind, b->text, &right))
		return FP_UNKNOWN;
	return fp_moment_compare(&left, &right);
}

static enum fp_order order_numbers(const struct fhirpath_item *a, const struct fhirpath_item *b)
{
	struct fp_decimal left, right;

	if (!fp_decimal_parse(a->text, &left) || !fp_decimal_parse(b->text, &right))
		return FP_UNKNOWN;
	return (enum fp_order)fp_decimal_compare(left, right);
}

/** The units are read each time, which is charged. */
static enum fp_order order_quantities(struct fp_run *run, const struct fhirpath_item *a, const struct fhirpath_item *b)
{
	struct fp_decimal left, right;

	if (!fp_spend(run, 1 + 8 * (a->unit.len + b->unit.len)))
		return FP_UNKNOWN;
	if (!fp_decimal_parse(a->text, &left) || !fp_decimal_parse(b->text, &right))
		return FP_UNKNOWN;
	if (!fp_unit_align(&left, a->unit, &right, b->unit))
		return FP_UNKNOWN;
	return (enum fp_order)fp_decimal_compare(left, right);
}

static bool nodes_equal(struct fp_run *run, const struct fhir_node *a, const struct fhir_node *b);

/** Children in the same order (N1: "recursively"). Depth is bounded by the readers of trees. */
static bool children_equal(struct fp_run *run, const struct fhir_node *a, const struct fhir_node *b)
{
	const struct fhir_node *left = a->first, *right = b->first;

	for (; left && right; left = left->next, right = right->next)
		if (!slice_equal(left->element->name, right->element->name) || !nodes_equal(run, left, right))
			return false;
	return !left && !right;
}

static bool nodes_equal(struct fp_run *run, const struct fhir_node *a, const struct fhir_node *b)
{
	if (a == b)
		return true;
	if (!fp_spend(run, 1) || !slice_equal(a->type->name, b->type->name) || !slice_equal(a->value, b->value))
		return false;
	return children_equal(run, a, b);
}

enum fp_truth fp_items_equal(struct fp_run *run, const struct fhirpath_item *a, const struct fhirpath_item *b)
{
	struct fhirpath_item left = fp_system(a), right = fp_system(b);
	enum fp_order order = FP_UNKNOWN;

	if (left.kind == FHIRPATH_NODE && right.kind == FHIRPATH_NODE)
		return nodes_equal(run, left.node, right.node) ? FP_TRUE : FP_FALSE;
	if (is_number(&left) && is_number(&right))
		order = order_numbers(&left, &right);
	else if (is_moment(&left) && is_moment(&right) && (left.kind == FHIRPATH_TIME) == (right.kind == FHIRPATH_TIME))
		order = order_moments(&left, &right);
	else if (left.kind == FHIRPATH_QUANTITY && right.kind == FHIRPATH_QUANTITY)
		order = order_quantities(run, &left, &right);
	else if (left.kind != right.kind)
		return FP_FALSE;
	else
		return slice_equal(left.text, right.text) ? FP_TRUE : FP_FALSE;
	return order == FP_UNKNOWN ? FP_ABSENT : order == FP_SAME ? FP_TRUE : FP_FALSE;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/** Equal without regard to case and to the kind of white space (N1 section 6.1.2). */
static bool texts_equivalent(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]) && !(is_space(a.ptr[i]) && is_space(b.ptr[i])))
			return false;
	return true;
}

/** Rounded to the precision of the less precise one. */
static bool decimals_equivalent(struct fp_decimal left, struct fp_decimal right)
{
	left = fp_decimal_trim(left);
	right = fp_decimal_trim(right);
	int scale = left.scale < right.scale ? left.scale : right.scale;
	return fp_decimal_compare(fp_decimal_round(left, scale), fp_decimal_round(right, scale)) == 0;
}

static bool numbers_equivalent(struct slice a, struct slice b)
{
	struct fp_decimal left, right;

	return fp_decimal_parse(a, &left) && fp_decimal_parse(b, &right) && decimals_equivalent(left, right);
}

/** In the coarser unit of the two (N1 section 6.1.2: "the units are implicitly converted to the least granular unit"). */
static bool quantities_equivalent(struct fp_run *run, const struct fhirpath_item *a, const struct fhirpath_item *b)
{
	struct fp_decimal left, right;
	struct fp_unit left_unit, right_unit;

	if (!fp_spend(run, 1 + 8 * (a->unit.len + b->unit.len)))
		return false;
	if (!fp_decimal_parse(a->text, &left) || !fp_decimal_parse(b->text, &right))
		return false;
	if (slice_equal(a->unit, b->unit))
		return decimals_equivalent(left, right);
	if (!fp_unit_read(fp_unit_definite(a->unit), &left_unit) || !fp_unit_read(fp_unit_definite(b->unit), &right_unit))
		return false;
	bool left_coarser = fp_unit_order(&left_unit, &right_unit) > 0;
	bool converted = left_coarser ? fp_unit_convert_rounded(&right, &right_unit, &left_unit, FP_SCALE_MAX)
				      : fp_unit_convert_rounded(&left, &left_unit, &right_unit, FP_SCALE_MAX);
	return converted && decimals_equivalent(left, right);
}

static bool children_equivalent(struct fp_run *run, const struct fhir_node *a, const struct fhir_node *b);

static bool nodes_equivalent(struct fp_run *run, const struct fhir_node *a, const struct fhir_node *b)
{
	struct fhirpath_item left = { .node = a }, right = { .node = b };

	if (!slice_equal(a->type->name, b->type->name))
		return false;
	if (a->type->kind == FHIR_KIND_PRIMITIVE)
		return fp_items_equivalent(run, &left, &right);
	return children_equivalent(run, a, b);
}

/** In any order: each child of `a` finds one in `b`, and there are as many. */
static bool children_equivalent(struct fp_run *run, const struct fhir_node *a, const struct fhir_node *b)
{
	size_t left_count = 0, right_count = 0;

	for (const struct fhir_node *left = a->first; left; left = left->next, left_count++) {
		bool found = false;

		for (const struct fhir_node *right = b->first; right && !found; right = right->next) {
			if (!fp_spend(run, 1))
				return false;
			found = slice_equal(left->element->name, right->element->name) && nodes_equivalent(run, left, right);
		}
		if (!found)
			return false;
	}
	for (const struct fhir_node *right = b->first; right; right = right->next)
		right_count++;
	return left_count == right_count;
}

bool fp_items_equivalent(struct fp_run *run, const struct fhirpath_item *a, const struct fhirpath_item *b)
{
	struct fhirpath_item left = fp_system(a), right = fp_system(b);

	if (left.kind == FHIRPATH_NODE && right.kind == FHIRPATH_NODE) {
		if (left.node->type->kind == FHIR_KIND_PRIMITIVE)
			return nodes_equal(run, left.node, right.node);
		return nodes_equivalent(run, left.node, right.node);
	}
	if (is_number(&left) && is_number(&right))
		return numbers_equivalent(left.text, right.text);
	if (is_moment(&left) && is_moment(&right))
		return order_moments(&left, &right) == FP_SAME;
	if (left.kind != right.kind)
		return false;
	if (left.kind == FHIRPATH_QUANTITY)
		return quantities_equivalent(run, &left, &right);
	return texts_equivalent(left.text, right.text);
}

bool fp_compare(struct fp_run *run, const struct fp_op *op, const struct fhirpath_item *a, const struct fhirpath_item *b,
		int *order)
{
	struct fhirpath_item left = fp_system(a), right = fp_system(b);

	if (is_number(&left) && is_number(&right))
		*order = order_numbers(&left, &right);
	else if (is_moment(&left) && is_moment(&right))
		*order = order_moments(&left, &right);
	else if (left.kind == FHIRPATH_QUANTITY && right.kind == FHIRPATH_QUANTITY)
		*order = order_quantities(run, &left, &right);
	else if (left.kind == FHIRPATH_STRING && right.kind == FHIRPATH_STRING)
		*order = slice_compare(left.text, right.text) < 0 ? FP_BEFORE
			 : slice_equal(left.text, right.text)     ? FP_SAME
								  : FP_AFTER;
	else
		return fp_fail(run, op, "these values have no order");
	return true;
}

bool fp_contains(struct fp_run *run, const struct fhirpath_result *list, const struct fhirpath_item *item)
{
	for (size_t i = 0; i < list->count; i++)
		if (fp_items_equal(run, &list->items[i], item) == FP_TRUE)
			return true;
	return false;
}

/* ---- each once ---- */

/** Texts that a list holds, so that thousands of codes are not each compared with all others. A text equals only the same text of
 * its own kind; every other kind of item is compared item by item. */
struct text_set {
	const struct fhirpath_item **slots; /**< open addressing; `mask` + 1 of them, at most half in use */
	size_t mask, count;
};

#define TEXT_SLOTS_FIRST 64u

static bool is_plain_text(const struct fhirpath_item *value)
{
	return value->kind == FHIRPATH_STRING || value->kind == FHIRPATH_BOOLEAN;
}

static uint64_t text_hash(uint64_t seed, struct slice text)
{
	uint64_t hash = 0xcbf29ce484222325u ^ seed;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
	return hash ^ hash >> 32;
}

/** Where `value` stands or would stand. */
static const struct fhirpath_item **text_slot(const struct text_set *set, const struct fhirpath_item *value)
{
	/* The address of the table is not known to who chose the texts. */
	size_t at = text_hash((uint64_t)(uintptr_t)set->slots, value->text) & set->mask;

	for (; set->slots[at]; at = (at + 1) & set->mask) {
		struct fhirpath_item known = fp_system(set->slots[at]);
		if (known.kind == value->kind && slice_equal(known.text, value->text))
			break;
	}
	return &set->slots[at];
}

static bool text_set_grow(struct fp_run *run, struct text_set *set)
{
	struct text_set larger = { .mask = set->slots ? 2 * set->mask + 1 : TEXT_SLOTS_FIRST - 1, .count = set->count };

	larger.slots = arena_new_array(run->arena, const struct fhirpath_item *, larger.mask + 1);
	if (!larger.slots)
		return error_memory(run->err);
	for (size_t i = 0; set->slots && i <= set->mask; i++)
		if (set->slots[i]) {
			struct fhirpath_item value = fp_system(set->slots[i]);
			*text_slot(&larger, &value) = set->slots[i];
		}
	*set = larger;
	return fp_spend(run, larger.count);
}

/** `item`, whose System value is `value`, is noted; `is_new` when it was not there. */
static bool text_set_add(struct fp_run *run, struct text_set *set, const struct fhirpath_item *item,
			 const struct fhirpath_item *value, bool *is_new)
{
	if ((!set->slots || 2 * set->count >= set->mask) && !text_set_grow(run, set))
		return false;
	const struct fhirpath_item **slot = text_slot(set, value);
	*is_new = !*slot;
	if (!*is_new)
		return true;
	*slot = item;
	set->count++;
	return true;
}

static bool add_when_new(struct fp_run *run, struct text_set *texts, const struct fhirpath_item *item, struct fp_list *list)
{
	struct fhirpath_item value = fp_system(item);
	struct fhirpath_result seen = fp_list_result(list);
	bool is_new;

	if (texts && is_plain_text(&value)) {
		if (!fp_spend(run, 1) || !text_set_add(run, texts, item, &value, &is_new))
			return false;
	} else {
		if (!fp_spend(run, 1 + seen.count))
			return false;
		is_new = !fp_contains(run, &seen, item);
	}
	return !is_new || fp_list_add(run, list, item);
}

static bool text_set_fill(struct fp_run *run, struct text_set *texts, const struct fp_list *list)
{
	bool is_new;

	for (size_t i = 0; i < list->count; i++) {
		struct fhirpath_item value = fp_system(&list->items[i]);
		if (is_plain_text(&value) && !text_set_add(run, texts, &list->items[i], &value, &is_new))
			return false;
	}
	return fp_spend(run, list->count);
}

bool fp_distinct(struct fp_run *run, const struct fhirpath_result *from, struct fp_list *list)
{
	bool is_long = list->count + from->count >= TEXT_SLOTS_FIRST;
	struct text_set texts = { 0 };

	if (is_long && !text_set_fill(run, &texts, list))
		return false;
	for (size_t i = 0; i < from->count; i++)
		if (!add_when_new(run, is_long ? &texts : NULL, &from->items[i], list))
			return false;
	return true;
}
