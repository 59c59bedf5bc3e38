/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions applied to one subject; what is made is checked by the validator of its version. */
#ifndef CANNULA_APPLY_TESTING_H
#define CANNULA_APPLY_TESTING_H

#include "../fhir/fhir_testing.h"

#include "cannula/apply.h"
#include "cannula/fhirpath.h"
#include "cannula/validate.h"

static struct apply_rules *rules[FHIR_VERSION_COUNT];
static struct validator *validators[FHIR_VERSION_COUNT];

/** What the next application may look up: a JSON definition a row, by "url". */
static const char *held[4];

static int load_rules(void **state)
{
	struct error err = { 0 };

	load_schemas(state);
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		assert_ok(apply_rules_load(schema_arena, schemas[version], &rules[version], &err), &err);
		assert_ok(validator_new(schemas[version], &validators[version], &err), &err);
	}
	return 0;
}

static int free_rules(void **state)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		validator_free(validators[version]);
	return free_schemas(state);
}

static bool find_held(void *context, const struct slice *types, size_t type_count, struct slice canonical,
		      const struct fhir_node **out, struct error *err)
{
	enum fhir_version version = *(const enum fhir_version *)context;
	struct slice url = slice_cut(&canonical, '|');

	(void)types, (void)type_count, (void)err;
	*out = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		const struct fhir_node *node = held[i] ? read_json(version, slice_of(held[i])) : NULL;
		if (node && slice_equal(fhir_node_text(node, SLICE("url")), url))
			*out = node;
	}
	return true;
}

static inline struct fhir_node *apply_with(enum fhir_version version, const char *definition, const char *subject)
{
	struct apply_parameter parameters[] = {
		{ SLICE("subject"), SLICE("Patient/p1"), subject ? read_json(version, slice_of(subject)) : NULL },
		{ SLICE("encounter"), SLICE_NONE, NULL },
		{ SLICE("practitioner"), SLICE("Practitioner/d1"), NULL },
		{ SLICE("organization"), SLICE_NONE, NULL },
	};
	struct apply_request request = {
		.definition = read_json(version, slice_of(definition)),
		.parameters = parameters,
		.parameter_count = ARRAY_SIZE(parameters),
		.now_ms = 1767225600000, /* 2026-01-01T00:00:00Z */
		.find = find_held,
		.context = &version,
	};
	struct error err = { 0 };
	struct fhir_node *made;

	issues_init(&issues, arena, 20);
	assert_ok(apply_definition(rules[version], arena, &request, &issues, &made, &err), &err);
	return made;
}

/** Applied, and nothing is wrong with the result. */
static inline struct fhir_node *applied_to(enum fhir_version version, const char *definition, const char *subject)
{
	struct fhir_node *made = apply_with(version, definition, subject);
	struct error err = { 0 };
	struct issues found;

	if (!made)
		fail_msg("refused: %.*s", SLICE_ARG(issues.first->text));
	issues_init(&found, arena, 20);
	assert_ok(validate_resource(validators[version], made, &found, &err), &err);
	for (const struct issue *issue = found.first; issue; issue = issue->next)
		if (issue->severity >= ISSUE_ERROR)
			fail_msg("%.*s: %.*s\n%.*s", SLICE_ARG(issue->expression), SLICE_ARG(issue->text),
				 SLICE_ARG(written(made, FHIR_JSON_PRETTY)));
	return made;
}

static inline struct fhir_node *applied(enum fhir_version version, const char *definition)
{
	return applied_to(version, definition, NULL);
}

/** What `expression` gives on `node`, texts joined by ", ". */
static inline const char *at(enum fhir_version version, const struct fhir_node *node, const char *expression)
{
	struct fhirpath_context context = { .schema = schemas[version] };
	struct slice text = SLICE("");
	struct fhirpath_program *program;
	struct fhirpath_result result;
	struct error err = { 0 };

	assert_ok(fhirpath_compile(arena, slice_of(expression), &program, &err), &err);
	assert_ok(fhirpath_eval_node(arena, program, &context, node, &result, &err), &err);
	for (size_t i = 0; i < result.count; i++)
		text = arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(text), i ? ", " : "",
				    SLICE_ARG(fhirpath_item_text(&result.items[i])));
	return text.ptr;
}

#endif
