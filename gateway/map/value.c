/* SPDX-License-Identifier: Apache-2.0 */
/* Writing into the target tree: values in their types. */
#include "map/run.h"

void map_trace_made(struct map_run *run, const struct fhir_node *from, const struct fhir_node *made)
{
	if (!run->trace)
		return;
	struct map_made *row = arena_new_of(run->arena, struct map_made);
	if (!row)
		return;
	*row = (struct map_made){ from, made, NULL };
	*(run->last_made ? &run->last_made->next : &run->first_made) = row;
	run->last_made = row;
}

/* ---- primitives ---- */

static bool is_digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return text.len > 0;
}

/** A JSON number (RFC 8259 section 6) of digits, with fraction and exponent for a decimal. */
static bool is_number(struct slice text, bool whole)
{
	struct slice rest = slice_starts(text, SLICE("-")) ? slice_from(text, 1) : text;
	struct slice mantissa = rest, fraction = SLICE_NONE, exponent = SLICE_NONE;

	for (size_t i = 0; i < rest.len && !exponent.ptr; i++)
		if (rest.ptr[i] == 'e' || rest.ptr[i] == 'E') {
			exponent = slice_from(rest, i + 1);
			mantissa.len = i;
		}
	if (exponent.len && (exponent.ptr[0] == '-' || exponent.ptr[0] == '+'))
		exponent = slice_from(exponent, 1);
	fraction = mantissa;
	struct slice integer = slice_cut(&fraction, '.');
	if (whole && (fraction.ptr || exponent.ptr))
		return false;
	if (!is_digits(integer) || (integer.len > 1 && integer.ptr[0] == '0'))
		return false;
	return (!fraction.ptr || is_digits(fraction)) && (!exponent.ptr || is_digits(exponent));
}

/** Whether `text` can stand in a primitive of `type` without breaking its JSON form. */
static bool is_valid(const struct fhir_type *type, struct slice text)
{
	if (type->json_form == FHIR_JSON_BOOLEAN)
		return slice_equal(text, SLICE("true")) || slice_equal(text, SLICE("false"));
	if (type->json_form == FHIR_JSON_NUMBER)
		return is_number(text, !slice_equal(type->name, SLICE("decimal")));
	return slice_utf8_invalid(text) == SIZE_MAX;
}

static bool refuse(struct map_run *run, const struct map_at *at, const struct fhir_element *element, const struct fhir_type *type,
		   struct slice text)
{
	return map_run_fail(run, at, "%.*s is a %.*s and takes no \"%.*s\"", SLICE_ARG(element ? element->name : type->name),
			    SLICE_ARG(type->name), (int)(text.len > 80 ? 80 : text.len), text.ptr);
}

bool map_fill_primitive(struct map_run *run, const struct map_at *at, struct fhir_node *node, struct slice text)
{
	if (!is_valid(node->type, text))
		return refuse(run, at, node->element, node->type, text);
	node->value = arena_copy(run->arena, text);
	return node->value.ptr || error_memory(run->err);
}

struct fhir_node *map_add_child(struct map_run *run, struct fhir_node *parent, struct slice name)
{
	const struct fhir_type *choice;
	const struct fhir_element *element = fhir_element_find(parent->type, name, &choice);

	if (element && !choice && element->type_count == 1)
		choice = element->types[0];
	return element && choice ? map_attach(run, NULL, parent, element, choice) : NULL;
}

bool map_set_text(struct map_run *run, const struct map_at *at, struct fhir_node *parent, struct slice name, struct slice value)
{
	if (value.len == 0)
		return true;
	struct fhir_node *node = map_add_child(run, parent, name);
	if (!node)
		return map_run_fail(run, at, "%.*s has no element %.*s", SLICE_ARG(parent->type->name), SLICE_ARG(name));
	map_trace_made(run, run->from, node);
	return map_fill_primitive(run, at, node, value);
}

/* ---- trees ---- */

/** The type of that name among those an element can have; NULL: none. */
static const struct fhir_type *type_named(const struct fhir_element *element, struct slice name)
{
	for (size_t i = 0; i < element->type_count; i++)
		if (slice_equal(element->types[i]->name, name))
			return element->types[i];
	return NULL;
}

/** The type an element takes a `type` as: that one, or the nearest that it is a kind of (a code as a string). */
static const struct fhir_type *type_taking(const struct fhir_element *element, const struct fhir_type *type)
{
	const struct fhir_type *found = NULL;

	for (; type && !found; type = type->base)
		found = type_named(element, type->name);
	return found;
}

/** The target-side type for a child that is copied. An element of backbone type has only one; resources go by their name. */
static const struct fhir_type *copied_type(const struct map_run *run, const struct fhir_element *element,
					   const struct fhir_node *from)
{
	if (element->type_count == 1 && element->types[0]->kind == FHIR_KIND_RESOURCE)
		return fhir_type_find(run->program->target, from->type->name);
	if (element->type_count == 1 && (element->types[0]->kind == from->type->kind))
		return element->types[0];
	return type_taking(element, from->type);
}

/** A deep copy, element by element: source and target may be of different FHIR versions, and what the target lacks is an error.
 */
static bool copy_tree(struct map_run *run, const struct map_at *at, const struct fhir_node *from, struct fhir_node *to)
{
	map_trace_made(run, from, to);
	if (from->value.ptr && !map_fill_primitive(run, at, to, from->value))
		return false;
	for (const struct fhir_node *child = from->first; child; child = child->next) {
		const struct fhir_element *element = fhir_element_find(to->type, child->element->name, NULL);
		const struct fhir_type *type = element ? copied_type(run, element, child) : NULL;

		if (!type)
			return map_run_fail(run, at, "%.*s of the target has no element %.*s of type %.*s",
					    SLICE_ARG(to->type->name), SLICE_ARG(child->element->name),
					    SLICE_ARG(child->type->name));
		struct fhir_node *copy = map_attach(run, NULL, to, element, type);
		if (!copy)
			return error_memory(run->err);
		if (!copy_tree(run, at, child, copy))
			return false;
	}
	return true;
}

/** FHIR types that a System value can become, the first that the element allows. */
static const struct fhir_type *type_for_value(const struct fhir_element *element, enum fhirpath_kind kind)
{
	static const char *const names[][6] = {
		[FHIRPATH_BOOLEAN] = { "boolean" },
		[FHIRPATH_STRING] = { "string", "markdown", "code", "uri", "canonical", "id" },
		[FHIRPATH_INTEGER] = { "integer", "positiveInt", "unsignedInt", "integer64", "decimal" },
		[FHIRPATH_DECIMAL] = { "decimal" },
		[FHIRPATH_DATE] = { "date", "dateTime" },
		[FHIRPATH_DATETIME] = { "dateTime", "instant" },
		[FHIRPATH_TIME] = { "time" },
		[FHIRPATH_QUANTITY] = { "Quantity", "Duration", "Age" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names[kind]) && names[kind][i]; i++) {
		const struct fhir_type *type = type_named(element, slice_of(names[kind][i]));

		if (type)
			return type;
	}
	return NULL;
}

static const struct fhir_type *choose_type(const struct map_run *run, const struct map_target *target,
					   const struct fhirpath_item *item)
{
	if (target->type && !target->type->is_abstract)
		return target->type;
	if (item->kind == FHIRPATH_NODE)
		return copied_type(run, target->element, item->node);
	return type_for_value(target->element, item->kind);
}

static bool fill_quantity(struct map_run *run, const struct map_at *at, struct fhir_node *node, const struct fhirpath_item *item)
{
	return map_set_text(run, at, node, SLICE("value"), item->text) && map_set_text(run, at, node, SLICE("unit"), item->unit);
}

/** Whether the item can fill `type` at all. */
static bool is_compatible(const struct fhirpath_item *item, const struct fhir_type *type)
{
	bool primitive = type->kind == FHIR_KIND_PRIMITIVE;

	if (item->kind == FHIRPATH_QUANTITY)
		return fhir_type_is(type, SLICE("Quantity"));
	if (item->kind != FHIRPATH_NODE)
		return primitive;
	if (primitive || item->node->type->kind == FHIR_KIND_PRIMITIVE)
		return primitive && item->node->type->kind == FHIR_KIND_PRIMITIVE;
	return slice_equal(item->node->type->name, type->name) || fhir_type_is(item->node->type, type->name);
}

static bool met_before(const struct map_reached *first, const struct map_reached *reached)
{
	while (first->node != reached->node)
		first = first->next;
	return first != reached;
}

/** An evaluated text came from those source elements whose own text stands in it, else from where the rule stands. */
static void trace_evaluated(struct map_run *run, const struct fhir_node *made)
{
	bool found = false;

	for (const struct map_reached *reached = run->reached; reached; reached = reached->next) {
		if (met_before(run->reached, reached) || slice_find(made->value, reached->node->value) == SIZE_MAX)
			continue;
		map_trace_made(run, reached->node, made);
		found = true;
	}
	run->reached = NULL;
	if (!found)
		map_trace_made(run, run->from, made);
}

static bool fill(struct map_run *run, const struct map_at *at, struct fhir_node *node, const struct fhirpath_item *item)
{
	if (item->kind == FHIRPATH_QUANTITY)
		return fill_quantity(run, at, node, item);
	if (item->kind == FHIRPATH_NODE && (item->node->first || item->node->type->kind != FHIR_KIND_PRIMITIVE))
		return copy_tree(run, at, item->node, node);
	if (!map_fill_primitive(run, at, node, fhirpath_item_text(item)))
		return false;
	if (item->kind == FHIRPATH_NODE)
		map_trace_made(run, item->node, node);
	else if (run->trace)
		trace_evaluated(run, node);
	return true;
}

bool map_put(struct map_run *run, const struct map_target *target, struct fhir_node *parent, const struct fhirpath_item *item,
	     struct fhir_node **out)
{
	struct slice text = fhirpath_item_text(item);
	bool primitive = item->kind != FHIRPATH_NODE || item->node->type->kind == FHIR_KIND_PRIMITIVE;

	*out = NULL;
	/* FHIR has no empty primitives: an empty text is no value. Extensions alone are content. */
	if (primitive && text.len == 0 && !(item->kind == FHIRPATH_NODE && item->node->first))
		return true;
	const struct fhir_type *type = choose_type(run, target, item);
	if (!type || !is_compatible(item, type))
		return map_run_fail(
		    run, &target->at, "%.*s cannot hold a %.*s", SLICE_ARG(target->element->name),
		    SLICE_ARG(item->kind == FHIRPATH_NODE ? item->node->type->name : SLICE("value of that kind")));
	*out = map_attach(run, target, parent, target->element, type);
	if (!*out)
		return error_memory(run->err);
	return fill(run, &target->at, *out, item);
}
