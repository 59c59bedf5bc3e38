/* SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"

static void coded_types_are_built(void **state)
{
	(void)state;
	assert_maps("Basic", "src -> tgt.code = cc('http://example.org', 'a', 'A thing');",
		    "{\"resourceType\":\"Basic\",\"code\":{\"coding\":[{\"system\":\"http://"
		    "example.org\",\"code\":\"a\",\"display\":\"A thing\"}]}}");
	assert_maps("Basic", "src.gender as g -> tgt.code = cc(g);",
		    "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"female\"}}");
	assert_maps(
	    "Basic", "src.gender as g -> tgt.code as k, k.coding = c('http://example.org', g);",
	    "{\"resourceType\":\"Basic\",\"code\":{\"coding\":[{\"system\":\"http://example.org\",\"code\":\"female\"}]}}");
	assert_maps("Basic", "src -> tgt.identifier = id('http://example.org/id', '7', 'MR');",
		    "{\"resourceType\":\"Basic\",\"identifier\":[{\"type\":{\"coding\":[{\"system\":"
		    "\"http://terminology.hl7.org/CodeSystem/v2-0203\",\"code\":\"MR\"}]},\"system\":\"http://example.org/"
		    "id\",\"value\":\"7\"}]}");
}

static void quantities_and_contacts_are_read_from_text(void **state)
{
	(void)state;
	assert_maps("Observation", "src -> tgt.value = qty('<5.50 mg');",
		    "{\"resourceType\":\"Observation\",\"valueQuantity\":{\"value\":5.50,\"comparator\":\"<\",\"unit\":\"mg\"}}");
	assert_maps("Observation", "src -> tgt.value = qty(2, 'hours', 'http://unitsofmeasure.org', 'h');",
		    "{\"resourceType\":\"Observation\",\"valueQuantity\":{\"value\":2,\"unit\":\"hours\","
		    "\"system\":\"http://unitsofmeasure.org\",\"code\":\"h\"}}");
	assert_maps("Observation", "src -> tgt.value = qty('5 mg') as q, q.code = 'mg';",
		    "{\"resourceType\":\"Observation\",\"valueQuantity\":{\"value\":5,\"unit\":\"mg\",\"code\":\"mg\"}}");
	assert_fails("Person", "src -> tgt.name = qty('5 mg');", "test.map:3:19", "name cannot be the Quantity that qty() makes");
	assert_maps("Person", "src -> tgt.telecom = cp('a@example.org'), tgt.telecom = cp('fax', '1');",
		    "{\"resourceType\":\"Person\",\"telecom\":[{\"system\":\"email\",\"value\":\"a@example.org\"},"
		    "{\"system\":\"fax\",\"value\":\"1\"}]}");
	assert_fails("Observation", "src -> tgt.value = qty('much');", "test.map:3:8", "\"much\" is no quantity");
}

static void texts_are_cut_joined_and_escaped(void **state)
{
	(void)state;
	assert_maps("Person",
		    "src -> tgt.name as n, n.text = truncate('Gr\xc3\xbc\xc3\x9f"
		    "e', 4);",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"Gr\xc3\xbc\xc3\x9f\"}]}");
	assert_maps("Person", "src.gender as g -> tgt.name as n, n.text = append('is ', g, '!');",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"is female!\"}]}");
	assert_maps("Person", "src -> tgt.name as n, n.text = escape('a<b', 'plain', 'xml');",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"a&lt;b\"}]}");
	assert_fails("Person", "src -> tgt.name as n, n.text = escape('a', 'plain', 'rtf');", "test.map:3:23", "escape() knows");
}

static void escapes_go_from_one_form_to_another(void **state)
{
	(void)state;
	assert_maps("Person", "src -> tgt.name as n, n.text = escape('1 &lt; 2 &amp; \\\\n', 'xml', 'plain');",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"1 < 2 & \\\\n\"}]}");
	assert_maps("Person", "src -> tgt.name as n, n.text = escape('&lt;a\\\\b', 'xml', 'java');",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"<a\\\\\\\\b\"}]}");
	assert_maps("Person", "src -> tgt.name as n, n.text = escape('say \\\\\"x\\\\\"', 'json', 'plain');",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"say \\\"x\\\"\"}]}");
}

static void what_the_specification_leaves_open_is_refused(void **state)
{
	(void)state;
	assert_fails("Person", "src.birthDate as d -> tgt.birthDate = dateOp(d, '1 day');", "test.map:3:39",
		     "dateOp() has no parameters");
	assert_maps("Person", "src.birthDate as d -> tgt.birthDate = (%d + 1 day);",
		    "{\"resourceType\":\"Person\",\"birthDate\":\"1974-12-26\"}");
}

static void the_number_of_operands_is_checked(void **state)
{
	static const struct {
		const char *call, *message;
	} cases[] = {
		{ "copy()", "copy() takes 1 to 1 operands, not 0" },
		{ "truncate('a')", "truncate() takes 2 to 2 operands, not 1" },
		{ "escape('a', 'plain')", "escape() takes 3 to 3 operands, not 2" },
		{ "cast('a', 'string', 'x')", "cast() takes 1 to 2 operands, not 3" },
		{ "translate('a')", "translate() takes 2 to 3 operands, not 1" },
		{ "reference()", "reference() takes 1 to 1 operands, not 0" },
		{ "pointer()", "pointer() takes 1 to 1 operands, not 0" },
		{ "uuid('a')", "uuid() takes 0 to 0 operands, not 1" },
		{ "evaluate()", "evaluate() takes 1 to 2 operands, not 0" },
		{ "cc()", "cc() takes 1 to 3 operands, not 0" },
		{ "c('a')", "c() takes 2 to 3 operands, not 1" },
		{ "qty()", "qty() takes 1 to 4 operands, not 0" },
		{ "id('a')", "id() takes 2 to 3 operands, not 1" },
		{ "cp('a', 'b', 'c')", "cp() takes 1 to 2 operands, not 3" },
		{ "create('Group', 'x')", "create() takes 0 to 1 operands, not 2" },
	};
	char rule[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(rule, sizeof(rule), "src -> tgt.id = %s;", cases[i].call);
		assert_fails("Person", rule, "test.map:3:17", cases[i].message);
	}
}

static void values_are_cast_and_evaluated(void **state)
{
	(void)state;
	assert_maps("Observation", "src -> tgt.value = cast('12', 'integer');",
		    "{\"resourceType\":\"Observation\",\"valueInteger\":12}");
	assert_fails("Observation", "src.gender as g -> tgt.value = cast(g, 'integer');", "test.map:3:20", "takes no \"female\"");
	assert_maps("Person", "src.name first as n -> tgt.gender = evaluate(n, 'given.count().toString()');",
		    "{\"resourceType\":\"Person\",\"gender\":\"2\"}");
	assert_maps("Person", "src.name -> tgt.name as m, m.given = (%src.name.given);",
		    "{\"resourceType\":\"Person\",\"name\":[{\"given\":[\"Anna\",\"Maria\",\"Ann\"]},{\"given\":[\"Anna\","
		    "\"Maria\",\"Ann\"]}]}");
}

static void codes_are_translated_by_a_map_in_the_head(void **state)
{
	static const char head[] =
	    "conceptmap \"sex\" { prefix s = \"http://a.example.org\" prefix t = \"http://b.example.org\"\n"
	    "s:female == t:F s:male == t:\"M\" }";

	(void)state;
	assert_maps_with("Basic", "src.gender as g -> tgt.code as k, k.text = translate(g, '#sex', 'code');", head,
			 "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"F\"}}");
	assert_maps_with(
	    "Basic", "src.gender as g -> tgt.code as k, k.coding = translate(g, '#sex', 'Coding');", head,
	    "{\"resourceType\":\"Basic\",\"code\":{\"coding\":[{\"system\":\"http://b.example.org\",\"code\":\"F\"}]}}");
	assert_maps_with("Basic", "src.id as g -> tgt.code as k, k.text = translate(g, '#sex', 'code');", head,
			 "{\"resourceType\":\"Basic\"}");
	assert_fails_with("Basic", "src.gender as g -> tgt.code as k, k.text = translate(g, '#other', 'code');", head,
			  "test.map:3:57", "there is no conceptmap #other");
}

static struct slice made_uuid(void)
{
	struct fhir_node *made;
	struct error err = { 0 };

	assert_ok(run_text(map_text("Basic", "src -> tgt.id = uuid(), tgt.identifier as i, i.value = uuid();", NULL), NULL, &made,
			   &err),
		  &err);
	assert_false(slice_equal(fhir_node_text(made, SLICE("id")),
				 fhir_node_text(fhir_node_child(made, SLICE("identifier")), SLICE("value"))));
	return fhir_node_text(made, SLICE("id"));
}

static void the_same_input_gives_the_same_uuids(void **state)
{
	struct slice once = made_uuid();

	(void)state;
	assert_int_equal(once.len, 36);
	/* RFC 9562 section 5.8: version 8, variant 10. */
	assert_int_equal(once.ptr[14], '8');
	assert_non_null(strchr("89ab", once.ptr[19]));
	assert_true(slice_equal(once, made_uuid()));
}

static void resources_are_referred_to(void **state)
{
	(void)state;
	assert_maps("Basic", "src -> tgt.subject as s, s.reference = reference(src);",
		    "{\"resourceType\":\"Basic\",\"subject\":{\"reference\":\"Patient/p1\"}}");
	assert_maps("Basic", "src -> tgt.subject as s, s.reference = pointer(src);",
		    "{\"resourceType\":\"Basic\",\"subject\":{\"reference\":\"urn:uuid:p1\"}}");
	assert_maps("Basic", "src -> tgt.contained = create('Group') as g, g.id = 'g1';",
		    "{\"resourceType\":\"Basic\",\"contained\":[{\"resourceType\":\"Group\",\"id\":\"g1\"}]}");
	assert_fails("Basic", "src.name first as n -> tgt.subject as s, s.reference = reference(n);", "test.map:3:42",
		     "a reference needs one resource");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coded_types_are_built),
		cmocka_unit_test(quantities_and_contacts_are_read_from_text),
		cmocka_unit_test(texts_are_cut_joined_and_escaped),
		cmocka_unit_test(escapes_go_from_one_form_to_another),
		cmocka_unit_test(what_the_specification_leaves_open_is_refused),
		cmocka_unit_test(the_number_of_operands_is_checked),
		cmocka_unit_test(values_are_cast_and_evaluated),
		cmocka_unit_test(codes_are_translated_by_a_map_in_the_head),
		cmocka_unit_test(the_same_input_gives_the_same_uuids),
		cmocka_unit_test(resources_are_referred_to),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
