/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"

static struct reading reading;

static int setup(void **state)
{
	(void)state;
	reading_open(&reading);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(reading.arena);
	return 0;
}

static void read_page(const char *text)
{
	assert_ok(reading_page(&reading, "some-22513.txt", slice_of(text)), &reading.err);
}

/** Value of `child` (or its own) of the `index`-th `element`. */
static struct slice value(const char *element, size_t index, const char *child)
{
	const struct fhir_node *node = fhir_node_child(reading.record, slice_of(element));

	while (node && index-- > 0)
		node = fhir_node_again(node);
	if (!node)
		return SLICE_NONE;
	return child ? fhir_node_text(node, slice_of(child)) : node->value;
}

static void assert_refused(const char *name, struct slice bytes, enum error_code code)
{
	reading.err = (struct error){ 0 };
	assert_false(reading_page(&reading, name, bytes));
	assert_int_equal(reading.err.code, code);
	assert_true(reading.err.message[0] != '\0');
	assert_true(strstr(reading.err.place, name) == reading.err.place);
}

static void what_is_no_page_is_refused(void **state)
{
	(void)state;
	assert_refused("empty.txt", SLICE(""), ERROR_SYNTAX);
	assert_refused("blank.txt", SLICE(" \n\t\r\n\xc2\xa0\n"), ERROR_SYNTAX);
	assert_refused("headings.txt", SLICE("Summary\n\nA text that stands below a heading.\n"), ERROR_SYNTAX);
	assert_refused("furniture.txt", SLICE("Search all medical codes\n\nSimilar Codes\n"), ERROR_SYNTAX);
	assert_refused("latin-1.txt", SLICE("M\xe9ni\xe8re\n"), ERROR_SYNTAX);
	assert_refused("binary.txt", SLICE("PK\x03\x04\0\0"), ERROR_SYNTAX);
}

static void a_small_arena_is_an_error_and_no_half_record(void **state)
{
	struct record_source source = { .name = "x-22513.txt" };
	struct slice page = SLICE("Title\n\nSummary\n\nOne text.\n\nRisks\n- a\n- b\n");
	struct fhir_node *record;
	size_t failures = 0;

	(void)state;
	for (size_t bytes = 0; bytes < 20000; bytes += 64) {
		struct arena *arena = arena_new(bytes);
		struct error err = { 0 };
		struct issues issues;
		issues_init(&issues, arena, 10);
		if (!record_read_page(arena, reading_schema, reading_rules, &source, page, &issues, &record, NULL, &err)) {
			assert_int_equal(err.code, ERROR_MEMORY);
			failures++;
		}
		arena_free(arena);
	}
	assert_in_range(failures, 1, 300);
}

static void a_page_named_by_its_procedure_alone_is_titled_by_it(void **state)
{
	(void)state;
	read_page("Procedure name: Small Repair\n\nSummary: Something small is repaired.\n");
	assert_slice(fhir_node_text(reading.record, SLICE("title")), "Small Repair");
}

static void a_code_in_prose_is_not_believed(void **state)
{
	(void)state;
	assert_ok(
	    reading_page(&reading, "page.txt", SLICE("Some title\n\nCPT code: 22513\n\nSummary\n\nCode 22513 is billed.\n")),
	    &reading.err);
	assert_null(fhir_node_child(reading.record, SLICE("code")));
	assert_slice(fhir_node_text(reading.record, SLICE("id")), "some-title");
	assert_slice(value("note", 0, "text"), "CPT code: 22513");
	assert_slice(value("note", 0, "line"), "3");
}

static void a_label_of_another_section_opens_that_section(void **state)
{
	(void)state;
	read_page("T\n\nRisks\n\n- one\n\nPost-procedure care:\n- rest\n\nCommon risks:\n- two\n");
	assert_slice(value("risk", 0, "outcome"), "one");
	assert_slice(value("risk", 1, "outcome"), "two");
	assert_slice(value("risk", 1, "likelihood"), "common");
	assert_slice(value("recovery", 0, "instruction"), "rest");
}

static void a_label_inside_a_list_speaks_for_itself_only(void **state)
{
	(void)state;
	read_page("T\n\nRecovery\n\n- Follow-up: after a week\n- Rest at home\n");
	assert_slice(value("recovery", 0, "followUp"), "after a week");
	assert_slice(value("recovery", 0, "instruction"), "Rest at home");
}

static void text_below_an_unknown_heading_is_noted_until_a_known_one(void **state)
{
	(void)state;
	read_page("T\n\nRisks\n\n- one\n\nBilling Hints\n\n- never a risk\n\nBenefits\n\n- two\n");
	assert_slice(value("risk", 0, "outcome"), "one");
	assert_null(value("risk", 1, "outcome").ptr);
	assert_slice(value("note", 0, "text"), "Billing Hints");
	assert_slice(value("note", 1, "text"), "- never a risk");
	assert_slice(value("benefit", 0, NULL), "two");
	assert_int_equal(reading.issues.count, 2);
	assert_int_equal(reading.issues.first->severity, ISSUE_INFORMATION);
	assert_int_equal(reading.issues.first->line, 7);
}

static void an_unknown_label_among_labels_with_values_is_noted(void **state)
{
	(void)state;
	read_page("T\n\nPain relief: tablets\nInsurance: ask first\nand ask again\nDuration: 1 h\n");
	assert_slice(value("experience", 0, "text"), "tablets");
	assert_null(value("experience", 1, "text").ptr);
	assert_slice(value("note", 0, "text"), "Insurance: ask first");
	assert_slice(value("note", 1, "text"), "and ask again");
	assert_slice(value("duration", 0, "text"), "1 h");
}

static void a_second_text_for_a_single_element_is_noted(void **state)
{
	(void)state;
	read_page("T\n\nName of the procedure\n\nFirst\n\nSecond thing, not a name\n");
	assert_slice(value("name", 0, NULL), "First");
	assert_slice(value("note", 0, "text"), "Second thing, not a name");
}

static void a_page_may_give_its_steps_odd_numbers(void **state)
{
	(void)state;
	read_page("T\n\nSteps\n\n1. Open\n3. Close: with a stitch\n");
	assert_slice(value("step", 0, "text"), "Open");
	assert_slice(value("step", 1, "sequence"), "2");
	assert_slice(value("step", 1, "title"), "Close");
	assert_int_equal(reading.issues.count, 1);
	assert_int_equal(reading.issues.first->line, 6);
}

static void denied_anesthesia_has_no_code(void **state)
{
	(void)state;
	read_page("T\n\nAnesthesia\n\nSedation, but no general anesthesia. Epidural on request.\n");
	const struct fhir_node *type = fhir_node_child(fhir_node_child(reading.record, SLICE("anesthesia")), SLICE("type"));
	assert_slice(type->value, "epidural");
	assert_slice(fhir_node_again(type)->value, "sedation");
	assert_null(fhir_node_again(fhir_node_again(type)));
}

static void who_takes_part_on_a_condition_is_told_apart(void **state)
{
	(void)state;
	read_page("T\n\nPersonnel\n\n- Anesthesiologist (if sedation is used)\n- Nurse, when needed\n- Surgeon (two)\n- A nurse "
		  "helps if needed.\n"
		  "- (if asked) interpreter\n");
	assert_slice(value("personnel", 0, "role"), "Anesthesiologist");
	assert_slice(value("personnel", 0, "condition"), "if sedation is used");
	assert_slice(value("personnel", 1, "role"), "Nurse");
	assert_slice(value("personnel", 1, "condition"), "when needed");
	assert_slice(value("personnel", 2, "role"), "Surgeon (two)");
	assert_null(value("personnel", 2, "condition").ptr);
	assert_null(value("personnel", 3, "condition").ptr);
	assert_slice(value("personnel", 4, "role"), "(if asked) interpreter");
}

static void a_page_that_speaks_of_another_code_system_is_told(void **state)
{
	(void)state;
	read_page("T\n\nHCPCS code\n");
	assert_slice(value("codeLabel", 0, NULL), "HCPCS code");
	assert_int_equal(reading.issues.count, 1);
	assert_int_equal(reading.issues.first->severity, ISSUE_WARNING);
	assert_string_equal(reading.issues.first->code, "conflict");
}

static void a_large_page_is_read_in_bounded_memory(void **state)
{
	struct buf page;

	(void)state;
	buf_init(&page, RECORD_PAGE_MAX_BYTES);
	buf_append(&page, SLICE("Title\n\nRisks\n\n"));
	for (int i = 0; i < 19000; i++)
		buf_printf(&page, i % 2 ? "- risk number %d\n" : "Unknown Heading %d:\n", i);
	assert_ok(reading_page(&reading, "x-22513.txt", buf_slice(&page)), &reading.err);
	assert_int_equal(reading.trace.count, 19002);
	buf_free(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_no_page_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_small_arena_is_an_error_and_no_half_record, setup, teardown),
		cmocka_unit_test_setup_teardown(a_page_named_by_its_procedure_alone_is_titled_by_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_code_in_prose_is_not_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_label_of_another_section_opens_that_section, setup, teardown),
		cmocka_unit_test_setup_teardown(a_label_inside_a_list_speaks_for_itself_only, setup, teardown),
		cmocka_unit_test_setup_teardown(text_below_an_unknown_heading_is_noted_until_a_known_one, setup, teardown),
		cmocka_unit_test_setup_teardown(an_unknown_label_among_labels_with_values_is_noted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_text_for_a_single_element_is_noted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_page_may_give_its_steps_odd_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(denied_anesthesia_has_no_code, setup, teardown),
		cmocka_unit_test_setup_teardown(who_takes_part_on_a_condition_is_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(a_page_that_speaks_of_another_code_system_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_large_page_is_read_in_bounded_memory, setup, teardown),
	};
	return cmocka_run_group_tests_name("page", tests, reading_setup, reading_teardown);
}
