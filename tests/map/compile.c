/* SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"

static void assert_hint(const char *type, const char *rules, const char *hint)
{
	struct fhir_node *made;
	struct error err = { 0 };

	assert_false(run_text(map_text(type, rules, NULL), NULL, &made, &err));
	assert_string_equal(err.hint, hint);
}

static void unknown_elements_are_told_with_the_nearest(void **state)
{
	(void)state;
	assert_fails("Person", "src.nam as n -> tgt.name = n;", "test.map:3:5", "Patient has no element nam");
	assert_hint("Person", "src.nam as n -> tgt.name = n;", "did you mean name?");
	assert_fails("Person", "src.name as n -> tgt.nme as m;", "test.map:3:22", "Person has no element nme");
	assert_hint("Person", "src.birthDate -> tgt.birthdate;", "did you mean birthDate?");
	assert_fails("Person", "src.name as n -> tgt.name as m then { n.givn -> m.given; };", "test.map:3:41",
		     "HumanName has no element givn");
	/* An element of R5 that R4 does not have. */
	assert_fails("Person", "src.maritalStatus -> tgt.maritalStatus;", "test.map:3:26", "Person has no element maritalStatus");
}

static void paths_in_expressions_are_checked_too(void **state)
{
	(void)state;
	assert_fails("Person", "src.name as n where (usse = 'x') -> tgt.name = n;", "test.map:3:22",
		     "HumanName has no element usse");
	assert_hint("Person", "src.name as n where (usse = 'x') -> tgt.name = n;", "did you mean use?");
	assert_fails("Person", "src.name as n -> tgt.gender = (%n.givn.first());", "test.map:3:35",
		     "HumanName has no element givn");
	assert_fails("Person", "src -> tgt.gender = (%src.name.where(given.count() = 1 and famly = 'x').use);", "test.map:3:60",
		     "HumanName has no element famly");
	assert_fails("Observation", "src -> tgt.value = (%src.multipleBirthInteger);", "test.map:3:26", "Patient has no element");
	assert_maps("Person", "src -> (%src.name.first()) as n then { n.use -> tgt.gender; };",
		    "{\"resourceType\":\"Person\",\"gender\":\"official\"}");
}

static void unknown_names_are_told(void **state)
{
	(void)state;
	assert_fails("Person", "scr.name as n;", "test.map:3:1", "there is no variable scr here");
	assert_hint("Person", "srcs.name as n;", "did you mean src?");
	assert_fails("Person", "src -> tgt then Nmae(src, tgt);", "test.map:3:17", "there is no group Nmae");
	assert_fails("Persn", "src.id -> tgt.id;", "test.map:2:47", "there is no type Persn among the target types");
	assert_fails("Person", "src.id as i -> tgt.id = apend(i);", "test.map:3:25", "there is no transform apend()");
	assert_fails("Person", "src.id as i -> tgt.id = append();", "test.map:3:25", "append() takes 1 to 16 operands, not 0");
	assert_fails("Person", "src.id as i -> tgt.id = (i.uper());", "test.map:3:28", "there is no function uper()");
}

static void types_must_fit(void **state)
{
	(void)state;
	assert_fails("Person", "src.name as n -> tgt.gender = n;", "test.map:3:31", "gender is a code and takes no HumanName");
	assert_fails("Person", "src -> tgt.name = 'Berg';", "test.map:3:19", "name is a HumanName, which a literal cannot fill");
	assert_fails("Person", "src.telecom -> tgt.name;", "test.map:3:20",
		     "a ContactPoint does not become a HumanName by itself");
	assert_fails("Person", "src.name : Quantity as n -> tgt.name = n;", "test.map:3:12", "name is never a Quantity");
	assert_fails("Person", "tgt.name as n -> tgt.name = n;", "test.map:3:1", "tgt is a target");
	assert_fails("Person", "src.name as n -> src.name = n;", "test.map:3:18", "src is a source");
	assert_fails("Observation", "src -> tgt.value as v;", "test.map:3:12", "value can have several types");
	assert_fails("Observation", "src -> tgt.value = create('HumanName') as v;", "test.map:3:27",
		     "value cannot be a HumanName");
	assert_fails_with("Person", "src.name as n -> tgt then G(n, tgt);",
			  "group G(source s : Address, target t : Person) { s.city; }", "test.map:5:20",
			  "is called with a HumanName");
	assert_fails_with("Person", "src.name as n -> tgt then G(n);",
			  "group G(source s : HumanName, target t : Person) { s.use; }", "test.map:3:27", "too few arguments");
}

static void mistakes_in_groups_that_nothing_calls_are_told(void **state)
{
	(void)state;
	assert_fails_with("Person", "src.id -> tgt.id;", "group G(source s : HumanName, target t : Person) { s.txt -> t.id; }",
			  "test.map:5:54", "HumanName has no element txt");
}

static void syntax_errors_have_their_place(void **state)
{
	(void)state;
	assert_fails("Person", "src.name as n -> tgt.name = n", "test.map:4:1", "expected \";\", found \"}\"");
	assert_fails("Person", "src.name.given as g;", "test.map:3:9", "a source is a variable and one element");
	assert_fails("Person", "src -> tgt.name.given = 'x';", "test.map:3:16", "a target is a variable and one element");
	assert_fails("Person", "src.id -> tgt.id = 'abc;", "test.map:3:20", "no closing '");
	assert_fails("Person", "/* src.id -> tgt.id;", "test.map:3:1", "the comment that starts here has no end");
	assert_fails("Person", "src.id as i where (i = -> tgt.id = i;", "test.map:3:24", "expected");
	assert_fails("Person", "src.id 1..x as i;", "test.map:3:11", "expected a number or *");
	assert_fails("Person", "src -> tgt then { src.id -> tgt.id; ", "test.map:5:1", "the map ends where");
	assert_fails_with("Person", "src.id -> tgt.id;", "gruop x", "test.map:5:1",
			  "expected map, uses, imports, conceptmap, let or group");
}

static void the_head_is_checked(void **state)
{
	(void)state;
	assert_fails_with("Person", "src.id -> tgt.id;", "uses \"http://example.org/Nothing\" as source", "test.map:5:6",
			  "there is no structure http://example.org/Nothing");
	assert_fails_with("Person", "src.id -> tgt.id;", "imports \"http://example.org/none\"", "test.map:5:9",
			  "no map has the URL http://example.org/none");
	assert_maps_with("P", "src.id -> tgt.id;", "uses \"http://hl7.org/fhir/StructureDefinition/Person\" alias P as target",
			 "{\"resourceType\":\"Person\",\"id\":\"p1\"}");
}

static void circles_are_refused(void **state)
{
	(void)state;
	assert_fails_with("Person", "src.id -> tgt.id;",
			  "group A(source s : Patient, target t : Person) extends B { s.id; }\n"
			  "group B(source s : Patient, target t : Person) extends A { s.id; }",
			  "test.map:6:56", "extend each other in a circle");
}

static void groups_are_told_apart(void **state)
{
	(void)state;
	assert_fails_with("Person", "src.id -> tgt.id;",
			  "group A(source s : Patient, target t : Person) { s.id; }\ngroup A(source s, target t) { s; }",
			  "test.map:6:7", "there is a group A already, in line 5");
	assert_fails_with("Person", "src.id -> tgt.id;",
			  "group A(source s : Address, target t : Identifier) <<types>> { s.city; }\n"
			  "group B(source s : Address, target t : Identifier) <<type+>> { s.city; }",
			  "test.map:6:7", "group A is the default from Address to Identifier already");
	assert_fails_with("Observation", "src.maritalStatus -> tgt.value;",
			  "group A(source s : CodeableConcept, target t : string) <<type+>> { s.text -> t.value; }\n"
			  "group B(source s : CodeableConcept, target t : Quantity) <<type+>> { s.text -> t.unit; }",
			  "test.map:3:26", "groups A and B both take a CodeableConcept by default here");
	assert_fails_with("Person", "src.id -> tgt.id;", "group A(source s : Address, target t) <<type+>> { s.city; }",
			  "test.map:5:7", "a default group has one source and one target, both with their types");
	assert_fails_with("Person", "src.id -> tgt.id;", "group A(source s : Address, target t : Period) <<type>> { s.city; }",
			  "test.map:5:54", "expected \"+\"");
}

static void the_first_group_names_what_it_maps(void **state)
{
	struct map_program *program;
	struct error err = { 0 };

	(void)state;
	assert_false(map_compile(world, source_schema, target_schema, "a.map", SLICE("group g(source s, target t) { s; }"),
				 &program, &err));
	assert_string_equal(err.place, "a.map:1:16");
	memset(&err, 0, sizeof(err));
	assert_false(map_compile(world, source_schema, target_schema, "a.map", SLICE("map \"u\" = x"), &program, &err));
	assert_string_equal(err.message, "the map has no group");
	memset(&err, 0, sizeof(err));
	assert_false(map_compile(world, source_schema, target_schema, "a.map", SLICE("group g(source s : Patient) { s; }"),
				 &program, &err));
	assert_string_equal(err.message, "the first group needs one source and one target");
}

/** `count` times `text` between `head` and `tail`. */
static struct slice repeated(const char *head, const char *text, size_t count, const char *tail)
{
	struct buf buf;

	buf_init(&buf, 4u << 20);
	buf_append(&buf, slice_of(head));
	for (size_t i = 0; i < count; i++)
		buf_append(&buf, slice_of(text));
	buf_append(&buf, slice_of(tail));
	struct slice copy = arena_copy(world, buf_slice(&buf));
	buf_free(&buf);
	return copy;
}

static void hostile_maps_are_refused(void **state)
{
	static const struct {
		const char *head, *text;
		size_t count;
		const char *message;
	} cases[] = {
		{ "group g(source s : Patient, target t : Person) {", "s then {", 20000, "nested too deeply" },
		{ "group g(source s : Patient, target t : Person) {", "s;", 100000, "too large" },
		{ "group g(source s : Patient, target t : Person) { s where ", "(", 20000, "nested deeper" },
		{ "group g(source s : Patient, target t : Person) { s -> t.id = append(", "'a',", 100000, "too large" },
		{ "", "a", MAP_TEXT_MAX_BYTES + 1, "longer than" },
		{ "group g(source s : Patient, target t : Person) { s -> t", ".id", 1000, "a target is a variable" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct map_program *program;
		struct error err = { 0 };

		assert_false(map_compile(world, source_schema, target_schema, "h.map",
					 repeated(cases[i].head, cases[i].text, cases[i].count, ""), &program, &err));
		if (!strstr(err.message, cases[i].message))
			fail_msg("case %zu: %s", i, err.message);
	}
}

/** Maps in lower case are parts: they are compiled in those that import them. */
static bool compile_asset(void *context, const char *name, struct slice bytes)
{
	size_t *compiled = context;
	char first = strrchr(name, '/')[1];

	if (!slice_ends(slice_of(name), SLICE(".map")) || (first >= 'a' && first <= 'z'))
		return true;
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct map_program *program;
		struct error err = { 0 };
		const char *other = version == FHIR_R4 ? ".r5.map" : ".r4.map";

		if (slice_ends(slice_of(name), slice_of(other)))
			continue;
		assert_ok(map_compile(world, source_schema, version == FHIR_R4 ? target_schema : source_schema, name, bytes,
				      &program, &err),
			  &err);
		*compiled += 1;
	}
	return true;
}

static void every_map_of_the_profiles_compiles(void **state)
{
	size_t compiled = 0;

	(void)state;
	asset_each("maps/", compile_asset, &compiled);
	assert_true(compiled >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_elements_are_told_with_the_nearest),
		cmocka_unit_test(paths_in_expressions_are_checked_too),
		cmocka_unit_test(unknown_names_are_told),
		cmocka_unit_test(types_must_fit),
		cmocka_unit_test(mistakes_in_groups_that_nothing_calls_are_told),
		cmocka_unit_test(syntax_errors_have_their_place),
		cmocka_unit_test(the_head_is_checked),
		cmocka_unit_test(circles_are_refused),
		cmocka_unit_test(groups_are_told_apart),
		cmocka_unit_test(the_first_group_names_what_it_maps),
		cmocka_unit_test(hostile_maps_are_refused),
		cmocka_unit_test(every_map_of_the_profiles_compiles),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
