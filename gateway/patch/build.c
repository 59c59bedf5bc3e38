/* SPDX-License-Identifier: Apache-2.0 */
#include "patch/build.h"

/** The value or resource of a part; NULL: it has parts, or nothing. */
static const struct fhir_node *value_of(const struct fhir_node *part)
{
	const struct fhir_node *value = fhir_node_child(part, SLICE("value"));

	return value ? value : fhir_node_child(part, SLICE("resource"));
}

static bool is_one_of(const struct fhir_element *element, const struct fhir_type *type)
{
	for (size_t i = 0; i < element->type_count; i++)
		if (fhir_type_is(type, element->types[i]->name))
			return true;
	return false;
}

/** The type that the new element gets; NULL: `*why` tells. */
static const struct fhir_type *type_for(const struct fhir_element *element, const struct fhir_type *chosen,
					const struct fhir_node *value, const char **why)
{
	*why = "the element has several types: the value must tell which";
	if (!chosen && value && (element->is_choice || value->type->kind == FHIR_KIND_RESOURCE))
		chosen = value->type;
	if (!chosen && !element->is_choice)
		chosen = element->types[0];
	if (!chosen)
		return NULL;
	*why = "the value has not the type of the element";
	return !chosen->is_abstract && is_one_of(element, chosen) ? chosen : NULL;
}

static uint32_t count_of(const struct fhir_node *parent, const struct fhir_element *element)
{
	uint32_t count = 0;

	for (const struct fhir_node *child = parent->first; child; child = child->next)
		count += child->element == element;
	return count;
}

static bool build_parts(struct arena *arena, struct fhir_node *node, const struct fhir_node *holder, const char **why)
{
	const struct fhir_node *part = fhir_node_child(holder, SLICE("part"));

	*why = "the operation has no value";
	if (!part)
		return false;
	for (; part; part = fhir_node_again(part))
		if (!patch_build(arena, node, fhir_node_text(part, SLICE("name")), part, why))
			return false;
	return true;
}

struct fhir_node *patch_build(struct arena *arena, struct fhir_node *parent, struct slice name, const struct fhir_node *part,
			      const char **why)
{
	const struct fhir_type *choice = NULL;
	const struct fhir_element *element = fhir_element_find(parent->type, name, &choice);
	const struct fhir_node *value = value_of(part);

	*why = "there is no such element in that place";
	if (!element)
		return NULL;
	*why =
	    element->max > 1 ? "the element has as many repetitions as allowed" : "the element is there already, and not a list";
	if (count_of(parent, element) >= element->max)
		return NULL;
	const struct fhir_type *type = type_for(element, choice, value, why);
	if (!type)
		return NULL;
	struct fhir_node *node = fhir_node_add(arena, parent, element->name, type);
	if (!node) {
		*why = "no memory is left for the resource";
		return NULL;
	}
	*why = "the value has not the type of the element";
	bool done = value ? fhir_node_assign(arena, node, value) : build_parts(arena, node, part, why);
	return done ? node : NULL;
}
