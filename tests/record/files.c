/* SPDX-License-Identifier: Apache-2.0 */
/* CSV, JSON and XML as trees of a model; here R5's Patient and Questionnaire, which have lists, choices and nesting. */
#include "../testing.h"

#include "cannula/record.h"

static struct arena *arena;
static struct fhir_schema *schema;
static struct issues issues;

static int open_world(void **state)
{
	struct error err = { 0 };

	(void)state;
	arena = arena_new(256u << 20);
	assert_ok(fhir_schema_load(arena, FHIR_R5, &schema, &err), &err);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool read_text(const char *path, const char *text, const struct record_form *form, struct record_list *list,
		      struct error *err)
{
	issues_init(&issues, arena, 10);
	return record_read(arena, schema, fhir_type_find(schema, SLICE("Patient")), form, path, slice_of(text), &issues, list,
			   err);
}

/** The records, one a line. */
static void assert_reads(const char *path, const char *text, const struct record_form *form, const char *expected)
{
	struct record_list list;
	struct error err = { 0 };
	struct buf buf;

	if (!read_text(path, text, form, &list, &err))
		fail_msg("%s: %s (%s)", err.place, err.message, err.hint);
	buf_init(&buf, 1u << 20);
	for (size_t i = 0; i < list.count; i++) {
		fhir_json_write(&buf, list.items[i], FHIR_JSON_COMPACT);
		buf_append_char(&buf, '\n');
	}
	buf_append_char(&buf, '\0');
	assert_string_equal(buf.ptr, expected);
	buf_free(&buf);
}

static void assert_refuses(const char *path, const char *text, const char *place, const char *message)
{
	struct record_list list;
	struct error err = { 0 };

	if (read_text(path, text, NULL, &list, &err))
		fail_msg("accepted: %s", text);
	if (strcmp(err.place, place) != 0 || !strstr(err.message, message))
		fail_msg("%s: %s, not %s: %s", err.place, err.message, place, message);
}

static void rows_become_records(void **state)
{
	const struct record_form form = { .list_separator = SLICE("|") };

	(void)state;
	assert_reads("a.csv", "\xef\xbb\xbfid,active,birthDate\r\n1,true,1974-12-25\r\n\r\n\"2\",,\"19\"\"74\"\r\n", NULL,
		     "{\"resourceType\":\"Patient\",\"id\":\"1\",\"active\":true,\"birthDate\":\"1974-12-25\"}\n"
		     "{\"resourceType\":\"Patient\",\"id\":\"2\",\"birthDate\":\"19\\\"74\"}\n");
	assert_reads("a.tsv", "id\tmultipleBirthInteger\na\t2", NULL,
		     "{\"resourceType\":\"Patient\",\"id\":\"a\",\"multipleBirthInteger\":2}\n");
	/* The innermost element that may repeat does: given, not name; name, where family cannot. */
	assert_reads("a.csv", "name.given,name.given,name.family\nA,B,C\n", NULL,
		     "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"C\",\"given\":[\"A\",\"B\"]}]}\n");
	assert_reads("a.csv", "name.family,name.use,name.family,name.use\nA,,,usual\n", NULL,
		     "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"A\"},{\"use\":\"usual\"}]}\n");
	assert_reads(
	    "a.csv", "name.given,name.family\nA| B |C,x|y\n", &form,
	    "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"x\",\"given\":[\"A\",\"B\",\"C\"]},{\"family\":\"y\"}]}\n");
}

static void rows_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	assert_refuses("a.csv", "id,nam.family\n", "a.csv:1:2", "Patient has no element nam");
	assert_refuses("a.csv", "id,name\n1,x", "a.csv:1:2", "name has parts");
	assert_refuses("a.csv", "id,id\n1,x", "a.csv:1:2", "id is named twice");
	assert_refuses("a.csv", "multipleBirth\n1", "a.csv:1:1", "can have several types");
	assert_refuses("a.csv", "id,active\n1,yes", "a.csv:2:2", "active is a boolean and takes no \"yes\"");
	assert_refuses("a.csv", "id,active\n\n1,true,2", "a.csv:3:1", "3 fields, where the header names 2 columns");
	assert_refuses("a.csv", "id\n\"1\n", "a.csv:2:1", "quote");
	assert_refuses("a.csv", "id\n", "a.csv", "no record");
	assert_refuses("a.csv", "id\n\xff", "a.csv", "not UTF-8");
	assert_refuses("a.doc", "id\n1", "a.doc", "no reader");
}

static void elements_become_records(void **state)
{
	const struct record_form form = { .row = SLICE("p") };

	(void)state;
	assert_reads("a.xml",
		     "<x id='1'><active value='true'/><name family='F'><given> A </given><given>B&amp;C</given></name></x>", NULL,
		     "{\"resourceType\":\"Patient\",\"id\":\"1\",\"active\":true,\"name\":[{\"family\":\"F\",\"given\":[\"A\","
		     "\"B&C\"]}]}\n");
	assert_reads("a.xml", "<l xmlns:q='urn:q'><p><q:id>1</q:id></p><g><p id='2'/></g></l>", &form,
		     "{\"resourceType\":\"Patient\",\"id\":\"1\"}\n{\"resourceType\":\"Patient\",\"id\":\"2\"}\n");
}

static void elements_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	assert_refuses("a.xml", "<x>\n<nix/></x>", "a.xml:2:1", "Patient has no element nix");
	assert_refuses("a.xml", "<x id='1'>\n<id>2</id></x>", "a.xml:2:1", "stands once only");
	assert_refuses("a.xml", "<x>\n<name>F<family>G</family></name></x>", "a.xml:2:1", "text stands between");
	assert_refuses("a.xml", "<x>\ntext</x>", "a.xml:1:0", "has parts");
	assert_refuses("a.xml", "<x><active>yes</active></x>", "a.xml:1:0", "takes no \"yes\"");
	assert_refuses("a.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x><id>&a;</id></x>", "a.xml:1:1", "document type");
	assert_refuses("a.xml", "<x>", "a.xml:1:4", "");
}

static void objects_are_records(void **state)
{
	(void)state;
	assert_reads("a.json", "{\"resourceType\":\"Patient\",\"id\":\"1\"}", NULL,
		     "{\"resourceType\":\"Patient\",\"id\":\"1\"}\n");
	assert_reads("a.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"1\"}\n\n{\"resourceType\":\"Patient\",\"id\":\"2\"}\n",
		     NULL, "{\"resourceType\":\"Patient\",\"id\":\"1\"}\n{\"resourceType\":\"Patient\",\"id\":\"2\"}\n");
	assert_refuses("a.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"1\"}\n{\"resourceType\":\"Patient\",\"ix\":\"2\"}",
		       "a.ndjson:2:27", "ix");
	assert_refuses("a.json", "[{}]", "a.json:1:1", "array");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_become_records),     cmocka_unit_test(rows_that_do_not_fit_are_refused),
		cmocka_unit_test(elements_become_records), cmocka_unit_test(elements_that_do_not_fit_are_refused),
		cmocka_unit_test(objects_are_records),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
