/* SPDX-License-Identifier: Apache-2.0 */
#include "api/condition.h"

#include <string.h>
#include <time.h>

#define DATE_MAX 40

bool condition_date_parse(struct slice text, int64_t *seconds)
{
	static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y" };
	char copy[DATE_MAX + 1];

	text = slice_trim(text);
	if (text.len == 0 || text.len > DATE_MAX)
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(copy, forms[i], &tm);
		if (end && *end == '\0') {
			*seconds = (int64_t)timegm(&tm);
			return true;
		}
	}
	return false;
}

/** The part in quotes, without W/. Some clients send a bare version id: it is taken as it was meant. */
static struct slice opaque(struct slice tag)
{
	tag = slice_trim(tag);
	if (slice_starts(tag, SLICE("W/")))
		tag = slice_from(tag, 2);
	if (tag.len >= 2 && tag.ptr[0] == '"' && tag.ptr[tag.len - 1] == '"')
		return (struct slice){ tag.ptr + 1, tag.len - 2 };
	return tag;
}

static bool list_has(struct slice list, struct slice etag)
{
	if (slice_equal(slice_trim(list), SLICE("*")))
		return true;
	while (list.ptr)
		if (slice_equal(opaque(slice_cut(&list, ',')), opaque(etag)))
			return true;
	return false;
}

static bool modified_after(struct slice date, int64_t last_updated_ms, bool otherwise)
{
	int64_t seconds;

	return condition_date_parse(date, &seconds) ? last_updated_ms / 1000 > seconds : otherwise;
}

enum condition condition_check(const struct net_request *request, struct slice etag, int64_t last_updated_ms)
{
	struct slice match = net_request_header(request, "if-match");
	struct slice unmodified = net_request_header(request, "if-unmodified-since");
	struct slice none_match = net_request_header(request, "if-none-match");
	struct slice modified = net_request_header(request, "if-modified-since");

	if (match.ptr && !list_has(match, etag))
		return CONDITION_FAILED;
	if (!match.ptr && unmodified.ptr && modified_after(unmodified, last_updated_ms, false))
		return CONDITION_FAILED;
	if (none_match.ptr)
		return list_has(none_match, etag) ? CONDITION_NOT_MODIFIED : CONDITION_HOLDS;
	if (modified.ptr && !modified_after(modified, last_updated_ms, true))
		return CONDITION_NOT_MODIFIED;
	return CONDITION_HOLDS;
}
