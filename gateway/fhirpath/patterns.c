/* SPDX-License-Identifier: Apache-2.0 */
/* matches, matchesFull, replaceMatches. Source: FHIRPath N1 sections 5.6.8 and 5.6.9. */
#include "fhirpath/functions.h"
#include "fhirpath/regex.h"

struct search {
	struct slice text;
	struct fp_regex regex;
	bool present; /**< text and pattern are both there */
};

/** The text the function is called on and its compiled pattern. */
static bool open_search(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
			const struct fhirpath_result *focus, struct search *out)
{
	struct fhirpath_item text, pattern;
	const char *why;

	if (!fp_single(run, op, input, &text) || !fp_argument(run, op, 0, focus, &pattern))
		return false;
	text = fp_system(&text);
	out->present = !fp_is_absent(&text) && !fp_is_absent(&pattern);
	if (!out->present)
		return true;
	if (text.kind != FHIRPATH_STRING || pattern.kind != FHIRPATH_STRING)
		return fp_fail(run, op, "%s() needs Strings", op->function->name);
	out->text = text.text;
	if (!fp_regex_compile(run->arena, pattern.text, &out->regex, &why))
		return fp_fail(run, op, "%s() has a pattern that does not work: %s", op->function->name, why);
	return true;
}

static bool search(struct fp_run *run, const struct search *search, size_t start, bool whole, struct fp_regex_match *match,
		   bool *found)
{
	enum fp_regex_outcome outcome =
	    fp_regex_search(run->arena, &search->regex, search->text, start, whole, &run->steps_left, match);

	*found = outcome == FP_REGEX_FOUND;
	return outcome != FP_REGEX_LIMIT || fp_spend(run, UINT64_MAX);
}

static bool give_match(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
		       const struct fhirpath_result *focus, bool whole, struct fhirpath_result *out)
{
	struct fp_regex_match match;
	struct search one;
	bool found;

	*out = FP_NOTHING;
	if (!open_search(run, op, input, focus, &one))
		return false;
	if (!one.present)
		return true;
	if (!search(run, &one, 0, whole, &match, &found))
		return false;
	*out = fp_boolean(found);
	return true;
}

FP_FUNCTION(matches)
{
	return give_match(run, op, input, focus, false, out);
}

FP_FUNCTION(matches_full)
{
	return give_match(run, op, input, focus, true, out);
}

static struct slice group_named(const struct fp_regex *regex, const struct fp_regex_match *match, struct slice name)
{
	uint64_t index;

	if (slice_to_u64(name, FP_REGEX_GROUPS_MAX - 1, &index))
		return match->groups[index];
	for (unsigned i = 1; i < regex->group_count; i++)
		if (slice_equal(regex->names[i], name))
			return match->groups[i];
	return SLICE_NONE;
}

/** The substitution with $1 and ${name} replaced; "\$" is a plain "$". */
static void put_substitution(struct buf *buf, const struct fp_regex *regex, const struct fp_regex_match *match, struct slice text)
{
	while (text.len > 0) {
		if (text.len > 1 && text.ptr[0] == '\\') {
			buf_append_char(buf, text.ptr[1]);
			text = slice_from(text, 2);
			continue;
		}
		if (text.ptr[0] != '$' || text.len == 1) {
			buf_append_char(buf, text.ptr[0]);
			text = slice_from(text, 1);
			continue;
		}
		text = slice_from(text, 1);
		if (text.ptr[0] == '{') {
			text = slice_from(text, 1);
			buf_append(buf, group_named(regex, match, slice_cut(&text, '}')));
			continue;
		}
		buf_append(buf, group_named(regex, match, (struct slice){ text.ptr, 1 }));
		text = slice_from(text, 1);
	}
}

/** An empty match moves on by one character, which is kept. */
static bool replace_all(struct fp_run *run, const struct search *one, struct slice substitution, struct buf *buf)
{
	struct fp_regex_match match;
	size_t at = 0;
	bool found = true;

	while (at <= one->text.len) {
		if (!search(run, one, at, false, &match, &found))
			return false;
		if (!found)
			break;
		size_t start = (size_t)(match.groups[0].ptr - one->text.ptr), end = start + match.groups[0].len;
		buf_append(buf, (struct slice){ one->text.ptr + at, start - at });
		put_substitution(buf, &one->regex, &match, substitution);
		at = end;
		if (start == end && end < one->text.len)
			buf_append_char(buf, one->text.ptr[end]);
		at += start == end;
	}
	if (at < one->text.len)
		buf_append(buf, slice_from(one->text, at));
	return !buf->failed || error_memory(run->err);
}

#define REPLACED_MAX_BYTES (16u << 20)

FP_FUNCTION(replace_matches)
{
	struct fhirpath_item substitution;
	struct search one;
	struct buf buf;

	*out = FP_NOTHING;
	if (!open_search(run, op, input, focus, &one) || !fp_argument(run, op, 1, focus, &substitution))
		return false;
	if (!one.present || fp_is_absent(&substitution))
		return true;
	if (substitution.kind != FHIRPATH_STRING)
		return fp_fail(run, op, "the substitution of replaceMatches() must be a String");
	/* An empty pattern changes nothing. */
	if (one.regex.code_count == 1)
		return fp_text(run, FHIRPATH_STRING, one.text, out);
	buf_init(&buf, REPLACED_MAX_BYTES);
	bool done = replace_all(run, &one, substitution.text, &buf);
	struct slice text = done ? arena_copy(run->arena, buf_slice(&buf)) : SLICE_NONE;
	buf_free(&buf);
	if (done && !text.ptr)
		return error_memory(run->err);
	return done && fp_text(run, FHIRPATH_STRING, text, out);
}
