/* SPDX-License-Identifier: Apache-2.0 */
/* The tables say what FHIR 4.0.1 and 5.0.0 say; figures are from the published pages. */
#include "fhir_testing.h"

static const struct fhir_element *element_named(enum fhir_version version, const char *type, const char *name,
						const struct fhir_type **choice)
{
	const struct fhir_element *element = fhir_element_find(type_named(version, type), slice_of(name), choice);

	if (!element)
		fail_msg("%s has no %s", type, name);
	return element;
}

static void versions_have_names_and_numbers(void **state)
{
	(void)state;
	assert_string_equal(fhir_version_name(FHIR_R4), "r4");
	assert_string_equal(fhir_version_number(FHIR_R4), "4.0.1");
	assert_string_equal(fhir_version_number(FHIR_R5), "5.0.0");
	assert_int_equal(fhir_schema_version(schemas[FHIR_R5]), FHIR_R5);
}

static void types_are_found_by_name_path_and_canonical(void **state)
{
	const struct fhir_type *plan = type_named(FHIR_R4, "PlanDefinition");

	(void)state;
	assert_ptr_equal(type_named(FHIR_R4, "http://hl7.org/fhir/StructureDefinition/PlanDefinition"), plan);
	assert_int_equal(plan->kind, FHIR_KIND_RESOURCE);
	assert_false(plan->is_abstract);
	assert_int_equal(type_named(FHIR_R4, "PlanDefinition.action")->kind, FHIR_KIND_BACKBONE);
	assert_int_equal(type_named(FHIR_R4, "Coding")->kind, FHIR_KIND_COMPLEX);
	assert_int_equal(type_named(FHIR_R4, "xhtml")->kind, FHIR_KIND_PRIMITIVE);
	assert_true(type_named(FHIR_R4, "DomainResource")->is_abstract);
	assert_null(fhir_type_find(schemas[FHIR_R4], SLICE("plandefinition")));
	assert_null(fhir_type_find(schemas[FHIR_R4], SLICE("")));
	assert_null(fhir_type_find(schemas[FHIR_R4], SLICE_NONE));
}

static void versions_differ_where_fhir_does(void **state)
{
	(void)state;
	assert_non_null(fhir_type_find(schemas[FHIR_R4], SLICE("RequestGroup")));
	assert_null(fhir_type_find(schemas[FHIR_R5], SLICE("RequestGroup")));
	assert_non_null(fhir_type_find(schemas[FHIR_R5], SLICE("RequestOrchestration")));
	assert_null(fhir_type_find(schemas[FHIR_R4], SLICE("integer64")));
	/* R5, "integer64": a string in JSON, so that no reader loses digits. */
	assert_int_equal(type_named(FHIR_R5, "integer64")->json_form, FHIR_JSON_STRING);
	assert_int_equal(type_named(FHIR_R5, "unsignedInt")->json_form, FHIR_JSON_NUMBER);
	assert_int_equal(type_named(FHIR_R5, "boolean")->json_form, FHIR_JSON_BOOLEAN);
}

static void inherited_elements_come_first_in_order(void **state)
{
	static const char *const names[] = { "id",        "meta",      "implicitRules",     "language", "text",
					     "contained", "extension", "modifierExtension", "url",      "identifier" };
	const struct fhir_type *plan = type_named(FHIR_R5, "PlanDefinition");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_slice(plan->elements[i].name, names[i]);
		assert_int_equal(plan->elements[i].order, i);
	}
	assert_true(fhir_type_is(plan, SLICE("DomainResource")));
	assert_true(fhir_type_is(plan, SLICE("Resource")));
	assert_false(fhir_type_is(plan, SLICE("Bundle")));
}

static void elements_have_cardinality_flags_and_binding(void **state)
{
	const struct fhir_element *status = element_named(FHIR_R4, "PlanDefinition", "status", NULL);
	const struct fhir_element *library = element_named(FHIR_R4, "PlanDefinition", "library", NULL);

	(void)state;
	assert_int_equal(status->min, 1);
	assert_int_equal(status->max, 1);
	assert_true(status->is_summary);
	assert_true(status->is_modifier);
	assert_int_equal(status->binding, FHIR_BINDING_REQUIRED);
	assert_slice(status->value_set, "http://hl7.org/fhir/ValueSet/publication-status|4.0.1");
	assert_int_equal(library->max, FHIR_UNBOUNDED);
	assert_int_equal(library->target_count, 1);
	assert_slice(library->targets[0], "Library");
	assert_int_equal(library->binding, FHIR_BINDING_NONE);
}

static void ids_have_the_type_that_the_specification_gives_them(void **state)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		const struct fhir_element *resource = element_named((enum fhir_version)version, "Patient", "id", NULL);
		const struct fhir_element *element = element_named((enum fhir_version)version, "Extension", "id", NULL);
		assert_slice(resource->types[0]->name, "id");
		assert_false(resource->is_attribute);
		assert_slice(element->types[0]->name, "string");
		assert_true(element->is_attribute);
	}
	(void)state;
}

static void a_choice_is_found_by_its_own_name_and_with_its_type(void **state)
{
	const struct fhir_type *choice;
	const struct fhir_element *value = element_named(FHIR_R4, "Extension", "value", &choice);

	(void)state;
	assert_true(value->is_choice);
	assert_null(choice);
	assert_int_equal(value->type_count, 50); /* R4, "Open Type Element": 19 primitives, 31 data types with Meta */
	assert_ptr_equal(element_named(FHIR_R4, "Extension", "valueQuantity", &choice), value);
	assert_slice(choice->name, "Quantity");
	assert_ptr_equal(element_named(FHIR_R4, "Extension", "valueDateTime", &choice), value);
	assert_slice(choice->name, "dateTime");
	assert_null(fhir_element_find(type_named(FHIR_R4, "Extension"), SLICE("valuequantity"), NULL));
	assert_null(fhir_element_find(type_named(FHIR_R4, "Extension"), SLICE("valuePatient"), NULL));
	assert_null(fhir_element_find(type_named(FHIR_R4, "Extension"), SLICE(""), NULL));
}

static void a_content_reference_leads_to_the_type_it_names(void **state)
{
	const struct fhir_type *action = type_named(FHIR_R5, "PlanDefinition.action");
	const struct fhir_element *below = fhir_element_find(action, SLICE("action"), NULL);

	(void)state;
	assert_ptr_equal(below->types[0], action);
	assert_ptr_equal(action->base, type_named(FHIR_R5, "BackboneElement"));
}

static void types_of_a_kind_come_in_name_order(void **state)
{
	const struct fhir_type *type, *before = NULL;
	size_t index = 0, count = 0;

	(void)state;
	while ((type = fhir_type_next(schemas[FHIR_R4], FHIR_KIND_RESOURCE, &index))) {
		assert_true(!before || slice_compare(before->name, type->name) < 0);
		before = type;
		count += slice_starts(type->url, SLICE("http://hl7.org/fhir/"));
	}
	assert_int_equal(count, 148); /* R4, "Resource Index": with Resource and DomainResource */
}

static const struct fhir_search_param *param_named(enum fhir_version version, const char *type, const char *code)
{
	size_t count;
	const struct fhir_search_param *params = fhir_search_params(schemas[version], type_named(version, type), &count);

	for (size_t i = 0; i < count; i++)
		if (slice_equal(params[i].code, slice_of(code)))
			return &params[i];
	return NULL;
}

static void search_parameters_are_narrowed_to_their_type(void **state)
{
	const struct fhir_search_param *param = param_named(FHIR_R4, "Observation", "code");

	(void)state;
	/* R4, clinical-code: AllergyIntolerance.code | … | Observation.code | … */
	assert_slice(param->expression, "Observation.code");
	assert_slice(param->url, "http://hl7.org/fhir/SearchParameter/clinical-code");
	assert_int_equal(param->type, FHIR_SEARCH_TOKEN);
	assert_false(param->is_ours);
	assert_slice(param_named(FHIR_R4, "InsurancePlan", "name")->expression, "name | alias");
	assert_slice(param_named(FHIR_R5, "Appointment", "date")->expression, "(start | requestedPeriod.start).first()");
	assert_null(param_named(FHIR_R4, "Observation", "title"));
}

static void search_parameters_of_resource_and_ours_belong_to_every_type(void **state)
{
	const struct fhir_search_param *param = param_named(FHIR_R4, "PlanDefinition", "_id");
	size_t count;

	(void)state;
	assert_slice(param->expression, "Resource.id");
	assert_int_equal(param_named(FHIR_R5, "Bundle", "_lastUpdated")->type, FHIR_SEARCH_DATE);
	assert_null(param_named(FHIR_R4, "PlanDefinition", "_content")->expression.ptr);
	assert_true(param_named(FHIR_R4, "PlanDefinition", "code")->is_ours);
	assert_non_null(param_named(FHIR_R5, "ProcedureDefinition", "title"));
	const struct fhir_search_param *params =
	    fhir_search_params(schemas[FHIR_R4], type_named(FHIR_R4, "PlanDefinition"), &count);
	for (size_t i = 1; i < count; i++)
		assert_true(slice_compare(params[i - 1].code, params[i].code) < 0);
	fhir_search_params(schemas[FHIR_R4], type_named(FHIR_R4, "Coding"), &count);
	assert_int_equal(count, 0);
}

static void our_structures_are_loaded_for_both_versions(void **state)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		const struct fhir_type *ours = type_named((enum fhir_version)version, "ProcedureDefinition");
		assert_int_equal(ours->kind, FHIR_KIND_RESOURCE);
		assert_true(fhir_type_is(ours, SLICE("DomainResource")));
		assert_int_equal(type_named((enum fhir_version)version, "ProcedureRecord")->kind, FHIR_KIND_LOGICAL);
	}
	(void)state;
}

static void both_tables_fit_in_eight_megabytes(void **state)
{
	(void)state;
	assert_true(arena_used(schema_arena) < (8u << 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_names_and_numbers),
		cmocka_unit_test(types_are_found_by_name_path_and_canonical),
		cmocka_unit_test(versions_differ_where_fhir_does),
		cmocka_unit_test(inherited_elements_come_first_in_order),
		cmocka_unit_test(elements_have_cardinality_flags_and_binding),
		cmocka_unit_test(ids_have_the_type_that_the_specification_gives_them),
		cmocka_unit_test(a_choice_is_found_by_its_own_name_and_with_its_type),
		cmocka_unit_test(a_content_reference_leads_to_the_type_it_names),
		cmocka_unit_test(types_of_a_kind_come_in_name_order),
		cmocka_unit_test(search_parameters_are_narrowed_to_their_type),
		cmocka_unit_test(search_parameters_of_resource_and_ours_belong_to_every_type),
		cmocka_unit_test(our_structures_are_loaded_for_both_versions),
		cmocka_unit_test(both_tables_fit_in_eight_megabytes),
	};

	(void)begin_test;
	(void)end_test;
	return cmocka_run_group_tests_name("schema", tests, load_schemas, free_schemas);
}
