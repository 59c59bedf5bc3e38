/* SPDX-License-Identifier: Apache-2.0 */
/* Text functions; positions and lengths count characters, not bytes. Source: FHIRPath N1 section 5.6. */
#include "fhirpath/functions.h"

#include <string.h>

#define UNUSED(name) (void)(name)

/** The single text the function is called on; `*present` false when the input is empty. */
static bool subject(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input, struct slice *out,
		    bool *present)
{
	struct fhirpath_item item;

	if (!fp_single(run, op, input, &item))
		return false;
	item = fp_system(&item);
	*present = !fp_is_absent(&item) && (item.kind != FHIRPATH_NODE);
	*out = item.text.ptr ? item.text : SLICE("");
	if (*present && item.kind != FHIRPATH_STRING)
		return fp_fail(run, op, "%s() needs a String", op->function->name);
	return fp_spend(run, 1 + out->len / 16);
}

/** Argument `index` as text. */
static bool text_argument(struct fp_run *run, const struct fp_op *op, unsigned index, const struct fhirpath_result *focus,
			  struct slice *out, bool *present)
{
	struct fhirpath_item item;

	if (!fp_argument(run, op, index, focus, &item))
		return false;
	*present = !fp_is_absent(&item);
	*out = item.text.ptr ? item.text : SLICE("");
	if (*present && item.kind != FHIRPATH_STRING)
		return fp_fail(run, op, "argument %u of %s() must be a String", index + 1, op->function->name);
	return true;
}

/** Subject and first argument; `*present` only when both are. */
static bool two_texts(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
		      const struct fhirpath_result *focus, struct slice both[2], bool *present)
{
	bool has_subject, has_argument;

	if (!subject(run, op, input, &both[0], &has_subject) || !text_argument(run, op, 0, focus, &both[1], &has_argument))
		return false;
	*present = has_subject && has_argument;
	return true;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t character_count(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += !is_continuation(text.ptr[i]);
	return count;
}

/** Byte offset of character `index`, or the length. */
static size_t byte_offset(struct slice text, uint64_t index)
{
	size_t i = 0;

	while (i < text.len && (index > 0 || is_continuation(text.ptr[i]))) {
		i++;
		if (i >= text.len || !is_continuation(text.ptr[i]))
			index -= index > 0;
	}
	return i;
}

static bool has(struct slice text, struct slice part)
{
	return slice_find(text, part) != SIZE_MAX;
}

/** Whether the text and the argument are as `holds` says; empty when one of them is. */
static bool test_texts(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
		       const struct fhirpath_result *focus, bool (*holds)(struct slice text, struct slice part),
		       struct fhirpath_result *out)
{
	struct slice both[2];
	bool present;

	if (!two_texts(run, op, input, focus, both, &present))
		return false;
	*out = present ? fp_boolean(holds(both[0], both[1])) : FP_NOTHING;
	return true;
}

FP_FUNCTION(starts_with)
{
	return test_texts(run, op, input, focus, slice_starts, out);
}

FP_FUNCTION(ends_with)
{
	return test_texts(run, op, input, focus, slice_ends, out);
}

FP_FUNCTION(contains)
{
	return test_texts(run, op, input, focus, has, out);
}

FP_FUNCTION(index_of)
{
	struct slice both[2];
	bool present;

	if (!two_texts(run, op, input, focus, both, &present))
		return false;
	*out = FP_NOTHING;
	if (!present)
		return true;
	size_t at = slice_find(both[0], both[1]);
	int64_t index = at == SIZE_MAX ? -1 : (int64_t)character_count((struct slice){ both[0].ptr, at });
	return fp_integer(run, index, out);
}

static bool integer_argument(struct fp_run *run, const struct fp_op *op, unsigned index, const struct fhirpath_result *focus,
			     int64_t *out, bool *present)
{
	struct fhirpath_item item;

	if (!fp_argument(run, op, index, focus, &item))
		return false;
	*present = !fp_is_absent(&item);
	if (*present && (item.kind != FHIRPATH_INTEGER || !fp_to_integer(&item, out)))
		return fp_fail(run, op, "argument %u of %s() must be an Integer", index + 1, op->function->name);
	return true;
}

FP_FUNCTION(substring)
{
	struct slice text;
	int64_t start, count = INT64_MAX;
	bool present, has_start, has_count;

	if (!subject(run, op, input, &text, &present) || !integer_argument(run, op, 0, focus, &start, &has_start) ||
	    !integer_argument(run, op, 1, focus, &count, &has_count))
		return false;
	*out = FP_NOTHING;
	if (!present || !has_start || start < 0 || (uint64_t)start >= character_count(text))
		return true;
	text = slice_from(text, byte_offset(text, (uint64_t)start));
	text.len = byte_offset(text, count < 0 ? 0 : (uint64_t)count);
	return fp_text(run, FHIRPATH_STRING, text, out);
}

static bool change_case(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input, char from, char to,
			struct fhirpath_result *out)
{
	struct slice text;
	bool present;

	*out = FP_NOTHING;
	if (!subject(run, op, input, &text, &present))
		return false;
	if (!present)
		return true;
	char *copy = arena_cstr(run->arena, text);
	if (!copy)
		return error_memory(run->err);
	for (size_t i = 0; i < text.len; i++)
		if (copy[i] >= from && copy[i] <= from + 25)
			copy[i] = (char)(copy[i] + (to - from));
	return fp_text(run, FHIRPATH_STRING, (struct slice){ copy, text.len }, out);
}

FP_FUNCTION(upper)
{
	UNUSED(focus);
	return change_case(run, op, input, 'a', 'A', out);
}

FP_FUNCTION(lower)
{
	UNUSED(focus);
	return change_case(run, op, input, 'A', 'a', out);
}

struct text_parts {
	char *ptr;
	size_t len;
};

static void put(struct text_parts *parts, struct slice text)
{
	if (text.len)
		memcpy(parts->ptr + parts->len, text.ptr, text.len);
	parts->len += text.len;
}

/** How often `needle` stands in `text`, not overlapping; an empty one stands between all characters. */
static size_t occurrences(struct slice text, struct slice needle)
{
	size_t count = 0, at;

	if (needle.len == 0)
		return character_count(text) + 1;
	for (; (at = slice_find(text, needle)) != SIZE_MAX; count++)
		text = slice_from(text, at + needle.len);
	return count;
}

/** An empty pattern puts the substitution around every character (N1 section 5.6.7). */
static void put_around(struct text_parts *parts, struct slice text, struct slice substitution)
{
	put(parts, substitution);
	for (size_t i = 0; i < text.len; i++) {
		parts->ptr[parts->len++] = text.ptr[i];
		if (i + 1 == text.len || !is_continuation(text.ptr[i + 1]))
			put(parts, substitution);
	}
}

FP_FUNCTION(replace)
{
	struct slice both[2], substitution;
	struct text_parts parts = { 0 };
	bool present, has_substitution;
	size_t size, at;

	*out = FP_NOTHING;
	if (!two_texts(run, op, input, focus, both, &present) ||
	    !text_argument(run, op, 1, focus, &substitution, &has_substitution))
		return false;
	if (!present || !has_substitution)
		return true;
	if (__builtin_mul_overflow(occurrences(both[0], both[1]), substitution.len, &size) ||
	    __builtin_add_overflow(size, both[0].len + 1, &size) || !fp_spend(run, 1 + size / 16))
		return error_memory(run->err);
	parts.ptr = arena_alloc(run->arena, size);
	if (!parts.ptr)
		return error_memory(run->err);
	if (both[1].len == 0) {
		put_around(&parts, both[0], substitution);
		return fp_text(run, FHIRPATH_STRING, (struct slice){ parts.ptr, parts.len }, out);
	}
	while ((at = slice_find(both[0], both[1])) != SIZE_MAX) {
		put(&parts, (struct slice){ both[0].ptr, at });
		put(&parts, substitution);
		both[0] = slice_from(both[0], at + both[1].len);
	}
	put(&parts, both[0]);
	return fp_text(run, FHIRPATH_STRING, (struct slice){ parts.ptr, parts.len }, out);
}

FP_FUNCTION(length)
{
	struct slice text;
	bool present;

	UNUSED(focus);
	*out = FP_NOTHING;
	if (!subject(run, op, input, &text, &present))
		return false;
	return !present || fp_integer(run, (int64_t)character_count(text), out);
}

FP_FUNCTION(split)
{
	struct fhirpath_item item = { .kind = FHIRPATH_STRING };
	struct fp_list list = { 0 };
	struct slice both[2];
	bool present;

	*out = FP_NOTHING;
	if (!two_texts(run, op, input, focus, both, &present))
		return false;
	if (!present)
		return true;
	size_t at = both[1].len ? slice_find(both[0], both[1]) : SIZE_MAX;
	for (; at != SIZE_MAX; at = slice_find(both[0], both[1])) {
		item.text = (struct slice){ both[0].ptr, at };
		if (!fp_list_add(run, &list, &item))
			return false;
		both[0] = slice_from(both[0], at + both[1].len);
	}
	item.text = both[0];
	if (!fp_list_add(run, &list, &item))
		return false;
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(join)
{
	struct text_parts parts = { 0 };
	struct slice separator;
	bool present;
	size_t size = 1;

	*out = FP_NOTHING;
	if (!text_argument(run, op, 0, focus, &separator, &present))
		return false;
	if (input->count == 0)
		return true;
	for (size_t i = 0; i < input->count; i++)
		size += fhirpath_item_text(&input->items[i]).len + separator.len;
	if (!fp_spend(run, 1 + size / 16))
		return false;
	parts.ptr = arena_alloc(run->arena, size);
	if (!parts.ptr)
		return error_memory(run->err);
	for (size_t i = 0; i < input->count; i++) {
		if (i > 0)
			put(&parts, separator);
		put(&parts, fhirpath_item_text(&input->items[i]));
	}
	return fp_text(run, FHIRPATH_STRING, (struct slice){ parts.ptr, parts.len }, out);
}

FP_FUNCTION(trim)
{
	struct slice text;
	bool present;

	UNUSED(focus);
	*out = FP_NOTHING;
	if (!subject(run, op, input, &text, &present))
		return false;
	return !present || fp_text(run, FHIRPATH_STRING, slice_trim(text), out);
}

FP_FUNCTION(to_chars)
{
	struct fhirpath_item item = { .kind = FHIRPATH_STRING };
	struct fp_list list = { 0 };
	struct slice text;
	bool present;

	UNUSED(focus);
	if (!subject(run, op, input, &text, &present))
		return false;
	while (present && text.len > 0) {
		item.text = (struct slice){ text.ptr, byte_offset(text, 1) };
		if (!fp_list_add(run, &list, &item))
			return false;
		text = slice_from(text, item.text.len);
	}
	*out = fp_list_result(&list);
	return true;
}
