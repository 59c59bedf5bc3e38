/* SPDX-License-Identifier: Apache-2.0 */
/* Text in other clothes. Source: FHIRPath 3.0.0-ballot, encode, decode, escape, unescape. */
#include "fhirpath/functions.h"
#include "fhirpath/lexer.h"

#include <libxml/HTMLparser.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/* OpenSSL counts in int. */
#define TEXT_MAX_BYTES (16u << 20)

/** Makes `text` of the text in place, in the arena. False: it is no such encoding. */
typedef bool change(struct fp_run *run, struct slice *text);

struct form {
	const char *name;
	change *there, *back;
};

static bool replace_text(struct slice *text, char *made, size_t length)
{
	if (!made)
		return false;
	*text = (struct slice){ made, length };
	return true;
}

static bool to_base64(struct fp_run *run, struct slice *text)
{
	char *made = arena_alloc(run->arena, 4 * (text->len / 3 + 1) + 1);

	if (!made)
		return error_memory(run->err);
	int length = EVP_EncodeBlock((unsigned char *)made, (const unsigned char *)text->ptr, (int)text->len);
	return replace_text(text, made, (size_t)length);
}

static bool from_base64(struct fp_run *run, struct slice *text)
{
	char *made = arena_alloc(run->arena, text->len + 1);

	if (!made)
		return error_memory(run->err);
	if (text->len % 4 != 0)
		return false;
	int length = EVP_DecodeBlock((unsigned char *)made, (const unsigned char *)text->ptr, (int)text->len);
	if (length < 0)
		return false;
	/* The padding is decoded too. */
	for (size_t i = text->len; length > 0 && i > 0 && text->len - i < 2 && text->ptr[i - 1] == '='; i--)
		length--;
	return replace_text(text, made, (size_t)length);
}

static void swap_bytes(char *text, size_t length, const char *from, const char *to)
{
	for (size_t i = 0; i < length; i++) {
		const char *found = text[i] ? strchr(from, text[i]) : NULL;

		if (found)
			text[i] = to[found - from];
	}
}

static bool to_urlbase64(struct fp_run *run, struct slice *text)
{
	if (!to_base64(run, text))
		return false;
	char *made = arena_cstr(run->arena, *text);
	if (!made)
		return error_memory(run->err);
	swap_bytes(made, text->len, "+/", "-_");
	return replace_text(text, made, text->len);
}

static bool from_urlbase64(struct fp_run *run, struct slice *text)
{
	char *made = arena_cstr(run->arena, *text);

	if (!made)
		return error_memory(run->err);
	swap_bytes(made, text->len, "-_", "+/");
	text->ptr = made;
	return from_base64(run, text);
}

static bool to_hex(struct fp_run *run, struct slice *text)
{
	static const char digits[] = "0123456789abcdef";
	char *made = arena_alloc(run->arena, 2 * text->len + 1);

	if (!made)
		return error_memory(run->err);
	for (size_t i = 0; i < text->len; i++) {
		made[2 * i] = digits[(unsigned char)text->ptr[i] >> 4];
		made[2 * i + 1] = digits[(unsigned char)text->ptr[i] & 15];
	}
	return replace_text(text, made, 2 * text->len);
}

static bool from_hex(struct fp_run *run, struct slice *text)
{
	char *made = arena_alloc(run->arena, text->len / 2 + 1);

	if (!made)
		return error_memory(run->err);
	if (text->len % 2 != 0)
		return false;
	for (size_t i = 0; i < text->len; i += 2) {
		int high = OPENSSL_hexchar2int((unsigned char)text->ptr[i]),
		    low = OPENSSL_hexchar2int((unsigned char)text->ptr[i + 1]);

		if (high < 0 || low < 0)
			return false;
		made[i / 2] = (char)(high * 16 + low);
	}
	return replace_text(text, made, text->len / 2);
}

static bool to_html(struct fp_run *run, struct slice *text)
{
	size_t length = 0;
	char *made = arena_alloc(run->arena, text->len * (sizeof("&quot;") - 1) + 1);

	if (!made)
		return error_memory(run->err);
	for (size_t i = 0; i < text->len; i++) {
		struct slice entity = markup_reference(text->ptr[i]);

		if (!entity.ptr)
			entity = (struct slice){ text->ptr + i, 1 };
		memcpy(made + length, entity.ptr, entity.len);
		length += entity.len;
	}
	return replace_text(text, made, length);
}

/** The character of the reference between "&" and ";"; 0: none. */
static uint32_t html_character(struct slice name)
{
	char word[16];

	if (name.len == 0 || name.len >= sizeof(word))
		return 0;
	memcpy(word, name.ptr, name.len);
	word[name.len] = '\0';
	if (word[0] != '#') {
		const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)word);
		return entity ? entity->value : 0;
	}
	bool hex = word[1] == 'x' || word[1] == 'X';
	char *end;
	unsigned long value = strtoul(word + 1 + hex, &end, hex ? 16 : 10);
	return *end == '\0' && value <= 0x10ffff ? (uint32_t)value : 0;
}

/** What is no reference stays as it is. */
static bool from_html(struct fp_run *run, struct slice *text)
{
	char *made = arena_alloc(run->arena, text->len + 4);
	size_t length = 0;

	if (!made)
		return error_memory(run->err);
	for (size_t i = 0; i < text->len;) {
		struct slice rest = slice_from(*text, i + 1), near = { rest.ptr, rest.len > 16 ? 16 : rest.len };
		size_t end = text->ptr[i] == '&' ? slice_find(near, SLICE(";")) : SIZE_MAX;
		uint32_t point = end == SIZE_MAX ? 0 : html_character((struct slice){ rest.ptr, end });

		if (point == 0) {
			made[length++] = text->ptr[i++];
			continue;
		}
		length += fp_utf8(point, made + length);
		i += end + 2;
	}
	return replace_text(text, made, length);
}

static bool to_json(struct fp_run *run, struct slice *text)
{
	struct buf buf;

	buf_init(&buf, TEXT_MAX_BYTES * 6);
	fhir_json_write_string(&buf, *text);
	struct slice quoted = buf_slice(&buf), made = SLICE_NONE;
	if (!buf.failed && quoted.len >= 2)
		made = arena_copy(run->arena, (struct slice){ quoted.ptr + 1, quoted.len - 2 });
	buf_free(&buf);
	if (!made.ptr)
		return error_memory(run->err);
	*text = made;
	return true;
}

static bool from_json(struct fp_run *run, struct slice *text)
{
	char *made = arena_alloc(run->arena, text->len + 4);
	size_t length = 0, used;

	if (!made)
		return error_memory(run->err);
	for (size_t i = 0; i < text->len; i += used) {
		size_t added = used = 1;

		made[length] = text->ptr[i];
		if (text->ptr[i] == '\\')
			added = fhirpath_unescape(slice_from(*text, i), made + length, &used);
		if (added == 0)
			return false;
		length += added;
	}
	return replace_text(text, made, length);
}

static const struct form encodings[] = {
	{ "base64", to_base64, from_base64 },
	{ "urlbase64", to_urlbase64, from_urlbase64 },
	{ "hex", to_hex, from_hex },
};

static const struct form escapes[] = {
	{ "html", to_html, from_html },
	{ "json", to_json, from_json },
};

static const struct form *find_form(const struct form *forms, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(name, slice_of(forms[i].name)))
			return &forms[i];
	return NULL;
}

struct wording {
	const struct form *forms;
	size_t count;
	bool back;
};

/** The single text of the input in the form that argument 0 names. What does not decode, or not to text, is empty. */
static bool reword(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
		   const struct fhirpath_result *focus, struct wording wording, struct fhirpath_result *out)
{
	struct fhirpath_item item, name;

	*out = FP_NOTHING;
	if (!fp_single(run, op, input, &item) || !fp_argument(run, op, 0, focus, &name))
		return false;
	item = fp_system(&item);
	if (fp_is_absent(&item) || fp_is_absent(&name))
		return true;
	if (item.kind != FHIRPATH_STRING)
		return fp_fail(run, op, "%s() needs a String", op->function->name);
	const struct form *form = find_form(wording.forms, wording.count, name.text);
	if (!form)
		return fp_fail(run, op, "%s() does not know %.*s", op->function->name, SLICE_ARG(name.text));
	struct slice text = item.text;
	if (text.len > TEXT_MAX_BYTES)
		return fp_fail(run, op, "%s() takes at most %u bytes", op->function->name, TEXT_MAX_BYTES);
	if (!fp_spend(run, 1 + text.len / 4))
		return false;
	if (wording.back ? form->back(run, &text) : form->there(run, &text))
		return slice_utf8_invalid(text) != SIZE_MAX || fp_text(run, FHIRPATH_STRING, text, out);
	return run->err->code == ERROR_NONE;
}

FP_FUNCTION(encode)
{
	return reword(run, op, input, focus, (struct wording){ encodings, ARRAY_SIZE(encodings), false }, out);
}

FP_FUNCTION(decode)
{
	return reword(run, op, input, focus, (struct wording){ encodings, ARRAY_SIZE(encodings), true }, out);
}

FP_FUNCTION(escape)
{
	return reword(run, op, input, focus, (struct wording){ escapes, ARRAY_SIZE(escapes), false }, out);
}

FP_FUNCTION(unescape)
{
	return reword(run, op, input, focus, (struct wording){ escapes, ARRAY_SIZE(escapes), true }, out);
}
