/* SPDX-License-Identifier: Apache-2.0 */
/* Constructs of the R5 page "FHIR Mapping Language" (mapping-language.html), each as a map that uses it. */
#include "mapping.h"

static void constants_are_worked_out_before_the_rules(void **state)
{
	(void)state;
	assert_maps_with("Person", "src -> tgt.name as n, n.text = greeting; src.id -> tgt.id = (%prefix & %src.id);",
			 "let prefix = 'x-'; let greeting = %prefix & 'hello';",
			 "{\"resourceType\":\"Person\",\"id\":\"x-p1\",\"name\":[{\"text\":\"x-hello\"}]}");
	/* In groups below, in nested rules, as an operand of a call. */
	assert_maps_with("Person", "src.name first as n -> tgt.name as m then Name(n, m, word);",
			 "let word = 'w';\n"
			 "group Name(source s : HumanName, target t : HumanName, source w) {\n"
			 "  s.given as g then { s -> t.text = (%word & w & %g); };\n}",
			 "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"wwMaria\"}]}");
	assert_fails_with("Person", "src.id -> tgt.id;", "let a = 'x'; let a = 'y';", "test.map:5:18", "a is a constant already");
	assert_fails_with("Person", "src.id as a -> tgt.id;", "let a = 'x';", "test.map:3:11", "a is a constant already");
	assert_fails_with("Person", "src.id -> tgt.id;", "let a 'x';", "test.map:5:7", "expected \"=\"");
	assert_fails_with("Person", "src.id -> tgt.id = b;", "let a = 'x';", "test.map:3:20", "there is no variable b");
}

#define CODES                                                                                                                    \
	"conceptmap \"#c\" { prefix s = \"http://example.org/ms\" prefix t = \"http://example.org/target\"\n"                    \
	" s:female == t:F  s:male - t:M  s:other != t:O unmapped for s = provided }"

static void conceptmaps_say_what_becomes_of_other_codes(void **state)
{
	(void)state;
	assert_maps_with("Person", "src.gender as g -> tgt.id = translate(g, '#c', 'code');", CODES,
			 "{\"resourceType\":\"Person\",\"id\":\"F\"}");
	assert_maps_with("Person", "src -> tgt.id = translate('other', '#c', 'code');", CODES,
			 "{\"resourceType\":\"Person\",\"id\":\"other\"}");
	assert_maps_with("Person", "src -> tgt.id = translate('male', '#c', 'code');", CODES,
			 "{\"resourceType\":\"Person\",\"id\":\"M\"}");
	assert_fails_with("Person", "src -> tgt.id = translate('male', '#d', 'code');", CODES, "test.map:3:35",
			  "there is no conceptmap #d");
}

static void words_of_the_language_name_elements_too(void **state)
{
	(void)state;
	assert_maps_with("Person", "src.id as source -> tgt.id = source \"id\";", NULL,
			 "{\"resourceType\":\"Person\",\"id\":\"p1\"}");
	assert_maps_with("ConceptMap", "src -> tgt.group as group then { src.id -> group.source = 'urn:a' \"source\"; };", NULL,
			 "{\"resourceType\":\"ConceptMap\",\"group\":[{\"source\":\"urn:a\"}]}");
}

static void comments_stand_anywhere(void **state)
{
	(void)state;
	assert_maps_with("Person", "/* a */ src.id /* b */ -> tgt.id; // c\n/// d\n/* e\n */", "/// f = 'g'\n// h",
			 "{\"resourceType\":\"Person\",\"id\":\"p1\"}");
}

static void quotes_of_all_three_kinds_are_read(void **state)
{
	(void)state;
	assert_maps_with("Person", "src.`id` -> tgt.`name` as n, n.text = 'a\\'b', n.family = \"c\\\"d\" ;", NULL,
			 "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"a'b\",\"family\":\"c\\\"d\"}]}");
}

/* ---- files beside the map ---- */

static bool run_with(const struct map_file *files, size_t count, const char *text, struct fhir_node **out, struct error *err)
{
	const struct map_library library = {
		.source = source_schema, .target = target_schema, .files = files, .file_count = count
	};
	struct map_program *program;

	issues_init(&issues, world, 20);
	return map_compile_with(world, &library, "test.map", slice_of(text), &program, err) &&
	       map_run(world, program, patient, NULL, &issues, out, err);
}

static void assert_makes(const struct map_file *files, size_t count, const char *text, const char *expected)
{
	struct fhir_node *made;
	struct error err = { 0 };
	struct buf buf;

	if (!run_with(files, count, text, &made, &err))
		fail_msg("%s: %s (%s)", err.place, err.message, err.hint);
	buf_init(&buf, 1u << 20);
	fhir_json_write(&buf, made, FHIR_JSON_COMPACT);
	buf_append_char(&buf, '\0');
	assert_string_equal(buf.ptr, expected);
	buf_free(&buf);
}

static void assert_refuses(const struct map_file *files, size_t count, const char *text, const char *place, const char *message)
{
	struct fhir_node *made;
	struct error err = { 0 };

	assert_false(run_with(files, count, text, &made, &err));
	assert_string_equal(err.place, place);
	if (!strstr(err.message, message))
		fail_msg("%s", err.message);
}

#define FILE_OF(name, literal)                                                                                                   \
	{                                                                                                                        \
		name,                                                                                                            \
		{                                                                                                                \
			literal, sizeof(literal) - 1                                                                             \
		}                                                                                                                \
	}

#define R4_CONCEPTS                                                                                                              \
	"{\"resourceType\":\"ConceptMap\",\"url\":\"http://example.org/"                                                         \
	"cm\",\"status\":\"active\",\"group\":[{\"source\":\"urn:s\","                                                           \
	"\"target\":\"urn:t\",\"element\":[{\"code\":\"female\",\"target\":[{\"code\":\"F\",\"equivalence\":\"equal\"}]},"       \
	"{\"code\":\"male\",\"target\":[{\"code\":\"M\",\"equivalence\":\"disjoint\"}]}],"                                       \
	"\"unmapped\":{\"mode\":\"fixed\",\"code\":\"U\"}}]}"
#define R5_CONCEPTS                                                                                                              \
	"{\"resourceType\":\"ConceptMap\",\"url\":\"http://example.org/"                                                         \
	"cm\",\"status\":\"active\",\"group\":[{\"source\":\"urn:s\","                                                           \
	"\"target\":\"urn:t|1\",\"element\":[{\"code\":\"female\",\"target\":[{\"code\":\"F\",\"relationship\":\"equivalent\"}]" \
	"}]}]}"
#define TRANSLATES(code)                                                                                                         \
	"map \"http://example.org/m\" = m\ngroup g(source s : Patient, target t : Person) {\n"                                   \
	"s -> t.identifier as i, i.value = translate(" code ", 'http://example.org/cm', 'code'),"                                \
	" i.system = translate(" code ", 'http://example.org/cm', 'system'); }"

#define CONCEPTS_WITH_DISPLAY                                                                                                    \
	"{\"resourceType\":\"ConceptMap\",\"url\":\"http://example.org/cm\",\"status\":\"active\",\"group\":[{"                  \
	"\"target\":\"urn:t\",\"element\":[{\"code\":\"female\",\"target\":[{\"code\":\"F\",\"display\":\"Woman\","              \
	"\"relationship\":\"equivalent\"}]}]}]}"

static void translations_come_in_the_form_that_is_wanted(void **state)
{
	const struct map_file concepts = FILE_OF("cm.json", CONCEPTS_WITH_DISPLAY);

	(void)state;
	assert_makes(&concepts, 1,
		     "group g(source s : Patient, target t : Person) {\n"
		     "s.gender as g -> t.name as n, n.text = translate(g, 'http://example.org/cm', 'display'),"
		     " n.family = translate(g, 'http://example.org/cm'); }",
		     "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"Woman\",\"family\":\"F\"}]}");
	assert_makes(
	    &concepts, 1,
	    "group g(source s : Patient, target t : Basic) {\n"
	    "s.gender as g -> t.code = translate(g, 'http://example.org/cm'); }",
	    "{\"resourceType\":\"Basic\",\"code\":{\"coding\":[{\"system\":\"urn:t\",\"code\":\"F\",\"display\":\"Woman\"}]}}");
	assert_refuses(&concepts, 1,
		       "group g(source s : Patient, target t : Basic) {\n"
		       "s.gender as g -> t.id = translate(g, 'http://example.org/cm', 'name'); }",
		       "test.map:2:18", "translate() gives code, system, display, Coding or CodeableConcept, not name");
}

static void codes_are_translated_by_conceptmap_resources(void **state)
{
	const struct map_file r4 = FILE_OF("cm.json", R4_CONCEPTS), r5 = FILE_OF("cm.json", R5_CONCEPTS);
	const struct map_file broken = FILE_OF("cm.json", "{\"resourceType\":\"ConceptMap\",\n\"what\":1}");

	(void)state;
	assert_makes(&r4, 1, TRANSLATES("'female'"),
		     "{\"resourceType\":\"Person\",\"identifier\":[{\"system\":\"urn:t\",\"value\":\"F\"}]}");
	assert_makes(&r5, 1, TRANSLATES("'female'"),
		     "{\"resourceType\":\"Person\",\"identifier\":[{\"system\":\"urn:t\",\"value\":\"F\"}]}");
	assert_makes(&r4, 1, TRANSLATES("'male'"),
		     "{\"resourceType\":\"Person\",\"identifier\":[{\"system\":\"urn:t\",\"value\":\"U\"}]}");
	assert_makes(&r5, 1, TRANSLATES("'male'"), "{\"resourceType\":\"Person\"}");
	assert_refuses(NULL, 0, TRANSLATES("'male'"), "test.map:3:53", "there is no conceptmap http://example.org/cm");
	assert_refuses(&broken, 1, TRANSLATES("'male'"), "cm.json:2:1", "what");
}

#define MAP_HEAD                                                                                                                 \
	"{\"resourceType\":\"StructureMap\",\"url\":\"http://example.org/sm\",\"name\":\"sm\",\"status\":\"active\","            \
	"\"structure\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/Patient\",\"mode\":\"source\",\"alias\":\"P\"}],"     \
	"\"const\":[{\"name\":\"k\",\"value\":\"'const'\"}],"                                                                    \
	"\"group\":[{\"name\":\"g\",\"input\":[{\"name\":\"s\",\"type\":\"P\",\"mode\":\"source\"},"                             \
	"{\"name\":\"t\",\"type\":\"Person\",\"mode\":\"target\"}],\"rule\":["
#define MAP_RULES                                                                                                                \
	"{\"name\":\"id\",\"source\":[{\"context\":\"s\",\"element\":\"id\",\"variable\":\"v\"}],"                               \
	"\"target\":[{\"context\":\"t\",\"element\":\"id\",\"transform\":\"copy\",\"parameter\":[{\"valueId\":\"v\"}]}]},"       \
	"{\"name\":\"birth\",\"source\":[{\"context\":\"s\",\"element\":\"birthDate\",\"variable\":\"v\"}],"                     \
	"\"target\":[{\"context\":\"t\",\"element\":\"birthDate\",\"variable\":\"w\",\"transform\":\"create\"}]},"               \
	"{\"name\":\"name\",\"source\":[{\"context\":\"s\",\"element\":\"name\",\"variable\":\"n\",\"condition\":\"use = "       \
	"'usual'\"}],"                                                                                                           \
	"\"target\":[{\"context\":\"t\",\"element\":\"name\",\"variable\":\"m\"}],"                                              \
	"\"dependent\":[{\"name\":\"h\",\"parameter\":[{\"valueId\":\"n\"},{\"valueId\":\"m\"}]}]}]},"                           \
	"{\"name\":\"h\",\"input\":[{\"name\":\"s\",\"mode\":\"source\"},{\"name\":\"t\",\"mode\":\"target\"}],\"rule\":["       \
	"{\"name\":\"text\",\"source\":[{\"context\":\"s\"}],\"target\":[{\"context\":\"t\",\"element\":\"text\","               \
	"\"transform\":\"evaluate\",\"parameter\":[{\"valueString\":\"%s.given.first() & ' ' & %k\"}]}]}]}]}"

static void structuremap_resources_are_maps(void **state)
{
	const struct map_file import = FILE_OF("sm.json", MAP_HEAD MAP_RULES);

	(void)state;
	assert_makes(
	    NULL, 0, MAP_HEAD MAP_RULES,
	    "{\"resourceType\":\"Person\",\"id\":\"p1\",\"name\":[{\"text\":\"Ann const\"}],\"birthDate\":\"1974-12-25\"}");
	/* A text imports it by its URL, and calls its groups. */
	assert_makes(
	    &import, 1,
	    "map \"http://example.org/m\" = m imports \"http://example.org/s*\"\n"
	    "group top(source s : Patient, target t : Person) { s -> t then g(s, t); }",
	    "{\"resourceType\":\"Person\",\"id\":\"p1\",\"name\":[{\"text\":\"Ann const\"}],\"birthDate\":\"1974-12-25\"}");
	assert_refuses(NULL, 0, "{\"resourceType\":\"Patient\"}", "test.map:1:1", "not a StructureMap");
	assert_refuses(NULL, 0, MAP_HEAD "\n{\"name\":\"x\",\"source\":[{\"context\":\"s\",\n\"element\":\"nix\"}]}]}]}",
		       "test.map:3:1", "Patient has no element nix");
	assert_refuses(NULL, 0, MAP_HEAD "\n{\"name\":\"x\",\"source\":[{\"element\":\"id\"}]}]}]}", "test.map:2:23",
		       "a source needs a context");
}

#define XML_MAP                                                                                                                  \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                                                           \
	"<StructureMap xmlns=\"http://hl7.org/fhir\"><url value=\"http://example.org/xm\"/><name value=\"xm\"/>"                 \
	"<status value=\"active\"/><group><name value=\"g\"/><typeMode value=\"none\"/>"                                         \
	"<input><name value=\"s\"/><type value=\"Patient\"/><mode value=\"source\"/></input>"                                    \
	"<input><name value=\"t\"/><type value=\"Person\"/><mode value=\"target\"/></input>"                                     \
	"<rule><name value=\"id\"/><source><context value=\"s\"/><element value=\"id\"/><variable value=\"v\"/></source>\n"      \
	"<target><context value=\"t\"/>%s<element value=\"id\"/><transform value=\"copy\"/>"                                     \
	"<parameter><valueId value=\"v\"/></parameter></target></rule>"                                                          \
	"<rule><name value=\"sex\"/><source><context value=\"s\"/><element value=\"gender\"/><variable value=\"v\"/></source>"   \
	"<target><context value=\"t\"/>%s<element value=\"language\"/><transform value=\"translate\"/>"                          \
	"<parameter><valueId value=\"v\"/></parameter><parameter><valueString value=\"http://example.org/cm\"/></parameter>"     \
	"<parameter><valueString value=\"code\"/></parameter></target></rule></group></StructureMap>"
#define XML_CONCEPTS                                                                                                             \
	"<ConceptMap xmlns=\"http://hl7.org/fhir\"><url value=\"http://example.org/cm\"/><status value=\"active\"/>"             \
	"<group><source value=\"urn:s\"/><target value=\"urn:t\"/><element><code value=\"female\"/><target><code "               \
	"value=\"F\"/>"                                                                                                          \
	"<relationship value=\"equivalent\"/></target></element></group></ConceptMap>"

static const char *xml_map(const char *context_type)
{
	return arena_printf(world, XML_MAP, context_type, context_type).ptr;
}

static void maps_and_conceptmaps_are_read_as_xml_too(void **state)
{
	const struct map_file concepts = FILE_OF("cm.xml", XML_CONCEPTS);
	const struct map_file both[] = { FILE_OF("cm.xml", XML_CONCEPTS), { "xm.xml", slice_of(xml_map("")) } };
	const char *made = "{\"resourceType\":\"Person\",\"id\":\"p1\",\"language\":\"F\"}";

	(void)state;
	assert_makes(&concepts, 1, xml_map(""), made);
	/* The form of R4 names what a context is. */
	assert_makes(&concepts, 1, xml_map("<contextType value=\"variable\"/>"), made);
	assert_makes(both, 2,
		     "map \"http://example.org/m\" = m imports \"http://example.org/xm\"\n"
		     "group top(source s : Patient, target t : Person) { s -> t then g(s, t); }",
		     made);
	assert_refuses(&concepts, 1, xml_map("<contextType valeu=\"variable\"/>"), "test.map:3:29", "valeu");
	assert_refuses(&concepts, 1, "<Patient xmlns=\"http://hl7.org/fhir\"/>", "test.map:1:1", "not a StructureMap");
}

static void given_maps_are_imported_by_their_url(void **state)
{
	const struct map_file files[] = {
		FILE_OF("a.map",
			"map \"http://example.org/a/one\" = a group A(source s : Patient, target t : Person) { s.id -> t.id; }"),
		FILE_OF("b.map", "/// url = 'http://example.org/a/two'\ngroup B(source s : Patient, target t : Person) {\n"
				 "s.gender -> t.gender; }"),
	};

	(void)state;
	assert_makes(files, 2,
		     "map \"http://example.org/m\" = m imports \"http://example.org/a/*\"\n"
		     "group top(source s : Patient, target t : Person) { s -> t then A(s, t), B(s, t); }",
		     "{\"resourceType\":\"Person\",\"id\":\"p1\",\"gender\":\"female\"}");
	/* "*" stands anywhere, as the maps between versions have it. */
	assert_makes(files, 2,
		     "map \"http://example.org/m\" = m imports \"http://*.org/*/two\"\n"
		     "group top(source s : Patient, target t : Person) { s -> t then B(s, t); }",
		     "{\"resourceType\":\"Person\",\"gender\":\"female\"}");
	assert_refuses(files, 2,
		       "map \"http://example.org/m\" = m\nimports \"http://example.org/*three\"\n"
		       "group top(source s : Patient, target t : Person) { s.id -> t.id; }",
		       "test.map:2:9", "no map has the URL http://example.org/*three");
	assert_refuses(files, 2,
		       "map \"http://example.org/m\" = m\nimports \"http://example.org/c/*\"\n"
		       "group top(source s : Patient, target t : Person) { s.id -> t.id; }",
		       "test.map:2:9", "no map has the URL http://example.org/c/*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_are_worked_out_before_the_rules),
		cmocka_unit_test(conceptmaps_say_what_becomes_of_other_codes),
		cmocka_unit_test(words_of_the_language_name_elements_too),
		cmocka_unit_test(comments_stand_anywhere),
		cmocka_unit_test(quotes_of_all_three_kinds_are_read),
		cmocka_unit_test(translations_come_in_the_form_that_is_wanted),
		cmocka_unit_test(codes_are_translated_by_conceptmap_resources),
		cmocka_unit_test(structuremap_resources_are_maps),
		cmocka_unit_test(maps_and_conceptmaps_are_read_as_xml_too),
		cmocka_unit_test(given_maps_are_imported_by_their_url),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
