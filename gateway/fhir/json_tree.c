/* SPDX-License-Identifier: Apache-2.0 */
/* A tree read from XML as the JSON values it would be, each with its place in the XML: for readers that look at values. */
#include "fhir/json.h"
#include "fhir/node.h"

static struct json_value *value_new(struct arena *arena, const struct fhir_node *node, enum json_kind kind)
{
	struct json_value *value = arena_new_of(arena, struct json_value);

	if (value)
		*value = (struct json_value){ .line = node->line, .column = node->column, .kind = kind };
	return value;
}

static void append(struct json_value *parent, struct json_value ***end, struct json_value *child)
{
	**end = child;
	*end = &child->next;
	parent->count++;
}

static enum json_kind kind_of(const struct fhir_node *node)
{
	if (node->type->kind != FHIR_KIND_PRIMITIVE)
		return JSON_OBJECT;
	if (node->type->json_form == FHIR_JSON_NUMBER)
		return JSON_NUMBER;
	if (node->type->json_form == FHIR_JSON_BOOLEAN)
		return slice_equal(node->value, SLICE("true")) ? JSON_TRUE : JSON_FALSE;
	return JSON_STRING;
}

static struct slice key_of(struct arena *arena, const struct fhir_node *node)
{
	struct slice key;
	struct buf buf;

	buf_init(&buf, 1024);
	element_name_append(&buf, node->element, node->type);
	key = arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	return key;
}

static struct json_value *read_node(struct arena *arena, const struct fhir_node *node);

/** The member that the repetitions from `first` on are; `*next` is what follows them. */
static struct json_value *read_member(struct arena *arena, const struct fhir_node *first, const struct fhir_node **next)
{
	bool is_array = first->element->max != 1;
	struct json_value *member = is_array ? value_new(arena, first, JSON_ARRAY) : read_node(arena, first), **end;

	*next = first->next;
	if (!member)
		return NULL;
	member->key = key_of(arena, first);
	end = &member->first;
	for (const struct fhir_node *node = first; is_array && node; node = fhir_node_again(node)) {
		struct json_value *item = read_node(arena, node);

		if (!item)
			return NULL;
		append(member, &end, item);
		*next = node->next;
	}
	return member;
}

static struct json_value *read_node(struct arena *arena, const struct fhir_node *node)
{
	struct json_value *value = value_new(arena, node, kind_of(node)), **end = value ? &value->first : NULL;

	if (!value || value->kind != JSON_OBJECT) {
		if (value)
			value->text = node->value;
		return value;
	}
	if (node->type->kind == FHIR_KIND_RESOURCE) {
		struct json_value *type = value_new(arena, node, JSON_STRING);

		if (!type)
			return NULL;
		type->key = SLICE("resourceType");
		type->text = node->type->name;
		append(value, &end, type);
	}
	for (const struct fhir_node *child = node->first; child;) {
		struct json_value *member = read_member(arena, child, &child);

		if (!member)
			return NULL;
		append(value, &end, member);
	}
	return value;
}

struct json_value *json_from_tree(struct arena *arena, const struct fhir_node *root)
{
	return read_node(arena, root);
}
