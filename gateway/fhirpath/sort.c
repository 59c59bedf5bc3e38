/* SPDX-License-Identifier: Apache-2.0 */
/* Order of a collection. Source: FHIRPath 3.0.0-ballot, sort: a key with a sign in front sorts downwards. */
#include "fhirpath/functions.h"
#include "fhirpath/moment.h"

#define UNUSED(name) (void)(name)

struct sorting {
	struct fp_run *run;
	const struct fp_op *op;
	const struct fhirpath_result *input;
	struct fhirpath_item *keys; /**< of each item, one after another; absent: empty */
	unsigned key_count;
	bool downwards[FP_ARGUMENTS_MAX];
};

static bool find_key(struct sorting *sorting, size_t index, unsigned key)
{
	struct fp_run *run = sorting->run;
	const struct fp_op *expression = sorting->op->arguments[key];
	const struct fp_scope *outer = run->scope;
	struct fp_scope scope = { .this_item = { &sorting->input->items[index], 1 }, .index = index };
	struct fhirpath_item *out = &sorting->keys[index * sorting->key_count + key];
	struct fhirpath_result found;

	if (sorting->downwards[key])
		expression = expression->left;
	run->scope = &scope;
	bool done = fp_eval(run, expression, &scope.this_item, &found) && fp_single(run, expression, &found, out);
	run->scope = outer;
	if (done)
		*out = fp_system(out);
	return done;
}

/** Without a key an item is its own. */
static bool find_keys(struct sorting *sorting)
{
	for (size_t i = 0; i < sorting->input->count; i++) {
		if (sorting->op->argument_count == 0)
			sorting->keys[i] = fp_system(&sorting->input->items[i]);
		for (unsigned key = 0; key < sorting->op->argument_count; key++)
			if (!find_key(sorting, i, key))
				return false;
	}
	return true;
}

/** An empty key comes first. */
static bool order_of(const struct sorting *sorting, size_t a, size_t b, int *out)
{
	*out = 0;
	for (unsigned key = 0; key < sorting->key_count && *out == 0; key++) {
		const struct fhirpath_item *left = &sorting->keys[a * sorting->key_count + key];
		const struct fhirpath_item *right = &sorting->keys[b * sorting->key_count + key];
		int order;

		if (fp_is_absent(left) || fp_is_absent(right)) {
			*out = fp_is_absent(right) - fp_is_absent(left);
			continue;
		}
		if (!fp_compare(sorting->run, sorting->op, left, right, &order))
			return false;
		/* Values without an order between them (precision, units) stay as they are. */
		if (order == FP_BEFORE || order == FP_AFTER)
			*out = sorting->downwards[key] ? -order : order;
	}
	return fp_spend(sorting->run, 1);
}

static bool merge(const struct sorting *sorting, size_t *from, size_t *to, size_t bounds[3])
{
	size_t left = bounds[0], right = bounds[1];

	for (size_t at = bounds[0]; at < bounds[2]; at++) {
		int order = 0;

		if (left < bounds[1] && right < bounds[2] && !order_of(sorting, from[left], from[right], &order))
			return false;
		bool take_left = right >= bounds[2] || (left < bounds[1] && order <= 0);
		to[at] = take_left ? from[left++] : from[right++];
	}
	return true;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/** Merging upwards: stable, and without recursion. `*order` and `*spare` change places. */
static bool sort_indexes(const struct sorting *sorting, size_t **order, size_t **spare)
{
	size_t count = sorting->input->count;

	for (size_t width = 1; width < count; width *= 2) {
		for (size_t start = 0; start < count; start += 2 * width) {
			size_t bounds[] = { start, smaller(start + width, count), smaller(start + 2 * width, count) };

			if (!merge(sorting, *order, *spare, bounds))
				return false;
		}
		size_t *swapped = *order;

		*order = *spare;
		*spare = swapped;
	}
	return true;
}

FP_FUNCTION(sort)
{
	struct sorting sorting = {
		.run = run, .op = op, .input = input, .key_count = op->argument_count ? op->argument_count : 1
	};
	size_t count = input->count;

	UNUSED(focus);
	*out = FP_NOTHING;
	if (count == 0)
		return true;
	for (unsigned key = 0; key < op->argument_count; key++)
		sorting.downwards[key] =
		    op->arguments[key]->code == FP_NEGATE && op->arguments[key]->item.kind == FHIRPATH_BOOLEAN;
	size_t *order = arena_new_array(run->arena, size_t, count), *spare = arena_new_array(run->arena, size_t, count);
	struct fhirpath_item *sorted = arena_new_array(run->arena, struct fhirpath_item, count);
	sorting.keys = arena_new_array(run->arena, struct fhirpath_item, count * sorting.key_count);
	if (!order || !spare || !sorted || !sorting.keys)
		return error_memory(run->err);
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	if (!find_keys(&sorting) || !sort_indexes(&sorting, &order, &spare))
		return false;
	for (size_t i = 0; i < count; i++)
		sorted[i] = input->items[order[i]];
	*out = (struct fhirpath_result){ sorted, count };
	return true;
}
