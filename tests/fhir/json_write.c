/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_testing.h"

static struct slice string(struct slice text)
{
	struct buf buf;

	buf_init(&buf, 4096);
	fhir_json_write_string(&buf, text);
	struct slice out = arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	return out;
}

static void strings_are_escaped_where_json_demands_it(void **state)
{
	(void)state;
	assert_slice(string(SLICE("plain")), "\"plain\"");
	assert_slice(string(SLICE("")), "\"\"");
	assert_slice(string(SLICE_NONE), "\"\"");
	assert_slice(string(SLICE("a\"b\\c/d")), "\"a\\\"b\\\\c/d\"");
	assert_slice(string(SLICE("\b\t\n\f\r")), "\"\\b\\t\\n\\f\\r\"");
	assert_slice(string(SLICE("\x01\x0b\x1f\x7f")), "\"\\u0001\\u000b\\u001f\x7f\"");
	assert_slice(string(SLICE("µ€😀")), "\"µ€😀\"");
}

/** Texts are passed eight bytes at a time: an escape is found at every place of texts of every length, beside every other byte.
 */
static void escapes_are_found_wherever_they_stand(void **state)
{
	static const struct {
		char c;
		const char *escaped;
	} rows[] = { { '"', "\\\"" }, { '\\', "\\\\" }, { '\n', "\\n" }, { '\0', "\\u0000" }, { 0x1f, "\\u001f" } };
	static const char others[] = { ' ', '!', '#', '[', ']', '\x7f', '\x80', '\xa2', '\xff' };
	char text[27], expected[40];

	(void)state;
	for (size_t row = 0; row < ARRAY_SIZE(rows); row++)
		for (size_t other = 0; other < sizeof(others); other++)
			for (size_t len = 1; len <= sizeof(text); len++)
				for (size_t at = 0; at < len; at++) {
					memset(text, others[other], len);
					text[at] = rows[row].c;
					int length = snprintf(expected, sizeof(expected), "\"%.*s%s%.*s\"", (int)at, text,
							      rows[row].escaped, (int)(len - at - 1), text + at + 1);
					struct buf buf;
					buf_init(&buf, 200);
					fhir_json_write_string(&buf, (struct slice){ text, len });
					assert_int_equal(buf.len, length);
					assert_memory_equal(buf.ptr, expected, buf.len);
					buf_free(&buf);
				}
}

static void numbers_keep_their_own_text(void **state)
{
	static const char *const numbers[] = { "1.50", "0", "-0.0", "1e5", "1.0E-22", "123456789012345678901234567890.1", "100" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct fhir_node *quantity = fhir_node_new(arena, type_named(FHIR_R4, "Quantity"));
		assert_non_null(fhir_node_add_value(arena, quantity, SLICE("value"), slice_of(numbers[i])));
		assert_slice(written(quantity, FHIR_JSON_COMPACT), arena_printf(arena, "{\"value\":%s}", numbers[i]).ptr);
	}
}

static void what_is_not_a_number_cannot_break_the_document(void **state)
{
	static const char *const texts[] = { "01", "1.", ".5", "+1", "1e", "1,\\\"x\\\":2", "-", "NaN", "1 " };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fhir_node *quantity = fhir_node_new(arena, type_named(FHIR_R4, "Quantity"));
		const char *raw = i == 5 ? "1,\"x\":2" : texts[i];
		assert_non_null(fhir_node_add_value(arena, quantity, SLICE("value"), slice_of(raw)));
		assert_slice(written(quantity, FHIR_JSON_COMPACT), arena_printf(arena, "{\"value\":\"%s\"}", texts[i]).ptr);
	}
}

static void booleans_are_true_or_false_or_a_string(void **state)
{
	struct fhir_node *patient = fhir_node_new(arena, type_named(FHIR_R4, "Patient"));

	(void)state;
	assert_true(fhir_node_set_value(arena, patient, SLICE("active"), SLICE("true")));
	assert_slice(written(patient, FHIR_JSON_COMPACT), "{\"resourceType\":\"Patient\",\"active\":true}");
	assert_true(fhir_node_set_value(arena, patient, SLICE("active"), SLICE("yes")));
	assert_slice(written(patient, FHIR_JSON_COMPACT), "{\"resourceType\":\"Patient\",\"active\":\"yes\"}");
}

static void companions_are_padded_with_null(void **state)
{
	struct slice json = SLICE("{\"resourceType\":\"Patient\",\"name\":[{\"given\":[\"a\",null,\"c\"],"
				  "\"_given\":[null,{\"id\":\"x\"},{\"id\":\"y\"}]}]}");

	(void)state;
	assert_slice(written(read_json(FHIR_R4, json), FHIR_JSON_COMPACT), json.ptr);
}

static void a_companion_without_values_stands_alone(void **state)
{
	/* R4, Timing.event may have only extensions. */
	struct slice json =
	    SLICE("{\"resourceType\":\"ServiceRequest\",\"occurrenceTiming\":{\"_event\":[{\"extension\":[{\"url\":"
		  "\"http://x\",\"valueCode\":\"a\"}]}]}}");

	(void)state;
	assert_slice(written(read_json(FHIR_R4, json), FHIR_JSON_COMPACT), json.ptr);
}

static void empty_elements_are_not_written(void **state)
{
	struct fhir_node *patient = fhir_node_new(arena, type_named(FHIR_R4, "Patient"));
	struct fhir_node *name = fhir_node_add(arena, patient, SLICE("name"), NULL);

	(void)state;
	assert_non_null(fhir_node_add(arena, name, SLICE("period"), NULL));
	assert_non_null(fhir_node_add(arena, name, SLICE("given"), NULL));
	assert_slice(written(patient, FHIR_JSON_COMPACT), "{\"resourceType\":\"Patient\"}");
	assert_non_null(fhir_node_add_value(arena, name, SLICE("given"), SLICE("G")));
	assert_non_null(fhir_node_add(arena, patient, SLICE("name"), NULL));
	assert_slice(written(patient, FHIR_JSON_COMPACT), "{\"resourceType\":\"Patient\",\"name\":[{\"given\":[\"G\"]}]}");
}

static void pretty_is_two_spaces_and_a_newline_at_the_end(void **state)
{
	struct slice json = SLICE("{\"resourceType\":\"Patient\",\"active\":true,\"name\":[{\"given\":[\"a\",\"b\"]}]}");

	(void)state;
	assert_slice(written(read_json(FHIR_R4, json), FHIR_JSON_PRETTY), "{\n"
									  "  \"resourceType\": \"Patient\",\n"
									  "  \"active\": true,\n"
									  "  \"name\": [\n"
									  "    {\n"
									  "      \"given\": [\n"
									  "        \"a\",\n"
									  "        \"b\"\n"
									  "      ]\n"
									  "    }\n"
									  "  ]\n"
									  "}\n");
}

static void any_element_can_be_written(void **state)
{
	struct fhir_node *patient =
	    read_json(FHIR_R4, SLICE("{\"resourceType\":\"Patient\",\"active\":true,\"name\":[{\"text\":\"N\"}]}"));

	(void)state;
	assert_slice(written(patient->first, FHIR_JSON_COMPACT), "true");
	assert_slice(written(patient->last, FHIR_JSON_COMPACT), "{\"text\":\"N\"}");
}

static void a_buffer_that_is_too_small_says_so(void **state)
{
	struct fhir_node *patient = read_json(FHIR_R4, SLICE("{\"resourceType\":\"Patient\",\"active\":true}"));
	struct buf buf;

	(void)state;
	buf_init(&buf, 20);
	fhir_json_write(&buf, patient, FHIR_JSON_COMPACT);
	assert_true(buf.failed);
	buf_free(&buf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(strings_are_escaped_where_json_demands_it),
		TEST(escapes_are_found_wherever_they_stand),
		TEST(numbers_keep_their_own_text),
		TEST(what_is_not_a_number_cannot_break_the_document),
		TEST(booleans_are_true_or_false_or_a_string),
		TEST(companions_are_padded_with_null),
		TEST(a_companion_without_values_stands_alone),
		TEST(empty_elements_are_not_written),
		TEST(pretty_is_two_spaces_and_a_newline_at_the_end),
		TEST(any_element_can_be_written),
		TEST(a_buffer_that_is_too_small_says_so),
	};

	(void)refuse_json;
	return cmocka_run_group_tests_name("json_write", tests, load_schemas, free_schemas);
}
