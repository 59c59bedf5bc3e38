/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR R5, "ValueSet.compose.include.filter" and the value set "filter-operator"; R4 has all but child-of and descendent-leaf. */
#include "terminology/asking.h"

/** One filter, asked of one concept. */
struct filtering {
	struct asking *asking;
	const struct terms_system *system; /**< NULL: only codes are known */
	const struct concept *concept;
	const struct fhir_node *filter;
	struct slice property, value;
};

static enum fhirpath_answer answer_of(bool yes)
{
	return yes ? FHIRPATH_YES : FHIRPATH_NO;
}

static enum fhirpath_answer turned(enum fhirpath_answer answer)
{
	return answer == FHIRPATH_NOT_HELD ? answer : answer_of(answer == FHIRPATH_NO);
}

static bool is_code(struct slice property)
{
	return slice_equal(property, SLICE("code")) || slice_equal(property, SLICE("concept"));
}

static bool is_text(struct slice property)
{
	return slice_equal(property, SLICE("display")) || slice_equal(property, SLICE("definition"));
}

/* ---- what a concept says of itself ---- */

/** Walks the values of a property, of whatever kind it is. */
struct values {
	const struct filtering *filtering;
	enum { VALUES_CODE, VALUES_TEXT, VALUES_PARENTS, VALUES_CHILDREN, VALUES_PROPERTY } kind;
	size_t next;
	const struct fhir_node *property;
};

/** The text of a property's value; of a Coding its code. */
static struct slice value_text(const struct fhir_node *property)
{
	const struct fhir_node *value = fhir_node_child(property, SLICE("value"));

	if (!value)
		return SLICE_NONE;
	return value->value.ptr ? value->value : fhir_node_text(value, SLICE("code"));
}

static struct values values_of(const struct filtering *filtering)
{
	struct values values = { .filtering = filtering, .kind = VALUES_PROPERTY };
	struct slice name = filtering->property;

	if (is_code(name))
		values.kind = VALUES_CODE;
	else if (is_text(name))
		values.kind = VALUES_TEXT;
	else if (system_property_role(filtering->system, name) == PROPERTY_PARENT)
		values.kind = VALUES_PARENTS;
	else if (system_property_role(filtering->system, name) == PROPERTY_CHILD)
		values.kind = VALUES_CHILDREN;
	else
		values.property = fhir_node_child(filtering->concept->node, SLICE("property"));
	return values;
}

static struct slice next_parent(struct values *values)
{
	const struct terms_system *system = values->filtering->system;
	size_t count;
	const struct concept_link *links = system_parents(system, values->filtering->concept, &count);

	return values->next < count ? system->concepts[links[values->next++].parent].code : SLICE_NONE;
}

/** Links are found from below, so all are looked through. */
static struct slice next_child(struct values *values)
{
	const struct terms_system *system = values->filtering->system;
	uint32_t own = (uint32_t)(values->filtering->concept - system->concepts);

	if (!values->filtering->concept->has_children)
		return SLICE_NONE;
	if (values->next == 0 && !asking_spend(values->filtering->asking, system->link_count))
		return SLICE_NONE;
	while (values->next < system->link_count) {
		const struct concept_link *link = &system->links[values->next++];

		if (link->parent == own)
			return system->concepts[link->child].code;
	}
	return SLICE_NONE;
}

static struct slice next_property(struct values *values)
{
	while (values->property) {
		const struct fhir_node *property = values->property;

		values->property = fhir_node_again(property);
		if (slice_equal(fhir_node_text(property, SLICE("code")), values->filtering->property))
			return value_text(property);
	}
	return SLICE_NONE;
}

/** Absent: there are no more. */
static struct slice next_value(struct values *values)
{
	const struct filtering *filtering = values->filtering;

	if (values->kind == VALUES_PARENTS)
		return next_parent(values);
	if (values->kind == VALUES_CHILDREN)
		return next_child(values);
	if (values->kind == VALUES_PROPERTY)
		return next_property(values);
	if (values->next++ > 0)
		return SLICE_NONE;
	return values->kind == VALUES_CODE ? filtering->concept->code
					   : fhir_node_text(filtering->concept->node, filtering->property);
}

/* ---- operators on values ---- */

static bool is_listed(struct slice list, struct slice text)
{
	while (list.ptr)
		if (slice_equal(slice_trim(slice_cut(&list, ',')), text))
			return true;
	return false;
}

/** Whether a value passes `test`. */
static enum fhirpath_answer any_value(const struct filtering *filtering,
				      enum fhirpath_answer (*test)(const struct filtering *filtering, struct slice value))
{
	struct values values = values_of(filtering);
	struct slice value;

	while ((value = next_value(&values)).ptr) {
		enum fhirpath_answer one = test(filtering, value);

		if (one != FHIRPATH_NO)
			return one;
	}
	return FHIRPATH_NO;
}

static enum fhirpath_answer is_value(const struct filtering *filtering, struct slice value)
{
	return answer_of(slice_equal(value, filtering->value));
}

static enum fhirpath_answer is_in_list(const struct filtering *filtering, struct slice value)
{
	return answer_of(is_listed(filtering->value, value));
}

static enum fhirpath_answer has_form(const struct filtering *filtering, struct slice value)
{
	return filter_matches(filtering->asking, filtering->filter, value);
}

static enum fhirpath_answer is_any(const struct filtering *filtering, struct slice value)
{
	(void)filtering, (void)value;
	return FHIRPATH_YES;
}

static enum fhirpath_answer equals(const struct filtering *filtering)
{
	return any_value(filtering, is_value);
}

static enum fhirpath_answer in(const struct filtering *filtering)
{
	return any_value(filtering, is_in_list);
}

static enum fhirpath_answer not_in(const struct filtering *filtering)
{
	return turned(in(filtering));
}

static enum fhirpath_answer regex(const struct filtering *filtering)
{
	return any_value(filtering, has_form);
}

static enum fhirpath_answer exists(const struct filtering *filtering)
{
	enum fhirpath_answer there = any_value(filtering, is_any);

	return slice_equal(filtering->value, SLICE("false")) ? turned(there) : there;
}

/* ---- operators on the hierarchy ---- */

/** The concept that the filter names; NULL: refused. */
static const struct concept *named(const struct filtering *filtering)
{
	const struct terms_system *system = filtering->system;
	const struct concept *concept = NULL;

	/* Only where case does not count are all concepts looked at. */
	if (asking_spend(filtering->asking, system->ignores_case ? system->count : 1) &&
	    !(concept = system_concept(system, filtering->value)))
		asking_refuse(filtering->asking, "its filter names \"%.*s\", which the code system does not have",
			      SLICE_ARG(filtering->value));
	return concept;
}

static enum fhirpath_answer is_below(const struct filtering *filtering, const struct concept *concept,
				     const struct concept *ancestor)
{
	enum fhirpath_answer answer = system_is_below(filtering->system, concept, ancestor, &filtering->asking->steps);

	if (!asking_spend(filtering->asking, 0))
		return FHIRPATH_NOT_HELD;
	if (answer == FHIRPATH_NOT_HELD)
		asking_refuse(filtering->asking, "\"%.*s\" stands under more than %u others", SLICE_ARG(concept->code),
			      ANCESTORS_MAX);
	return answer;
}

static enum fhirpath_answer descendent_of(const struct filtering *filtering)
{
	const struct concept *ancestor = named(filtering);

	return ancestor ? is_below(filtering, filtering->concept, ancestor) : FHIRPATH_NOT_HELD;
}

static enum fhirpath_answer is_a(const struct filtering *filtering)
{
	return named(filtering) == filtering->concept ? FHIRPATH_YES : descendent_of(filtering);
}

static enum fhirpath_answer is_not_a(const struct filtering *filtering)
{
	return turned(is_a(filtering));
}

static enum fhirpath_answer generalizes(const struct filtering *filtering)
{
	const struct concept *other = named(filtering);

	if (!other || other == filtering->concept)
		return other ? FHIRPATH_YES : FHIRPATH_NOT_HELD;
	return is_below(filtering, other, filtering->concept);
}

static enum fhirpath_answer child_of(const struct filtering *filtering)
{
	const struct concept *parent = named(filtering);
	size_t count;
	const struct concept_link *links = system_parents(filtering->system, filtering->concept, &count);

	for (size_t i = 0; parent && i < count; i++)
		if (&filtering->system->concepts[links[i].parent] == parent)
			return FHIRPATH_YES;
	return parent ? FHIRPATH_NO : FHIRPATH_NOT_HELD;
}

static enum fhirpath_answer descendent_leaf(const struct filtering *filtering)
{
	return filtering->concept->has_children ? FHIRPATH_NO : descendent_of(filtering);
}

/* ---- the whole ---- */

static const struct operation {
	const char *name;
	enum fhirpath_answer (*test)(const struct filtering *filtering);
	bool is_hierarchy; /**< about the concept itself, not about a property of it */
} operations[] = {
	{ "=", equals, false },
	{ "is-a", is_a, true },
	{ "descendent-of", descendent_of, true },
	{ "is-not-a", is_not_a, true },
	{ "regex", regex, false },
	{ "in", in, false },
	{ "not-in", not_in, false },
	{ "exists", exists, false },
	{ "generalizes", generalizes, true },
	{ "child-of", child_of, true },
	{ "descendent-leaf", descendent_leaf, true },
};

static const struct operation *find_operation(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		if (slice_equal(name, slice_of(operations[i].name)))
			return &operations[i];
	return NULL;
}

static bool is_told(const struct terms_system *system, struct slice property)
{
	return is_code(property) || is_text(property) || system_property_role(system, property) != PROPERTY_PLAIN ||
	       system_has_property(system, property);
}

static enum fhirpath_answer passes(const struct filtering *filtering)
{
	struct slice name = fhir_node_text(filtering->filter, SLICE("op")), property = filtering->property;
	const struct operation *operation = find_operation(name);

	if (!operation)
		return asking_refuse(filtering->asking, "its filter \"%.*s\" is not known here", SLICE_ARG(name));
	if (operation->is_hierarchy && !is_code(property))
		return asking_refuse(filtering->asking, "its filter \"%.*s\" is about %.*s, not about the concept itself",
				     SLICE_ARG(name), SLICE_ARG(property));
	if (!filtering->system && (operation->is_hierarchy || !is_code(property)))
		return asking_refuse(filtering->asking, "of the code system only the codes are held, not their %.*s",
				     SLICE_ARG(operation->is_hierarchy ? SLICE("hierarchy") : property));
	if (filtering->system && !is_told(filtering->system, property))
		return asking_refuse(filtering->asking,
				     "its filter asks for the property \"%.*s\", which the code system does not have",
				     SLICE_ARG(property));
	if (!asking_spend(filtering->asking, 1))
		return FHIRPATH_NOT_HELD;
	return operation->test(filtering);
}

enum fhirpath_answer filters_pass(struct asking *asking, const struct terms_system *system, const struct concept *concept,
				  const struct fhir_node *filter)
{
	struct filtering filtering = { .asking = asking, .system = system, .concept = concept };
	enum fhirpath_answer all = FHIRPATH_YES;

	for (; filter && all != FHIRPATH_NO; filter = fhir_node_again(filter)) {
		filtering.filter = filter;
		filtering.property = fhir_node_text(filter, SLICE("property"));
		filtering.value = fhir_node_text(filter, SLICE("value"));
		enum fhirpath_answer one = passes(&filtering);

		if (one != FHIRPATH_YES)
			all = one;
	}
	return all;
}
