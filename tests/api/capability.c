/* SPDX-License-Identifier: Apache-2.0 */
/* The statement and the behaviour come from the same rows; this walks the statement as a client reads it and tries what it
 * claims. */
#include "serving.h"

#include "api/call.h"
#include "api/search.h"

static struct fhir_node *statements[FHIR_VERSION_COUNT];

static struct fhir_node *statement_read(enum fhir_version version)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *statement;
	struct issues issues;
	struct answer answer = get(version == FHIR_R4 ? "/fhir/r4/metadata" : "/fhir/r5/metadata");

	issues_init(&issues, gateway.arena, 4);
	assert_int_equal(answer.status, 200);
	assert_true(answer.from_loop);
	if (!fhir_json_read(gateway.arena, gateway.schemas[version], NULL, answer.body, &limits, &issues, &statement))
		fail_msg("%.*s", SLICE_ARG(issues.first->text));
	return statement;
}

static int setup(void **state)
{
	gateway_open(state);
	given_plan("p1", "One", "active", "1");
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++)
		statements[i] = statement_read((enum fhir_version)i);
	return 0;
}

static void it_says_who_and_what_we_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++) {
		const struct fhir_node *statement = statements[i];
		const char *name = fhir_version_name((enum fhir_version)i);
		assert_slice(statement->type->name, "CapabilityStatement");
		assert_slice(fhir_node_text(statement, SLICE("kind")), "instance");
		assert_slice(fhir_node_text(statement, SLICE("status")), "active");
		assert_slice(fhir_node_text(statement, SLICE("format")), "application/fhir+json");
		assert_slice(fhir_node_text(statement, SLICE("fhirVersion")), fhir_version_number((enum fhir_version)i));
		assert_true(fhir_node_text(statement, SLICE("date")).len > 0);
		assert_slice(fhir_node_text(fhir_node_child(statement, SLICE("implementation")), SLICE("url")),
			     arena_printf(gateway.arena, "https://gateway.test:8443/fhir/%s", name).ptr);
	}
}

static bool is_fhir(const struct served_type *type)
{
	return !type->is_additional;
}

static const struct fhir_node *resource_of(const struct fhir_node *statement, struct slice type)
{
	const struct fhir_node *resource = fhir_node_child(fhir_node_child(statement, SLICE("rest")), SLICE("resource"));

	while (resource && !slice_equal(fhir_node_text(resource, SLICE("type")), type))
		resource = fhir_node_again(resource);
	return resource;
}

static bool claims_interaction(const struct fhir_node *resource, const char *code)
{
	const struct fhir_node *interaction = fhir_node_child(resource, SLICE("interaction"));

	while (interaction && !slice_equal(fhir_node_text(interaction, SLICE("code")), slice_of(code)))
		interaction = fhir_node_again(interaction);
	return interaction;
}

static void interactions_are_those_of_the_table(void **state)
{
	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		for (size_t i = 0; i < gateway.api->bases[version].type_count; i++) {
			const struct served_type *type = &gateway.api->bases[version].types[i];
			const struct fhir_node *resource = resource_of(statements[version], type->type->name);
			assert_int_equal(resource != NULL, is_fhir(type));
			for (size_t row = 0; resource && row < api_interaction_count; row++)
				if (api_interactions[row].listing == LISTED_TYPE && !type->is_published)
					assert_int_equal(claims_interaction(resource, api_interactions[row].code),
							 api_interaction_offered(&api_interactions[row]));
		}
}

/** A value that has the form of the parameter's type. */
static const char *sample(struct slice name, struct slice type)
{
	if (slice_equal(name, SLICE("_in")))
		return "List/x";
	if (slice_equal(type, SLICE("date")))
		return "2026-01-01";
	if (slice_equal(type, SLICE("number")) || slice_equal(type, SLICE("quantity")))
		return "5";
	if (slice_equal(type, SLICE("reference")))
		return "Library/x";
	return "x";
}

/** A value of each component, joined. */
static const char *composite_sample(enum fhir_version version, struct slice type_name, struct slice name)
{
	const struct served_type *type = served_type_find(&gateway.api->bases[version], type_name);
	const struct fhir_search_param *composite = type ? served_param_find(type, name) : NULL;
	struct slice out = SLICE("");

	for (size_t i = 0; composite && i < composite->component_count; i++) {
		const struct fhir_search_param *part = served_param_find(type, composite->components[i].code);
		out = arena_printf(gateway.arena, "%.*s%s%s", SLICE_ARG(out), i ? "$" : "",
				   part ? sample(part->code, served_search_type(part->type)) : "x");
	}
	return arena_cstr(gateway.arena, out);
}

static void every_claimed_parameter_works(void **state)
{
	size_t tried = 0;

	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		const struct fhir_node *resource =
		    fhir_node_child(fhir_node_child(statements[version], SLICE("rest")), SLICE("resource"));
		for (; resource; resource = fhir_node_again(resource)) {
			const struct fhir_node *param = fhir_node_child(resource, SLICE("searchParam"));
			assert_non_null(param);
			for (; param; param = fhir_node_again(param), tried++) {
				struct slice name = fhir_node_text(param, SLICE("name")),
					     type = fhir_node_text(param, SLICE("type"));
				struct slice owner = fhir_node_text(resource, SLICE("type"));
				const char *value = slice_equal(type, SLICE("composite"))
							? composite_sample((enum fhir_version)version, owner, name)
							: sample(name, type);
				struct slice target = arena_printf(gateway.arena, "/fhir/%s/%.*s?%.*s=%s",
								   fhir_version_name((enum fhir_version)version),
								   SLICE_ARG(owner), SLICE_ARG(name), value);
				assert_true(fhir_node_text(param, SLICE("definition")).len > 0);
				struct answer answer = get(target.ptr);
				if (answer.status != 200)
					fail_msg("%s: %u %.*s", target.ptr, answer.status, SLICE_ARG(answer.body));
			}
		}
	}
	assert_true(tried > 100);
}

/** A value that the modifier can be asked with; nothing has it. */
static const char *value_for(const struct fhir_search_param *param, const char *modifier)
{
	bool is_hierarchy = strcmp(modifier, "above") == 0 || strcmp(modifier, "below") == 0;

	if (strcmp(modifier, "missing") == 0)
		return "true";
	if (strcmp(modifier, "in") == 0 || strcmp(modifier, "not-in") == 0)
		return "http://codes.example/ValueSet/few";
	if (is_hierarchy && param->type == FHIR_SEARCH_TOKEN)
		return "http://codes.example/CodeSystem/tree|x";
	return is_hierarchy && param->type == FHIR_SEARCH_REFERENCE ? "Organization/x" : "x";
}

static void every_modifier_that_hints_name_works(void **state)
{
	const struct served_base *base = &gateway.api->bases[FHIR_R4];

	(void)state;
	given(FHIR_R4,
	      SLICE("{\"resourceType\":\"ValueSet\",\"id\":\"few\",\"url\":\"http://codes.example/ValueSet/few\","
		    "\"status\":\"active\",\"compose\":{\"include\":[{\"system\":\"http://codes.example/x\",\"concept\":[{"
		    "\"code\":\"a\"}]}]}}"));
	given(FHIR_R4, SLICE("{\"resourceType\":\"CodeSystem\",\"id\":\"tree\",\"url\":\"http://codes.example/CodeSystem/tree\","
			     "\"status\":\"active\",\"content\":\"complete\",\"concept\":[{\"code\":\"a\"}]}"));
	/* The types that the gateway has a use for of its own have parameters of every kind; others have the same kinds. */
	for (size_t i = 0; i < base->type_count; i++)
		for (size_t p = 0; base->types[i].documentation.ptr && p < base->types[i].param_count; p++) {
			const struct fhir_search_param *param = base->types[i].params[p];
			const char *modifiers[STORE_MODIFIERS_MAX];
			size_t modifier_count = store_modifiers(FHIR_R4, param, modifiers);
			for (size_t m = 0; m < modifier_count; m++) {
				/* What is published lies in a store of its own, without these codes. */
				if (base->types[i].is_published && strstr("in not-in above below", modifiers[m]))
					continue;
				struct slice target =
				    arena_printf(gateway.arena, "/fhir/r4/%.*s?%.*s:%s=%s", SLICE_ARG(base->types[i].type->name),
						 SLICE_ARG(param->code), modifiers[m], value_for(param, modifiers[m]));
				struct answer answer = get(target.ptr);
				if (answer.status != 200)
					fail_msg("%s: %u %.*s", target.ptr, answer.status, SLICE_ARG(answer.body));
			}
		}
}

static void the_parameters_of_the_first_issue_are_claimed(void **state)
{
	static const char *const names[] = { "_id", "url", "version", "code", "name", "title", "status" };

	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			const struct served_base *base = &gateway.api->bases[version];
			assert_non_null(served_param_find(served_type_find(base, SLICE("PlanDefinition")), slice_of(names[i])));
			assert_non_null(
			    served_param_find(served_type_find(base, SLICE("ProcedureDefinition")), slice_of(names[i])));
		}
}

/** rest.resource.type has a required binding: what FHIR does not define stands in an extension. */
static void our_own_type_stands_in_an_extension(void **state)
{
	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		const struct fhir_node *extension =
		    fhir_node_child(fhir_node_child(statements[version], SLICE("rest")), SLICE("extension"));
		const struct fhir_node *type = fhir_node_child(extension, SLICE("extension"));
		assert_null(resource_of(statements[version], SLICE("ProcedureDefinition")));
		assert_slice(fhir_node_text(extension, SLICE("url")),
			     "https://cannula.dev/fhir/StructureDefinition/additional-resource");
		assert_slice(fhir_node_text(type, SLICE("url")), "type");
		assert_slice(fhir_node_text(type, SLICE("value")), "ProcedureDefinition");
	}
}

static void it_follows_the_host_that_was_asked(void **state)
{
	struct answer answer = ask((struct asking){ .target = "/fhir/r5/metadata", .authority = "[::1]:9" });

	(void)state;
	assert_body_has(&answer, "https://[::1]:9/fhir/r5");
	assert_int_equal(slice_find(answer.body, SLICE("base-url.invalid")), SIZE_MAX);
	assert_int_equal(get("/fhir/r4/metadata?mode=full&_pretty=true").status, 200);
	answer = get("/fhir/r4/metadata?mode=terminology");
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "{\"resourceType\":\"TerminologyCapabilities\"");
	answer = get("/fhir/r4/metadata?mode=some");
	assert_outcome(&answer, 400, "not-supported");
}

static void it_says_how_many_a_conditional_delete_may_take(void **state)
{
	static const char *const words[] = { "multiple", "single" };
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		gateway.api->options.conditional_delete = slice_of(words[i]);
		assert_ok(api_guard(gateway.api, gateway.access, &err), &err);
		const struct fhir_node *plan = resource_of(statement_read(FHIR_R5), SLICE("PlanDefinition"));
		assert_slice(fhir_node_text(plan, SLICE("conditionalDelete")), words[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_who_and_what_we_are),
		cmocka_unit_test(interactions_are_those_of_the_table),
		cmocka_unit_test(every_claimed_parameter_works),
		cmocka_unit_test(every_modifier_that_hints_name_works),
		cmocka_unit_test(the_parameters_of_the_first_issue_are_claimed),
		cmocka_unit_test(our_own_type_stands_in_an_extension),
		cmocka_unit_test(it_follows_the_host_that_was_asked),
		cmocka_unit_test(it_says_how_many_a_conditional_delete_may_take),
	};

	return cmocka_run_group_tests_name("api capability", tests, setup, gateway_close);
}
