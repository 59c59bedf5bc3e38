/* SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"

static void elements_are_copied_in_the_order_of_the_specification(void **state)
{
	(void)state;
	assert_maps("Person", "src.birthDate -> tgt.birthDate; src.gender as g -> tgt.gender = g; src.id -> tgt.id;",
		    "{\"resourceType\":\"Person\",\"id\":\"p1\",\"gender\":\"female\",\"birthDate\":\"1974-12-25\"}");
	assert_maps(
	    "Person", "src.name -> tgt.name;",
	    "{\"resourceType\":\"Person\",\"name\":[{\"use\":\"official\",\"family\":\"Berg\",\"given\":[\"Anna\",\"Maria\"]},"
	    "{\"use\":\"usual\",\"given\":[\"Ann\"]}]}");
	assert_maps(
	    "Person", "src.name as n -> tgt.name as m;",
	    "{\"resourceType\":\"Person\",\"name\":[{\"use\":\"official\",\"family\":\"Berg\",\"given\":[\"Anna\",\"Maria\"]},"
	    "{\"use\":\"usual\",\"given\":[\"Ann\"]}]}");
}

static void nothing_empty_is_left_behind(void **state)
{
	(void)state;
	assert_maps("Person", "src -> tgt.name as n then { src.photo as p -> n.text = 'photo'; };",
		    "{\"resourceType\":\"Person\"}");
	assert_maps("Person", "src -> tgt.name as n, n.text = ({}), n.family = '';", "{\"resourceType\":\"Person\"}");
	assert_maps("Person", "src -> tgt.managingOrganization as o, o.identifier as i then { src.photo -> i.value = 'x'; };",
		    "{\"resourceType\":\"Person\"}");
}

static void rules_nest_and_call_groups(void **state)
{
	(void)state;
	assert_maps_with(
	    "Person", "src.name as n where (use = 'usual') -> tgt.name as m then Name(n, m);",
	    "group Name(source s, target t) { s.given as g -> t.given = g; s -> t.text = (%s.given.join(' ')) \"text\"; }",
	    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"Ann\",\"given\":[\"Ann\"]}]}");
	assert_maps("Person", "src.name as n -> tgt.name as m then { n.given as g -> m.given = g; };",
		    "{\"resourceType\":\"Person\",\"name\":[{\"given\":[\"Anna\",\"Maria\"]},{\"given\":[\"Ann\"]}]}");
	assert_maps_with(
	    "Person", "src -> tgt then Both(src, tgt), More(src, tgt) { src.id -> tgt.id; };",
	    "group Base(source s : Patient, target t : Person) { s.gender -> t.gender; }\n"
	    "group Both(source s : Patient, target t : Person) extends Base { s.birthDate -> t.birthDate; }\n"
	    "group More(source s : Patient, target t : Person) { s.active -> t.active; }",
	    "{\"resourceType\":\"Person\",\"id\":\"p1\",\"gender\":\"female\",\"birthDate\":\"1974-12-25\",\"active\":true}");
}

static void lists_are_cut_by_mode(void **state)
{
	(void)state;
	assert_maps("Person", "src.name first as n -> tgt.name as m, m.text = (n.given.first());",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"Anna\"}]}");
	assert_maps("Person", "src.name last as n -> tgt.name as m, m.text = (n.given.first());",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"Ann\"}]}");
	assert_maps("Person", "src.name not_first as n -> tgt.name as m, m.use = (n.use);",
		    "{\"resourceType\":\"Person\",\"name\":[{\"use\":\"usual\"}]}");
	assert_maps("Person", "src.name not_last as n -> tgt.name as m, m.use = (n.use);",
		    "{\"resourceType\":\"Person\",\"name\":[{\"use\":\"official\"}]}");
	assert_maps("Person", "src.telecom only_one as t -> tgt.telecom = t;",
		    "{\"resourceType\":\"Person\",\"telecom\":[{\"system\":\"phone\",\"value\":\"555-0100\"}]}");
	assert_fails("Person", "src.name only_one as n -> tgt.name = n;", "test.map:3:1", "only_one");
}

static void target_lists_share_and_lead(void **state)
{
	(void)state;
	assert_maps("Person",
		    "src.gender as g -> tgt.name as n share one, n.use = 'nickname';\n"
		    "src.birthDate as b -> tgt.name as n share one, n.text = (b.toString());",
		    "{\"resourceType\":\"Person\",\"name\":[{\"use\":\"nickname\",\"text\":\"1974-12-25\"}]}");
	assert_maps("Person", "src.name -> tgt.name; src -> tgt.name as n first, n.text = 'top';",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"top\"},{\"use\":\"official\",\"family\":\"Berg\","
		    "\"given\":[\"Anna\",\"Maria\"]},"
		    "{\"use\":\"usual\",\"given\":[\"Ann\"]}]}");
}

#define NAMES(texts) "{\"resourceType\":\"Person\",\"name\":[" texts "]}"
#define TEXT(text) "{\"text\":\"" text "\"}"

static void items_go_first_or_last_in_their_order(void **state)
{
	(void)state;
	assert_maps("Person",
		    "src -> tgt.name as n last, n.text = 'z'; src -> tgt.name as n, n.text = 'm';\n"
		    "src.name as s -> tgt.name as n first, n.text = (s.use); src -> tgt.name as n, n.text = 'o';",
		    NAMES(TEXT("official") "," TEXT("usual") "," TEXT("m") "," TEXT("o") "," TEXT("z")));
	/* Values too, and elements in between stay where they belong. */
	assert_maps("Person",
		    "src -> tgt.name as n then { src -> n.given = 'b', n.family = 'f', n.given = 'a' first, n.given = 'c'; };",
		    NAMES("{\"family\":\"f\",\"given\":[\"a\",\"b\",\"c\"]}"));
	assert_fails("Person", "src -> tgt.name as n first, n.text = 'a';\nsrc -> tgt.name as n first, n.text = 'b';",
		     "test.map:4:8", "another rule, in line 3, puts its name first");
	assert_fails("Person", "src -> tgt.name as n last, n.text = 'a';\nsrc -> tgt.name as n last, n.text = 'b';",
		     "test.map:4:8", "another rule, in line 3, puts its name last");
}

static void the_first_item_of_a_list_is_used_again(void **state)
{
	(void)state;
	assert_maps("Person",
		    "src.gender as g -> tgt.name as n, n.use = 'nickname'; src.id as i -> tgt.name as n single, n.text = i;\n"
		    "src.name as s -> tgt.name as n collate then { s.given as g -> n.given = g; };",
		    NAMES("{\"use\":\"nickname\",\"text\":\"p1\",\"given\":[\"Anna\",\"Maria\",\"Ann\"]}"));
	assert_maps("Person",
		    "src.gender as g -> tgt.name = create('HumanName') as n share one, n.use = 'nickname';\n"
		    "src.id as i -> tgt.name = create('HumanName') as n share one, n.text = i;",
		    NAMES("{\"use\":\"nickname\",\"text\":\"p1\"}"));
}

static void several_sources_combine(void **state)
{
	(void)state;
	assert_maps("Person", "src.name as n, src.telecom as t -> tgt.name as m, m.text = (n.use & ' ' & t.value);",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"official 555-0100\"},{\"text\":\"usual 555-0100\"}]}");
}

static void choices_take_the_type_of_the_value(void **state)
{
	(void)state;
	assert_maps("Observation", "src.multipleBirth : integer as n -> tgt.value = n; src -> tgt.status = 'final';",
		    "{\"resourceType\":\"Observation\",\"status\":\"final\",\"valueInteger\":2}");
	assert_maps("Observation", "src.multipleBirth : boolean as n -> tgt.value = n;", "{\"resourceType\":\"Observation\"}");
	assert_maps("Observation", "src.gender as g -> tgt.value = (g.upper());",
		    "{\"resourceType\":\"Observation\",\"valueString\":\"FEMALE\"}");
	assert_maps("Observation", "src -> tgt.value = create('CodeableConcept') as c, c.text = 'x';",
		    "{\"resourceType\":\"Observation\",\"valueCodeableConcept\":{\"text\":\"x\"}}");
	assert_maps("Observation", "src -> tgt.value = (5 'mg');",
		    "{\"resourceType\":\"Observation\",\"valueQuantity\":{\"value\":5,\"unit\":\"mg\"}}");
}

static void defaults_fill_what_is_missing(void **state)
{
	(void)state;
	assert_maps("Person", "src.language default 'en' as l -> tgt.language = l;",
		    "{\"resourceType\":\"Person\",\"language\":\"en\"}");
	assert_maps("Person", "src.gender default 'other' as g -> tgt.gender = g;",
		    "{\"resourceType\":\"Person\",\"gender\":\"female\"}");
}

static void checks_and_logs_become_issues(void **state)
{
	(void)state;
	assert_maps("Person", "src.name as n check (given.count() = 2) log ('saw ' & use) -> tgt.name as m, m.use = (n.use);",
		    "{\"resourceType\":\"Person\",\"name\":[{\"use\":\"official\"},{\"use\":\"usual\"}]}");
	assert_int_equal(issues.count, 3);
	assert_int_equal(issues.error_count, 1);
	assert_int_equal(issues.first->severity, ISSUE_INFORMATION);
	assert_slice(issues.first->text, "saw official (test.map:3)");
	assert_slice(issues.first->next->expression, "Patient.name[1]");
	assert_maps("Person", "src.name 1..1 as n -> tgt.name as m, m.use = (n.use);",
		    "{\"resourceType\":\"Person\",\"name\":[{\"use\":\"official\"},{\"use\":\"usual\"}]}");
	assert_int_equal(issues.error_count, 1);
}

static void default_groups_fill_between_types(void **state)
{
	(void)state;
	assert_maps_with("Person", "src.telecom -> tgt.identifier;",
			 "group T(source s : ContactPoint, target t : Identifier) <<types>> { s.value -> t.value; }",
			 "{\"resourceType\":\"Person\",\"identifier\":[{\"value\":\"555-0100\"}]}");
}

static void default_groups_follow_the_type_that_is_there(void **state)
{
	static const char groups[] =
	    "group I(source s : integer, target t : Quantity) <<type+>> { s.value as v -> t.value = v; }\n"
	    "group C(source s : CodeableConcept, target t : string) <<type+>> { s.coding as c then { c.code as k -> t.value = k; "
	    "}; }\n"
	    "group B(source s : boolean, target t : CodeableConcept) <<types>> { s -> t.text = 'b'; }";

	(void)state;
	/* A choice on both sides: the group of the type that is there, and what it makes. */
	assert_maps_with("Observation", "src.multipleBirth -> tgt.value;", groups,
			 "{\"resourceType\":\"Observation\",\"valueQuantity\":{\"value\":2}}");
	assert_maps_with("Observation", "src.maritalStatus -> tgt.value;", groups,
			 "{\"resourceType\":\"Observation\",\"valueString\":\"M\"}");
	/* <<types>> needs a target of its type: in a choice the value stays what it is. */
	assert_maps_with("Observation", "src.active -> tgt.value;", groups,
			 "{\"resourceType\":\"Observation\",\"valueBoolean\":true}");
	assert_maps_with("Observation", "src.active -> tgt.code;", groups,
			 "{\"resourceType\":\"Observation\",\"code\":{\"text\":\"b\"}}");
	/* Without a group for it. */
	assert_maps_with("Observation", "src.gender -> tgt.value;", groups,
			 "{\"resourceType\":\"Observation\",\"valueString\":\"female\"}");
	assert_fails_with("Observation", "src.name -> tgt.value;", groups, "test.map:3:17", "value cannot be a HumanName");
}

static void primitives_have_a_value_of_their_own(void **state)
{
	static const char groups[] = "group Element(source src : Element, target tgt : Element) { src.id -> tgt.id; }\n"
				     "group code(source src : code, target tgt : code) extends Element <<type+>> {\n"
				     "  src.value as v where ($this != 'male') -> tgt.value = v;\n}\n"
				     "group uri(source src : uri, target tgt : uri) { src.value -> tgt.value; }";

	(void)state;
	assert_maps_with("Person",
			 "src.gender -> tgt.gender; src.language as l -> tgt.language = create('code') as m then code(l, m);",
			 groups, "{\"resourceType\":\"Person\",\"gender\":\"female\"}");
	assert_maps_with("Person", "src.implicitRules as u -> tgt.implicitRules as v then uri(u, v);", groups,
			 "{\"resourceType\":\"Person\"}");
	assert_maps("Person", "src.active as a then { a.value as v -> tgt.active as b, b.value = v; };",
		    "{\"resourceType\":\"Person\",\"active\":true}");
	assert_maps("Person",
		    "src.language as l then { l.value default 'x' as v -> tgt.id = v; }; src.id as i then { i.value as v -> "
		    "tgt.id = v; };",
		    "{\"resourceType\":\"Person\",\"id\":\"p1\"}");
	assert_fails("Person", "src.active -> tgt.active as b, b.value = 'maybe';", "test.map:3:32", "takes no \"maybe\"");
	assert_fails("Person", "src.active -> tgt.active as b, b.value = cc('x');", "test.map:3:42",
		     "a primitive's value cannot be made by cc()");
	assert_fails("Person", "src.active -> tgt.active as b, b.valu = 'x';", "test.map:3:34", "boolean has no element valu");
	assert_fails("Person", "src.name as n then { n.value as v; };", "test.map:3:24", "HumanName has no element value");
}

static void groups_extend_others_by_the_names_of_their_parameters(void **state)
{
	(void)state;
	assert_maps_with(
	    "Person", "src -> tgt then G('x', tgt, src);",
	    "group G(source more, target t : Person, source s : Patient) extends Base { more -> t.language = more; }\n"
	    "group Base(source s : DomainResource, target t : Person) extends Root { s.language -> t.language; }\n"
	    "group Root(source s : Resource, target t : Resource) { s.id -> t.id; }",
	    "{\"resourceType\":\"Person\",\"id\":\"p1\",\"language\":\"x\"}");
	assert_fails_with("Person", "src.id -> tgt.id;",
			  "group G(source s : Patient, target t : Person) extends Base { s.id; }\n"
			  "group Base(source s : Patient, target u : Person) { s.id; }",
			  "test.map:5:56", "group Base has a target u, as group G must have to extend it");
	assert_fails_with("Person", "src.id -> tgt.id;",
			  "group G(source s : Patient, target t : Person) extends Base { s.id; }\n"
			  "group Base(source s : Group, target t : Person) { s.id; }",
			  "test.map:5:56", "group Base takes a Group as s, which a Patient is not");
	assert_fails_with("Person", "src.id -> tgt.id;", "group G(source s : Patient, target t : Person) extends Bse { s.id; }",
			  "test.map:5:56", "there is no group Bse");
}

static void what_was_made_is_read_as_a_source(void **state)
{
	(void)state;
	assert_maps_with("Person", "src.name first as n -> tgt.name as m, m.use = 'nickname' then G(m, tgt);",
			 "group G(source s : HumanName, target t : Person) { s.use as u -> t.id = u; }",
			 "{\"resourceType\":\"Person\",\"id\":\"nickname\",\"name\":[{\"use\":\"nickname\"}]}");
	assert_fails_with("Person", "src.name as n -> tgt.name as m then G(n, n);",
			  "group G(source s : HumanName, target t : HumanName) { s.use -> t.use; }", "test.map:3:37",
			  "n is not a target, as G wants");
}

static void names_are_variables_unless_the_focus_has_that_element(void **state)
{
	(void)state;
	/* In `where`, `use` is the name's own element although a variable is called so. */
	assert_maps("Person",
		    "src.gender as use then { src.name as n where (use = 'usual') -> tgt.name as m, m.text = (%use); };",
		    "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"female\"}]}");
}

struct seen {
	char text[512];
};

static void note(void *context, const struct fhir_node *from, const struct fhir_node *made)
{
	struct seen *seen = context;
	struct slice from_path = fhir_node_path(world, from), made_path = fhir_node_path(world, made);
	size_t length = strlen(seen->text);

	snprintf(seen->text + length, sizeof(seen->text) - length, "%.*s > %.*s\n", SLICE_ARG(from_path), SLICE_ARG(made_path));
}

static void the_trace_tells_of_everything_made_and_kept(void **state)
{
	struct seen seen = { "" };
	struct map_trace trace = { note, &seen };
	struct fhir_node *made;
	struct error err = { 0 };

	(void)state;
	assert_ok(run_text(map_text("Person",
				    "src.name first as n -> tgt.name as m then { n.given as g -> m.given = g; };"
				    "src -> tgt.photo as p; src.gender as g -> tgt.gender = (g.lower());",
				    NULL),
			   &trace, &made, &err),
		  &err);
	assert_string_equal(seen.text, "Patient.name[0] > Person.name[0]\n"
				       "Patient.name[0].given[0] > Person.name[0].given[0]\n"
				       "Patient.name[0].given[1] > Person.name[0].given[1]\n"
				       "Patient.gender > Person.gender\n"
				       "Patient > Person\n");
}

static void values_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	assert_fails("Person", "src.gender as g -> tgt.active = g;", "test.map:3:20",
		     "active is a boolean and takes no \"female\"");
	assert_fails("Observation", "src -> tgt.value = create('Quantity') as q, q.value = '07';", "test.map:3:45",
		     "takes no \"07\"");
	assert_fails("Person", "src -> tgt.birthDate = (%src.name.given);", "test.map:3:8", "birthDate takes one value, not 3");
	assert_fails("Person", "src.name as n -> tgt.gender = (%n);", "test.map:3:18", "cannot hold a HumanName");
	assert_fails("Person", "src -> tgt.gender = (1 + 'a');", "test.map:3:24", "do not combine");
}

static void groups_that_never_end_are_stopped(void **state)
{
	(void)state;
	assert_fails_with("Person", "src -> tgt then Again(src, tgt);",
			  "group Again(source s : Patient, target t : Person) { s -> t then Again(s, t); }", "test.map:5:66",
			  "groups call each other deeper than 64");
}

static void work_is_bounded(void **state)
{
	/* 24 sources of two items each would be 2^24 tuples. */
	struct buf buf;
	struct error err = { 0 };
	struct fhir_node *made;

	(void)state;
	buf_init(&buf, 1u << 20);
	for (int i = 0; i < 24; i++)
		buf_printf(&buf, "%ssrc.name as n%d", i ? ", " : "", i);
	buf_printf(&buf, " -> tgt.active = true;");
	buf_append_char(&buf, '\0');
	assert_false(run_text(map_text("Person", buf.ptr, NULL), NULL, &made, &err));
	assert_non_null(strstr(err.message, "more than 1048576 steps"));
	buf_free(&buf);
}

static void the_input_must_be_what_the_map_reads(void **state)
{
	struct map_program *program;
	struct fhir_node *made;
	struct error err = { 0 };

	(void)state;
	assert_ok(map_compile(world, source_schema, target_schema, "test.map",
			      SLICE("group g(source s : Group, target t : Person) { s.id -> t.id; }"), &program, &err),
		  &err);
	assert_slice(map_source_type(program)->name, "Group");
	assert_slice(map_target_type(program)->name, "Person");
	assert_false(map_run(world, program, patient, NULL, &issues, &made, &err));
	assert_string_equal(err.message, "the map reads a Group, not a Patient");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_copied_in_the_order_of_the_specification),
		cmocka_unit_test(nothing_empty_is_left_behind),
		cmocka_unit_test(rules_nest_and_call_groups),
		cmocka_unit_test(lists_are_cut_by_mode),
		cmocka_unit_test(target_lists_share_and_lead),
		cmocka_unit_test(items_go_first_or_last_in_their_order),
		cmocka_unit_test(the_first_item_of_a_list_is_used_again),
		cmocka_unit_test(several_sources_combine),
		cmocka_unit_test(choices_take_the_type_of_the_value),
		cmocka_unit_test(defaults_fill_what_is_missing),
		cmocka_unit_test(checks_and_logs_become_issues),
		cmocka_unit_test(default_groups_fill_between_types),
		cmocka_unit_test(default_groups_follow_the_type_that_is_there),
		cmocka_unit_test(primitives_have_a_value_of_their_own),
		cmocka_unit_test(groups_extend_others_by_the_names_of_their_parameters),
		cmocka_unit_test(what_was_made_is_read_as_a_source),
		cmocka_unit_test(names_are_variables_unless_the_focus_has_that_element),
		cmocka_unit_test(the_trace_tells_of_everything_made_and_kept),
		cmocka_unit_test(values_that_do_not_fit_are_refused),
		cmocka_unit_test(groups_that_never_end_are_stopped),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(the_input_must_be_what_the_map_reads),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
