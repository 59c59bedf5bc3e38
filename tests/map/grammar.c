/* SPDX-License-Identifier: Apache-2.0 */
/* What the published grammars allow (mapping.g4 of R4 and R5, and the mapping guide's), in the forms that files in the wild use.
 */
#include "mapping.h"

#define ID "{\"resourceType\":\"Person\",\"id\":\"p1\"}"

static void heads_come_in_all_published_forms(void **state)
{
	(void)state;
	assert_maps_with("Person", "src.id -> tgt.id;",
			 "/// title = 'A title'\n/// status = draft\n/// experimental = true\n/// version =\n"
			 "/// description = \"\"\"\nlines that\n  group nothing\n\"\"\"\n/// copyright = \"\"",
			 ID);
	assert_fails_with("Person", "src.id -> tgt.id;", "/// description = \"\"\"\nno end", "test.map:5:19",
			  "the text that starts here has no closing \"\"\"");
	assert_maps_with("Person", "src.id -> tgt.id;",
			 "uses \"http://hl7.org/fhir/StructureDefinition/Patient\" alias P as queried\n"
			 "uses \"http://hl7.org/fhir/StructureDefinition/Group\" as produced // both\n",
			 ID);
	assert_fails_with("Person", "src.id -> tgt.id;", "uses \"http://hl7.org/fhir/StructureDefinition/Patient\" as sauce",
			  "test.map:5:59", "expected source, queried, target or produced");
}

static void structures_may_name_their_version(void **state)
{
	(void)state;
	/* Sources are R5 and targets R4 here. */
	assert_maps_with("PersonR4", "src.id -> tgt.id;",
			 "uses \"http://hl7.org/fhir/5.0/StructureDefinition/Patient\" alias PatientR5 as source\n"
			 "uses \"http://hl7.org/fhir/4.0/StructureDefinition/Person\" alias PersonR4 as target",
			 ID);
	assert_maps_with("PersonR4", "src.id -> tgt.id;",
			 "uses \"http://hl7.org/fhir/StructureDefinition/Person|4.0.1\" alias PersonR4 as target", ID);
	assert_fails_with("Person", "src.id -> tgt.id;", "uses \"http://hl7.org/fhir/3.0/StructureDefinition/Patient\" as source",
			  "test.map:5:6", "http://hl7.org/fhir/3.0/StructureDefinition/Patient is not of FHIR 5.0");
	assert_fails_with("Person", "src.id -> tgt.id;", "uses \"http://hl7.org/fhir/5.0/StructureDefinition/Person\" as target",
			  "test.map:5:6", "is not of FHIR 4.0");
}

static void texts_have_the_escapes_of_fhirpath(void **state)
{
	(void)state;
	assert_maps("Person", "src -> tgt.name as n, n.text = 'Gr\\u00fcn \\u20ac\\ttab';",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"Gr\xc3\xbcn \xe2\x82\xac\\ttab\"}]}");
	assert_fails("Person", "src -> tgt.id = '\\u00g0';", "test.map:3:17", "unknown escape \\u in text");
	assert_fails("Person", "src -> tgt.id = '\\x';", "test.map:3:17", "unknown escape \\x in text");
}

static void literals_of_every_kind_are_values(void **state)
{
	(void)state;
	assert_maps("Observation", "src -> tgt.value = 5 'mg' as q, tgt.status = 'final';",
		    "{\"resourceType\":\"Observation\",\"status\":\"final\",\"valueQuantity\":{\"value\":5,\"unit\":\"mg\"}}");
	assert_maps("Observation", "src -> tgt.value = 2 'mg' \"name\";",
		    "{\"resourceType\":\"Observation\",\"valueQuantity\":{\"value\":2,\"unit\":\"mg\"}}");
	assert_maps("Observation", "src -> tgt.value = 2.5 weeks;",
		    "{\"resourceType\":\"Observation\",\"valueQuantity\":{\"value\":2.5,\"unit\":\"week\"}}");
	assert_maps("Observation", "src -> tgt.value = -7 as v \"n\";", "{\"resourceType\":\"Observation\",\"valueInteger\":-7}");
	assert_maps("Observation", "src -> tgt.value = 7 \"mg\";", "{\"resourceType\":\"Observation\",\"valueInteger\":7}");
	assert_maps("Observation", "src -> tgt.issued = @2020-01-31T10:00:00Z;",
		    "{\"resourceType\":\"Observation\",\"issued\":\"2020-01-31T10:00:00Z\"}");
	assert_maps("Person", "src -> tgt.birthDate = @1974-12-25, tgt.active = true;",
		    "{\"resourceType\":\"Person\",\"birthDate\":\"1974-12-25\",\"active\":true}");
	assert_fails("Person", "src -> tgt.birthDate = @1974-13;", "test.map:3:24", "");
	assert_fails("Person", "src -> tgt.birthDate = -;", "test.map:3:25", "expected a number");
}

static void paths_are_copied_without_parentheses(void **state)
{
	(void)state;
	assert_maps("Person", "src -> tgt.id = src.id as i, tgt.name as n, n.text = %src.gender as g first;",
		    "{\"resourceType\":\"Person\",\"id\":\"p1\",\"name\":[{\"text\":\"female\"}]}");
	assert_maps("Person", "src -> tgt.id = append(src.id, '-', %src.name.first().use);",
		    "{\"resourceType\":\"Person\",\"id\":\"p1-official\"}");
}

static void older_files_are_read(void **state)
{
	(void)state;
	/* Conditions without parentheses, text in double quotes, types with cardinality, names in quotes. */
	assert_maps("Person",
		    "src.name as n where use = 'usual' check given.count() = 1 log \"it's \\\"one\\\"\" -> tgt.name as m then {\n"
		    "  n.given : string 1..1 as g -> m.given = g \"given-name\";\n} \"name\";",
		    "{\"resourceType\":\"Person\",\"name\":[{\"given\":[\"Ann\"]}]}");
	assert_int_equal(issues.count, 1);
	assert_slice(issues.first->text, "it's \"one\" (test.map:3)");
	assert_maps("Person", "src.language default \"en\" as l -> tgt.language = l `a-name`;",
		    "{\"resourceType\":\"Person\",\"language\":\"en\"}");
	assert_maps("Person", "src.language default ('d' & 'e') first as l -> tgt.language = l;",
		    "{\"resourceType\":\"Person\",\"language\":\"de\"}");
	assert_fails("Person", "src.name as n where \"use\" -> tgt.name = n;", "test.map:3:21",
		     "write this text in single quotes");
}

static void conceptmaps_have_all_relationships(void **state)
{
	(void)state;
	assert_maps_with("Person",
			 "src -> tgt.name as n, n.given = translate('a', 'c', 'code'), n.given = translate('b', 'c', 'code'),\n"
			 "n.given = translate('c', 'c', 'code'), n.given = translate('d', 'c', 'code'),\n"
			 "n.given = translate('5', 'c', 'code'), n.given = translate('f-g', 'c', 'code');",
			 "conceptmap \"#c\" {\n  prefix s = \"urn:s\"\n  prefix t = \"urn:t\"\n\n"
			 "  s:a - t:A\n  s:b -- // none\n  s:c <= t:C\n  s:d >- t:D\n  s:5 ~ t:E\n  s:\"f-g\" <- t:F\n}",
			 "{\"resourceType\":\"Person\",\"name\":[{\"given\":[\"A\",\"C\",\"D\",\"E\",\"F\"]}]}");
	assert_fails_with("Person", "src.id -> tgt.id;", "conceptmap \"c\" { prefix s = \"urn:s\" s:a }", "test.map:5:41",
			  "expected a relationship such as ==");
	assert_fails_with("Person", "src.id -> tgt.id;", "conceptmap \"c\" { prefix s = \"urn:s\" s:a == u:b }", "test.map:5:44",
			  "there is no prefix u");
}

static void a_byte_order_mark_is_no_text(void **state)
{
	struct map_program *program;
	struct error err = { 0 };

	(void)state;
	assert_ok(map_compile(world, source_schema, target_schema, "a.map",
			      SLICE("\xef\xbb\xbfgroup g(source s : Patient, target t : Person) { s.id -> t.id; }"), &program,
			      &err),
		  &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_come_in_all_published_forms),    cmocka_unit_test(structures_may_name_their_version),
		cmocka_unit_test(texts_have_the_escapes_of_fhirpath),   cmocka_unit_test(literals_of_every_kind_are_values),
		cmocka_unit_test(paths_are_copied_without_parentheses), cmocka_unit_test(older_files_are_read),
		cmocka_unit_test(conceptmaps_have_all_relationships),   cmocka_unit_test(a_byte_order_mark_is_no_text),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
