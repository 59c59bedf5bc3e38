/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/text.h"

#include <string.h>

struct slice text_copy(struct arena *arena, struct slice text)
{
	struct slice copy = text.len > 0 ? arena_copy(arena, text) : SLICE("");

	for (size_t i = 0; copy.ptr && i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if ((c < ' ' && !strchr("\t\n\r", c)) || c == '\0' || c == 0x7f)
			((char *)copy.ptr)[i] = ' ';
	}
	return copy;
}

struct text_block *text_add(struct text_document *document, enum block_kind kind, struct slice text, uint32_t line)
{
	struct text_block *block;

	if (document->full)
		return NULL;
	text = text_copy(document->arena, slice_trim(text));
	block = document->block_count < TEXT_BLOCKS_MAX ? arena_new_of(document->arena, struct text_block) : NULL;
	if (!block || !text.ptr) {
		document->full = true;
		return NULL;
	}
	block->text = slice_trim(text);
	if (block->text.len == 0 && kind != BLOCK_TABLE)
		return NULL;
	block->kind = kind;
	block->line = line;
	document->block_count++;
	if (document->last)
		document->last->next = block;
	if (!document->first)
		document->first = block;
	document->last = block;
	return block;
}

/** Where a page marks its main part, the rest is furniture. */
static void drop_furniture(struct text_document *document)
{
	struct text_block **link = &document->first;
	struct text_link **other = &document->first_link;

	if (!document->has_main)
		return;
	document->last = NULL;
	while (*link) {
		if ((*link)->in_main) {
			document->last = *link;
			link = &(*link)->next;
		} else {
			*link = (*link)->next;
		}
	}
	while (*other) {
		if ((*other)->in_main)
			other = &(*other)->next;
		else
			*other = (*other)->next;
	}
}

enum format { FORMAT_HTML, FORMAT_JSON, FORMAT_PLAIN, FORMAT_UNREADABLE };

static enum format format_by_bytes(struct slice bytes)
{
	struct slice start = slice_trim(bytes);

	if (slice_starts(start, SLICE("%PDF")) || slice_starts(start, SLICE("PK\x03\x04")) ||
	    (start.len > 0 && memchr(start.ptr, '\0', start.len < 1024 ? start.len : 1024)))
		return FORMAT_UNREADABLE;
	if (slice_starts(start, SLICE("{")) || slice_starts(start, SLICE("[")))
		return FORMAT_JSON;
	return slice_starts(start, SLICE("<")) ? FORMAT_HTML : FORMAT_PLAIN;
}

static enum format format_of(struct slice content_type, struct slice bytes)
{
	static const struct {
		const char *content_type;
		enum format format;
	} known[] = {
		{ "text/html", FORMAT_HTML },
		{ "application/xhtml+xml", FORMAT_HTML },
		{ "application/json", FORMAT_JSON },
		{ "text/plain", FORMAT_PLAIN },
	};
	enum format seen = format_by_bytes(bytes);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (seen != FORMAT_UNREADABLE && slice_equal(content_type, slice_of(known[i].content_type)))
			return known[i].format;
	if (!content_type.ptr || slice_equal(content_type, SLICE("application/octet-stream")))
		return seen;
	return FORMAT_UNREADABLE;
}

bool text_read(struct arena *arena, const struct policy_rules *rules, struct slice content_type, struct slice charset,
	       struct slice bytes, struct text_document *out, struct error *err)
{
	enum format format = format_of(content_type, bytes);
	struct slice text;
	bool done;

	*out = (struct text_document){ .arena = arena, .rules = rules };
	if (format == FORMAT_UNREADABLE) {
		error_set(err, ERROR_UNSUPPORTED, "", "a document of type %.*s",
			  SLICE_ARG(content_type.ptr ? content_type : SLICE("unknown")));
		return error_hint(err, "HTML, JSON and plain text are read");
	}
	if (!text_to_utf8(arena, bytes, charset, &text, err))
		return false;
	done = format == FORMAT_HTML   ? text_read_html(out, text, 1, err)
	       : format == FORMAT_JSON ? text_read_json(out, text, err)
				       : text_read_plain(out, text, 1, err);
	if (!done)
		return false;
	if (out->full)
		return error_set(err, ERROR_LIMIT, "", "more text, cells or links than one document may have");
	drop_furniture(out);
	return true;
}
