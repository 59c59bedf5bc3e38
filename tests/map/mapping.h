/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles and runs small maps from an R5 Patient to R4 resources. */
#ifndef MAP_MAPPING_H
#define MAP_MAPPING_H

#include "../testing.h"

#include "cannula/map.h"

static struct arena *world;
static struct fhir_schema *source_schema, *target_schema;
static struct fhir_node *patient;
static struct issues issues;

static const char patient_json[] =
    "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"active\":true,"
    "\"name\":[{\"use\":\"official\",\"family\":\"Berg\",\"given\":[\"Anna\",\"Maria\"]},{\"use\":\"usual\",\"given\":[\"Ann\"]}]"
    ","
    "\"telecom\":[{\"system\":\"phone\",\"value\":\"555-0100\"}],\"gender\":\"female\",\"birthDate\":\"1974-12-25\","
    "\"multipleBirthInteger\":2,\"maritalStatus\":{\"coding\":[{\"system\":\"http://example.org/ms\",\"code\":\"M\"}]}}";

static int open_world(void **state)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct error err = { 0 };

	(void)state;
	world = arena_new(256u << 20);
	assert_ok(fhir_schema_load(world, FHIR_R5, &source_schema, &err), &err);
	assert_ok(fhir_schema_load(world, FHIR_R4, &target_schema, &err), &err);
	issues_init(&issues, world, 20);
	assert_true(fhir_json_read(world, source_schema, NULL, slice_of(patient_json), &limits, &issues, &patient));
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	arena_free(world);
	return 0;
}

/** `type` is the target's; `rules` stand in a group main(source src : Patient, target tgt : TYPE); `more` follows it. */
static inline struct slice map_text(const char *type, const char *rules, const char *more)
{
	return arena_printf(
	    world, "map \"http://example.org/map\" = test\ngroup main(source src : Patient, target tgt : %s) {\n%s\n}\n%s", type,
	    rules, more ? more : "");
}

static inline bool run_text(struct slice text, const struct map_trace *trace, struct fhir_node **out, struct error *err)
{
	struct map_program *program;

	issues_init(&issues, world, 20);
	return map_compile(world, source_schema, target_schema, "test.map", text, &program, err) &&
	       map_run(world, program, patient, trace, &issues, out, err);
}

static inline void assert_maps_with(const char *type, const char *rules, const char *more, const char *expected)
{
	struct fhir_node *made;
	struct error err = { 0 };
	struct buf buf;

	if (!run_text(map_text(type, rules, more), NULL, &made, &err))
		fail_msg("%s\n  %s: %s (%s)", rules, err.place, err.message, err.hint);
	buf_init(&buf, 1u << 20);
	fhir_json_write(&buf, made, FHIR_JSON_COMPACT);
	buf_append_char(&buf, '\0');
	assert_string_equal(buf.ptr, expected);
	buf_free(&buf);
}

#define assert_maps(type, rules, expected) assert_maps_with(type, rules, NULL, expected)

/** Compiling or running must fail at `place` with `message` in the text. */
static inline void assert_fails_with(const char *type, const char *rules, const char *more, const char *place,
				     const char *message)
{
	struct fhir_node *made;
	struct error err = { 0 };

	if (run_text(map_text(type, rules, more), NULL, &made, &err))
		fail_msg("accepted: %s", rules);
	if (!strstr(err.message, message) || strcmp(err.place, place) != 0)
		fail_msg("%s\n  gave     %s: %s (%s)\n  expected %s: %s", rules, err.place, err.message, err.hint, place,
			 message);
}

#define assert_fails(type, rules, place, message) assert_fails_with(type, rules, NULL, place, message)

#endif
