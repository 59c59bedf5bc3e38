/* SPDX-License-Identifier: Apache-2.0 */
/* Two trees, element by element. Repetitions are aligned first: equal ones before those with the same key before those that only
 * stand at the same place, so that one insertion is one change; what is left and equal elsewhere has moved. */
#include "fhir/align.h"
#include "fhir/node.h"

struct comparing {
	struct arena *arena;
	struct align_keys keys;
	struct fhir_changes *out;
	struct error *err;
};

static bool compare_nodes(struct comparing *comparing, const struct fhir_node *before, const struct fhir_node *after);

static bool tell(struct comparing *comparing, enum fhir_change_kind kind, const struct fhir_node *before,
		 const struct fhir_node *after)
{
	struct fhir_change *change = arena_new_of(comparing->arena, struct fhir_change);

	if (!change)
		return error_memory(comparing->err);
	*change = (struct fhir_change){ kind, before, after, NULL };
	*(comparing->out->last ? &comparing->out->last->next : &comparing->out->first) = change;
	comparing->out->last = change;
	comparing->out->count++;
	return true;
}

/** An element that only one side has. A primitive's extensions are told beside its value. */
static bool tell_one(struct comparing *comparing, const struct fhir_node *node, bool added)
{
	bool has_value = node->type->kind == FHIR_KIND_PRIMITIVE && node->value.ptr;

	if (!tell(comparing, added ? FHIR_CHANGE_ADDED : FHIR_CHANGE_REMOVED, added ? NULL : node, added ? node : NULL))
		return false;
	for (const struct fhir_node *child = has_value ? node->first : NULL; child; child = child->next)
		if (!tell_one(comparing, child, added))
			return false;
	return true;
}

/** In the order of what came out; what went is told first. */
static bool compare_repetitions(struct comparing *comparing, const struct align_side *before, const struct align_side *after)
{
	const struct fhir_node *place = before->count ? before->nodes[0]->parent : after->nodes[0]->parent;

	if (!align(comparing->arena, before, after)) {
		struct slice path = fhir_node_path(comparing->arena, place);
		error_set(comparing->err, ERROR_LIMIT, "", "%.*s has too many repetitions to compare", SLICE_ARG(path));
		return false;
	}
	for (size_t i = 0; i < before->count; i++)
		if (before->matches[i].other == ALIGN_NONE && !tell_one(comparing, before->nodes[i], false))
			return false;
	for (size_t j = 0; j < after->count; j++) {
		struct align_match match = after->matches[j];
		if (match.other == ALIGN_NONE) {
			if (!tell_one(comparing, after->nodes[j], true))
				return false;
			continue;
		}
		if (match.moved && !tell(comparing, FHIR_CHANGE_MOVED, before->nodes[match.other], after->nodes[j]))
			return false;
		if (!compare_nodes(comparing, before->nodes[match.other], after->nodes[j]))
			return false;
	}
	return true;
}

static const struct fhir_node *end_of(const struct fhir_node *node)
{
	const struct fhir_element *element = node->element;

	while (node && node->element == element)
		node = node->next;
	return node;
}

static bool compare_children(struct comparing *comparing, const struct fhir_node *before, const struct fhir_node *after)
{
	const struct fhir_node *a = before->first, *b = after->first;

	while (a || b) {
		bool from_a = a && (!b || a->element->order <= b->element->order);
		bool from_b = b && (!a || b->element->order <= a->element->order);
		const struct fhir_node *a_end = from_a ? end_of(a) : a, *b_end = from_b ? end_of(b) : b;
		struct align_side sides[2];
		if (!align_side_fill(comparing->arena, &comparing->keys, a, a_end, &sides[0]) ||
		    !align_side_fill(comparing->arena, &comparing->keys, b, b_end, &sides[1]))
			return error_memory(comparing->err);
		if (!compare_repetitions(comparing, &sides[0], &sides[1]))
			return false;
		a = a_end;
		b = b_end;
	}
	return true;
}

static bool compare_nodes(struct comparing *comparing, const struct fhir_node *before, const struct fhir_node *after)
{
	if (before->type != after->type)
		return tell(comparing, FHIR_CHANGE_CHANGED, before, after);
	bool same = slice_equal(before->value, after->value);
	return (same || tell(comparing, FHIR_CHANGE_CHANGED, before, after)) && compare_children(comparing, before, after);
}

bool fhir_node_diff(struct arena *arena, const struct fhir_node *before, const struct fhir_node *after, struct fhir_changes *out,
		    struct error *err)
{
	struct comparing comparing = { .arena = arena, .out = out, .err = err };

	*out = (struct fhir_changes){ 0 };
	return align_keys_load(arena, &comparing.keys, err) && compare_nodes(&comparing, before, after);
}

const char *fhir_change_name(enum fhir_change_kind kind)
{
	static const char *const names[] = {
		[FHIR_CHANGE_ADDED] = "added",
		[FHIR_CHANGE_REMOVED] = "removed",
		[FHIR_CHANGE_CHANGED] = "changed",
		[FHIR_CHANGE_MOVED] = "moved",
	};

	return names[kind];
}
