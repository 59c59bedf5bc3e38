/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/json.h"
#include "fhir/place.h"

#include <string.h>
#include <yajl/yajl_parse.h>

/* A value takes 64 bytes here and at least 2 in the text; real documents have some 20 bytes a value. */
#define SCRATCH_PER_BYTE 36u
#define SCRATCH_MIN_BYTES (64u << 10)
#define SCRATCH_MAX_BYTES (256u << 20)
#define CLIP_BYTES 64u

struct frame {
	struct json_value *container, *last;
};

struct parse {
	struct arena *arena, *text_arena;
	struct slice json;
	const struct fhir_json_limits *limits;
	struct issues *issues;
	yajl_handle yajl;
	struct json_value *root;
	struct frame *frames;
	uint32_t depth;
	struct slice key;
	size_t key_start;
	bool has_key;
	struct place place;
};

struct slice json_clip(struct slice text)
{
	if (text.len <= CLIP_BYTES)
		return text;
	text.len = CLIP_BYTES;
	while (text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
		text.len--;
	return text;
}

/* ---- positions ---- */

static bool refuse(struct parse *parse, const char *code, size_t offset, const char *what)
{
	place_move(&parse->place, offset);
	issue_add(parse->issues, ISSUE_FATAL, code, SLICE_NONE, parse->place.line, place_column(&parse->place, offset), "%s",
		  what);
	return false;
}

/** yajl has read exactly up to the end of the token it reports. */
static size_t token_end(const struct parse *parse)
{
	return yajl_get_bytes_consumed(parse->yajl);
}

/* ---- values ---- */

static struct json_value *value_new(struct parse *parse, enum json_kind kind, size_t start)
{
	struct json_value *value = arena_new_of(parse->arena, struct json_value);
	size_t at = parse->has_key ? parse->key_start : start;

	if (!value) {
		refuse(parse, "too-costly", start, "the document has more values than memory is set aside for");
		return NULL;
	}
	place_move(&parse->place, at);
	value->kind = kind;
	value->line = parse->place.line;
	value->column = place_column(&parse->place, at);
	value->key = parse->has_key ? parse->key : SLICE_NONE;
	parse->has_key = false;
	return value;
}

static bool value_add(struct parse *parse, struct json_value *value, size_t start)
{
	struct frame *frame = parse->depth ? &parse->frames[parse->depth - 1] : NULL;

	if (!frame) {
		parse->root = value;
		return true;
	}
	if (frame->container->count == parse->limits->max_children)
		return refuse(parse, "too-costly", start, "too many members or items in one object or array");
	frame->container->count++;
	*(frame->last ? &frame->last->next : &frame->container->first) = value;
	frame->last = value;
	return true;
}

static int add_scalar(struct parse *parse, enum json_kind kind, struct slice text, size_t start)
{
	struct json_value *value = value_new(parse, kind, start);

	if (!value)
		return 0;
	value->text = text;
	return value_add(parse, value, start);
}

static int add_container(struct parse *parse, enum json_kind kind)
{
	size_t start = token_end(parse) - 1;
	struct json_value *value = value_new(parse, kind, start);

	if (!value || !value_add(parse, value, start))
		return 0;
	if (parse->depth == parse->limits->max_depth)
		return refuse(parse, "too-costly", start, "objects and arrays are nested too deeply");
	parse->frames[parse->depth++] = (struct frame){ value, NULL };
	return 1;
}

/* ---- strings ---- */

static bool inside(struct slice json, const char *at)
{
	return at >= json.ptr && at <= json.ptr + json.len;
}

static bool escaped(const struct parse *parse, size_t quote)
{
	size_t backslashes = 0;

	while (backslashes < quote && parse->json.ptr[quote - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

/** Offset of the opening quote of a string with escapes that ends at `end`: the nearest quote before that is not escaped. */
static size_t string_start(const struct parse *parse, size_t end)
{
	size_t at = end - 1;

	while (at > 0) {
		const char *quote = memrchr(parse->json.ptr, '"', at);
		if (!quote)
			break;
		at = (size_t)(quote - parse->json.ptr);
		if (!escaped(parse, at))
			return at;
	}
	return 0;
}

static unsigned hex4(const char *digits)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)digits[i];
		value = value << 4 | (c <= '9' ? (unsigned)c - '0' : (unsigned)(c | 0x20) - 'a' + 10);
	}
	return value;
}

/** yajl has checked the form of escapes; what a \u may not say is checked here, as yajl would put something else in its place.
 *  FHIR, "string": no U+0000; RFC 8259 section 8.2: a lone surrogate has no meaning. */
static bool check_escapes(struct parse *parse, size_t start, size_t end)
{
	const char *text = parse->json.ptr;

	for (size_t i = start + 1; i + 6 < end; i++) {
		if (text[i] != '\\')
			continue;
		if (text[++i] != 'u')
			continue;
		unsigned unit = hex4(text + i + 1);
		if (unit == 0)
			return refuse(parse, "value", i - 1, "a string contains the character U+0000");
		if (unit < 0xd800 || unit > 0xdfff)
			continue;
		bool paired = unit < 0xdc00 && i + 11 < end && text[i + 5] == '\\' && text[i + 6] == 'u';
		unsigned low = paired ? hex4(text + i + 7) : 0;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(parse, "value", i - 1, "a string contains half of a surrogate pair");
		i += 10;
	}
	return true;
}

/** The text of a string token, and where it starts. */
static bool string_text(struct parse *parse, const unsigned char *ptr, size_t len, struct slice *out, size_t *start)
{
	struct slice text = { (const char *)ptr, len };
	size_t end = token_end(parse);

	if (inside(parse->json, text.ptr)) {
		*out = text;
		*start = (size_t)(text.ptr - parse->json.ptr) - 1;
		return true;
	}
	*start = string_start(parse, end);
	if (!check_escapes(parse, *start, end))
		return false;
	*out = arena_copy(parse->text_arena, text);
	return out->ptr || refuse(parse, "too-costly", *start, "no memory is left for the document's text");
}

/* ---- yajl's callbacks: 0 stops it, and then an issue has been added
 * ------------------------------------------------------------ */

static int on_null(void *context)
{
	struct parse *parse = context;

	return add_scalar(parse, JSON_NULL, SLICE_NONE, token_end(parse) - 4);
}

static int on_boolean(void *context, int value)
{
	struct parse *parse = context;

	if (value)
		return add_scalar(parse, JSON_TRUE, SLICE("true"), token_end(parse) - 4);
	return add_scalar(parse, JSON_FALSE, SLICE("false"), token_end(parse) - 5);
}

static int on_number(void *context, const char *ptr, size_t len)
{
	struct parse *parse = context;
	size_t start = inside(parse->json, ptr) ? (size_t)(ptr - parse->json.ptr) : 0;

	return add_scalar(parse, JSON_NUMBER, (struct slice){ parse->json.ptr + start, len }, start);
}

static int on_string(void *context, const unsigned char *ptr, size_t len)
{
	struct parse *parse = context;
	struct slice text;
	size_t start;

	return string_text(parse, ptr, len, &text, &start) && add_scalar(parse, JSON_STRING, text, start);
}

static int on_key(void *context, const unsigned char *ptr, size_t len)
{
	struct parse *parse = context;

	parse->has_key = string_text(parse, ptr, len, &parse->key, &parse->key_start);
	return parse->has_key;
}

static int on_object(void *context)
{
	return add_container(context, JSON_OBJECT);
}

static int on_array(void *context)
{
	return add_container(context, JSON_ARRAY);
}

static int on_end(void *context)
{
	((struct parse *)context)->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

/* ---- the document
 * ---------------------------------------------------------------------------------------------------------------- */

/** Where yajl stumbled. It stands behind what it has read, but steps back for what is wrong inside a string or a literal and for
 *  what should have been a comma in an object. */
static size_t error_place(const struct parse *parse, const char *what)
{
	size_t at = token_end(parse);
	bool inside_token = strstr(what, "lexical error") && !strstr(what, "invalid char in json text");

	if (inside_token || strstr(what, "after key and value") || at <= parse->place.counted)
		return at;
	return at - 1;
}

static bool refuse_syntax(struct parse *parse, bool at_end)
{
	unsigned char *text = yajl_get_error(parse->yajl, 0, NULL, 0);
	char what[160];

	snprintf(what, sizeof(what), "not JSON: %.120s", text ? (const char *)text : "unknown reason");
	what[strcspn(what, "\n")] = '\0';
	if (text)
		yajl_free_error(parse->yajl, text);
	return refuse(parse, "structure", at_end ? parse->json.len : error_place(parse, what), what);
}

static bool run(struct parse *parse)
{
	const unsigned char *text = (const unsigned char *)parse->json.ptr;
	yajl_status status = yajl_parse(parse->yajl, text, parse->json.len);

	if (status == yajl_status_error)
		return refuse_syntax(parse, false);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(parse->yajl);
	if (status == yajl_status_error)
		return refuse_syntax(parse, true);
	return status == yajl_status_ok;
}

static bool check_bytes(struct parse *parse)
{
	if (parse->json.len > parse->limits->max_bytes || parse->json.len >= UINT32_MAX)
		return refuse(parse, "too-long", 0, "the document is larger than allowed");
	size_t invalid = slice_utf8_invalid(parse->json);
	if (invalid != SIZE_MAX)
		return refuse(parse, "structure", invalid, "not valid UTF-8");
	return true;
}

struct arena *json_scratch_new(size_t json_bytes)
{
	size_t bytes = SCRATCH_MAX_BYTES;

	if (json_bytes < SCRATCH_MAX_BYTES / SCRATCH_PER_BYTE)
		bytes = json_bytes * SCRATCH_PER_BYTE + SCRATCH_MIN_BYTES;
	return arena_new(bytes);
}

bool json_parse(struct arena *arena, struct arena *text_arena, struct slice json, const struct fhir_json_limits *limits,
		struct issues *issues, struct json_value **out)
{
	struct parse parse = { .arena = arena,
			       .text_arena = text_arena,
			       .json = json,
			       .limits = limits,
			       .issues = issues,
			       .place = PLACE_START(json) };

	if (!check_bytes(&parse))
		return false;
	parse.frames = arena_new_array(arena, struct frame, limits->max_depth);
	parse.yajl = yajl_alloc(&callbacks, NULL, &parse);
	if (!parse.frames || !parse.yajl) {
		if (parse.yajl)
			yajl_free(parse.yajl);
		return refuse(&parse, "too-costly", 0, "no memory for reading the document");
	}
	/* The whole text has been checked above, faster. */
	yajl_config(parse.yajl, yajl_dont_validate_strings, 1);
	bool done = run(&parse);
	yajl_free(parse.yajl);
	*out = parse.root;
	return done;
}

const struct json_value *json_member(const struct json_value *object, struct slice key)
{
	if (!object || object->kind != JSON_OBJECT)
		return NULL;
	for (const struct json_value *member = object->first; member; member = member->next)
		if (slice_equal(member->key, key))
			return member;
	return NULL;
}

struct slice json_text(const struct json_value *object, struct slice key)
{
	const struct json_value *member = json_member(object, key);

	return member && member->kind == JSON_STRING ? member->text : SLICE_NONE;
}
