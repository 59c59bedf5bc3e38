/* SPDX-License-Identifier: Apache-2.0 */
/* The filter "regex": a pattern that all of the text has to match, as FHIR's own patterns do ("Data Types": "anchors"). It can
 * come from anyone, so each match may try only so often. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "terminology/asking.h"

#include <pcre2.h>

#define MATCH_TRIES_MAX 50000u
#define PATTERN_MAX_BYTES 4096u
#define PATTERN_STEPS 1000u /* of compiling one */
#define MATCH_STEPS 20u

void filter_regex_free(struct asking *asking)
{
	pcre2_code_free(asking->regex);
	asking->regex = NULL;
	asking->regex_filter = NULL;
}

/** Filters are asked of one code after the other, so the last pattern is mostly the next one too. */
static bool compile(struct asking *asking, const struct fhir_node *filter)
{
	struct slice pattern = fhir_node_text(filter, SLICE("value"));
	PCRE2_SIZE offset;
	int code;

	if (asking->regex_filter == filter)
		return true;
	filter_regex_free(asking);
	if (!asking_spend(asking, PATTERN_STEPS))
		return false;
	if (pattern.len <= PATTERN_MAX_BYTES)
		asking->regex =
		    pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len,
				  PCRE2_UTF | PCRE2_DOTALL | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C, &code,
				  &offset, NULL);
	if (asking->regex)
		asking->regex_filter = filter;
	return asking->regex ||
	       asking_refuse(asking, "its filter's regular expression \"%.*s\" is none", SLICE_ARG(pattern)) == FHIRPATH_YES;
}

enum fhirpath_answer filter_matches(struct asking *asking, const struct fhir_node *filter, struct slice text)
{
	pcre2_match_context *limits = NULL;
	pcre2_match_data *match = NULL;
	int found = PCRE2_ERROR_NOMEMORY;

	if (!compile(asking, filter) || !asking_spend(asking, MATCH_STEPS + text.len))
		return FHIRPATH_NOT_HELD;
	limits = pcre2_match_context_create(NULL);
	match = pcre2_match_data_create(1, NULL);
	if (limits && match) {
		pcre2_set_match_limit(limits, MATCH_TRIES_MAX);
		found = pcre2_match(asking->regex, (PCRE2_SPTR)text.ptr, text.len, 0, PCRE2_NO_UTF_CHECK, match, limits);
	}
	pcre2_match_data_free(match);
	pcre2_match_context_free(limits);
	if (found >= 0 || found == PCRE2_ERROR_NOMATCH)
		return found >= 0 ? FHIRPATH_YES : FHIRPATH_NO;
	return asking_refuse(asking, "its filter's regular expression takes too long on \"%.*s\"", SLICE_ARG(text));
}
