/* SPDX-License-Identifier: Apache-2.0 */
/* Value sets and code systems from JSON, and what they answer as one text: "system|code", sorted. */
#ifndef CANNULA_TERMS_TESTING_H
#define CANNULA_TERMS_TESTING_H

#include "../fhir/fhir_testing.h"

#include "cannula/terminology.h"

#define HELD_MAX 16

/** What the next question may look up. */
static const struct fhir_node *held[HELD_MAX];
static size_t held_count;

static inline void hold(const char *json)
{
	assert_true(held_count < HELD_MAX);
	held[held_count++] = read_json(FHIR_R5, slice_of(json));
}

static const struct fhir_node *find_held(const char *type, struct slice canonical)
{
	struct slice version = canonical, url = slice_cut(&version, '|');

	for (size_t i = 0; i < held_count; i++)
		if (slice_equal(held[i]->type->name, slice_of(type)) && slice_equal(fhir_node_text(held[i], SLICE("url")), url) &&
		    (!version.ptr || slice_equal(fhir_node_text(held[i], SLICE("version")), version)))
			return held[i];
	return NULL;
}

static bool find_value_set(void *context, struct slice canonical, const struct fhir_node **out, struct error *err)
{
	(void)context, (void)err;
	*out = find_held("ValueSet", canonical);
	return true;
}

static bool find_code_system(void *context, struct slice canonical, const struct terms_system **out, struct error *err)
{
	const struct fhir_node *node = find_held("CodeSystem", canonical);

	(void)context;
	*out = NULL;
	return !node || terms_system_make(arena, node, out, err);
}

static struct terms_source source = { .value_set = find_value_set, .code_system = find_code_system };

static int begin_terms(void **state)
{
	struct error err = { 0 };

	held_count = 0;
	begin_test(state);
	assert_ok(terms_tables_load(arena, FHIR_R5, &source.tables, &err), &err);
	return 0;
}

static inline const char *join(const struct terms_codes *codes)
{
	struct slice text = SLICE("");

	for (size_t i = 0; i < codes->count; i++)
		text = arena_printf(arena, "%.*s%s%.*s|%.*s", SLICE_ARG(text), i ? " " : "", SLICE_ARG(codes->items[i].system),
				    SLICE_ARG(codes->items[i].code));
	return text.ptr;
}

#define SYSTEM(url, rest)                                                                                                        \
	"{\"resourceType\":\"CodeSystem\",\"url\":\"" url "\",\"status\":\"active\",\"content\":\"complete\"," rest "}"
#define SET(url, rest) "{\"resourceType\":\"ValueSet\",\"url\":\"" url "\",\"status\":\"active\",\"compose\":{" rest "}}"
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_terms, end_test)

#endif
