/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/payload.h"
#include "policy/text.h"

#include <string.h>
#include <yajl/yajl_parse.h>

struct reader {
	struct arena *arena;
	yajl_handle handle;
	struct slice bytes;
	size_t counted; /* bytes whose line ends are in `line` */
	uint32_t line;
	struct payload_value *root, *open;
	struct slice name;
	unsigned depth;
	size_t values;
	const char *limit;
};

/** The line of the byte that yajl stands at: counted forward, once. */
static uint32_t line_now(struct reader *reader)
{
	size_t at = yajl_get_bytes_consumed(reader->handle);

	for (; reader->counted < at && reader->counted < reader->bytes.len; reader->counted++)
		reader->line += reader->bytes.ptr[reader->counted] == '\n';
	return reader->line;
}

static struct payload_value *add(struct reader *reader, enum payload_kind kind)
{
	struct payload_value *value =
	    reader->values < PAYLOAD_VALUES_MAX ? arena_new_of(reader->arena, struct payload_value) : NULL;

	if (!value) {
		reader->limit = reader->values < PAYLOAD_VALUES_MAX ? "memory" : "values";
		return NULL;
	}
	reader->values++;
	*value = (struct payload_value){ .kind = kind, .name = reader->name, .parent = reader->open, .line = line_now(reader) };
	reader->name = SLICE_NONE;
	if (!reader->open) {
		reader->root = value;
		return value;
	}
	if (reader->open->last)
		reader->open->last->next = value;
	if (!reader->open->first)
		reader->open->first = value;
	reader->open->last = value;
	reader->open->count++;
	return value;
}

static bool set_text(struct reader *reader, struct payload_value *value, struct slice text)
{
	if (!value)
		return false;
	value->text = text_copy(reader->arena, text);
	if (!value->text.ptr)
		reader->limit = "memory";
	return value->text.ptr != NULL;
}

static int on_null(void *context)
{
	return add(context, PAYLOAD_NULL) != NULL;
}

static int on_boolean(void *context, int truth)
{
	struct payload_value *value = add(context, PAYLOAD_BOOLEAN);

	if (value)
		value->text = truth ? SLICE("true") : SLICE("false");
	return value != NULL;
}

static int on_number(void *context, const char *text, size_t length)
{
	return set_text(context, add(context, PAYLOAD_NUMBER), (struct slice){ text, length });
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
	return set_text(context, add(context, PAYLOAD_STRING), length ? (struct slice){ (const char *)text, length } : SLICE(""));
}

static int on_key(void *context, const unsigned char *text, size_t length)
{
	struct reader *reader = context;

	reader->name = text_copy(reader->arena, (struct slice){ (const char *)text, length });
	return reader->name.ptr != NULL;
}

static int open_value(struct reader *reader, enum payload_kind kind)
{
	struct payload_value *value;

	if (++reader->depth > PAYLOAD_DEPTH_MAX) {
		reader->limit = "levels";
		return 0;
	}
	value = add(reader, kind);
	reader->open = value;
	return value != NULL;
}

static int on_map(void *context)
{
	return open_value(context, PAYLOAD_OBJECT);
}

static int on_array(void *context)
{
	return open_value(context, PAYLOAD_ARRAY);
}

static int on_end(void *context)
{
	struct reader *reader = context;

	reader->depth--;
	reader->open = reader->open->parent;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

bool payload_read(struct arena *arena, struct slice bytes, struct payload_value **out, struct error *err)
{
	struct reader reader = { .arena = arena, .bytes = bytes, .line = 1 };
	yajl_status status;
	char place[32];

	if (slice_starts(bytes, SLICE("\xef\xbb\xbf")))
		reader.bytes = bytes = slice_from(bytes, 3);
	reader.handle = yajl_alloc(&callbacks, NULL, &reader);
	if (!reader.handle)
		return error_memory(err);
	status = yajl_parse(reader.handle, (const unsigned char *)bytes.ptr, bytes.len);
	line_now(&reader);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(reader.handle);
	yajl_free(reader.handle);
	snprintf(place, sizeof(place), "line %u", reader.line);
	if (reader.limit)
		return error_set(err, ERROR_LIMIT, place, "the JSON has more %s than are read", reader.limit);
	if (status != yajl_status_ok || !reader.root || reader.open)
		return error_set(err, ERROR_SYNTAX, place, "not valid JSON");
	*out = reader.root;
	return true;
}

const struct payload_value *payload_member(const struct payload_value *value, struct slice name)
{
	if (!value || value->kind != PAYLOAD_OBJECT)
		return NULL;
	for (const struct payload_value *member = value->first; member; member = member->next)
		if (slice_equal(member->name, name))
			return member;
	return NULL;
}

const struct payload_value *payload_path(const struct payload_value *value, struct slice path)
{
	while (value && path.ptr && path.len > 0)
		value = payload_member(value, slice_cut(&path, '.'));
	return value;
}

struct slice payload_unescape(struct arena *arena, struct slice text)
{
	if (slice_find(text, SLICE("&")) == SIZE_MAX)
		return text;
	struct slice copy = arena_copy(arena, text);
	char *to = (char *)copy.ptr;

	if (!copy.ptr)
		return SLICE_NONE;
	for (size_t i = 0; i < text.len;) {
		char c = text.ptr[i];
		size_t length = markup_character(slice_from(text, i), &c);
		*to++ = c;
		i += length ? length : 1;
	}
	copy.len = (size_t)(to - copy.ptr);
	return copy;
}
