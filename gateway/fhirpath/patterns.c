/* SPDX-License-Identifier: Apache-2.0 */
/* matches, matchesFull, replaceMatches: PCRE2 with "." matching line ends too. Source: FHIRPath N1 sections 5.6.8 and 5.6.9.
 *
 * A pattern can come from outside. PCRE2 takes its memory from the evaluation's arena, and a match may try only so often; what it
 * tried cannot be asked, so each match is charged the same. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "fhirpath/functions.h"

#include <pcre2.h>

#define MATCH_TRIES_MAX 50000u
#define MATCH_STEPS 100u
#define PATTERN_MAX_BYTES 4096u
#define REPLACED_MAX_BYTES (16u << 20)

/** A text and the compiled pattern that it is searched for. */
struct search {
	struct slice text, pattern;
	bool present; /**< text and pattern are both there */
	pcre2_code *code;
	pcre2_match_context *context;
	pcre2_match_data *match;
};

static void *take(size_t bytes, void *arena)
{
	return arena_alloc(arena, bytes);
}

static void leave(void *bytes, void *arena)
{
	(void)bytes, (void)arena;
}

static bool fail_with(struct fp_run *run, const struct fp_op *op, int code)
{
	PCRE2_UCHAR why[128] = "";

	if (code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT || code == PCRE2_ERROR_HEAPLIMIT)
		return fp_spend(run, UINT64_MAX);
	if (code == PCRE2_ERROR_NOMEMORY)
		return error_memory(run->err);
	pcre2_get_error_message(code, why, sizeof(why));
	return fp_fail(run, op, "%s() has a pattern that does not work: %s", op->function->name, (const char *)why);
}

static bool compile(struct fp_run *run, const struct fp_op *op, uint32_t options, struct search *search)
{
	pcre2_general_context *memory = pcre2_general_context_create(take, leave, run->arena);
	pcre2_compile_context *limits = memory ? pcre2_compile_context_create(memory) : NULL;
	PCRE2_SIZE offset;
	int code = PCRE2_ERROR_NOMEMORY;

	if (!limits)
		return error_memory(run->err);
	pcre2_set_max_pattern_length(limits, PATTERN_MAX_BYTES);
	search->code = pcre2_compile((PCRE2_SPTR)search->pattern.ptr, search->pattern.len,
				     options | PCRE2_UTF | PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C, &code, &offset, limits);
	if (!search->code)
		return fail_with(run, op, code);
	search->context = pcre2_match_context_create(memory);
	search->match = pcre2_match_data_create_from_pattern(search->code, memory);
	if (!search->context || !search->match)
		return error_memory(run->err);
	pcre2_set_match_limit(search->context, MATCH_TRIES_MAX);
	return true;
}

/** The text the function is called on and its compiled pattern. */
static bool open_search(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
			const struct fhirpath_result *focus, uint32_t options, struct search *out)
{
	struct fhirpath_item text, pattern;

	if (!fp_single(run, op, input, &text) || !fp_argument(run, op, 0, focus, &pattern))
		return false;
	text = fp_system(&text);
	*out = (struct search){ .present = !fp_is_absent(&text) && !fp_is_absent(&pattern) };
	if (!out->present)
		return true;
	if (text.kind != FHIRPATH_STRING || pattern.kind != FHIRPATH_STRING)
		return fp_fail(run, op, "%s() needs Strings", op->function->name);
	out->text = text.text.len ? text.text : SLICE("");
	out->pattern = pattern.text.len ? pattern.text : SLICE("");
	return fp_spend(run, MATCH_STEPS + out->text.len / MATCH_STEPS) && compile(run, op, options, out);
}

static bool give_match(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
		       const struct fhirpath_result *focus, uint32_t options, struct fhirpath_result *out)
{
	struct search search;

	*out = FP_NOTHING;
	if (!open_search(run, op, input, focus, options, &search))
		return false;
	if (!search.present)
		return true;
	int found = pcre2_match(search.code, (PCRE2_SPTR)search.text.ptr, search.text.len, 0, 0, search.match, search.context);
	if (found < 0 && found != PCRE2_ERROR_NOMATCH)
		return fail_with(run, op, found);
	*out = fp_boolean(found >= 0);
	return true;
}

FP_FUNCTION(matches)
{
	return give_match(run, op, input, focus, 0, out);
}

FP_FUNCTION(matches_full)
{
	return give_match(run, op, input, focus, PCRE2_ANCHORED | PCRE2_ENDANCHORED, out);
}

/** Substitutes into `size` bytes at `replaced`. PCRE2_ERROR_NOMEMORY: `*size` says what is needed. */
static int substitute(const struct search *search, struct slice substitution, char *replaced, PCRE2_SIZE *size)
{
	const uint32_t options =
	    PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_EXTENDED | PCRE2_SUBSTITUTE_UNSET_EMPTY | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH;

	return pcre2_substitute(search->code, (PCRE2_SPTR)search->text.ptr, search->text.len, 0, options, search->match,
				search->context, (PCRE2_SPTR)substitution.ptr, substitution.len, (PCRE2_UCHAR *)replaced, size);
}

static bool replace_all(struct fp_run *run, const struct fp_op *op, const struct search *search, struct slice substitution,
			struct slice *out)
{
	PCRE2_SIZE size = 2 * search->text.len + 256;
	char *replaced = arena_alloc(run->arena, size);
	int code = replaced ? substitute(search, substitution, replaced, &size) : PCRE2_ERROR_NOMEMORY;

	if (replaced && code == PCRE2_ERROR_NOMEMORY && size <= REPLACED_MAX_BYTES) {
		replaced = arena_alloc(run->arena, size);
		code = replaced ? substitute(search, substitution, replaced, &size) : code;
	}
	*out = (struct slice){ replaced, size };
	return code >= 0 || fail_with(run, op, code);
}

FP_FUNCTION(replace_matches)
{
	struct fhirpath_item substitution;
	struct search search;
	struct slice replaced;

	*out = FP_NOTHING;
	if (!open_search(run, op, input, focus, 0, &search) || !fp_argument(run, op, 1, focus, &substitution))
		return false;
	if (!search.present || fp_is_absent(&substitution))
		return true;
	if (substitution.kind != FHIRPATH_STRING)
		return fp_fail(run, op, "the substitution of replaceMatches() must be a String");
	/* An empty pattern changes nothing. */
	if (search.pattern.len == 0)
		return fp_text(run, FHIRPATH_STRING, search.text, out);
	return replace_all(run, op, &search, substitution.text, &replaced) && fp_text(run, FHIRPATH_STRING, replaced, out);
}
