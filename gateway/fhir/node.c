/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/node.h"

#define PATH_MAX_BYTES 8192u

struct fhir_node *node_make(struct arena *arena, const struct fhir_type *type, const struct fhir_element *element)
{
	struct fhir_node *node = arena_new_of(arena, struct fhir_node);

	if (!node)
		return NULL;
	node->type = type;
	node->element = element;
	return node;
}

struct fhir_node *node_place(const struct fhir_node *parent, const struct fhir_element *element)
{
	struct fhir_node *before = NULL;

	if (parent->last && parent->last->element->order <= element->order)
		return parent->last;
	for (struct fhir_node *child = parent->first; child && child->element->order <= element->order; child = child->next)
		before = child;
	return before;
}

void node_insert(struct fhir_node *parent, struct fhir_node *after, struct fhir_node *node)
{
	struct fhir_node **link = after ? &after->next : &parent->first;

	node->parent = parent;
	node->next = *link;
	*link = node;
	if (!node->next)
		parent->last = node;
}

bool node_has_content(const struct fhir_node *node)
{
	if (node->value.ptr || node->type->kind == FHIR_KIND_RESOURCE)
		return true;
	for (const struct fhir_node *child = node->first; child; child = child->next)
		if (node_has_content(child))
			return true;
	return false;
}

bool element_holds_resource(const struct fhir_element *element)
{
	return element->type_count == 1 && element->types[0]->kind == FHIR_KIND_RESOURCE;
}

void element_name_append(struct buf *buf, const struct fhir_element *element, const struct fhir_type *type)
{
	char first = type->name.ptr[0];

	buf_append(buf, element->name);
	if (!element->is_choice)
		return;
	buf_append_char(buf, first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first);
	buf_append(buf, slice_from(type->name, 1));
}

/* ---- what a value looks like ---- */

static size_t digits(struct slice s, size_t at)
{
	size_t count = 0;

	while (at + count < s.len && s.ptr[at + count] >= '0' && s.ptr[at + count] <= '9')
		count++;
	return count;
}

static bool at_any(struct slice s, size_t at, char a, char b)
{
	return at < s.len && (s.ptr[at] == a || s.ptr[at] == b);
}

/** RFC 8259 section 6. */
static bool is_number(struct slice s)
{
	size_t at = at_any(s, 0, '-', '-');
	size_t whole = digits(s, at), part;

	if (whole == 0 || (whole > 1 && s.ptr[at] == '0'))
		return false;
	at += whole;
	if (at_any(s, at, '.', '.')) {
		part = digits(s, at + 1);
		if (part == 0)
			return false;
		at += 1 + part;
	}
	if (at_any(s, at, 'e', 'E')) {
		at += 1 + (size_t)at_any(s, at + 1, '+', '-');
		part = digits(s, at);
		if (part == 0)
			return false;
		at += part;
	}
	return at == s.len;
}

bool value_has_form(struct slice value, enum fhir_json_form form)
{
	if (form == FHIR_JSON_NUMBER)
		return is_number(value);
	return form == FHIR_JSON_STRING || slice_equal(value, SLICE("true")) || slice_equal(value, SLICE("false"));
}

/* ---- building ---- */

struct fhir_node *fhir_node_new(struct arena *arena, const struct fhir_type *type)
{
	return node_make(arena, type, NULL);
}

static bool element_allows(const struct fhir_element *element, const struct fhir_type *type)
{
	for (size_t i = 0; i < element->type_count; i++)
		if (element->types[i] == type || fhir_type_is(type, element->types[i]->name))
			return true;
	return false;
}

/** The type a new repetition has; NULL when it is not determined or not allowed. */
static const struct fhir_type *type_for(const struct fhir_element *element, const struct fhir_type *chosen,
					const struct fhir_type *given)
{
	if (chosen && given && chosen != given)
		return NULL;
	if (!chosen)
		chosen = given;
	if (!chosen && element->type_count == 1)
		chosen = element->types[0];
	return chosen && !chosen->is_abstract && element_allows(element, chosen) ? chosen : NULL;
}

static bool has_room(const struct fhir_node *parent, const struct fhir_element *element)
{
	uint32_t count = 0;

	if (element->max == FHIR_UNBOUNDED)
		return true;
	for (const struct fhir_node *child = parent->first; child; child = child->next)
		count += child->element == element;
	return count < element->max;
}

static struct fhir_node *add(struct arena *arena, struct fhir_node *parent, const struct fhir_element *element,
			     const struct fhir_type *type)
{
	struct fhir_node *node;

	if (!type || !has_room(parent, element))
		return NULL;
	node = node_make(arena, type, element);
	if (node)
		node_insert(parent, node_place(parent, element), node);
	return node;
}

struct fhir_node *fhir_node_add(struct arena *arena, struct fhir_node *parent, struct slice name, const struct fhir_type *type)
{
	const struct fhir_type *choice;
	const struct fhir_element *element = fhir_element_find(parent->type, name, &choice);

	return element ? add(arena, parent, element, type_for(element, choice, type)) : NULL;
}

struct fhir_node *fhir_node_add_value(struct arena *arena, struct fhir_node *parent, struct slice name, struct slice value)
{
	struct slice text = arena_copy(arena, value);
	const struct fhir_type *choice;
	const struct fhir_element *element = fhir_element_find(parent->type, name, &choice);
	const struct fhir_type *type = element ? type_for(element, choice, NULL) : NULL;

	if (!text.ptr || !type || type->kind != FHIR_KIND_PRIMITIVE)
		return NULL;
	struct fhir_node *node = add(arena, parent, element, type);
	if (node)
		node->value = text;
	return node;
}

bool fhir_node_set_value(struct arena *arena, struct fhir_node *parent, struct slice name, struct slice value)
{
	const struct fhir_type *choice;
	const struct fhir_element *element = fhir_element_find(parent->type, name, &choice);
	struct fhir_node *node = element ? fhir_node_child(parent, element->name) : NULL;

	if (!node)
		return fhir_node_add_value(arena, parent, name, value) != NULL;
	if (node->type->kind != FHIR_KIND_PRIMITIVE || fhir_node_again(node) || (choice && choice != node->type))
		return false;
	struct slice text = arena_copy(arena, value);
	if (!text.ptr)
		return false;
	node->value = text;
	return true;
}

void fhir_node_remove(struct fhir_node *node)
{
	struct fhir_node *parent = node->parent, *before = NULL;

	if (!parent)
		return;
	for (struct fhir_node *child = parent->first; child != node; child = child->next)
		before = child;
	*(before ? &before->next : &parent->first) = node->next;
	if (parent->last == node)
		parent->last = before;
	node->parent = NULL;
	node->next = NULL;
}

/** The place of a copy: the element of that name, or for a root resource the element of `parent` that holds resources. */
static const struct fhir_element *element_under(const struct fhir_node *parent, const struct fhir_node *node)
{
	if (node->element)
		return fhir_element_find(parent->type, node->element->name, NULL);
	for (size_t i = 0; i < parent->type->element_count; i++)
		if (element_holds_resource(&parent->type->elements[i]))
			return &parent->type->elements[i];
	return NULL;
}

static bool copy_below(struct arena *arena, const struct fhir_node *from, struct fhir_node *to)
{
	to->line = from->line;
	to->column = from->column;
	if (from->value.ptr && !(to->value = arena_copy(arena, from->value)).ptr)
		return false;
	for (const struct fhir_node *child = from->first; child; child = child->next) {
		struct fhir_node *copy = node_make(arena, child->type, child->element);
		if (!copy)
			return false;
		node_insert(to, to->last, copy);
		if (!copy_below(arena, child, copy))
			return false;
	}
	return true;
}

struct fhir_node *fhir_node_copy(struct arena *arena, const struct fhir_node *node, struct fhir_node *parent)
{
	struct fhir_node *copy = node_make(arena, node->type, node->element);

	if (!copy || !copy_below(arena, node, copy))
		return NULL;
	if (!parent)
		return copy;
	copy->element = element_under(parent, node);
	if (!copy->element || !type_for(copy->element, NULL, node->type) || !has_room(parent, copy->element))
		return NULL;
	node_insert(parent, node_place(parent, copy->element), copy);
	return copy;
}

bool fhir_node_assign(struct arena *arena, struct fhir_node *node, const struct fhir_node *from)
{
	bool both_primitive = node->type->kind == FHIR_KIND_PRIMITIVE && from->type->kind == FHIR_KIND_PRIMITIVE;

	if (node->type != from->type && (!both_primitive || from->first || node->type->json_form != from->type->json_form))
		return false;
	node->first = node->last = NULL;
	node->value = SLICE_NONE;
	return copy_below(arena, from, node);
}

void fhir_node_move(struct fhir_node *node, size_t index)
{
	struct fhir_node *parent = node->parent, *after = NULL;
	size_t seen = 0;

	fhir_node_remove(node);
	for (struct fhir_node *child = parent->first; child && child->element->order <= node->element->order;
	     child = child->next) {
		if (child->element == node->element && seen++ == index)
			break;
		after = child;
	}
	node_insert(parent, after, node);
}

/* ---- asking ---- */

struct fhir_node *fhir_node_child(const struct fhir_node *parent, struct slice name)
{
	for (struct fhir_node *child = parent->first; child; child = child->next)
		if (slice_equal(child->element->name, name))
			return child;
	return NULL;
}

struct fhir_node *fhir_node_again(const struct fhir_node *node)
{
	return node->next && node->next->element == node->element ? node->next : NULL;
}

struct slice fhir_node_text(const struct fhir_node *parent, struct slice name)
{
	const struct fhir_node *child = fhir_node_child(parent, name);

	return child ? child->value : SLICE_NONE;
}

static size_t index_of(const struct fhir_node *node)
{
	size_t index = 0;

	for (const struct fhir_node *child = node->parent->first; child != node; child = child->next)
		index += child->element == node->element;
	return index;
}

static void path_append(struct buf *buf, const struct fhir_node *node)
{
	if (!node->parent) {
		buf_append(buf, node->element ? node->element->name : node->type->name);
		return;
	}
	path_append(buf, node->parent);
	buf_append_char(buf, '.');
	buf_append(buf, node->element->name);
	if (node->element->max > 1)
		buf_printf(buf, "[%zu]", index_of(node));
}

struct slice fhir_node_path(struct arena *arena, const struct fhir_node *node)
{
	struct slice path = SLICE_NONE;
	struct buf buf;

	buf_init(&buf, PATH_MAX_BYTES);
	path_append(&buf, node);
	if (!buf.failed)
		path = arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	return path;
}
