/* SPDX-License-Identifier: Apache-2.0 */
#include "api/links.h"

static void skip_past(struct slice *rest, struct slice what)
{
	size_t at = slice_find(*rest, what);

	*rest = at == SIZE_MAX ? SLICE_NONE : slice_from(*rest, at + what.len);
}

/** To behind the next '<'. A comment is passed over whole. */
static void enter_tag(struct links *links)
{
	skip_past(&links->rest, SLICE("<"));
	links->in_tag = !slice_starts(links->rest, SLICE("!--"));
	if (!links->in_tag)
		skip_past(&links->rest, SLICE("-->"));
}

/** Whether what stands before a value is the name of an attribute that links: " href =". */
static bool names_link(struct slice before)
{
	struct slice name = slice_trim(before);

	if (!slice_ends(name, SLICE("=")))
		return false;
	name.len--;
	name = slice_trim(name);
	for (size_t i = name.len; i > 0; i--)
		if (slice_trim((struct slice){ name.ptr + i - 1, 1 }).len == 0) {
			name = slice_from(name, i);
			break;
		}
	return slice_equal(name, SLICE("href")) || slice_equal(name, SLICE("src"));
}

/** The value of the tag's next attribute when that links; else what is passed over is gone from `rest`. */
static struct slice next_value(struct links *links)
{
	struct slice *rest = &links->rest, before = *rest;
	size_t at = 0;

	while (at < rest->len && rest->ptr[at] != '"' && rest->ptr[at] != '\'' && rest->ptr[at] != '>')
		at++;
	before.len = at;
	char end = at < rest->len ? rest->ptr[at] : '>';
	*rest = at < rest->len ? slice_from(*rest, at + 1) : SLICE_NONE;
	links->in_tag = end != '>';
	if (!links->in_tag)
		return SLICE_NONE;
	struct slice value = slice_cut(rest, end);
	return names_link(before) ? value : SLICE_NONE;
}

struct slice links_next(struct links *links)
{
	struct slice link = SLICE_NONE;

	while (links->rest.len && !link.ptr) {
		if (links->in_tag)
			link = next_value(links);
		else
			enter_tag(links);
	}
	return link;
}
