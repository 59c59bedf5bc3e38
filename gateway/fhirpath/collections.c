/* SPDX-License-Identifier: Apache-2.0 */
/* Existence, filtering, projection, subsetting, combining. Source: FHIRPath N1 sections 5.1 to 5.4, 7. */
#include "fhirpath/functions.h"

#define UNUSED(name) (void)(name)

/** Evaluates argument `index` with one item of the input as $this. */
static bool eval_each(struct fp_run *run, const struct fp_op *op, unsigned index, const struct fp_scope *scope,
		      struct fhirpath_result *out)
{
	const struct fp_scope *outer = run->scope;

	run->scope = scope;
	bool done = fp_eval(run, op->arguments[index], &scope->this_item, out);
	run->scope = outer;
	return done;
}

static struct fp_scope scope_at(const struct fhirpath_result *input, size_t i)
{
	return (struct fp_scope){ .this_item = { &input->items[i], 1 }, .index = i };
}

/** Whether the criteria in argument 0 hold for item `i`. */
static bool criteria_at(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input, size_t i,
			enum fp_truth *out)
{
	struct fp_scope scope = scope_at(input, i);
	struct fhirpath_result result;

	return eval_each(run, op, 0, &scope, &result) && fp_truth(run, op->arguments[0], &result, out);
}

FP_FUNCTION(empty)
{
	UNUSED(run), UNUSED(op), UNUSED(focus);
	*out = fp_boolean(input->count == 0);
	return true;
}

FP_FUNCTION(count)
{
	UNUSED(op), UNUSED(focus);
	return fp_integer(run, (int64_t)input->count, out);
}

FP_FUNCTION(not )
{
	enum fp_truth truth;

	UNUSED(focus);
	if (!fp_truth(run, op, input, &truth))
		return false;
	*out = truth == FP_ABSENT ? FP_NOTHING : fp_boolean(truth == FP_FALSE);
	return true;
}

FP_FUNCTION(exists)
{
	UNUSED(focus);
	*out = fp_boolean(op->argument_count == 0 && input->count > 0);
	for (size_t i = 0; op->argument_count > 0 && i < input->count; i++) {
		enum fp_truth truth;

		if (!criteria_at(run, op, input, i, &truth))
			return false;
		if (truth != FP_TRUE)
			continue;
		*out = fp_boolean(true);
		return true;
	}
	return true;
}

FP_FUNCTION(all)
{
	UNUSED(focus);
	*out = fp_boolean(true);
	for (size_t i = 0; i < input->count; i++) {
		enum fp_truth truth;

		if (!criteria_at(run, op, input, i, &truth))
			return false;
		if (truth == FP_TRUE)
			continue;
		*out = fp_boolean(false);
		return true;
	}
	return true;
}

/** `wanted` for every item (`every`), or for at least one. */
static bool quantify(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input, enum fp_truth wanted,
		     bool every, struct fhirpath_result *out)
{
	bool answer = every;

	for (size_t i = 0; i < input->count; i++) {
		struct fhirpath_result one = { &input->items[i], 1 };
		enum fp_truth truth;

		if (fp_system(one.items).kind != FHIRPATH_BOOLEAN)
			return fp_fail(run, op, "%s() needs Booleans", op->function->name);
		if (!fp_truth(run, op, &one, &truth))
			return false;
		if ((truth == wanted) != every)
			answer = !every;
	}
	*out = fp_boolean(answer);
	return true;
}

FP_FUNCTION(all_true)
{
	UNUSED(focus);
	return quantify(run, op, input, FP_TRUE, true, out);
}

FP_FUNCTION(any_true)
{
	UNUSED(focus);
	return quantify(run, op, input, FP_TRUE, false, out);
}

FP_FUNCTION(all_false)
{
	UNUSED(focus);
	return quantify(run, op, input, FP_FALSE, true, out);
}

FP_FUNCTION(any_false)
{
	UNUSED(focus);
	return quantify(run, op, input, FP_FALSE, false, out);
}

FP_FUNCTION(distinct)
{
	struct fp_list list = { 0 };

	UNUSED(op), UNUSED(focus);
	if (!fp_distinct(run, input, &list))
		return false;
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(is_distinct)
{
	struct fp_list list = { 0 };

	UNUSED(op), UNUSED(focus);
	if (!fp_distinct(run, input, &list))
		return false;
	*out = fp_boolean(list.count == input->count);
	return true;
}

static bool argument_list(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
			  struct fhirpath_result *out)
{
	return fp_eval(run, op->arguments[0], focus, out);
}

static bool is_subset(struct fp_run *run, const struct fhirpath_result *part, const struct fhirpath_result *whole,
		      struct fhirpath_result *out)
{
	*out = fp_boolean(true);
	for (size_t i = 0; i < part->count; i++) {
		if (!fp_spend(run, 1 + whole->count))
			return false;
		if (!fp_contains(run, whole, &part->items[i]))
			*out = fp_boolean(false);
	}
	return true;
}

FP_FUNCTION(subset_of)
{
	struct fhirpath_result other;

	return argument_list(run, op, focus, &other) && is_subset(run, input, &other, out);
}

FP_FUNCTION(superset_of)
{
	struct fhirpath_result other;

	return argument_list(run, op, focus, &other) && is_subset(run, &other, input, out);
}

FP_FUNCTION(where)
{
	struct fp_list list = { 0 };

	UNUSED(focus);
	for (size_t i = 0; i < input->count; i++) {
		enum fp_truth truth;

		if (!criteria_at(run, op, input, i, &truth))
			return false;
		if (truth == FP_TRUE && !fp_list_add(run, &list, &input->items[i]))
			return false;
	}
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(select)
{
	struct fp_list list = { 0 };

	UNUSED(focus);
	for (size_t i = 0; i < input->count; i++) {
		struct fp_scope scope = scope_at(input, i);
		struct fhirpath_result made;

		if (!eval_each(run, op, 0, &scope, &made) || !fp_list_add_all(run, &list, &made))
			return false;
	}
	*out = fp_list_result(&list);
	return true;
}

/** Items that were found are searched in turn, each once (N1 section 5.2.3). */
FP_FUNCTION(repeat)
{
	struct fp_list list = { 0 };
	struct fhirpath_result queue = *input;
	size_t next = 0;

	UNUSED(focus);
	for (bool first = true; first || next < list.count; first = false) {
		if (!first)
			queue = (struct fhirpath_result){ &list.items[next++], 1 };
		for (size_t i = 0; i < queue.count; i++) {
			struct fp_scope scope = scope_at(&queue, i);
			struct fhirpath_result made;

			if (!eval_each(run, op, 0, &scope, &made) || !fp_distinct(run, &made, &list))
				return false;
		}
	}
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(aggregate)
{
	struct fhirpath_result total = FP_NOTHING;

	if (op->argument_count > 1 && !fp_eval(run, op->arguments[1], focus, &total))
		return false;
	for (size_t i = 0; i < input->count; i++) {
		struct fp_scope scope = scope_at(input, i);

		scope.total = total;
		if (!eval_each(run, op, 0, &scope, &total))
			return false;
	}
	*out = total;
	return true;
}

/** `count` items from `start`. */
static void give_part(const struct fhirpath_result *input, int64_t start, int64_t count, struct fhirpath_result *out)
{
	int64_t size = (int64_t)input->count;

	*out = FP_NOTHING;
	start = start < 0 ? 0 : start;
	if (start >= size || count <= 0)
		return;
	*out = (struct fhirpath_result){ input->items + start, (size_t)(count > size - start ? size - start : count) };
}

FP_FUNCTION(first)
{
	UNUSED(run), UNUSED(op), UNUSED(focus);
	give_part(input, 0, 1, out);
	return true;
}

FP_FUNCTION(last)
{
	UNUSED(run), UNUSED(op), UNUSED(focus);
	give_part(input, (int64_t)input->count - 1, 1, out);
	return true;
}

FP_FUNCTION(tail)
{
	UNUSED(run), UNUSED(op), UNUSED(focus);
	give_part(input, 1, INT64_MAX, out);
	return true;
}

static bool integer_argument(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus, int64_t *out)
{
	struct fhirpath_item item;

	if (!fp_argument(run, op, 0, focus, &item))
		return false;
	if (item.kind == FHIRPATH_INTEGER && fp_to_integer(&item, out))
		return true;
	return fp_fail(run, op, "%s() needs an integer", op->function->name);
}

FP_FUNCTION(skip)
{
	int64_t count;

	if (!integer_argument(run, op, focus, &count))
		return false;
	give_part(input, count, INT64_MAX, out);
	return true;
}

FP_FUNCTION(take)
{
	int64_t count;

	if (!integer_argument(run, op, focus, &count))
		return false;
	give_part(input, 0, count, out);
	return true;
}

FP_FUNCTION(single)
{
	UNUSED(focus);
	if (input->count > 1)
		return fp_fail(run, op, "single() found %zu items", input->count);
	*out = *input;
	return true;
}

/** Distinct items of `input` that are in `other`, or that are not (duplicates kept: N1 section 5.3.8). */
static bool sift(struct fp_run *run, const struct fhirpath_result *input, const struct fhirpath_result *other, bool wanted,
		 struct fp_list *list)
{
	for (size_t i = 0; i < input->count; i++) {
		if (!fp_spend(run, 1 + other->count))
			return false;
		if (fp_contains(run, other, &input->items[i]) == wanted && !fp_list_add(run, list, &input->items[i]))
			return false;
	}
	return true;
}

FP_FUNCTION(intersect)
{
	struct fp_list shared = { 0 }, list = { 0 };
	struct fhirpath_result other, common;

	if (!argument_list(run, op, focus, &other) || !sift(run, input, &other, true, &shared))
		return false;
	common = fp_list_result(&shared);
	if (!fp_distinct(run, &common, &list))
		return false;
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(exclude)
{
	struct fp_list list = { 0 };
	struct fhirpath_result other;

	if (!argument_list(run, op, focus, &other) || !sift(run, input, &other, false, &list))
		return false;
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(union)
{
	struct fp_list list = { 0 };
	struct fhirpath_result other;

	if (!argument_list(run, op, focus, &other) || !fp_distinct(run, input, &list) || !fp_distinct(run, &other, &list))
		return false;
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(combine)
{
	struct fp_list list = { 0 };
	struct fhirpath_result other;

	if (!argument_list(run, op, focus, &other) || !fp_list_add_all(run, &list, input) || !fp_list_add_all(run, &list, &other))
		return false;
	*out = fp_list_result(&list);
	return true;
}

/** Only the branch that is chosen is evaluated (N1 section 5.5.1). */
FP_FUNCTION(iif)
{
	const struct fhirpath_result *context = op->left ? input : focus;
	struct fp_scope scope = { .this_item = *context };
	const struct fp_scope *outer = run->scope;
	struct fhirpath_result result;
	enum fp_truth truth;
	bool done = true;

	if (op->left && input->count > 1)
		return fp_fail(run, op, "iif() needs a single item, not %zu", input->count);
	if (op->left)
		run->scope = &scope;
	*out = FP_NOTHING;
	if (!fp_eval(run, op->arguments[0], context, &result) || !fp_truth(run, op->arguments[0], &result, &truth))
		done = false;
	else if (truth == FP_TRUE)
		done = fp_eval(run, op->arguments[1], context, out);
	else if (op->argument_count > 2)
		done = fp_eval(run, op->arguments[2], context, out);
	run->scope = outer;
	return done;
}

/** A diagnostic line for each item; the input passes through. */
FP_FUNCTION(trace)
{
	struct fhirpath_item name;
	struct fhirpath_result shown = *input;

	if (!fp_argument(run, op, 0, focus, &name))
		return false;
	if (op->argument_count > 1) {
		struct fp_op projection = *op;

		projection.arguments[0] = op->arguments[1];
		if (!fp_do_select(run, &projection, input, focus, &shown))
			return false;
	}
	for (size_t i = 0; i < shown.count; i++) {
		struct slice text = fhirpath_item_text(&shown.items[i]);

		log_write(LOG_DEBUG, "trace %.*s[%zu]: %.*s", SLICE_ARG(name.text), i, (int)(text.len > 200 ? 200 : text.len),
			  text.ptr ? text.ptr : "");
	}
	*out = *input;
	return true;
}
