/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Data Types", section "Primitive Types": the patterns of the tables, then what a pattern cannot say. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "validate/run.h"

#include <pcre2.h>

#define MATCH_TRIES_MAX 1000000u
#define SHOWN_BYTES 60

bool format_add(struct validator *validator, struct slice type, struct slice pattern, struct error *err)
{
	PCRE2_SIZE offset;
	int code;

	if (validator->format_count == FORMATS_MAX)
		return error_set(err, ERROR_LIMIT, "", "more than %d formats", FORMATS_MAX);
	pcre2_code *compiled =
	    pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len,
			  PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C, &code, &offset, NULL);
	if (!compiled)
		return error_set(err, ERROR_SYNTAX, "", "the format of %.*s is no pattern (at %zu)", SLICE_ARG(type), offset);
	validator->formats[validator->format_count++] = (struct format){ type, compiled };
	return true;
}

void format_free(struct validator *validator)
{
	for (size_t i = 0; i < validator->format_count; i++)
		pcre2_code_free(validator->formats[i].code);
}

static const struct format *find_format(const struct validator *validator, const struct fhir_type *type)
{
	for (; type; type = type->base)
		for (size_t i = 0; i < validator->format_count; i++)
			if (slice_equal(validator->formats[i].type, type->name))
				return &validator->formats[i];
	return NULL;
}

static bool matches(const struct format *format, struct slice text)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	int found = PCRE2_ERROR_NOMEMORY;

	if (limits && match) {
		pcre2_set_match_limit(limits, MATCH_TRIES_MAX);
		found = pcre2_match(format->code, (PCRE2_SPTR)text.ptr, text.len, 0, PCRE2_NO_UTF_CHECK, match, limits);
	}
	pcre2_match_data_free(match);
	pcre2_match_context_free(limits);
	return found >= 0;
}

bool format_fits(const struct run *run, struct slice type, struct slice text)
{
	const struct format *format = find_format(run->validator, fhir_type_find(run->validator->schema, type));

	return !format || matches(format, text);
}

/* ---- what a pattern cannot say ---- */

static unsigned number_at(struct slice text, size_t offset, size_t digits)
{
	uint64_t number = 0;

	if (!slice_to_u64((struct slice){ text.ptr + offset, digits }, 9999, &number))
		return 0;
	return (unsigned)number;
}

/** "2023-02-30" has the form of a date and is none. */
static bool day_exists(struct slice text)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (text.len < sizeof("2023-02-30") - 1)
		return true;
	int year = (int)number_at(text, 0, 4), month = (int)number_at(text, 5, 2), day = (int)number_at(text, 8, 2);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month >= 1 && month <= 12 && day <= days[month - 1] + (month == 2 && leap);
}

static bool in_range(struct slice text, uint64_t most)
{
	bool negative = slice_starts(text, SLICE("-"));
	uint64_t number;

	return slice_to_u64(slice_from(text, negative || slice_starts(text, SLICE("+"))), most + negative, &number);
}

static const char *beyond_pattern(const struct fhir_node *node)
{
	const struct fhir_type *type = node->type;
	struct slice text = node->value;

	if (slice_equal(type->name, SLICE("date")) || slice_equal(type->name, SLICE("dateTime")) ||
	    slice_equal(type->name, SLICE("instant")))
		return day_exists(text) ? NULL : "there is no such day";
	if (fhir_type_is(type, SLICE("integer")))
		return in_range(text, INT32_MAX) ? NULL : "an integer has at most 32 bits";
	if (fhir_type_is(type, SLICE("integer64")))
		return in_range(text, INT64_MAX) ? NULL : "an integer64 has at most 64 bits";
	if (slice_trim(text).len == 0)
		return "there is nothing but white space";
	return NULL;
}

void format_check(struct run *run, const struct fhir_node *node)
{
	const struct format *format = find_format(run->validator, node->type);
	struct slice shown = node->value;

	if (!node->value.ptr || !format)
		return;
	if (shown.len > SHOWN_BYTES)
		shown.len = SHOWN_BYTES;
	while (shown.len < node->value.len && ((unsigned char)shown.ptr[shown.len] & 0xc0) == 0x80)
		shown.len--;
	if (!matches(format, node->value)) {
		run_issue(run, node, ISSUE_ERROR, "value", SLICE_NONE, "\"%.*s\" does not have the form of %.*s",
			  SLICE_ARG(shown), SLICE_ARG(node->type->name));
		return;
	}
	const char *wrong = beyond_pattern(node);
	if (wrong)
		run_issue(run, node, ISSUE_ERROR, "value", SLICE_NONE, "\"%.*s\": %s", SLICE_ARG(shown), wrong);
}
