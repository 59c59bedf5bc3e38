/* SPDX-License-Identifier: Apache-2.0 */
/* What every test of the page reader starts with: rules and schema, loaded once; one page read. */
#ifndef TESTS_RECORD_READING_H
#define TESTS_RECORD_READING_H

#include "../testing.h"
#include "cannula/record.h"

#define ARENA_BYTES (64u << 20)
#define ISSUES_MAX 1000

static struct arena *reading_static_arena;
static struct fhir_schema *reading_schema;
static struct record_rules *reading_rules;

/** One page read, with all that came of it. */
struct reading {
	struct arena *arena;
	struct issues issues;
	struct fhir_node *record;
	struct record_trace trace;
	struct error err;
};

static inline int reading_setup(void **state)
{
	struct error err = { 0 };

	(void)state;
	reading_static_arena = arena_new(ARENA_BYTES);
	if (reading_static_arena && fhir_schema_load(reading_static_arena, FHIR_MODEL, &reading_schema, &err) &&
	    record_rules_load(reading_static_arena, &reading_rules, &err))
		return 0;
	print_error("%s: %s\n", err.place, err.message);
	return -1;
}

static inline int reading_teardown(void **state)
{
	(void)state;
	arena_free(reading_static_arena);
	return 0;
}

static inline void reading_open(struct reading *reading)
{
	*reading = (struct reading){ .arena = arena_new(ARENA_BYTES) };
	assert_non_null(reading->arena);
	issues_init(&reading->issues, reading->arena, ISSUES_MAX);
}

static inline bool reading_page(struct reading *reading, const char *name, struct slice bytes)
{
	struct record_source source = { .name = name };

	return record_read_page(reading->arena, reading_schema, reading_rules, &source, bytes, &reading->issues, &reading->record,
				&reading->trace, &reading->err);
}

/** The record as JSON, in the arena. */
static inline struct slice reading_json(struct reading *reading)
{
	struct buf buf;

	buf_init(&buf, ARENA_BYTES);
	fhir_json_write(&buf, reading->record, FHIR_JSON_PRETTY);
	assert_false(buf.failed);
	struct slice json = arena_copy(reading->arena, buf_slice(&buf));
	buf_free(&buf);
	return json;
}

#endif
