/* SPDX-License-Identifier: Apache-2.0 */
/* All mistakes of a map are told, each once, with its place. */
#include "mapping.h"

static struct buf told;

static void hear(void *context, const struct error *mistake)
{
	(void)context;
	buf_printf(&told, "%s: %s\n", mistake->place, mistake->message);
}

/** Compiling `text` tells `expected` and ends in `sum`. */
static void assert_mistakes(const struct map_file *files, size_t count, const char *text, const char *expected, const char *sum)
{
	const struct map_library library = {
		.source = source_schema, .target = target_schema, .files = files, .file_count = count, .mistake = hear
	};
	struct map_program *program;
	struct error err = { 0 };

	buf_init(&told, 1u << 20);
	assert_false(map_compile_with(world, &library, "m.map", slice_of(text), &program, &err));
	buf_append_char(&told, '\0');
	assert_string_equal(told.ptr, expected);
	assert_string_equal(err.message, sum);
	buf_free(&told);
}

#define HEAD "group g(source s : Patient, target t : Person) {\n"

static void every_rule_is_looked_at(void **state)
{
	(void)state;
	assert_mistakes(NULL, 0,
			HEAD
			"  s.nam -> t.name;\n  s.id -> t.id;\n  s.name as n -> t.name as m then {\n    n.x;\n    n.use -> m.y;\n"
			"    n.text as v -> m.text = apend(v);\n  };\n  s.id as i where (i.uper()) -> t.id = i;\n}\n"
			"group h(source s : Quantity, target t : Range) { s.z; s -> t then k(s, t); }",
			"m.map:9:22: there is no function uper()\nm.map:2:5: Patient has no element nam\nm.map:5:7: HumanName "
			"has no element x\n"
			"m.map:6:16: HumanName has no element y\nm.map:7:29: there is no transform apend()\n"
			"m.map:11:52: Quantity has no element z\n"
			"m.map:11:67: there is no group k\n",
			"7 mistakes");
}

static void reading_goes_on_behind_the_rule_with_a_mistake(void **state)
{
	(void)state;
	assert_mistakes(NULL, 0,
			HEAD "  s.id -> -> t.id;\n  s.name as n -> t.name as m then {\n    n.use = 1 { x; };\n    n.nix;\n  };\n"
			     "  s.gender -> t.gender = 'a' b c;\n  s.id where (1 + ) -> t.id\n}\ngroup h(source s : Range, "
			     "target t : Range) { s.q; }",
			"m.map:2:11: expected a variable, found \"->\"\nm.map:4:11: expected \";\", found \"=\"\n"
			"m.map:7:32: expected \";\", found \"c\"\nm.map:8:19: expected an expression, found \")\"\n"
			"m.map:5:7: HumanName has no element nix\nm.map:10:49: Range has no element q\n",
			"6 mistakes");
	/* A declaration that was lost would be missed everywhere: only what was read is told. */
	assert_mistakes(NULL, 0, "uses Patient as source\n" HEAD "  s.nix;\n  s.id = 1;\n}\ngroup (source s) { a; }\nlet x = ;",
			"m.map:1:6: expected a URL, found \"Patient\"\nm.map:4:8: expected \";\", found \"=\"\n"
			"m.map:6:7: expected a group name, found \"(\"\nm.map:7:9: expected an expression, found \";\"\n",
			"4 mistakes");
	assert_mistakes(NULL, 0, HEAD "  s.id = 1;\n  s.id -> t.id = 'abc;\n}",
			"m.map:2:8: expected \";\", found \"=\"\nm.map:3:18: the text that starts here has no closing '\n",
			"2 mistakes");
	assert_mistakes(NULL, 0, HEAD "  s.id = 1;\n  s.id -> t.id;\n",
			"m.map:2:8: expected \";\", found \"=\"\nm.map:4:1: the map ends where a variable was expected\n",
			"2 mistakes");
}

static void the_heads_of_all_files_are_looked_at(void **state)
{
	const struct map_file file = { "b.map", SLICE("map 'http://example.org/b' = b\nuses 'urn:x' as source\n"
						      "group x(source s : Patient, target t : Person) { s.id; }") };

	(void)state;
	assert_mistakes(
	    &file, 1, "imports 'http://example.org/b'\nimports 'http://example.org/c'\nimports 'http://example.org/d'\n" HEAD "}",
	    "m.map:2:9: no map has the URL http://example.org/c\nm.map:3:9: no map has the URL http://example.org/d\n",
	    "2 mistakes");
	assert_mistakes(&file, 1, "imports 'http://example.org/b'\nuses 'urn:y' as target\n" HEAD "}",
			"m.map:2:6: there is no structure urn:y on the target side\n"
			"b.map:2:6: there is no structure urn:x on the source side\n",
			"2 mistakes");
}

static void a_group_of_many_types_tells_a_mistake_once(void **state)
{
	(void)state;
	assert_mistakes(NULL, 0,
			HEAD "  s.name as n -> t.name as m then k(n, m);\n  s.telecom as n -> t.telecom as m then k(n, m);\n}\n"
			     "group k(source s, target t) { s.use -> t.nix; s.use -> t.use; }",
			"m.map:5:42: HumanName has no element nix\nm.map:5:42: ContactPoint has no element nix\n", "2 mistakes");
	assert_mistakes(NULL, 0,
			HEAD "  s.name as n -> t.name as m then k(n, m);\n  s.telecom as n -> t.telecom as m then k(n, m);\n}\n"
			     "group k(source s, target t) { s.use -> u.nix; }",
			"m.map:5:40: there is no variable u here\n", "1 mistake");
}

static void resources_are_looked_through_too(void **state)
{
	(void)state;
	assert_mistakes(
	    NULL, 0,
	    "{\"resourceType\":\"StructureMap\",\"group\":[{\"name\":\"g\",\"input\":["
	    "{\"name\":\"s\",\"type\":\"Patient\",\"mode\":\"source\"},"
	    "{\"name\":\"t\",\"type\":\"Person\",\"mode\":\"target\"}],\"rule\":[\n"
	    "{\"name\":\"a\",\"source\":[{\"element\":\"id\"}]},\n"
	    "{\"name\":\"b\",\"source\":[{\"context\":\"s\",\"listMode\":\"most\"}]},\n"
	    "{\"name\":\"c\",\"source\":[{\"context\":\"s\",\n\"element\":\"nix\"}]}]}]}",
	    "m.map:2:23: a source needs a context\nm.map:3:38: unknown code most\nm.map:5:1: Patient has no element nix\n",
	    "3 mistakes");
}

static void there_is_an_end_to_them(void **state)
{
	const struct map_library library = { .source = source_schema, .target = target_schema, .mistake = hear };
	struct map_program *program;
	struct error err = { 0 };
	struct buf text;
	size_t lines = 0;

	(void)state;
	buf_init(&text, 1u << 20);
	buf_init(&told, 1u << 20);
	buf_append(&text, SLICE(HEAD));
	for (size_t i = 0; i < MAP_MISTAKES_MAX + 10; i++)
		buf_append(&text, SLICE("s.nix;\n"));
	buf_append(&text, SLICE("}"));
	assert_false(map_compile_with(world, &library, "m.map", buf_slice(&text), &program, &err));
	for (size_t i = 0; i < told.len; i++)
		lines += told.ptr[i] == '\n';
	assert_int_equal(lines, MAP_MISTAKES_MAX);
	assert_string_equal(err.message, "more than 50 mistakes");
	buf_free(&text);
	buf_free(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_is_looked_at),
		cmocka_unit_test(reading_goes_on_behind_the_rule_with_a_mistake),
		cmocka_unit_test(the_heads_of_all_files_are_looked_at),
		cmocka_unit_test(a_group_of_many_types_tells_a_mistake_once),
		cmocka_unit_test(resources_are_looked_through_too),
		cmocka_unit_test(there_is_an_end_to_them),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
