/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/align.h"

#define ASSET "diff.yaml"
/* Pairs looked at for one element: 8000 repetitions against 8000, after equal ones at both ends are set aside. */
#define PAIRS_MAX (64u << 20)

/* One equal pair outweighs any number of pairs with the same key, and one of those any number that only stand there. */
#define WEIGHT_EQUAL (UINT64_C(1) << 40)
#define WEIGHT_KEY (UINT64_C(1) << 20)
#define WEIGHT_PLACE UINT64_C(1)

/* ---- keys ---- */

static const struct option key_options[] = {
	{ .name = "keys",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct align_keys, rows),
	  .required = true,
	  .sentence = "Children that tell which repetition is meant, separated by blanks; the first row that fits." },
};

static const struct option_table key_table = {
	.options = key_options,
	.count = ARRAY_SIZE(key_options),
	.size = sizeof(struct align_keys),
};

bool align_keys_load(struct arena *arena, struct align_keys *out, struct error *err)
{
	*out = (struct align_keys){ 0 };
	return options_read_asset(arena, &key_table, ASSET, out, err);
}

/* ---- digests: only for finding pairs; whatever is paired is compared afterwards (FNV-1a) ---- */

#define DIGEST_START UINT64_C(0xcbf29ce484222325)
#define DIGEST_PRIME UINT64_C(0x100000001b3)

static uint64_t digest_text(uint64_t digest, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		digest = (digest ^ (unsigned char)text.ptr[i]) * DIGEST_PRIME;
	return (digest ^ (text.ptr ? 0x100u : 0x101u)) * DIGEST_PRIME;
}

static uint64_t digest_node(uint64_t digest, const struct fhir_node *node)
{
	digest = digest_text(digest_text(digest, node->type->name), node->value);
	for (const struct fhir_node *child = node->first; child; child = child->next)
		digest = digest_node(digest_text(digest, child->element->name), child);
	return digest_text(digest, SLICE_NONE);
}

/** 0: the element has not all children of the row. */
static uint64_t key_by_row(const struct fhir_node *node, struct slice row)
{
	uint64_t digest = digest_text(DIGEST_START, row);

	while (row.ptr) {
		struct slice name = slice_cut(&row, ' ');
		const struct fhir_node *child = fhir_node_child(node, name);
		if (!child)
			return 0;
		digest = digest_node(digest, child);
	}
	return digest | 1;
}

static uint64_t key_of(const struct fhir_node *node, const struct align_keys *keys)
{
	for (size_t i = 0; i < keys->rows.count; i++) {
		uint64_t key = key_by_row(node, keys->rows.items[i]);
		if (key)
			return key;
	}
	return 0;
}

bool align_side_fill(struct arena *arena, const struct align_keys *keys, const struct fhir_node *first,
		     const struct fhir_node *end, struct align_side *out)
{
	size_t count = 0, i = 0;

	for (const struct fhir_node *node = first; node != end; node = node->next)
		count++;
	*out = (struct align_side){
		.nodes = arena_new_array(arena, const struct fhir_node *, count + 1),
		.contents = arena_new_array(arena, uint64_t, count + 1),
		.keys = arena_new_array(arena, uint64_t, count + 1),
		.matches = arena_new_array(arena, struct align_match, count + 1),
		.count = count,
	};
	if (!out->nodes || !out->contents || !out->keys || !out->matches)
		return false;
	for (const struct fhir_node *node = first; node != end; node = node->next, i++) {
		out->nodes[i] = node;
		out->matches[i].other = ALIGN_NONE;
		if (node->element->max == 1)
			continue;
		out->contents[i] = digest_node(DIGEST_START, node);
		out->keys[i] = key_of(node, keys);
	}
	return true;
}

/* ---- pairs ---- */

static void pair(const struct align_side *before, size_t i, const struct align_side *after, size_t j, bool moved)
{
	before->matches[i] = (struct align_match){ j, moved };
	after->matches[j] = (struct align_match){ i, moved };
}

/** 0: they are not the same thing. */
static uint64_t weight_of(const struct align_side *before, size_t i, const struct align_side *after, size_t j)
{
	if (before->contents[i] == after->contents[j])
		return WEIGHT_EQUAL;
	if (before->keys[i] || after->keys[j])
		return before->keys[i] == after->keys[j] ? WEIGHT_KEY : 0;
	return before->nodes[i]->type == after->nodes[j]->type ? WEIGHT_PLACE : 0;
}

/** The part of both sides between equal beginnings and equal ends. */
struct middle {
	size_t start, before_count, after_count;
};

static struct middle pair_ends(const struct align_side *before, const struct align_side *after)
{
	struct middle middle = { 0, before->count, after->count };

	while (middle.before_count && middle.after_count && before->contents[middle.start] == after->contents[middle.start]) {
		pair(before, middle.start, after, middle.start, false);
		middle = (struct middle){ middle.start + 1, middle.before_count - 1, middle.after_count - 1 };
	}
	while (middle.before_count && middle.after_count) {
		size_t i = middle.start + middle.before_count - 1, j = middle.start + middle.after_count - 1;
		if (before->contents[i] != after->contents[j])
			break;
		pair(before, i, after, j, false);
		middle.before_count--;
		middle.after_count--;
	}
	return middle;
}

enum step { STEP_BEFORE, STEP_AFTER, STEP_BOTH };

/** The heaviest common subsequence, from the end: one row of weights at a time, the step taken kept for every pair. */
static void weigh(const struct align_side *before, const struct align_side *after, struct middle middle, uint64_t *rows,
		  uint8_t *steps)
{
	size_t width = middle.after_count;
	uint64_t *below = rows, *row = rows + width + 1;

	for (size_t i = middle.before_count; i-- > 0;) {
		row[width] = 0;
		for (size_t j = width; j-- > 0;) {
			uint64_t weight = weight_of(before, middle.start + i, after, middle.start + j);
			uint64_t both = weight ? weight + below[j + 1] : 0;
			enum step step = below[j] >= row[j + 1] ? STEP_BEFORE : STEP_AFTER;
			row[j] = step == STEP_BEFORE ? below[j] : row[j + 1];
			if (weight && both >= row[j]) {
				row[j] = both;
				step = STEP_BOTH;
			}
			steps[i * width + j] = (uint8_t)step;
		}
		uint64_t *swap = below;
		below = row;
		row = swap;
	}
}

static bool pair_in_order(struct arena *arena, const struct align_side *before, const struct align_side *after,
			  struct middle middle)
{
	size_t height = middle.before_count, width = middle.after_count;

	if (height == 0 || width == 0)
		return true;
	if (height > PAIRS_MAX / width)
		return false;
	uint64_t *rows = arena_new_array(arena, uint64_t, 2 * (width + 1));
	uint8_t *steps = arena_new_array(arena, uint8_t, height * width);
	if (!rows || !steps)
		return false;
	weigh(before, after, middle, rows, steps);
	for (size_t i = 0, j = 0; i < height && j < width;) {
		enum step step = (enum step)steps[i * width + j];
		if (step == STEP_BOTH)
			pair(before, middle.start + i, after, middle.start + j, false);
		i += step != STEP_AFTER;
		j += step != STEP_BEFORE;
	}
	return true;
}

/** What found no partner in order but has one elsewhere: equal ones first. */
static void pair_moved(const struct align_side *before, const struct align_side *after, struct middle middle, uint64_t least)
{
	for (size_t i = middle.start; i < middle.start + middle.before_count; i++) {
		if (before->matches[i].other != ALIGN_NONE)
			continue;
		for (size_t j = middle.start; j < middle.start + middle.after_count; j++)
			if (after->matches[j].other == ALIGN_NONE && weight_of(before, i, after, j) >= least) {
				pair(before, i, after, j, true);
				break;
			}
	}
}

bool align(struct arena *arena, const struct align_side *before, const struct align_side *after)
{
	if (before->count == 1 && after->count == 1 && before->nodes[0]->element->max == 1) {
		pair(before, 0, after, 0, false);
		return true;
	}
	struct middle middle = pair_ends(before, after);
	if (!pair_in_order(arena, before, after, middle))
		return false;
	pair_moved(before, after, middle, WEIGHT_EQUAL);
	pair_moved(before, after, middle, WEIGHT_KEY);
	return true;
}
