/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "api/negotiate.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1u << 20);
	return arena ? 0 : 1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/** The content type for an Accept header and a query on the R4 base; NULL when refused. */
static const char *chosen(const char *accept, const char *query_text)
{
	struct net_header header = { SLICE("Accept"), slice_of(accept) };
	struct net_request request = { .arena = arena, .headers = &header, .header_count = accept ? 1 : 0 };
	struct query query = { 0 };
	struct negotiated out;
	struct slice reason = SLICE_NONE;

	assert_true(query_parse(arena, slice_of(query_text), &query, NULL));
	if (negotiate(&request, &query, FHIR_R4, &out, &reason))
		return out.content_type.ptr;
	assert_true(reason.len > 0);
	return NULL;
}

#define FHIR_JSON "application/fhir+json; charset=utf-8"

static void json_by_default(void **state)
{
	(void)state;
	assert_string_equal(chosen(NULL, NULL), FHIR_JSON);
	assert_string_equal(chosen("", NULL), FHIR_JSON);
	assert_string_equal(chosen("*/*", NULL), FHIR_JSON);
	assert_string_equal(chosen("application/fhir+json", NULL), FHIR_JSON);
	assert_string_equal(chosen("APPLICATION/FHIR+JSON", NULL), FHIR_JSON);
}

static void a_generic_type_is_answered_as_asked(void **state)
{
	(void)state;
	assert_string_equal(chosen("application/json", NULL), "application/json; charset=utf-8");
	assert_string_equal(chosen("text/json;q=0.3", NULL), "text/json; charset=utf-8");
}

static void weights_decide(void **state)
{
	(void)state;
	assert_string_equal(chosen("application/json;q=0.5, application/fhir+json;q=0.9", NULL), FHIR_JSON);
	assert_string_equal(chosen("application/fhir+json;q=0.1,application/json; q=0.2", NULL),
			    "application/json; charset=utf-8");
	assert_string_equal(chosen("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", NULL),
			    "text/html; charset=utf-8");
	assert_null(chosen("application/fhir+json;q=0", NULL));
}

static void xml_is_a_form_and_turtle_is_none(void **state)
{
	(void)state;
	assert_string_equal(chosen("application/fhir+xml", NULL), "application/fhir+xml; charset=utf-8");
	assert_string_equal(chosen("text/xml", NULL), "text/xml; charset=utf-8");
	assert_string_equal(chosen("application/fhir+xml;q=0.1, application/fhir+json", NULL), FHIR_JSON);
	assert_null(chosen("text/turtle", NULL));
	assert_null(chosen("image/png", NULL));
	assert_null(chosen(",;,;q=1", NULL));
	assert_string_equal(chosen("text/turtle, application/fhir+json;q=0.1", NULL), FHIR_JSON);
}

static void parameters_of_a_media_type_are_found(void **state)
{
	struct slice type = SLICE("application/fhir+json; charset=UTF-8 ; fhirVersion=\"4.0\"");

	(void)state;
	assert_slice(negotiate_media_parameter(type, "charset"), "UTF-8");
	assert_slice(negotiate_media_parameter(type, "FHIRVERSION"), "4.0");
	assert_null(negotiate_media_parameter(type, "q").ptr);
	assert_null(negotiate_media_parameter(SLICE_NONE, "charset").ptr);
}

static void format_goes_before_accept(void **state)
{
	(void)state;
	assert_string_equal(chosen("application/fhir+xml", "_format=json"), FHIR_JSON);
	assert_string_equal(chosen(NULL, "_format=application/fhir%2Bjson"), FHIR_JSON);
	assert_string_equal(chosen(NULL, "_format=application/fhir+json"), FHIR_JSON);
	assert_string_equal(chosen("application/fhir+json", "_format=xml"), "application/fhir+xml; charset=utf-8");
	assert_string_equal(chosen("application/fhir+json", "_format=html"), "text/html; charset=utf-8");
	assert_null(chosen("application/fhir+json", "_format=ttl"));
	assert_null(chosen(NULL, "_format="));
}

static void the_fhir_version_must_agree(void **state)
{
	(void)state;
	assert_string_equal(chosen("application/fhir+json; fhirVersion=4.0", NULL), FHIR_JSON);
	assert_string_equal(chosen("application/fhir+json; fhirVersion=\"4.0.1\"", NULL), FHIR_JSON);
	assert_null(chosen("application/fhir+json; fhirVersion=5.0", NULL));
	assert_null(chosen("application/fhir+json; fhirVersion=", NULL));
	assert_string_equal(chosen("application/fhir+json; fhirVersion=5.0, application/json", NULL),
			    "application/json; charset=utf-8");
	assert_null(chosen(NULL, "_format=application/fhir%2Bjson;%20fhirVersion%3D5.0"));
}

static void lenient_only_when_said(void **state)
{
	static const struct {
		const char *prefer;
		bool lenient;
	} cases[] = {
		{ NULL, false },
		{ "handling=strict", false },
		{ "handling=lenient", true },
		{ "return=minimal, Handling = \"lenient\"; x=1", true },
		{ "nothandling=lenient", false },
		{ "handling", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct net_header header = { SLICE("Prefer"), slice_of(cases[i].prefer) };
		struct net_request request = { .arena = arena, .headers = &header, .header_count = cases[i].prefer ? 1 : 0 };
		assert_int_equal(negotiate_is_lenient(&request), cases[i].lenient);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_by_default),
		cmocka_unit_test(a_generic_type_is_answered_as_asked),
		cmocka_unit_test(weights_decide),
		cmocka_unit_test(xml_is_a_form_and_turtle_is_none),
		cmocka_unit_test(parameters_of_a_media_type_are_found),
		cmocka_unit_test(format_goes_before_accept),
		cmocka_unit_test(the_fhir_version_must_agree),
		cmocka_unit_test(lenient_only_when_said),
	};

	return cmocka_run_group_tests_name("api negotiate", tests, setup, teardown);
}
