/* SPDX-License-Identifier: Apache-2.0 */
/* An ElementDefinition, as far as it constrains. */
#include "validate/profile.h"

#include <string.h>

#define SYSTEM_TYPE SLICE("http://hl7.org/fhirpath/")

struct reading {
	struct validator *validator;
	const struct profile *profile;
	struct error *err;
};

static bool refuse(const struct reading *reading, const struct fhir_node *node, const char *what)
{
	return held_refuse(reading->profile->held, node, reading->err, "%s: \"%.*s\"", what, SLICE_ARG(node->value));
}

static size_t count_of(const struct fhir_node *first)
{
	size_t count = 0;

	for (; first; first = fhir_node_again(first))
		count++;
	return count;
}

/* ---- cardinality ---- */

static bool read_number(const struct reading *reading, const struct fhir_node *node, uint32_t *out)
{
	uint64_t number;

	if (!node)
		return true;
	if (!slice_to_u64(node->value, FHIR_UNBOUNDED - 1, &number))
		return refuse(reading, node, "no cardinality");
	*out = (uint32_t)number;
	return true;
}

static bool read_cardinality(const struct reading *reading, struct definition *definition, const struct fhir_node *element)
{
	const struct fhir_node *max = fhir_node_child(element, SLICE("max"));

	if (!read_number(reading, fhir_node_child(element, SLICE("min")), &definition->min))
		return false;
	if (!max || !slice_equal(max->value, SLICE("*")))
		return read_number(reading, max, &definition->max);
	definition->max = FHIR_UNBOUNDED;
	return true;
}

/* ---- types ---- */

static bool read_texts(const struct reading *reading, const struct fhir_node *first, const struct slice **out, size_t *count)
{
	struct slice *texts;

	*count = count_of(first);
	if (*count == 0)
		return true;
	if (!(texts = arena_new_array(reading->validator->arena, struct slice, *count)))
		return error_memory(reading->err);
	*out = texts;
	for (; first; first = fhir_node_again(first))
		*texts++ = first->value;
	return true;
}

/** R4 tools repeat a type for each of its profiles; R5 ones list them: here they stand side by side. */
static bool read_types(const struct reading *reading, struct definition *definition, const struct fhir_node *element)
{
	const struct fhir_node *first = fhir_node_child(element, SLICE("type"));
	size_t count = count_of(first);

	if (count == 0 || slice_starts(fhir_node_text(first, SLICE("code")), SYSTEM_TYPE))
		return true;
	struct narrowed_type *types = arena_new_array(reading->validator->arena, struct narrowed_type, count);

	if (!types)
		return error_memory(reading->err);
	definition->types = types;
	definition->type_count = count;
	for (const struct fhir_node *type = first; type; type = fhir_node_again(type), types++) {
		types->name = fhir_node_text(type, SLICE("code"));
		if (!read_texts(reading, fhir_node_child(type, SLICE("profile")), &types->profiles, &types->profile_count) ||
		    !read_texts(reading, fhir_node_child(type, SLICE("targetProfile")), &types->targets, &types->target_count))
			return false;
	}
	/* "BackboneElement" says less than the tables do. */
	const struct fhir_type *only = count == 1 ? fhir_type_find(reading->validator->schema, definition->types[0].name) : NULL;
	if (only && (!definition->type || definition->type->is_abstract) && !only->is_abstract)
		definition->type = only;
	return true;
}

/* ---- invariants ---- */

/** Of the specification: checked by the tables. */
static bool is_known(const struct validator *validator, const struct fhir_node *constraint)
{
	struct slice source = fhir_node_text(constraint, SLICE("source")), key = fhir_node_text(constraint, SLICE("key"));
	struct slice url = slice_cut(&source, '|');

	if (url.ptr && fhir_type_find(validator->schema, url))
		return true;
	for (size_t i = 0; !url.ptr && i < validator->rule_count; i++)
		if (slice_equal(validator->rules[i].key, key))
			return true;
	return false;
}

static bool compile(const struct reading *reading, struct constraint *made)
{
	struct fhirpath_program *program;
	struct error wrong = { 0 };

	if (fhirpath_compile(reading->validator->arena, made->rule.expression, &program, &wrong)) {
		made->rule.program = program;
		return true;
	}
	if (wrong.code == ERROR_MEMORY)
		return error_memory(reading->err);
	made->wrong = arena_copy(reading->validator->arena, slice_of(wrong.message));
	return made->wrong.ptr || error_memory(reading->err);
}

static struct constraint *slot_of(const struct reading *reading, struct definition *definition, struct slice key)
{
	struct constraint *found = definition->constraints;

	while (found && !slice_equal(found->rule.key, key))
		found = found->next;
	if (found || !(found = arena_new_of(reading->validator->arena, struct constraint)))
		return found;
	found->next = definition->constraints;
	definition->constraints = found;
	return found;
}

static bool read_constraint(const struct reading *reading, struct definition *definition, const struct fhir_node *node)
{
	struct slice expression = fhir_node_text(node, SLICE("expression")), key = fhir_node_text(node, SLICE("key"));

	if (!expression.len || is_known(reading->validator, node))
		return true;
	struct constraint *made = slot_of(reading, definition, key);
	if (!made)
		return error_memory(reading->err);
	made->rule = (struct rule){ .key = key, .expression = expression, .text = fhir_node_text(node, SLICE("human")) };
	made->rule.severity =
	    slice_equal(fhir_node_text(node, SLICE("severity")), SLICE("warning")) ? ISSUE_WARNING : ISSUE_ERROR;
	return compile(reading, made);
}

static bool read_constraints(const struct reading *reading, struct definition *definition, const struct fhir_node *element)
{
	const struct fhir_node *constraint = fhir_node_child(element, SLICE("constraint"));

	for (; constraint; constraint = fhir_node_again(constraint))
		if (!read_constraint(reading, definition, constraint))
			return false;
	return true;
}

/* ---- slicing ---- */

static bool read_kind(struct slice word, enum discriminator_kind *out)
{
	static const struct {
		const char *word;
		enum discriminator_kind kind;
	} kinds[] = {
		{ "value", BY_VALUE }, { "pattern", BY_VALUE },   { "exists", BY_EXISTS },
		{ "type", BY_TYPE },   { "profile", BY_PROFILE }, { "position", BY_POSITION },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (slice_equal(word, slice_of(kinds[i].word))) {
			*out = kinds[i].kind;
			return true;
		}
	return false;
}

static bool read_discriminator(const struct reading *reading, const struct fhir_node *node, struct discriminator *out)
{
	const struct fhir_node *path = fhir_node_child(node, SLICE("path"));
	struct fhirpath_program *program;
	struct error wrong = { 0 };

	if (!read_kind(fhir_node_text(node, SLICE("type")), &out->kind))
		return held_refuse(reading->profile->held, node, reading->err, "no type of a discriminator: \"%.*s\"",
				   SLICE_ARG(fhir_node_text(node, SLICE("type"))));
	if (!path || !path->value.len)
		return held_refuse(reading->profile->held, node, reading->err, "a discriminator needs a path");
	out->path = path->value;
	if (!fhirpath_compile(reading->validator->arena, path->value, &program, &wrong))
		return held_refuse(reading->profile->held, path, reading->err, "no path of a discriminator: %s", wrong.message);
	out->program = program;
	return true;
}

static enum slicing_rules rules_of_slicing(const struct fhir_node *slicing)
{
	struct slice rules = fhir_node_text(slicing, SLICE("rules"));

	if (slice_equal(rules, SLICE("closed")))
		return SLICING_CLOSED;
	return slice_equal(rules, SLICE("openAtEnd")) ? SLICING_OPEN_AT_END : SLICING_OPEN;
}

static bool read_slicing(const struct reading *reading, struct definition *definition, const struct fhir_node *element)
{
	const struct fhir_node *node = fhir_node_child(element, SLICE("slicing"));
	const struct fhir_node *first = node ? fhir_node_child(node, SLICE("discriminator")) : NULL;
	size_t count = count_of(first);

	if (!node)
		return true;
	struct slicing *slicing = arena_new_of(reading->validator->arena, struct slicing);
	struct discriminator *discriminators =
	    arena_new_array(reading->validator->arena, struct discriminator, count ? count : 1);

	if (!slicing || !discriminators)
		return error_memory(reading->err);
	*slicing = (struct slicing){ .rules = rules_of_slicing(node), .discriminators = discriminators };
	slicing->ordered = slice_equal(fhir_node_text(node, SLICE("ordered")), SLICE("true"));
	slicing->discriminator_count = count;
	definition->slicing = slicing;
	for (; first; first = fhir_node_again(first))
		if (!read_discriminator(reading, first, discriminators++))
			return false;
	return true;
}

/* ---- the whole ---- */

static void read_values(struct definition *definition, const struct fhir_node *element)
{
	const struct fhir_node *fixed = fhir_node_child(element, SLICE("fixed"));
	const struct fhir_node *pattern = fhir_node_child(element, SLICE("pattern"));
	struct slice content = fhir_node_text(element, SLICE("contentReference"));

	if (fixed)
		definition->fixed = fixed;
	if (pattern)
		definition->pattern = pattern;
	/* A whole URL names the element of the type, not of this profile. */
	if (slice_starts(content, SLICE("#")))
		definition->content = slice_from(content, 1);
}

static void read_binding(struct definition *definition, const struct fhir_node *element)
{
	static const struct {
		const char *word;
		enum fhir_binding binding;
	} strengths[] = {
		{ "required", FHIR_BINDING_REQUIRED },
		{ "extensible", FHIR_BINDING_EXTENSIBLE },
		{ "preferred", FHIR_BINDING_PREFERRED },
		{ "example", FHIR_BINDING_EXAMPLE },
	};
	const struct fhir_node *binding = fhir_node_child(element, SLICE("binding"));
	struct slice value_set = binding ? fhir_node_text(binding, SLICE("valueSet")) : SLICE_NONE;

	if (!value_set.len)
		return;
	definition->value_set = value_set;
	for (size_t i = 0; i < ARRAY_SIZE(strengths); i++)
		if (slice_equal(fhir_node_text(binding, SLICE("strength")), slice_of(strengths[i].word)))
			definition->binding = strengths[i].binding;
}

bool definition_read(struct validator *validator, const struct profile *profile, struct definition *definition,
		     const struct fhir_node *element, struct error *err)
{
	const struct reading reading = { validator, profile, err };

	read_values(definition, element);
	read_binding(definition, element);
	return read_cardinality(&reading, definition, element) && read_types(&reading, definition, element) &&
	       read_constraints(&reading, definition, element) && read_slicing(&reading, definition, element);
}
