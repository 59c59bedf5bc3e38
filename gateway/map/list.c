/* SPDX-License-Identifier: Apache-2.0 */
/* Where a node goes among the repetitions of its element: the list modes of targets. Source:
 * http://hl7.org/fhir/map-target-list-mode.
 */
#include "map/run.h"

/** A node that a rule wants first or last among its like. */
struct map_mark {
	const struct map_target *by;
	const struct fhir_node *node;
	struct map_mark *next;
};

/** A repetition that several rules share (`share NAME`). */
struct map_share {
	struct slice name;
	const struct fhir_node *parent;
	struct fhir_node *node;
	struct map_share *next;
};

static int rank_of(enum map_target_list list)
{
	if (list == MAP_TARGET_FIRST)
		return -1;
	return list == MAP_TARGET_LAST;
}

static int rank_of_node(const struct map_run *run, const struct fhir_node *node)
{
	for (const struct map_mark *mark = run->marks; mark; mark = mark->next)
		if (mark->node == node)
			return rank_of(mark->by->list);
	return 0;
}

/** The last child that stands before the place of a node of that rank; NULL: it comes first. */
static struct fhir_node *place(const struct map_run *run, const struct fhir_node *parent, const struct fhir_element *element,
			       int rank)
{
	struct fhir_node *before = NULL;

	if (!run->marks && rank == 0 && parent->last && parent->last->element->order <= element->order)
		return parent->last;
	for (struct fhir_node *child = parent->first; child; child = child->next) {
		if (child->element->order > element->order || (child->element == element && rank_of_node(run, child) > rank))
			break;
		before = child;
	}
	return before;
}

/** Only one rule may put its items first, and one last. */
static bool add_mark(struct map_run *run, const struct map_target *target, const struct fhir_node *node)
{
	for (const struct map_mark *mark = run->marks; mark; mark = mark->next)
		if (mark->by != target && mark->by->list == target->list && mark->node->parent == node->parent &&
		    mark->node->element == node->element)
			return map_run_fail(run, &target->at, "another rule, in line %u, puts its %.*s %s", mark->by->at.line,
					    SLICE_ARG(node->element->name), rank_of(target->list) < 0 ? "first" : "last");
	struct map_mark *mark = arena_new_of(run->arena, struct map_mark);
	if (!mark)
		return error_memory(run->err);
	*mark = (struct map_mark){ target, node, run->marks };
	run->marks = mark;
	return true;
}

static struct fhir_node *find_existing(const struct fhir_node *parent, const struct fhir_element *element)
{
	for (struct fhir_node *child = parent->first; child; child = child->next)
		if (child->element == element)
			return child;
	return NULL;
}

struct fhir_node *map_attach(struct map_run *run, const struct map_target *target, struct fhir_node *parent,
			     const struct fhir_element *element, const struct fhir_type *type)
{
	struct fhir_node *node = element->max == 1 ? find_existing(parent, element) : NULL;
	int rank = target ? rank_of(target->list) : 0;

	if (node && node->type == type)
		return node;
	/* Another type of a choice replaces what was there. */
	if (node)
		fhir_node_remove(node);
	node = fhir_node_new(run->arena, type);
	if (!node)
		return NULL;
	struct fhir_node *before = place(run, parent, element, rank);
	struct fhir_node **link = before ? &before->next : &parent->first;
	node->element = element;
	node->parent = parent;
	node->next = *link;
	*link = node;
	if (!node->next)
		parent->last = node;
	return rank == 0 || add_mark(run, target, node) ? node : NULL;
}

static struct map_share *find_share(struct map_run *run, const struct map_target *target, const struct fhir_node *parent)
{
	for (struct map_share *share = run->shares; share; share = share->next)
		if (share->parent == parent && slice_equal(share->name, target->share))
			return share;
	struct map_share *share = arena_new_of(run->arena, struct map_share);
	if (!share)
		return NULL;
	*share = (struct map_share){ target->share, parent, NULL, run->shares };
	run->shares = share;
	return share;
}

struct fhir_node *map_make(struct map_run *run, const struct map_target *target, struct fhir_node *parent,
			   const struct fhir_type *type)
{
	struct map_share *share = NULL;
	struct fhir_node *node = NULL;

	if (target->list == MAP_TARGET_COLLATE)
		node = find_existing(parent, target->element);
	if (target->list == MAP_TARGET_SHARE && !(share = find_share(run, target, parent)))
		return NULL;
	if (share)
		node = share->node;
	if (!node || node->type != type)
		node = map_attach(run, target, parent, target->element, type);
	if (share)
		share->node = node;
	if (node)
		map_trace_made(run, run->from, node);
	return node;
}
