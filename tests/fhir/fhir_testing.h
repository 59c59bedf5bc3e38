/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of both versions, loaded once a program, and reading that expects success or one certain refusal. */
#ifndef CANNULA_FHIR_TESTING_H
#define CANNULA_FHIR_TESTING_H

#include "../testing.h"

#include "cannula/fhir.h"

static struct arena *schema_arena, *arena;
static struct fhir_schema *schemas[FHIR_VERSION_COUNT];
static struct issues issues;

static int load_schemas(void **state)
{
	struct error err = { 0 };

	(void)state;
	schema_arena = arena_new(64u << 20);
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		assert_ok(fhir_schema_load(schema_arena, (enum fhir_version)version, &schemas[version], &err), &err);
	return 0;
}

static int free_schemas(void **state)
{
	(void)state;
	arena_free(schema_arena);
	return 0;
}

static int begin_test(void **state)
{
	(void)state;
	arena = arena_new(64u << 20);
	issues_init(&issues, arena, 20);
	return 0;
}

static int end_test(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static inline const struct fhir_type *type_named(enum fhir_version version, const char *name)
{
	const struct fhir_type *type = fhir_type_find(schemas[version], slice_of(name));

	assert_non_null(type);
	return type;
}

static inline struct fhir_node *read_json(enum fhir_version version, struct slice json)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *node;

	if (!fhir_json_read(arena, schemas[version], NULL, json, &limits, &issues, &node))
		fail_msg("%.*s: %.*s: %.*s", SLICE_ARG(json), SLICE_ARG(issues.first->expression), SLICE_ARG(issues.first->text));
	return node;
}

static inline void assert_refused(const char *text, uint32_t line, uint32_t column)
{
	if (!issues.first || !strstr(arena_cstr(arena, issues.first->text), text))
		fail_msg("\"%s\" is not in: %.*s", text, SLICE_ARG(issues.first ? issues.first->text : SLICE_NONE));
	assert_true(issues.first->severity >= ISSUE_ERROR);
	assert_int_equal(issues.first->line, line);
	assert_int_equal(issues.first->column, column);
}

/** The document must be refused, the first reason being `text` at that place. */
static inline void refuse_json(enum fhir_version version, struct slice json, const char *text, uint32_t line, uint32_t column)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *node;

	issues_init(&issues, arena, 20);
	if (fhir_json_read(arena, schemas[version], NULL, json, &limits, &issues, &node))
		fail_msg("accepted: %.*s", SLICE_ARG(json));
	assert_null(node);
	assert_refused(text, line, column);
}

static inline struct slice written(const struct fhir_node *node, enum fhir_json_style style)
{
	struct slice text;
	struct buf buf;

	buf_init(&buf, 64u << 20);
	fhir_json_write(&buf, node, style);
	assert_false(buf.failed);
	text = arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	return text;
}

static inline struct fhir_node *read_xml(enum fhir_version version, struct slice xml)
{
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;
	struct fhir_node *node;

	if (!fhir_xml_read(arena, schemas[version], NULL, xml, &limits, &issues, &node))
		fail_msg("%.*s: %.*s: %.*s", SLICE_ARG(xml), SLICE_ARG(issues.first->expression), SLICE_ARG(issues.first->text));
	return node;
}

/** As refuse_json. */
static inline void refuse_xml_within(const struct fhir_xml_limits *limits, struct slice xml, const char *text, uint32_t line,
				     uint32_t column)
{
	struct fhir_node *node;

	issues_init(&issues, arena, 20);
	if (fhir_xml_read(arena, schemas[FHIR_R4], NULL, xml, limits, &issues, &node))
		fail_msg("accepted: %.*s", SLICE_ARG(xml));
	assert_null(node);
	assert_refused(text, line, column);
}

static inline void refuse_xml(struct slice xml, const char *text, uint32_t line, uint32_t column)
{
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;

	refuse_xml_within(&limits, xml, text, line, column);
}

static inline bool written_xml(const struct fhir_node *node, enum fhir_xml_style style, struct slice *out, struct error *err)
{
	struct buf buf;
	bool good;

	buf_init(&buf, 64u << 20);
	good = fhir_xml_write(&buf, node, style, err);
	assert_false(buf.failed);
	*out = good ? arena_copy(arena, buf_slice(&buf)) : SLICE_NONE;
	buf_free(&buf);
	return good;
}

#endif
