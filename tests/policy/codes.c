/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_testing.h"

#include "policy/codes.h"

/** A heading's cue, a text below it, and what comes out: codes by spaces; "a..b" a range taken, "?x" a range refused, "!x" a
 * look-alike, a "+" behind an add-on code. */
struct row {
	const char *heading, *text, *expected;
};

static void describe(const struct code_hits *hits, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; i < hits->count; i++) {
		const struct code_hit *hit = &hits->items[i];
		if (i > 0)
			buf_append_char(out, ' ');
		if (hit->fate == CODE_TAKEN)
			buf_printf(out, "%.*s", SLICE_ARG(hit->code));
		if (hit->fate == CODE_RANGE)
			buf_printf(out, "%.*s..%.*s", SLICE_ARG(hit->code), SLICE_ARG(hit->last));
		if (hit->fate == CODE_UNRESOLVED)
			buf_printf(out, "?%.*s", SLICE_ARG(hit->text));
		if (hit->fate == CODE_LOOK_ALIKE)
			buf_printf(out, "!%.*s", SLICE_ARG(hit->text));
		if (hit->add_on)
			buf_append_char(out, '+');
	}
	buf_append_char(out, '\0');
}

static void check(const struct row *rows, size_t count)
{
	struct buf got;

	buf_init(&got, 65536);
	for (size_t i = 0; i < count; i++) {
		struct code_hits hits = { 0 };
		system_set systems = rows[i].heading ? rule_cued_systems(rules, slice_of(rows[i].heading)) : 0;
		assert_true(codes_scan(arena, rules, slice_of(rows[i].text), systems, &hits));
		describe(&hits, &got);
		if (strcmp(got.ptr, rows[i].expected) != 0)
			fail_msg("below \"%s\": \"%s\" gives \"%s\", expected \"%s\"", rows[i].heading ? rows[i].heading : "",
				 rows[i].text, got.ptr, rows[i].expected);
	}
	buf_free(&got);
}

static void codes_below_a_heading_are_taken_as_they_stand_in_real_text(void **state)
{
	static const struct row rows[] = {
		{ "CPT codes covered", "22513, 22514, 22515, ", "22513 22514 22515" },
		{ "CPT codes covered", "22513,\n22514,\n22515", "22513 22514 22515" },
		{ "CPT codes covered", "22510/22511; 22512.", "22510 22511 22512" },
		{ "CPT codes covered", "81479 or 81599", "81479 81599" },
		{ "CPT codes", "0200T and 0042U", "0200T 0042U" },
		{ "CPT codes", "(22513)", "22513" },
		{ "CPT codes", "22513-50", "22513" },
		{ "CPT codes", "22513-RT, 22514-LT", "22513 22514" },
		{ "HCPCS codes", "E0601, J0585", "E0601 J0585" },
		{ "CPT/HCPCS codes", "E0601 and 94660", "E0601 94660" },
		{ "HCPCS codes", "64615", "64615" }, /* level I */
		{ "ICD-10-PCS codes", "0SRC0J9 0PU33JZ", "0SRC0J9 0PU33JZ" },
		{ "ICD-10 codes", "M80.08XA, C79.51, Z12", "M80.08XA C79.51 Z12" },
		{ "ICD-10-CM codes that support it", "M80.08XA.", "M80.08XA" },
		{ "Codes", "22513 E0601 0SRC0J9 C79.51", "22513 E0601 0SRC0J9 C79.51" },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void ranges_with_equal_patterns_are_taken(void **state)
{
	static const struct row rows[] = {
		{ "CPT codes", "22510-22515", "22510..22515" },
		{ "CPT codes",
		  "22510\xe2\x80\x93"
		  "22515",
		  "22510..22515" },
		{ "CPT codes", "22510 \xe2\x80\x94 22515", "22510..22515" },
		{ "CPT codes", "22510 through 22515", "22510..22515" },
		{ "CPT codes", "22510 thru 22515, 27447", "22510..22515 27447" },
		{ "CPT codes", "22510 to 22512", "22510..22512" },
		{ "CPT codes", "24360-24363", "24360..24363" },
		{ "CPT codes", "0140U- 0142U", "0140U..0142U" },
		{ "CPT codes", "22510-\n22515", "22510..22515" },
		{ "CPT codes", "+22512-+22515", "22512..22515+" },
		{ "HCPCS codes", "A7030-A7039", "A7030..A7039" },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void ranges_that_cannot_be_counted_are_told_and_not_expanded(void **state)
{
	static const struct row rows[] = {
		{ "CPT codes", "22515-22510", "?22515-22510" },
		{ "CPT codes", "00100-01999", "?00100-01999" },
		{ "CPT codes", "22510-22510", "?22510-22510" },
		{ "CPT codes", "0200T-0202U", "?0200T-0202U" },
		{ "CPT codes", "22510-225", "?22510-225" },
		{ "CPT codes", "22513-, 22514", "?22513- 22514" },
		{ "HCPCS codes", "E0470-K0471", "?E0470-K0471" },
		{ "ICD-10-CM codes", "M84.48XA- M84.48XS", "?M84.48XA- M84.48XS" },
		{ "ICD-10 codes", "C79.51-C75.52", "?C79.51-C75.52" },
		{ "ICD-10 codes", "I25.10-125.119", "?I25.10-125.119" },
		{ "ICD-10-PCS codes", "0SRC0J9-0SRC0JZ", "?0SRC0J9-0SRC0JZ" },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void add_on_codes_are_marked(void **state)
{
	static const struct row rows[] = {
		{ "CPT codes", "22510, +22512", "22510 22512+" },       { "CPT codes", "+ 22512", "22512+" },
		{ "CPT codes", "22512 (add-on code)", "22512+" },       { "CPT codes", "22512 is an add-on code", "22512+" },
		{ "CPT codes", "22512 may follow an add-on", "22512" },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void without_a_cue_nothing_is_a_code(void **state)
{
	static const struct row rows[] = {
		{ NULL, "22513, 22514", "!22513 !22514" },
		{ "References", "J Invented Spine 2019;44:22520-22529", "!22520 !22529" },
		{ NULL, "Call 2251 or write to room 225", "" },
		{ NULL, "E0601 is a machine", "!E0601" },
		{ NULL, "0SRC0J9 and M80.08XA", "" }, /* too many other things look like these to be worth telling */
		{ NULL, "The codes on a receipt are of no importance. 27447", "!27447" },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void a_cue_within_the_sentence_holds_until_another_word(void **state)
{
	static const struct row rows[] = {
		{ NULL, "Kyphoplasty (CPT codes 22513, 22514 and +22515) is paid.", "22513 22514 22515+" },
		{ NULL, "CPT 62287", "62287" },
		{ NULL, "HCPCS code S2348 removed", "S2348" },
		{ NULL, "CPT codes: 22510 through 22512", "22510..22512" },
		{ NULL, "ICD-10-PCS: 0SRC0J9", "0SRC0J9" },
		{ NULL, "CPT is a word. 22513", "!22513" },
		{ NULL, "CPT coding began before 22513 was there", "!22513" },
		{ NULL, "CPT codes 22513 cost 22514 dollars", "22513 !22514" },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void look_alikes_are_refused_even_below_a_heading(void **state)
{
	static const struct row rows[] = {
		{ "CPT codes", "Harrow Point, VA 22513", "!22513" },
		{ "CPT codes", "VA 22513-0117", "!22513" },
		{ "CPT codes", "ZIP code 22513", "!22513" },
		{ "CPT codes", "P.O. Box 45378", "!45378" },
		{ "CPT codes", "$22513", "!22513" },
		{ "CPT codes", "22513 dollars", "!22513" },
		{ "CPT codes", "Transmittal 10601", "!10601" },
		{ "CPT codes", "Change Request 12345", "!12345" },
		{ "CPT codes", "contract number 27447", "!27447" },
		{ "CPT codes", "document 22899", "!22899" },
		{ "CPT codes", "policy number: 22513", "!22513" },
		{ "CPT codes", "2019;44(3):22520", "!22520" },
		{ "CPT codes", "PMID: 22513", "!22513" },
		{ "CPT codes", "22511 Bay Road takes appeals", "!22511" },
		{ "CPT codes", "1,22513", "!22513" },
		{ "CPT codes", "Fax 540-555-22513", "!22513" },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void tokens_of_other_systems_and_lower_case_are_no_codes(void **state)
{
	static const struct row rows[] = {
		{ "ICD-10-CM codes", "22513", "!22513" },
		{ "CPT codes", "C79.51", "" },
		{ "HCPCS codes", "e0601", "" },
		{ "CPT codes", "225130 2251 x22513", "" },
		{ "ICD-10-PCS codes", "REQUEST and kyphoplasty", "" }, /* seven letters of the alphabet of codes, but no digit */
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void a_range_counts_through_its_last_digits(void **state)
{
	const struct rule_system *cpt = RULE_ROWS(rules, system, rule_system);
	char code[CODE_LENGTH_MAX + 1];
	const char *detail;

	(void)state;
	assert_int_equal(codes_range_count(cpt, SLICE("22509"), SLICE("22512"), &detail), 4);
	codes_range_at(SLICE("22509"), SLICE("22512"), 1, code);
	assert_string_equal(code, "22510");
	assert_int_equal(codes_range_count(cpt, SLICE("0098T"), SLICE("0101T"), &detail), 4);
	codes_range_at(SLICE("0098T"), SLICE("0101T"), 3, code);
	assert_string_equal(code, "0101T");
	assert_int_equal(codes_range_count(cpt, SLICE("20000"), SLICE("20099"), &detail), 100);
	assert_int_equal(codes_range_count(cpt, SLICE("20000"), SLICE("20100"), &detail), 0);
	assert_non_null(detail);
}

static void endless_lists_end_at_the_cap(void **state)
{
	struct buf text;
	struct code_hits hits = { 0 };

	(void)state;
	buf_init(&text, 1u << 20);
	for (size_t i = 0; i < 3 * CODE_HITS_MAX; i++)
		buf_append(&text, SLICE("22513 "));
	assert_false(codes_scan(arena, rules, buf_slice(&text), rules->all_systems, &hits));
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_below_a_heading_are_taken_as_they_stand_in_real_text),
		cmocka_unit_test(ranges_with_equal_patterns_are_taken),
		cmocka_unit_test(ranges_that_cannot_be_counted_are_told_and_not_expanded),
		cmocka_unit_test(add_on_codes_are_marked),
		cmocka_unit_test(without_a_cue_nothing_is_a_code),
		cmocka_unit_test(a_cue_within_the_sentence_holds_until_another_word),
		cmocka_unit_test(look_alikes_are_refused_even_below_a_heading),
		cmocka_unit_test(tokens_of_other_systems_and_lower_case_are_no_codes),
		cmocka_unit_test(a_range_counts_through_its_last_digits),
		cmocka_unit_test(endless_lists_end_at_the_cap),
	};

	return cmocka_run_group_tests(tests, load_rules, free_rules);
}
