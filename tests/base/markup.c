/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

static void assert_append(struct slice text, const char *expected)
{
	struct buf buf;

	buf_init(&buf, 1000);
	markup_append(&buf, text);
	assert_slice(buf_slice(&buf), expected);
	buf_free(&buf);
}

static void what_would_be_markup_is_written_by_reference(void **state)
{
	(void)state;
	assert_append(SLICE("a < b & \"c\" > d"), "a &lt; b &amp; &quot;c&quot; &gt; d");
	assert_append(SLICE("&amp;"), "&amp;amp;");
	assert_append(SLICE("patient's"), "patient's");
	assert_append(SLICE(""), "");
}

/** XML 1.0 (fifth edition), production 2; U+FFFE is EF BF BE, U+FFFC EF BF BC. */
static void what_xml_has_no_character_for_is_replaced(void **state)
{
	(void)state;
	assert_append(SLICE("a\x01\x1f\tb\r\n"), "a\xef\xbf\xbd\xef\xbf\xbd\tb\r\n");
	assert_append(SLICE("\xef\xbf\xbe\xef\xbf\xbf|\xef\xbf\xbc"), "\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbc");
	assert_append((struct slice){ "\0", 1 }, "\xef\xbf\xbd");
	assert_append(SLICE("\xef\xbf"), "\xef\xbf");
	assert_int_equal(markup_forbidden(SLICE("\x7f")), 0);
	assert_int_equal(markup_forbidden(SLICE("")), 0);
}

static void a_reference_is_read_back(void **state)
{
	static const char characters[] = "&<>\"'";
	char c;

	(void)state;
	for (size_t i = 0; characters[i]; i++) {
		struct slice reference = markup_reference(characters[i]);
		assert_int_equal(markup_character(reference, &c), reference.len);
		assert_int_equal(c, characters[i]);
	}
	assert_null(markup_reference('a').ptr);
	assert_int_equal(markup_character(SLICE("&lt"), &c), 0);
	assert_int_equal(markup_character(SLICE("&nbsp;"), &c), 0);
	assert_int_equal(markup_character(SLICE(""), &c), 0);
}

static void plain_text_ends_before_what_needs_care(void **state)
{
	(void)state;
	assert_int_equal(markup_plain(SLICE("caf\xc3\xa9's <")), 8);
	assert_int_equal(markup_plain(SLICE("\n")), 0);
	assert_int_equal(markup_plain(SLICE("")), 0);
}

static void assert_text(const char *markup, const char *expected)
{
	struct buf buf;

	buf_init(&buf, 4096);
	markup_text(&buf, slice_of(markup));
	assert_slice(buf_slice(&buf), expected);
	buf_free(&buf);
}

static void text_is_what_stands_between_tags(void **state)
{
	(void)state;
	assert_text("<p>one</p><p class='a > b'>two<br/>three</p>", " one  two three ");
	assert_text("a<!-- <b> - > -->b", "a b");
	assert_text("&lt;&amp;&#233;&#x2013;&#x1F600;&nbsp;!", "<&\xc3\xa9\xe2\x80\x93\xf0\x9f\x98\x80 !");
	assert_text("&#xD800;,&#x110000;,&#;,&#99999999999;,&&;,& b;", " , , , ,  ,  b;");
	assert_text("a & b < c", "a   b  ");
	assert_text("<unclosed \"", " ");
	assert_text("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_what_stands_between_tags),
		cmocka_unit_test(what_would_be_markup_is_written_by_reference),
		cmocka_unit_test(what_xml_has_no_character_for_is_replaced),
		cmocka_unit_test(a_reference_is_read_back),
		cmocka_unit_test(plain_text_ends_before_what_needs_care),
	};

	return cmocka_run_group_tests_name("markup", tests, NULL, NULL);
}
