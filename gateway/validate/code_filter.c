/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "ValueSet.compose.include.filter": the operators that need no more than concepts and their properties. */
#include "validate/code_system.h"

/** A hierarchy given by properties may be anything, a circle too. */
#define ANCESTORS_MAX 1000u

static struct slice property_code(const struct fhir_node *property)
{
	return fhir_node_text(property, SLICE("code"));
}

static bool is_parent_link(const struct fhir_node *property)
{
	return slice_equal(property_code(property), SLICE("parent")) || slice_equal(property_code(property), SLICE("subsumedBy"));
}

static bool descends(const struct code_system *system, const struct fhir_node *concept, struct slice ancestor, unsigned *tries)
{
	const struct fhir_node *outer = concept->parent, *property = fhir_node_child(concept, SLICE("property"));

	if ((*tries)++ > ANCESTORS_MAX)
		return false;
	if (outer->element && slice_equal(outer->element->name, SLICE("concept")))
		if (slice_equal(fhir_node_text(outer, SLICE("code")), ancestor) || descends(system, outer, ancestor, tries))
			return true;
	for (; property; property = fhir_node_again(property)) {
		struct slice code = fhir_node_text(property, SLICE("value"));
		const struct concept *parent = is_parent_link(property) ? code_system_concept(system, code) : NULL;

		if (parent && (slice_equal(code, ancestor) || descends(system, parent->node, ancestor, tries)))
			return true;
	}
	return false;
}

static bool is_below(const struct code_system *system, const struct concept *concept, struct slice ancestor)
{
	unsigned tries = 0;

	return descends(system, concept->node, ancestor, &tries);
}

/* ---- properties ---- */

static bool is_listed(struct slice list, struct slice text)
{
	while (list.ptr)
		if (slice_equal(slice_trim(slice_cut(&list, ',')), text))
			return true;
	return false;
}

/** The text of a property's value; of a Coding its code. */
static struct slice value_text(const struct fhir_node *property)
{
	const struct fhir_node *value = fhir_node_child(property, SLICE("value"));

	if (!value)
		return SLICE_NONE;
	return value->value.ptr ? value->value : fhir_node_text(value, SLICE("code"));
}

/** Whether a property of that name has a value of the list; `list` absent: any. "code" and "concept" are the code itself. */
static bool has_property(const struct concept *concept, struct slice name, struct slice list)
{
	const struct fhir_node *property = fhir_node_child(concept->node, SLICE("property"));

	if (slice_equal(name, SLICE("code")) || slice_equal(name, SLICE("concept")))
		return !list.ptr || is_listed(list, concept->code);
	for (; property; property = fhir_node_again(property))
		if (slice_equal(property_code(property), name) && (!list.ptr || is_listed(list, value_text(property))))
			return true;
	return false;
}

static bool has_value(const struct concept *concept, struct slice name, struct slice value)
{
	const struct fhir_node *property = fhir_node_child(concept->node, SLICE("property"));

	if (slice_equal(name, SLICE("code")) || slice_equal(name, SLICE("concept")))
		return slice_equal(value, concept->code);
	for (; property; property = fhir_node_again(property))
		if (slice_equal(property_code(property), name) && slice_equal(value_text(property), value))
			return true;
	return false;
}

/* ---- operators ---- */

typedef bool (*operator_test)(const struct code_system *system, const struct concept *concept, struct slice property,
			      struct slice value);

static bool is_a(const struct code_system *system, const struct concept *concept, struct slice property, struct slice value)
{
	(void)property;
	return slice_equal(concept->code, value) || is_below(system, concept, value);
}

static bool descendent_of(const struct code_system *system, const struct concept *concept, struct slice property,
			  struct slice value)
{
	(void)property;
	return is_below(system, concept, value);
}

static bool is_not_a(const struct code_system *system, const struct concept *concept, struct slice property, struct slice value)
{
	return !is_a(system, concept, property, value);
}

static bool generalizes(const struct code_system *system, const struct concept *concept, struct slice property,
			struct slice value)
{
	const struct concept *other = code_system_concept(system, value);

	(void)property;
	return other && (other == concept || is_below(system, other, concept->code));
}

static bool equals(const struct code_system *system, const struct concept *concept, struct slice property, struct slice value)
{
	(void)system;
	return has_value(concept, property, value);
}

static bool in(const struct code_system *system, const struct concept *concept, struct slice property, struct slice value)
{
	(void)system;
	return has_property(concept, property, value);
}

static bool not_in(const struct code_system *system, const struct concept *concept, struct slice property, struct slice value)
{
	return !in(system, concept, property, value);
}

static bool exists(const struct code_system *system, const struct concept *concept, struct slice property, struct slice value)
{
	(void)system;
	return has_property(concept, property, SLICE_NONE) == slice_equal(value, SLICE("true"));
}

static const struct {
	const char *op;
	operator_test test;
} operators[] = {
	{ "=", equals },      { "is-a", is_a },     { "descendent-of", descendent_of }, { "is-not-a", is_not_a }, { "in", in },
	{ "not-in", not_in }, { "exists", exists }, { "generalizes", generalizes },
};

enum fhirpath_answer code_filter_passes(const struct code_system *system, const struct concept *concept,
					const struct fhir_node *filter)
{
	struct slice op = fhir_node_text(filter, SLICE("op")), property = fhir_node_text(filter, SLICE("property"));
	struct slice value = fhir_node_text(filter, SLICE("value"));

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (slice_equal(op, slice_of(operators[i].op)))
			return operators[i].test(system, concept, property, value) ? FHIRPATH_YES : FHIRPATH_NO;
	return FHIRPATH_NOT_HELD;
}
