/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluates expressions on a small patient and shows results as text. */
#ifndef FHIRPATH_EVALUATING_H
#define FHIRPATH_EVALUATING_H

#include "../testing.h"

#include "cannula/fhirpath.h"

static struct arena *world;
static struct fhir_schema *schema;
static struct fhir_node *patient;

static const char patient_json[] =
    "{\"resourceType\":\"Patient\",\"id\":\"p1\","
    "\"extension\":[{\"url\":\"http://example.org/note\",\"valueString\":\"calm\"}],"
    "\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"clinic\",\"name\":\"Hill Clinic\"}],"
    "\"active\":true,\"name\":[{\"use\":\"official\",\"family\":\"Berg\",\"given\":[\"Anna\",\"Maria\"]},"
    "{\"use\":\"usual\",\"given\":[\"Ann\"]}],\"gender\":\"female\",\"birthDate\":\"1974-12-25\","
    "\"multipleBirthInteger\":2,\"managingOrganization\":{\"reference\":\"#clinic\"},"
    "\"generalPractitioner\":[{\"reference\":\"Practitioner/7\"},{\"reference\":\"https://example.org/fhir/Organization/9\"}],"
    "\"contact\":[{\"name\":{\"family\":\"Stein\"}}]}";

static int open_world(void **state)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;
	struct error err = { 0 };

	(void)state;
	world = arena_new(256u << 20);
	assert_non_null(world);
	assert_ok(fhir_schema_load(world, FHIR_R4, &schema, &err), &err);
	issues_init(&issues, world, 10);
	assert_true(fhir_json_read(world, schema, NULL, slice_of(patient_json), &limits, &issues, &patient));
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	arena_free(world);
	return 0;
}

/** Items joined by ", "; a complex node as <Type>; an error as "error: message". */
static inline void evaluate(const char *expression, char *out, size_t size)
{
	struct fhirpath_context context = { .schema = schema, .now_ms = 1795466880000 };
	struct arena *arena = arena_new(32u << 20);
	struct fhirpath_program *program;
	struct fhirpath_result result;
	struct error err = { 0 };
	size_t at = 0;

	out[0] = '\0';
	if (!fhirpath_compile(arena, slice_of(expression), &program, &err) ||
	    !fhirpath_eval_node(arena, program, &context, patient, &result, &err)) {
		assert_int_not_equal(err.code, ERROR_NONE);
		snprintf(out, size, "error: %s", err.message);
		arena_free(arena);
		return;
	}
	for (size_t i = 0; i < result.count && at < size; i++) {
		const struct fhirpath_item *item = &result.items[i];
		struct slice text = fhirpath_item_text(item);

		if (item->kind == FHIRPATH_NODE && !text.ptr)
			at += (size_t)snprintf(out + at, size - at, "%s<%.*s>", i ? ", " : "", SLICE_ARG(item->node->type->name));
		else
			at += (size_t)snprintf(out + at, size - at, "%s%.*s", i ? ", " : "", SLICE_ARG(text));
		if (item->kind == FHIRPATH_QUANTITY && at < size)
			at += (size_t)snprintf(out + at, size - at, " '%.*s'", SLICE_ARG(item->unit));
	}
	arena_free(arena);
}

struct expectation {
	const char *expression;
	const char *expected; /**< as `evaluate` shows it; "error" alone: any error */
};

static inline void assert_expectations(const struct expectation *rows, size_t count)
{
	char got[4096];

	for (size_t i = 0; i < count; i++) {
		evaluate(rows[i].expression, got, sizeof(got));
		bool any_error = strcmp(rows[i].expected, "error") == 0 && strncmp(got, "error:", 6) == 0;

		if (!any_error && strcmp(got, rows[i].expected) != 0)
			fail_msg("%s\n  gave     %s\n  expected %s", rows[i].expression, got, rows[i].expected);
	}
}

#define assert_rows(rows) assert_expectations(rows, ARRAY_SIZE(rows))

#endif
