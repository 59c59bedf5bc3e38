/* SPDX-License-Identifier: Apache-2.0 */
/* A tree beside the tree of a profile: each element by what the profile says of it, then what it holds. What the tables tell
 * already is not told twice. */
#include "validate/profile.h"

#define NESTED_MAX 24u

void conforming_issue(const struct conforming *conforming, const struct fhir_node *node, enum issue_severity severity,
		      const char *code, struct slice key, const char *format, ...)
{
	char text[700];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	run_issue(conforming->run, node, severity, code, key, "%s (profile %.*s)", text,
		  SLICE_ARG(conforming->profile->held->url));
}

/* ---- types and the profiles they must conform to ---- */

/** Only a choice and a place for resources leave a type open. */
static bool is_open(const struct fhir_node *node)
{
	return node->element && (node->element->is_choice || node->type->kind == FHIR_KIND_RESOURCE);
}

static bool has_type(const struct fhir_node *node, const struct narrowed_type *type)
{
	if (!is_open(node) || slice_equal(node->type->name, type->name))
		return true;
	return node->type->kind == FHIR_KIND_RESOURCE && fhir_type_is(node->type, type->name);
}

static bool check_types(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition)
{
	for (size_t i = 0; i < definition->type_count; i++)
		if (has_type(node, &definition->types[i]))
			return true;
	if (definition->type_count > 0)
		conforming_issue(conforming, node, ISSUE_ERROR, "structure", SLICE_NONE, "the type %.*s is not allowed here",
				 SLICE_ARG(node->type->name));
	return definition->type_count == 0;
}

/** A type's own canonical is no further demand. What is not held cannot be asked. */
static bool check_one_profile(struct conforming *conforming, const struct fhir_node *node, struct slice url)
{
	const struct held *held = catalogue_find(&conforming->run->validator->knowledge.profiles, url);

	/* The walk over all elements checks an extension by its definition, and tells. */
	if (held && !conforming->run->is_silent && slice_equal(fhir_node_text(node, SLICE("url")), held->url) &&
	    fhir_type_is(node->type, SLICE("Extension")))
		return true;
	if (held)
		return profile_check(conforming->run, held->profile, node);
	profile_missing(conforming->run, node, url, ISSUE_WARNING);
	return true;
}

static bool fits_one(struct conforming *conforming, const struct fhir_node *node, struct slice url)
{
	struct run *run = conforming->run;
	const struct held *held = catalogue_find(&run->validator->knowledge.profiles, url);
	const struct fhir_type *type = held ? NULL : fhir_type_find(run->validator->schema, url);

	if (held)
		return profile_fits(run, held->profile, node);
	return !type || fhir_type_is(node->type, type->name);
}

static bool check_profiles(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition)
{
	const struct narrowed_type *only = NULL;
	size_t count = 0;

	for (size_t i = 0; i < definition->type_count; i++) {
		const struct narrowed_type *type = &definition->types[i];

		if (!has_type(node, type))
			continue;
		if (type->profile_count == 0)
			return true;
		only = type;
		count += type->profile_count;
	}
	if (count <= 1)
		return count == 0 || check_one_profile(conforming, node, only->profiles[0]);
	for (size_t i = 0; i < definition->type_count; i++)
		for (size_t k = 0; has_type(node, &definition->types[i]) && k < definition->types[i].profile_count; k++)
			if (fits_one(conforming, node, definition->types[i].profiles[k]))
				return true;
	conforming_issue(conforming, node, ISSUE_ERROR, "structure", SLICE_NONE,
			 "it conforms to none of the %zu profiles allowed here", count);
	return true;
}

/* ---- references ---- */

static bool is_target(struct conforming *conforming, struct slice url, const struct fhir_node *found,
		      const struct fhir_type *type)
{
	struct run *run = conforming->run;
	const struct held *held = catalogue_find(&run->validator->knowledge.profiles, url);
	const struct fhir_type *wanted = held ? held->profile->type : fhir_type_find(run->validator->schema, url);

	if (!wanted)
		return true;
	if (!fhir_type_is(type, wanted->name))
		return false;
	return !held || !found || profile_fits(run, held->profile, found);
}

static const struct fhir_node *reference_of(const struct fhir_node *node)
{
	if (slice_equal(node->type->name, SLICE("CodeableReference")))
		return fhir_node_child(node, SLICE("reference"));
	return slice_equal(node->type->name, SLICE("Reference")) ? node : NULL;
}

static void check_target(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition)
{
	const struct fhir_node *reference = reference_of(node);
	const struct fhir_node *found = reference ? reference_target(conforming->run, reference) : NULL;
	const struct fhir_type *type = found ? found->type : NULL;
	bool is_narrowed = false;

	if (reference && !found)
		type = reference_told_type(conforming->run, reference);
	for (size_t i = 0; type && i < definition->type_count; i++)
		for (size_t k = 0; k < definition->types[i].target_count; k++) {
			is_narrowed = true;
			if (is_target(conforming, definition->types[i].targets[k], found, type))
				return;
		}
	/* Out of the document only the text of the reference tells, which proves nothing. */
	if (is_narrowed)
		conforming_issue(conforming, node, found ? ISSUE_ERROR : ISSUE_WARNING, "structure", SLICE_NONE,
				 "a reference to this %.*s is not allowed here", SLICE_ARG(type->name));
}

/* ---- values ---- */

static void check_values(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition)
{
	if (definition->fixed && !value_is_fixed(node, definition->fixed))
		conforming_issue(conforming, node, ISSUE_ERROR, "value", SLICE_NONE, "it must be exactly %s%.*s%s",
				 definition->fixed->value.ptr ? "\"" : "what is fixed", SLICE_ARG(definition->fixed->value),
				 definition->fixed->value.ptr ? "\"" : "");
	if (definition->pattern && !value_has_pattern(node, definition->pattern))
		conforming_issue(conforming, node, ISSUE_ERROR, "value", SLICE_NONE, "it does not have the pattern %s%.*s%s",
				 definition->pattern->value.ptr ? "\"" : "asked for", SLICE_ARG(definition->pattern->value),
				 definition->pattern->value.ptr ? "\"" : "");
}

static bool is_bound_alike(const struct fhir_node *node, const struct definition *definition)
{
	struct slice here = definition->value_set, there = node->element ? node->element->value_set : SLICE_NONE;

	return node->element && node->element->binding == FHIR_BINDING_REQUIRED &&
	       slice_equal(slice_cut(&here, '|'), slice_cut(&there, '|'));
}

static void check_binding(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition)
{
	bool is_required = definition->binding == FHIR_BINDING_REQUIRED;
	struct slice code = SLICE_NONE;

	if (definition->binding < FHIR_BINDING_EXTENSIBLE || is_bound_alike(node, definition))
		return;
	switch (codes_fit(conforming->run, node, definition->value_set, &code)) {
	case FHIRPATH_YES:
		return;
	case FHIRPATH_NOT_HELD:
		if (is_required && code.ptr)
			conforming_issue(conforming, node, ISSUE_WARNING, "not-found", SLICE_NONE,
					 "the value set %.*s is not known well enough to tell whether it has \"%.*s\"",
					 SLICE_ARG(definition->value_set), SLICE_ARG(code));
		return;
	case FHIRPATH_NO:
		conforming_issue(conforming, node, is_required ? ISSUE_ERROR : ISSUE_WARNING, "code-invalid", SLICE_NONE,
				 "\"%.*s\" is not in the %s value set %.*s", SLICE_ARG(code),
				 is_required ? "required" : "extensible", SLICE_ARG(definition->value_set));
	}
}

static bool check_constraints(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition)
{
	for (const struct constraint *one = definition->constraints; one; one = one->next) {
		if (one->wrong.ptr)
			conforming_issue(conforming, node, ISSUE_WARNING, "not-supported", one->rule.key,
					 "this invariant cannot be checked: %.*s", SLICE_ARG(one->wrong));
		if (!run_spend(conforming->run, 1))
			return true;
		bool done = rule_check(conforming->run, &one->rule, node);
		arena_reset(conforming->run->scratch);
		if (!done)
			return false;
	}
	return true;
}

/* ---- the walk ---- */

static bool check_name(struct conforming *conforming, const struct fhir_node *node, const struct definition *child)
{
	const struct fhir_node *first = fhir_node_child(node, child->name), **nodes = NULL;
	size_t count = 0;

	for (const struct fhir_node *one = first; one; one = fhir_node_again(one))
		count++;
	if (!run_spend(conforming->run, count + 1))
		return true;
	if (count > 0 && !(nodes = arena_new_array(conforming->run->work, const struct fhir_node *, count)))
		return run_exhaust(conforming->run);
	for (size_t i = 0; i < count; i++, first = fhir_node_again(first))
		nodes[i] = first;
	return group_check(conforming, node, child, nodes, count);
}

static bool check_children(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition)
{
	for (const struct definition *child = definition->children; child; child = child->next)
		if (!check_name(conforming, node, child))
			return false;
	return true;
}

bool definition_check(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition)
{
	struct run inner = run_enter(conforming->run, node);
	struct conforming here = { &inner, conforming->profile };
	const struct definition *content =
	    definition->content.ptr ? definition_at(conforming->profile->root, definition->content) : NULL;

	if (!run_spend(&inner, 1) || !check_types(&here, node, definition))
		return true;
	check_values(&here, node, definition);
	check_binding(&here, node, definition);
	check_target(&here, node, definition);
	if (!check_constraints(&here, node, definition) || !check_profiles(&here, node, definition))
		return false;
	if (content && !check_children(&here, node, content))
		return false;
	return check_children(&here, node, definition);
}

/** Of an element the tables tell themselves what is below their own minimum. */
static void check_count(struct conforming *conforming, const struct fhir_node *parent, const struct definition *definition,
			const struct fhir_node *const *nodes, size_t count)
{
	const struct fhir_type *choice;
	const struct fhir_element *element = fhir_element_find(parent->type, definition->name, &choice);
	bool is_slice = definition->slice_name.ptr != NULL, is_told = !is_slice && element && count < element->min;

	if (count < definition->min && !is_told)
		conforming_issue(conforming, parent, ISSUE_ERROR, "required", SLICE_NONE,
				 "\"%.*s%s%.*s\" is missing (at least %u, here %zu)", SLICE_ARG(definition->name),
				 is_slice ? ":" : "", SLICE_ARG(definition->slice_name), definition->min, count);
	if (count > definition->max)
		conforming_issue(conforming, nodes[definition->max], ISSUE_ERROR, "structure", SLICE_NONE,
				 "\"%.*s%s%.*s\" stands too often (at most %u, here %zu)", SLICE_ARG(definition->name),
				 is_slice ? ":" : "", SLICE_ARG(definition->slice_name), definition->max, count);
}

bool group_check(struct conforming *conforming, const struct fhir_node *parent, const struct definition *definition,
		 const struct fhir_node *const *nodes, size_t count)
{
	check_count(conforming, parent, definition, nodes, count);
	for (size_t i = 0; i < count; i++)
		if (!definition_check(conforming, nodes[i], definition))
			return false;
	return !definition->slices || slices_check(conforming, parent, definition, nodes, count);
}

bool profile_check(struct run *run, const struct profile *profile, const struct fhir_node *node)
{
	struct run inner = *run;
	struct conforming conforming = { &inner, profile };

	inner.nested++;
	if (inner.nested > NESTED_MAX)
		return run_exhaust(run);
	if (!fhir_type_is(node->type, profile->type->name)) {
		conforming_issue(&conforming, node, ISSUE_ERROR, "structure", SLICE_NONE, "it must be a %.*s, not a %.*s",
				 SLICE_ARG(profile->type->name), SLICE_ARG(node->type->name));
		return true;
	}
	return definition_check(&conforming, node, profile->root);
}

bool profile_fits(struct run *run, const struct profile *profile, const struct fhir_node *node)
{
	struct run silent = *run;
	struct issues issues;

	issues_init(&issues, run->work, 0);
	silent.issues = &issues;
	silent.is_silent = true;
	return profile_check(&silent, profile, node) && issues.error_count == 0;
}
