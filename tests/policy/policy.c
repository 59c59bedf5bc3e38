/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_testing.h"

#include "cannula/policy.h"

#define NOW_MS 1795467600000 /* 2026-11-23T21:00:00Z */

static struct fhir_schema *schema;

static int load_all(void **state)
{
	struct error err = { 0 };

	if (load_rules(state) != 0)
		return -1;
	if (fhir_schema_load(forever, FHIR_MODEL, &schema, &err))
		return 0;
	print_error("%s: %s\n", err.place, err.message);
	return -1;
}

static struct policy_source source_for(const char *content_type)
{
	return (struct policy_source){ .payer_id = SLICE("acme"),
				       .payer_name = SLICE("Acme Health"),
				       .url = SLICE("https://acme.example/p"),
				       .content_type = slice_of(content_type),
				       .fetched_ms = NOW_MS };
}

static struct fhir_node *read_as(const struct policy_source *source, struct slice bytes, struct issues *issues)
{
	struct fhir_node *record = NULL;
	struct error err = { 0 };

	issues_init(issues, arena, 1000);
	assert_ok(policy_read(arena, schema, rules, source, bytes, issues, &record, &err), &err);
	return record;
}

static struct fhir_node *read_html(const char *html)
{
	struct policy_source source = source_for("text/html");
	struct issues issues;

	return read_as(&source, slice_of(html), &issues);
}

static enum error_code refused_as(const char *content_type, struct slice bytes)
{
	struct policy_source source = source_for(content_type);
	struct fhir_node *record;
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, arena, 1000);
	assert_false(policy_read(arena, schema, rules, &source, bytes, &issues, &record, &err));
	return err.code;
}

/* ---- a record as lines that a person can review ---- */

static void describe_codes(struct buf *out, const struct fhir_node *set)
{
	buf_printf(out, "    %.*s", SLICE_ARG(fhir_node_text(set, SLICE("name"))));
	for (struct fhir_node *code = fhir_node_child(set, SLICE("code")); code; code = fhir_node_again(code))
		buf_printf(out, " %.*s%s", SLICE_ARG(fhir_node_text(code, SLICE("code"))),
			   fhir_node_child(code, SLICE("addOn")) ? "+" : "");
	buf_append_char(out, '\n');
}

static void describe_group(struct buf *out, const struct fhir_node *group)
{
	buf_printf(out, "  %.*s %.*s #%.*s\n", SLICE_ARG(fhir_node_text(group, SLICE("key"))),
		   SLICE_ARG(fhir_node_text(group, SLICE("title"))), SLICE_ARG(fhir_node_text(group, SLICE("anchor"))));
	for (struct fhir_node *set = fhir_node_child(group, SLICE("set")); set; set = fhir_node_again(set))
		describe_codes(out, set);
	for (struct fhir_node *position = fhir_node_child(group, SLICE("position")); position;
	     position = fhir_node_again(position)) {
		size_t count = 0;
		for (struct fhir_node *indication = fhir_node_child(position, SLICE("indication")); indication;
		     indication = fhir_node_again(indication))
			count++;
		buf_printf(out, "    %.*s", SLICE_ARG(fhir_node_text(position, SLICE("kind"))));
		if (count > 0)
			buf_printf(out, " for %zu indications", count);
		buf_append_char(out, '\n');
	}
}

static void describe(struct buf *out, const char *name, const struct fhir_node *record)
{
	static const char *const facts[] = { "number",         "version",      "status",     "stage",      "originalEffective",
					     "effectiveStart", "effectiveEnd", "lastReview", "nextReview", "jurisdiction",
					     "replaces",       "replacedBy" };

	buf_printf(out, "%s: %.*s\n ", name, SLICE_ARG(fhir_node_text(record, SLICE("title"))));
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		for (struct fhir_node *fact = fhir_node_child(record, slice_of(facts[i])); fact; fact = fhir_node_again(fact))
			buf_printf(out, " %s=%.*s", facts[i], SLICE_ARG(fact->value));
	buf_append(out, SLICE("\n  sections"));
	for (struct fhir_node *section = fhir_node_child(record, SLICE("section")); section; section = fhir_node_again(section))
		buf_printf(out, " %.*s", SLICE_ARG(fhir_node_text(section, SLICE("kind"))));
	buf_append_char(out, '\n');
	for (struct fhir_node *group = fhir_node_child(record, SLICE("group")); group; group = fhir_node_again(group))
		describe_group(out, group);
	for (struct fhir_node *told = fhir_node_child(record, SLICE("unresolved")); told; told = fhir_node_again(told))
		buf_printf(out, "  %.*s: %.*s\n", SLICE_ARG(fhir_node_text(told, SLICE("reason"))),
			   SLICE_ARG(fhir_node_text(told, SLICE("text"))));
}

static const char *content_type_of(const char *name)
{
	return strstr(name, ".json") ? "application/json" : strstr(name, ".txt") ? "text/plain" : "text/html";
}

/** Reads every document of a payer's folder and compares with its reviewed `expected`. POLICY_EXPECTED_WRITE writes it anew, for
 * review. */
static void check_payer(const char *payer, const char *const *names, size_t count)
{
	const char *top = getenv("CANNULA_TOP");
	struct slice expected = SLICE("");
	struct error err = { 0 };
	struct buf got;
	char path[4096];

	buf_init(&got, 1u << 20);
	for (size_t i = 0; i < count; i++) {
		struct policy_source source = source_for(content_type_of(names[i]));
		struct slice bytes;
		struct issues issues;
		snprintf(path, sizeof(path), "%s/fixtures/payers/%s/%s", top ? top : ".", payer, names[i]);
		assert_ok(file_read(arena, path, 1u << 20, &bytes, &err), &err);
		describe(&got, names[i], read_as(&source, bytes, &issues));
	}
	snprintf(path, sizeof(path), "%s/fixtures/payers/%s/expected", top ? top : ".", payer);
	if (getenv("POLICY_EXPECTED_WRITE"))
		assert_ok(file_write(path, buf_slice(&got), 0644, &err), &err);
	assert_ok(file_read(arena, path, 1u << 20, &expected, &err), &err);
	buf_append_char(&got, '\0');
	assert_string_equal(got.ptr, expected.ptr);
	buf_free(&got);
}

static void policies_of_the_page_of_links_read_as_reviewed(void **state)
{
	static const char *const names[] = { "policies/disc-decompression.html", "policies/lumbar-mri.html",
					     "policies/travel-benefit.html", "policies/vertebral-augmentation.html" };

	(void)state;
	check_payer("alder", names, ARRAY_SIZE(names));
}

static void policies_of_the_json_list_read_as_reviewed(void **state)
{
	static const char *const names[] = { "details/airway.txt", "details/knee-4.json", "details/knee-5.json",
					     "details/vertebra-1.txt", "details/vertebra-7.html" };

	(void)state;
	check_payer("basalt", names, ARRAY_SIZE(names));
}

static void policies_of_the_untidy_site_read_as_reviewed(void **state)
{
	static const char *const names[] = { "medical-policies/CB-305.html", "medical-policies/CB-311.html",
					     "medical-policies/CB-318.html" };

	(void)state;
	check_payer("cobalt", names, ARRAY_SIZE(names));
}

/* ---- identity ---- */

static const char page[] = "<h1>A</h1><p>Number: 7</p><h2>CPT codes covered</h2><p>22513</p>";

static void the_same_content_is_the_same_version_whenever_it_is_fetched(void **state)
{
	struct policy_source now = source_for("text/html"), later = now;
	struct fhir_node *first, *second;
	struct issues issues;

	(void)state;
	later.fetched_ms += 86400000;
	later.etag = SLICE("\"other\"");
	first = read_as(&now, slice_of(page), &issues);
	second = read_as(&later,
			 SLICE("<body class=new><h1>A</h1>\n<p>Number:  7</p><!-- 1 --><h2>CPT codes covered</h2><p>22513</p>"),
			 &issues);
	assert_slice(fhir_node_text(first, SLICE("id")), "acme-7");
	assert_true(slice_equal(fhir_node_text(first, SLICE("digest")), fhir_node_text(second, SLICE("digest"))));
	assert_false(slice_equal(fhir_node_text(fhir_node_child(first, SLICE("rendition")), SLICE("sha256")),
				 fhir_node_text(fhir_node_child(second, SLICE("rendition")), SLICE("sha256"))));
}

static void a_changed_word_is_another_version_of_the_same_policy(void **state)
{
	struct fhir_node *first = read_html(page);
	struct fhir_node *second = read_html("<h1>A</h1><p>Number: 7</p><h2>CPT codes covered</h2><p>22514</p>");

	(void)state;
	assert_slice(fhir_node_text(second, SLICE("id")), "acme-7");
	assert_false(slice_equal(fhir_node_text(first, SLICE("digest")), fhir_node_text(second, SLICE("digest"))));
}

static void the_listing_has_the_last_word(void **state)
{
	struct policy_source source = source_for("text/html");
	struct fhir_node *record;
	struct issues issues;

	(void)state;
	source.number = SLICE("X-9");
	source.title = SLICE("Listed title");
	source.status = SLICE("Retired");
	source.effective_date = SLICE("01/02/2020");
	source.end_date = SLICE("N/A");
	record = read_as(&source, SLICE("<h1>A</h1><p>Number: 7<br>Status: Active<br>Effective date: 3/4/2021<p>text"), &issues);
	assert_slice(fhir_node_text(record, SLICE("number")), "X-9");
	assert_slice(fhir_node_text(record, SLICE("title")), "Listed title");
	assert_slice(fhir_node_text(record, SLICE("status")), "retired");
	assert_slice(fhir_node_text(record, SLICE("effectiveStart")), "2020-01-02");
	assert_null(fhir_node_child(record, SLICE("effectiveEnd")));
}

static void the_stage_follows_the_dates(void **state)
{
	(void)state;
	assert_slice(fhir_node_text(read_html("<h1>A</h1>Effective date: 12/01/2026<p>x"), SLICE("stage")), "future");
	assert_slice(fhir_node_text(read_html("<h1>A</h1>Effective date: 11/23/2026<p>x"), SLICE("stage")), "in-force");
	assert_slice(fhir_node_text(read_html("<h1>A</h1>End date: 11/22/2026<p>x"), SLICE("stage")), "retired");
	assert_slice(fhir_node_text(read_html("<h1>A</h1>End date: 11/23/2026<p>x"), SLICE("stage")), "in-force");
	assert_slice(fhir_node_text(read_html("<h1>A</h1>Status: Draft<p>x"), SLICE("status")), "draft");
}

static void an_unreadable_date_is_kept_and_told(void **state)
{
	struct policy_source source = source_for("text/html");
	struct issues issues;
	struct fhir_node *record = read_as(&source, SLICE("<h1>A</h1>Effective date: some day<p>x"), &issues);

	(void)state;
	assert_null(fhir_node_child(record, SLICE("effectiveStart")));
	assert_slice(fhir_node_text(record, SLICE("note")), "effectiveStart: some day");
	assert_int_equal(issues.count, 1);
}

static void a_withdrawn_policy_is_retired_and_another_version(void **state)
{
	struct fhir_node *record = read_html(page);
	struct slice before = fhir_node_text(record, SLICE("digest"));
	struct error err = { 0 };

	(void)state;
	assert_ok(policy_withdraw(arena, rules, record, NOW_MS, &err), &err);
	assert_slice(fhir_node_text(record, SLICE("status")), "retired");
	assert_slice(fhir_node_text(record, SLICE("withdrawn")), "2026-11-23");
	assert_false(slice_equal(fhir_node_text(record, SLICE("digest")), before));
}

/* ---- positions ---- */

static void positions_belong_to_groups_and_not_to_documents(void **state)
{
	struct fhir_node *record = read_html("<h1>A</h1><h2>Policy</h2><p>X (CPT 22513) is considered medically necessary. "
					     "Y (CPT 22510) is considered investigational.</p>");
	struct fhir_node *first = fhir_node_child(record, SLICE("group")), *second = fhir_node_again(first);

	(void)state;
	assert_slice(fhir_node_text(fhir_node_child(first, SLICE("position")), SLICE("kind")), "medically-necessary");
	assert_slice(fhir_node_text(fhir_node_child(second, SLICE("position")), SLICE("kind")), "investigational");
	assert_null(fhir_node_again(fhir_node_child(first, SLICE("position"))));
}

static void a_denial_of_something_else_does_not_touch_a_covered_group(void **state)
{
	struct fhir_node *record =
	    read_html("<h1>A</h1><h2>Policy</h2><p>X is medically necessary for:</p><ul><li>one</li><li>two</li></ul>"
		      "<p>Z is considered cosmetic.</p><h2>CPT codes</h2><p>22513</p>");
	struct fhir_node *position = fhir_node_child(fhir_node_child(record, SLICE("group")), SLICE("position"));

	(void)state;
	assert_slice(fhir_node_text(position, SLICE("kind")), "medically-necessary");
	assert_slice(fhir_node_text(position, SLICE("indication")), "one");
	assert_null(fhir_node_again(position));
}

/* ---- what is no document ---- */

static void what_cannot_be_read_is_refused_with_its_kind(void **state)
{
	(void)state;
	assert_int_equal(refused_as("application/pdf", SLICE("%PDF-1.4")), ERROR_UNSUPPORTED);
	assert_int_equal(refused_as("text/html", SLICE("%PDF-1.4")), ERROR_UNSUPPORTED);
	assert_int_equal(refused_as("text/html", SLICE("")), ERROR_SYNTAX);
	assert_int_equal(refused_as("text/html", SLICE("<html><script>22513</script></html>")), ERROR_SYNTAX);
	assert_int_equal(refused_as("application/json", SLICE("{\"a\":")), ERROR_SYNTAX);
	assert_int_equal(refused_as("text/html", SLICE("<h1>Access denied</h1><p>Request 4711")), ERROR_ACCESS);
	assert_int_equal(refused_as("text/html", SLICE("<h1>License</h1><p>Click \"I agree\" to go on")), ERROR_ACCESS);
}

static void nesting_without_end_is_refused(void **state)
{
	struct buf deep;

	(void)state;
	buf_init(&deep, 1u << 22);
	for (size_t i = 0; i < 100000; i++)
		buf_append(&deep, SLICE("<div>"));
	buf_append(&deep, SLICE("text"));
	assert_int_equal(refused_as("text/html", buf_slice(&deep)), ERROR_LIMIT);
	buf_reset(&deep);
	for (size_t i = 0; i < 100000; i++)
		buf_append_char(&deep, '[');
	assert_int_equal(refused_as("application/json", buf_slice(&deep)), ERROR_LIMIT);
	buf_free(&deep);
}

static void a_huge_span_takes_no_huge_memory(void **state)
{
	struct fhir_node *record = read_html("<h1>A</h1><h2>CPT codes</h2><table><tr><th>Code<th>Text<tr>"
					     "<td colspan=99999999 rowspan=99999999>22513<td>x</table>");

	(void)state;
	assert_non_null(record);
}

/** `count` times what `format` makes of the number, between `before` and `after`. */
static struct slice repeated(const char *before, const char *format, unsigned count, unsigned modulus, const char *after)
{
	struct buf buf;
	struct slice text;

	buf_init(&buf, 64u << 20);
	buf_append(&buf, slice_of(before));
	for (unsigned i = 0; i < count; i++) {
		unsigned hundred = i % modulus;
		char one[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(one, sizeof(one), format, hundred, hundred);
#pragma GCC diagnostic pop
		buf_append(&buf, slice_of(one));
	}
	buf_append(&buf, slice_of(after));
	text = arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	assert_non_null(text.ptr);
	return text;
}

static void rules_of_one_group_take_no_more_memory_than_their_text(void **state)
{
	struct policy_source source = source_for("text/html");
	struct issues issues;
	struct slice html;

	(void)state;
	arena_reset(arena);
	html = repeated("<main><h1>P</h1><h2>CPT codes</h2>",
			"<p>Report 27%.3u together with 28%.3u, and never without the sheet that the desk hands out.</p>", 4000,
			1000, "</main>");
	struct fhir_node *record = read_as(&source, html, &issues);
	struct fhir_node *group = fhir_node_child(record, SLICE("group"));
	assert_int_equal(
	    fhir_node_text(group, SLICE("text")).len,
	    4000 * (strlen("Report 27000 together with 28000, and never without the sheet that the desk hands out.") + 1) - 1);
}

static void an_element_with_attributes_without_end_is_refused(void **state)
{
	(void)state;
	arena_reset(arena);
	assert_int_equal(refused_as("text/html", repeated("<main><h1>P</h1><p ", "a%u=%u ", 20000, 20000, ">x</p></main>")),
			 ERROR_LIMIT);
	assert_non_null(read_html("<h1>P</h1><p a=1 b=2 c=3>x</p>"));
}

/** Seconds of work if each code were looked for among all: whoever breaks it sees the suite stand still. */
static void ranges_that_repeat_cost_no_more_than_their_number(void **state)
{
	struct policy_source source = source_for("text/html");
	struct issues issues;
	struct slice html;
	size_t count = 0;

	(void)state;
	arena_reset(arena);
	html = repeated("<main><h1>P</h1><h2>CPT codes</h2>", "<p>%.3u00-%.3u99</p>", 50000, 150, "</main>");
	struct fhir_node *record = read_as(&source, html, &issues);
	struct fhir_node *group = fhir_node_child(record, SLICE("group"));
	struct fhir_node *code = fhir_node_child(fhir_node_child(group, SLICE("set")), SLICE("code"));
	for (; code; code = fhir_node_again(code))
		count++;
	assert_int_equal(count, 15000);
}

static void bytes_without_a_declared_charset_are_windows_1252(void **state)
{
	struct policy_source source = source_for("text/html");
	struct issues issues;
	struct fhir_node *record = read_as(&source,
					   SLICE("<h1>Payer\x92s</h1><h2>CPT codes</h2><p>22510\x96"
						 "22512"),
					   &issues);
	struct fhir_node *set = fhir_node_child(fhir_node_child(record, SLICE("group")), SLICE("set")), *code;
	size_t count = 0;

	(void)state;
	assert_slice(fhir_node_text(record, SLICE("title")), "Payer\xe2\x80\x99s");
	for (code = fhir_node_child(set, SLICE("code")); code; code = fhir_node_again(code))
		count++;
	assert_int_equal(count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_of_the_page_of_links_read_as_reviewed),
		cmocka_unit_test(policies_of_the_json_list_read_as_reviewed),
		cmocka_unit_test(policies_of_the_untidy_site_read_as_reviewed),
		cmocka_unit_test(the_same_content_is_the_same_version_whenever_it_is_fetched),
		cmocka_unit_test(a_changed_word_is_another_version_of_the_same_policy),
		cmocka_unit_test(the_listing_has_the_last_word),
		cmocka_unit_test(the_stage_follows_the_dates),
		cmocka_unit_test(an_unreadable_date_is_kept_and_told),
		cmocka_unit_test(a_withdrawn_policy_is_retired_and_another_version),
		cmocka_unit_test(positions_belong_to_groups_and_not_to_documents),
		cmocka_unit_test(a_denial_of_something_else_does_not_touch_a_covered_group),
		cmocka_unit_test(what_cannot_be_read_is_refused_with_its_kind),
		cmocka_unit_test(nesting_without_end_is_refused),
		cmocka_unit_test(a_huge_span_takes_no_huge_memory),
		cmocka_unit_test(rules_of_one_group_take_no_more_memory_than_their_text),
		cmocka_unit_test(an_element_with_attributes_without_end_is_refused),
		cmocka_unit_test(ranges_that_repeat_cost_no_more_than_their_number),
		cmocka_unit_test(bytes_without_a_declared_charset_are_windows_1252),
	};

	return cmocka_run_group_tests(tests, load_all, free_rules);
}
