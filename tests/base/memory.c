/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas, buffers and errors: what the rest leans on when something is too much. */
#include "../testing.h"

#include <errno.h>

static void an_arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena *arena = arena_new(1u << 20);

	(void)state;
	for (size_t bytes = 0; bytes < 300; bytes += 7) {
		unsigned char *at = arena_alloc(arena, bytes);
		assert_non_null(at);
		assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < bytes; i++)
			assert_int_equal(at[i], 0);
		memset(at, 0xa5, bytes);
	}
	arena_free(arena);
}

static void an_arena_refuses_more_than_its_cap(void **state)
{
	struct arena *arena = arena_new(1000);

	(void)state;
	assert_non_null(arena_alloc(arena, 900));
	assert_null(arena_alloc(arena, 200));
	assert_non_null(arena_alloc(arena, 50));
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_alloc_array(arena, SIZE_MAX / 2, 3));
	assert_null(arena_copy(arena, (struct slice){ "x", 2000 }).ptr);
	arena_free(arena);
}

static void a_reset_arena_starts_over(void **state)
{
	struct arena *arena = arena_new(1u << 20);

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			assert_non_null(arena_alloc(arena, 5000));
		assert_true(arena_used(arena) >= 500000);
		arena_reset(arena);
		assert_int_equal(arena_used(arena), 0);
	}
	unsigned char *at = arena_alloc(arena, 64);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(at[i], 0);
	arena_free(arena);
}

static void copies_are_c_strings_too(void **state)
{
	struct arena *arena = arena_new(1u << 16);

	(void)state;
	struct slice copy = arena_copy(arena, (struct slice){ "abcdef", 3 });
	assert_string_equal(copy.ptr, "abc");
	assert_slice(arena_printf(arena, "%s-%d", "cpt", 22513), "cpt-22513");
	arena_free(arena);
}

/** Around every length at which memory is found or made anew. */
static void printed_texts_are_whole_at_any_length(void **state)
{
	struct arena *arena = arena_new(8u << 20);
	struct buf buf;

	(void)state;
	for (int length = 0; length < 1100; length++) {
		struct slice text = arena_printf(arena, "%*d", length + 1, 7);
		buf_init(&buf, 2048);
		buf_append(&buf, SLICE("ab"));
		buf_printf(&buf, "%*d", length + 1, 7);
		assert_int_equal(text.len, length + 1);
		assert_int_equal(text.ptr[length], '7');
		assert_int_equal(text.ptr[length + 1], '\0');
		assert_false(buf.failed);
		assert_int_equal(buf.len, length + 3);
		assert_memory_equal(buf.ptr + 2, text.ptr, text.len);
		buf_free(&buf);
	}
	arena_free(arena);
}

static void a_buffer_that_cannot_hold_a_printed_text_fails(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 16);
	buf_printf(&buf, "%s", "seventeen letters");
	assert_true(buf.failed);
	assert_int_equal(buf.len, 0);
	buf_printf(&buf, "x");
	assert_int_equal(buf.len, 0);
	buf_free(&buf);
}

static void a_buffer_past_its_maximum_fails_and_stays_failed(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 10);
	buf_append(&buf, SLICE("12345678"));
	assert_false(buf.failed);
	buf_append(&buf, SLICE("901"));
	assert_true(buf.failed);
	assert_slice(buf_slice(&buf), "12345678");
	buf_append_char(&buf, 'x');
	assert_int_equal(buf.len, 8);
	buf_reset(&buf);
	buf_append(&buf, SLICE("0123456789"));
	assert_false(buf.failed);
	buf_free(&buf);
}

static void a_buffer_grows_while_it_may(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100000);
	for (int i = 0; i < 10000; i++)
		buf_printf(&buf, "%d,", i % 10);
	assert_false(buf.failed);
	assert_int_equal(buf.len, 20000);
	assert_memory_equal(buf.ptr + 19990, "5,6,7,8,9,", 10);
	buf_free(&buf);
}

static void the_first_error_stays(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_false(error_set(&err, ERROR_LIMIT, "a:1", "first %d", 1));
	assert_false(error_set(&err, ERROR_IO, "b:2", "second"));
	assert_string_equal(err.place, "a:1");
	assert_string_equal(err.message, "first 1");
	error_hint(&err, "try %s", "less");
	error_hint(&err, "never shown");
	assert_string_equal(err.hint, "try less");
	assert_false(error_set(NULL, ERROR_IO, "", "nobody asks"));
}

static void an_errno_becomes_a_code_and_a_hint(void **state)
{
	static const struct {
		int number;
		enum error_code code;
	} cases[] = { { ENOSPC, ERROR_FULL }, { EACCES, ERROR_ACCESS }, { ENOENT, ERROR_NOT_FOUND }, { EADDRINUSE, ERROR_BUSY } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };
		assert_false(error_errno(&err, cases[i].number, "x", "do it"));
		assert_int_equal(err.code, cases[i].code);
		assert_true(err.hint[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(an_arena_refuses_more_than_its_cap),
		cmocka_unit_test(a_reset_arena_starts_over),
		cmocka_unit_test(copies_are_c_strings_too),
		cmocka_unit_test(printed_texts_are_whole_at_any_length),
		cmocka_unit_test(a_buffer_that_cannot_hold_a_printed_text_fails),
		cmocka_unit_test(a_buffer_past_its_maximum_fails_and_stays_failed),
		cmocka_unit_test(a_buffer_grows_while_it_may),
		cmocka_unit_test(the_first_error_stays),
		cmocka_unit_test(an_errno_becomes_a_code_and_a_hint),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
