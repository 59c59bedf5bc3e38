/* SPDX-License-Identifier: Apache-2.0 */
#include "access/jose.h"

#include <string.h>
#include <yajl/yajl_parse.h>

#define JOSE_MAX_BYTES (256u << 10)
#define JOSE_MAX_DEPTH 8u
#define JOSE_MAX_VALUES 10000u
#define JOSE_MAX_MEMBERS 128u /* of one object: each name is compared with those before it */

struct reading {
	struct arena *arena;
	struct jose_value *root, *open[JOSE_MAX_DEPTH], *last[JOSE_MAX_DEPTH];
	unsigned depth, values;
	struct slice name;
};

static struct jose_value *add(struct reading *reading, enum jose_kind kind)
{
	struct jose_value *value = ++reading->values <= JOSE_MAX_VALUES ? arena_new_of(reading->arena, struct jose_value) : NULL;

	if (!value)
		return NULL;
	value->kind = kind;
	value->name = reading->name;
	reading->name = SLICE_NONE;
	if (reading->depth == 0) {
		reading->root = value;
		return value;
	}
	struct jose_value **last = &reading->last[reading->depth - 1];
	*(*last ? &(*last)->next : &reading->open[reading->depth - 1]->first) = value;
	*last = value;
	return value;
}

static int open_container(struct reading *reading, enum jose_kind kind)
{
	struct jose_value *value = reading->depth < JOSE_MAX_DEPTH ? add(reading, kind) : NULL;

	if (!value)
		return 0;
	reading->open[reading->depth] = value;
	reading->last[reading->depth++] = NULL;
	return 1;
}

static int add_text(struct reading *reading, enum jose_kind kind, const char *bytes, size_t len)
{
	struct jose_value *value = memchr(bytes, '\0', len) ? NULL : add(reading, kind);

	if (value)
		value->text = arena_copy(reading->arena, (struct slice){ bytes, len });
	return value && value->text.ptr;
}

/* ---- yajl's callbacks: 0 stops it ---- */

static int on_null(void *context)
{
	return add(context, JOSE_OTHER) != NULL;
}

static int on_boolean(void *context, int value)
{
	(void)value;
	return add(context, JOSE_OTHER) != NULL;
}

static int on_number(void *context, const char *bytes, size_t len)
{
	return add_text(context, JOSE_NUMBER, bytes, len);
}

static int on_string(void *context, const unsigned char *bytes, size_t len)
{
	return add_text(context, JOSE_STRING, (const char *)bytes, len);
}

static int on_name(void *context, const unsigned char *bytes, size_t len)
{
	struct reading *reading = context;
	struct slice name = { (const char *)bytes, len };
	unsigned count = 0;

	for (const struct jose_value *member = reading->open[reading->depth - 1]->first; member; member = member->next)
		if (slice_equal(member->name, name) || ++count == JOSE_MAX_MEMBERS)
			return 0;
	reading->name = arena_copy(reading->arena, name);
	return reading->name.ptr != NULL;
}

static int on_object(void *context)
{
	return open_container(context, JOSE_OBJECT);
}

static int on_array(void *context)
{
	return open_container(context, JOSE_ARRAY);
}

static int on_end(void *context)
{
	((struct reading *)context)->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_name,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

const struct jose_value *jose_read(struct arena *arena, struct slice text)
{
	struct reading reading = { .arena = arena };

	if (text.len > JOSE_MAX_BYTES || slice_utf8_invalid(text) != SIZE_MAX)
		return NULL;
	yajl_handle yajl = yajl_alloc(&callbacks, NULL, &reading);
	if (!yajl)
		return NULL;
	bool done = yajl_parse(yajl, (const unsigned char *)text.ptr, text.len) == yajl_status_ok &&
		    yajl_complete_parse(yajl) == yajl_status_ok;
	yajl_free(yajl);
	return done && reading.root && reading.root->kind == JOSE_OBJECT ? reading.root : NULL;
}

const struct jose_value *jose_member(const struct jose_value *object, const char *name)
{
	for (const struct jose_value *member = object->first; member; member = member->next)
		if (slice_equal(member->name, slice_of(name)))
			return member;
	return NULL;
}

struct slice jose_text(const struct jose_value *object, const char *name)
{
	const struct jose_value *member = jose_member(object, name);

	return member && member->kind == JOSE_STRING ? member->text : SLICE_NONE;
}
