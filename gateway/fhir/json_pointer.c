/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/json_pointer.h"

/* ---- tokens ---- */

/** RFC 6901 section 4: "~1" is "/", "~0" is "~"; a "~" before anything else is not a pointer. */
static bool decode(struct arena *arena, struct slice raw, struct slice *out, const char **why)
{
	char *text = arena_alloc(arena, raw.len + 1);
	size_t len = 0;

	*why = "no memory is left";
	if (!text)
		return false;
	*why = "~ must be followed by 0 or 1";
	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.ptr[i];
		if (c == '~') {
			if (++i == raw.len || (raw.ptr[i] != '0' && raw.ptr[i] != '1'))
				return false;
			c = raw.ptr[i] == '0' ? '~' : '/';
		}
		text[len++] = c;
	}
	*out = (struct slice){ text, len };
	return true;
}

static bool to_index(struct slice token, uint64_t *out)
{
	return token.len > 0 && (token.len == 1 || token.ptr[0] != '0') && slice_to_u64(token, UINT32_MAX, out);
}

static bool spend(uint64_t *work, uint64_t steps)
{
	bool enough = *work >= steps;

	*work = enough ? *work - steps : 0;
	return enough;
}

/* ---- following ---- */

static bool step_object(struct json_place *place, struct slice token, uint64_t *work)
{
	place->link = &place->container->first;
	while (*place->link && !slice_equal((*place->link)->key, token)) {
		if (!spend(work, 1))
			return false;
		place->link = &(*place->link)->next;
	}
	place->key = token;
	return true;
}

static bool step_array(struct json_place *place, struct slice token, uint64_t *work, const char **why)
{
	uint64_t index = place->container->count;

	*why = "an item of an array is named by its index";
	if (!slice_equal(token, SLICE("-")) && !to_index(token, &index))
		return false;
	*why = "the array is not that long";
	if (index > place->container->count)
		return false;
	place->link = &place->container->first;
	place->key = SLICE_NONE;
	for (uint64_t i = 0; i < index; i++)
		place->link = &(*place->link)->next;
	return spend(work, index);
}

/** One token further: from the value at `place` to what `token` names in it. */
static bool step(struct arena *arena, struct json_place *place, struct slice raw, uint64_t *work, const char **why)
{
	struct slice token;

	if (!decode(arena, raw, &token, why))
		return false;
	*why = "there is nothing";
	if (!place->exists)
		return false;
	place->container = *place->link;
	place->depth++;
	*why = "a value has nothing in it";
	if (place->container->kind != JSON_OBJECT && place->container->kind != JSON_ARRAY)
		return false;
	bool found =
	    place->container->kind == JSON_OBJECT ? step_object(place, token, work) : step_array(place, token, work, why);
	place->exists = found && *place->link;
	return found;
}

bool json_pointer_follow(struct arena *arena, struct json_value **root, struct slice pointer, uint64_t *work,
			 struct json_place *out, const char **why)
{
	*out = (struct json_place){ .link = root, .exists = true };
	*why = "a pointer begins with /";
	if (pointer.len == 0)
		return true;
	if (pointer.ptr[0] != '/')
		return false;
	for (pointer = slice_from(pointer, 1); pointer.ptr;)
		if (!step(arena, out, slice_cut(&pointer, '/'), work, why)) {
			if (!*work)
				*why = "the patch takes too many steps";
			return false;
		}
	return true;
}

/* ---- changing ---- */

void json_place_add(const struct json_place *place, struct json_value *value)
{
	bool before = place->container && place->container->kind == JSON_ARRAY;

	if (place->exists && !before) {
		json_place_replace(place, value);
		return;
	}
	value->key = place->key;
	value->next = *place->link;
	*place->link = value;
	place->container->count++;
}

void json_place_replace(const struct json_place *place, struct json_value *value)
{
	value->key = place->key;
	value->next = (*place->link)->next;
	*place->link = value;
}

struct json_value *json_place_take(const struct json_place *place)
{
	struct json_value *value = *place->link;

	ASSERT(place->container && value);
	*place->link = value->next;
	value->next = NULL;
	place->container->count--;
	return value;
}

/* ---- comparing ---- */

/** A number as 0.DIGITS times ten to `exponent`, without zeros at either end; the digits may have a point among them. */
struct number {
	struct slice digits;
	int64_t exponent;
	bool negative;
};

#define EXPONENT_MAX 1000000000u

static size_t offset_of_any(struct slice text, char a, char b)
{
	size_t at = 0;

	while (at < text.len && text.ptr[at] != a && text.ptr[at] != b)
		at++;
	return at;
}

static int64_t power_of(struct slice text)
{
	uint64_t tens = 0;

	if (text.len == 0)
		return 0;
	bool has_sign = text.ptr[0] == '-' || text.ptr[0] == '+';
	if (!slice_to_u64(slice_from(text, has_sign), EXPONENT_MAX, &tens))
		tens = EXPONENT_MAX;
	return text.ptr[0] == '-' ? -(int64_t)tens : (int64_t)tens;
}

static struct number number_of(struct slice text)
{
	struct number out = { .negative = slice_starts(text, SLICE("-")) };
	size_t e = offset_of_any(text, 'e', 'E');
	struct slice digits = slice_from((struct slice){ text.ptr, e }, out.negative);

	out.exponent = (int64_t)offset_of_any(digits, '.', '.') + (e < text.len ? power_of(slice_from(text, e + 1)) : 0);
	for (; digits.len && (digits.ptr[0] == '0' || digits.ptr[0] == '.'); digits = slice_from(digits, 1))
		out.exponent -= digits.ptr[0] == '0';
	while (digits.len && (digits.ptr[digits.len - 1] == '0' || digits.ptr[digits.len - 1] == '.'))
		digits.len--;
	out.digits = digits;
	return out;
}

static bool number_equal(struct slice a_text, struct slice b_text)
{
	struct number a = number_of(a_text), b = number_of(b_text);
	size_t i = 0, j = 0;

	if (a.digits.len == 0 || b.digits.len == 0)
		return a.digits.len == b.digits.len;
	if (a.negative != b.negative || a.exponent != b.exponent)
		return false;
	for (; i < a.digits.len && j < b.digits.len; i++, j++) {
		i += a.digits.ptr[i] == '.';
		j += b.digits.ptr[j] == '.';
		if (a.digits.ptr[i] != b.digits.ptr[j])
			return false;
	}
	return i == a.digits.len && j == b.digits.len;
}

static bool members_equal(const struct json_value *a, const struct json_value *b, uint64_t *work)
{
	for (const struct json_value *member = a->first; member; member = member->next) {
		const struct json_value *other = json_member(b, member->key);
		if (!spend(work, b->count) || !other || !json_equal(member, other, work))
			return false;
	}
	return true;
}

bool json_equal(const struct json_value *a, const struct json_value *b, uint64_t *work)
{
	if (!spend(work, 1) || a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == JSON_NUMBER)
		return number_equal(a->text, b->text);
	if (a->kind == JSON_OBJECT)
		return members_equal(a, b, work);
	if (a->kind != JSON_ARRAY)
		return slice_equal(a->text, b->text);
	for (a = a->first, b = b->first; a; a = a->next, b = b->next)
		if (!json_equal(a, b, work))
			return false;
	return true;
}
