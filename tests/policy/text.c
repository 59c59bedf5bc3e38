/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_testing.h"

#include "policy/text.h"

static struct text_document document;

/** Blocks as one string: "#1 heading", "text", "- item", "? term", "[cell|cell/cell|cell]"; a repeated cell as "^", an absent one
 * as "_". */
static void describe_table(struct buf *out, const struct text_table *table)
{
	buf_append_char(out, '[');
	for (size_t row = 0; row < table->rows; row++) {
		buf_append(out, row ? SLICE("/") : SLICE(""));
		for (size_t column = 0; column < table->columns; column++) {
			const struct text_cell *cell = text_cell_at(table, row, column);
			buf_append(out, column ? SLICE("|") : SLICE(""));
			buf_append(out, cell->is_repeated ? SLICE("^") : cell->text.ptr ? cell->text : SLICE("_"));
		}
	}
	buf_append_char(out, ']');
}

static void check(const char *content_type, const char *bytes, const char *expected)
{
	static const char *const marks[] = { [BLOCK_TEXT] = "", [BLOCK_ITEM] = "- ", [BLOCK_TERM] = "? ", [BLOCK_TABLE] = "" };
	struct error err = { 0 };
	struct buf out;

	buf_init(&out, 65536);
	assert_ok(text_read(arena, rules, slice_of(content_type), SLICE_NONE, slice_of(bytes), &document, &err), &err);
	for (const struct text_block *block = document.first; block; block = block->next) {
		buf_append(&out, block == document.first ? SLICE("") : SLICE("; "));
		if (block->kind == BLOCK_HEADING)
			buf_printf(&out, "#%u ", block->level);
		else
			buf_append(&out, slice_of(marks[block->kind]));
		buf_append(&out, block->text);
		if (block->table)
			describe_table(&out, block->table);
	}
	buf_append_char(&out, '\0');
	if (strcmp(out.ptr, expected) != 0)
		fail_msg("%s\ngives    %s\nexpected %s", bytes, out.ptr, expected);
	buf_free(&out);
}

static void html_becomes_headings_paragraphs_items_and_terms(void **state)
{
	(void)state;
	check("text/html", "<h1>A</h1><p>one\n two<p>three<ul><li>x<li><p>y</ul><dl><dt>k<dd>v</dl>",
	      "#1 A; one two; three; - x; - y; ? k; v");
	check("text/html", "a<br>b&nbsp;c &amp; d&shy;e", "a\nb c & de");
	check("text/html", "<p><b>CPT codes:</b></p><p><b>22513</b> is one</p>", "#6 CPT codes:; 22513 is one");
	check("text/html", "<p><strong>Policy number: 7</strong></p>", "Policy number: 7");
}

static void furniture_is_left_out(void **state)
{
	(void)state;
	check("text/html",
	      "<nav>menu</nav><p>text</p><footer>f</footer><script>s</script><style>c</style><div class='x breadcrumb'>b</div>",
	      "text");
	check("text/html", "<p>around</p><main><p>text</p></main><p>around</p>", "text");
	check("text/html", "<p hidden>no</p><div role=navigation>no</div><p>yes", "yes");
}

static void tables_keep_rows_columns_and_spans(void **state)
{
	(void)state;
	check("text/html", "<table><tr><th>a<th>b<tr><td>1<td>2</table>", "[a|b/1|2]");
	check("text/html", "<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d</table>", "[a|b/^|c/d|_]");
	check("text/html", "<table><caption>T</caption><tr><td colspan=2>a<tr><td>b<td>c</table>", "T[a|^/b|c]");
	check("text/html", "<table><tr><td>a<td>b<td>c<tr><td>d</table>", "[a|b|c/d|_|_]");
	check("text/html", "<table><tr><td><p>a<p>b<ul><li>c</ul></table>", "[a\nb\nc]");
}

static void a_table_that_only_arranges_the_page_dissolves(void **state)
{
	(void)state;
	check("text/html", "<table><tr><td>menu<td><h2>Policy</h2><p>text<table><tr><td>1<td>2</table></table>",
	      "menu; #2 Policy; text; [1|2]");
}

static void plain_text_has_headings_by_line_capitals_and_cue(void **state)
{
	(void)state;
	check("text/plain", "Title\n=====\n\nPart\n----\nline one\nline two\n\n- a\n- b\n  more\nend",
	      "#1 Title; #2 Part; line one\nline two; - a; - b\nmore; end");
	check("text/plain", "A TITLE\n\nCRITERIA\n\n1. one\n2) two", "#1 A TITLE; #2 CRITERIA; - one; - two");
	check("text/plain", "CPT codes covered:\n22513", "#1 CPT codes covered:; 22513");
	check("text/plain", "Version: 3\nEffective date: today\nwords", "Version: 3; Effective date: today; words");
	check("text/plain", "22513, E0601", "22513, E0601");
}

static void json_becomes_terms_headed_text_and_tables(void **state)
{
	(void)state;
	check("application/json",
	      "{\"meta\":{\"x\":1},\"data\":[{\"title\":\"T\",\"procedure_codes\":[{\"code\":\"1\",\"text\":\"a\"},{\"code\":"
	      "\"2\"}]}]}",
	      "? title; T; #2 procedure codes; [code|text/1|a/2|]");
	check("application/json", "{\"criteria\":\"&lt;p&gt;one&lt;/p&gt;&lt;p&gt;two\"}", "? criteria; one; two");
	check("application/json", "{\"criteria\":\"&amp;lt;b&amp;gt;x&amp;lt;/b&amp;gt; y\"}", "? criteria; x y");
	check("application/json", "{\"codes\":[\"a\",\"b\"]}", "#2 codes; - a; - b");
}

static void sentences_end_where_people_end_them(void **state)
{
	struct slice rest = SLICE("One is 22.5. Two (see 3.4) follows! three. Four");

	(void)state;
	assert_slice(slice_trim(text_cut_sentence(&rest)), "One is 22.5.");
	assert_slice(slice_trim(text_cut_sentence(&rest)), "Two (see 3.4) follows! three.");
	assert_slice(slice_trim(text_cut_sentence(&rest)), "Four");
	assert_null(rest.ptr);
}

static void charsets_are_found_in_their_order(void **state)
{
	struct error err = { 0 };
	struct slice text;

	(void)state;
	assert_ok(text_to_utf8(arena, SLICE("\xef\xbb\xbf\xc3\xa4"), SLICE("iso-8859-1"), &text, &err), &err);
	assert_slice(text, "\xc3\xa4"); /* the mark, and being UTF-8, outweigh a label */
	assert_ok(text_to_utf8(arena, SLICE("\xe4"), SLICE_NONE, &text, &err), &err);
	assert_slice(text, "\xc3\xa4");
	assert_ok(text_to_utf8(arena, SLICE("<meta charset=\"koi8-r\">\xc1"), SLICE_NONE, &text, &err), &err);
	assert_slice(text, "<meta charset=\"koi8-r\">\xd0\xb0");
	assert_ok(text_to_utf8(arena, SLICE("\xc1"), SLICE("koi8-r"), &text, &err), &err);
	assert_slice(text, "\xd0\xb0");
	assert_ok(text_to_utf8(arena, SLICE("\x93x\x81"), SLICE("no-such-charset"), &text, &err), &err);
	assert_slice(text, "\xe2\x80\x9cx\xef\xbf\xbd"); /* 0x81 means nothing in Windows-1252 */
	assert_ok(text_to_utf8(arena, SLICE("\xff\xfe\x41\x00"), SLICE_NONE, &text, &err), &err);
	assert_slice(text, "A");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_becomes_headings_paragraphs_items_and_terms),
		cmocka_unit_test(furniture_is_left_out),
		cmocka_unit_test(tables_keep_rows_columns_and_spans),
		cmocka_unit_test(a_table_that_only_arranges_the_page_dissolves),
		cmocka_unit_test(plain_text_has_headings_by_line_capitals_and_cue),
		cmocka_unit_test(json_becomes_terms_headed_text_and_tables),
		cmocka_unit_test(sentences_end_where_people_end_them),
		cmocka_unit_test(charsets_are_found_in_their_order),
	};

	return cmocka_run_group_tests(tests, load_rules, free_rules);
}
