/* SPDX-License-Identifier: Apache-2.0 */
/* The frame buffer that all sessions of a loop share. */
#include "../testing.h"

#include "net/http2_memory.h"

#define FRAME_BYTES (16384 + 10) /* a payload, a head, a byte for padding */

struct session {
	struct http2_memory memory;
	nghttp2_mem mem;
	char *frame;
};

static void *ask(struct session *session, size_t bytes)
{
	return session->mem.realloc(NULL, bytes, session->mem.mem_user_data);
}

static void forget(struct session *session, void *block)
{
	session->mem.free(block, session->mem.mem_user_data);
}

static void start(struct session *session, struct http2_shared *shared)
{
	http2_memory_open(&session->memory, shared, &session->mem);
	session->frame = ask(session, FRAME_BYTES);
	http2_memory_opened(&session->memory);
	assert_non_null(session->frame);
}

static void end(struct session *session)
{
	forget(session, session->frame);
	http2_memory_close(&session->memory);
}

/** Sends; what is in the buffer afterwards is a frame that the peer did not take yet, or none. */
static void send_frame(struct session *session, char fill, bool is_taken)
{
	assert_true(http2_memory_take(&session->memory));
	memset(session->frame, fill, FRAME_BYTES);
	http2_memory_give(&session->memory, is_taken);
}

static void assert_still_there(struct session *session, char fill)
{
	assert_true(http2_memory_take(&session->memory));
	for (size_t i = 0; i < FRAME_BYTES; i++)
		assert_int_equal(session->frame[i], fill);
	http2_memory_give(&session->memory, false);
}

static void sessions_share_one_frame_buffer_and_nothing_else(void **state)
{
	struct http2_shared shared = { 0 };
	struct session a, b;

	(void)state;
	start(&a, &shared);
	start(&b, &shared);
	assert_ptr_equal(a.frame, b.frame);
	void *further = ask(&a, FRAME_BYTES), *small = ask(&a, 100);
	assert_ptr_not_equal(further, a.frame);
	memset(further, 'f', FRAME_BYTES);
	memset(small, 's', 100);
	forget(&a, further);
	forget(&a, small);
	end(&a);
	end(&b);
	http2_shared_free(&shared);
}

static void what_is_not_as_long_as_a_frame_is_the_sessions_own(void **state)
{
	static const size_t sizes[] = { 1, 4096, 16384, 20000, 1u << 20 };
	struct http2_shared shared = { 0 };
	struct session a;

	(void)state;
	http2_memory_open(&a.memory, &shared, &a.mem);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *block = ask(&a, sizes[i]);
		assert_true(block && block != shared.frame);
		memset(block, 'x', sizes[i]);
		forget(&a, block);
	}
	http2_memory_opened(&a.memory);
	http2_memory_close(&a.memory);
	http2_shared_free(&shared);
}

static void a_frame_that_a_peer_does_not_take_is_put_aside_for_others(void **state)
{
	struct http2_shared shared = { 0 };
	struct session sessions[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sessions); i++)
		start(&sessions[i], &shared);
	for (size_t i = 0; i < ARRAY_SIZE(sessions); i++)
		send_frame(&sessions[i], (char)('a' + i), false);
	assert_still_there(&sessions[1], 'b');
	assert_still_there(&sessions[0], 'a');
	send_frame(&sessions[0], 'A', true);
	assert_null(sessions[0].memory.aside);
	assert_still_there(&sessions[2], 'c');
	end(&sessions[2]); /* while it has the buffer */
	assert_still_there(&sessions[1], 'b');
	send_frame(&sessions[0], 'A', false);
	end(&sessions[1]); /* while it is put aside */
	assert_still_there(&sessions[0], 'A');
	end(&sessions[0]);
	http2_shared_free(&shared);
}

static void whoever_is_between_frames_keeps_nothing(void **state)
{
	struct http2_shared shared = { 0 };
	struct session a, b;

	(void)state;
	start(&a, &shared);
	start(&b, &shared);
	for (unsigned i = 0; i < 10; i++) {
		send_frame(&a, 'a', true);
		send_frame(&b, 'b', true);
		assert_null(shared.user);
		assert_null(a.memory.aside);
		assert_null(b.memory.aside);
	}
	end(&a);
	end(&b);
	http2_shared_free(&shared);
}

static void a_session_that_wants_a_longer_buffer_gets_its_own(void **state)
{
	struct http2_shared shared = { 0 };
	struct session a, b;

	(void)state;
	start(&a, &shared);
	start(&b, &shared);
	assert_true(http2_memory_take(&a.memory));
	memset(a.frame, 'a', FRAME_BYTES);
	a.frame = a.mem.realloc(a.frame, 2 * FRAME_BYTES, a.mem.mem_user_data);
	assert_ptr_not_equal(a.frame, b.frame);
	for (size_t i = 0; i < FRAME_BYTES; i++)
		assert_int_equal(a.frame[i], 'a');
	memset(a.frame, 'A', 2 * FRAME_BYTES);
	end(&a);
	end(&b);
	http2_shared_free(&shared);
}

static void what_a_session_keeps_is_packed_while_it_rests_unless_a_frame_is_half_sent(void **state)
{
	struct http2_shared shared = { 0 };
	struct session a, b;

	(void)state;
	start(&a, &shared);
	start(&b, &shared);
	char *kept = ask(&a, 100), *zeroed = a.mem.calloc(10, 10, a.mem.mem_user_data);
	memset(kept, 'k', 100);
	for (unsigned i = 0; i < 3; i++) {
		http2_memory_rest(&a.memory);
		http2_memory_rest(&a.memory);
		assert_non_null(a.memory.region.packed);
		http2_memory_wake(&a.memory);
		http2_memory_wake(&a.memory);
		assert_null(a.memory.region.packed);
		for (size_t at = 0; at < 100; at++)
			assert_true(kept[at] == 'k' && zeroed[at] == 0);
		kept = a.mem.realloc(kept, 100 + 10 * i, a.mem.mem_user_data);
	}
	send_frame(&a, 'a', false);
	http2_memory_rest(&a.memory);
	assert_null(a.memory.region.packed);
	send_frame(&b, 'b', true);
	http2_memory_rest(&a.memory); /* its frame is put aside */
	assert_null(a.memory.region.packed);
	forget(&a, kept);
	forget(&a, zeroed);
	end(&a);
	end(&b);
	http2_shared_free(&shared);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_share_one_frame_buffer_and_nothing_else),
		cmocka_unit_test(what_is_not_as_long_as_a_frame_is_the_sessions_own),
		cmocka_unit_test(a_frame_that_a_peer_does_not_take_is_put_aside_for_others),
		cmocka_unit_test(whoever_is_between_frames_keeps_nothing),
		cmocka_unit_test(what_a_session_keeps_is_packed_while_it_rests_unless_a_frame_is_half_sent),
		cmocka_unit_test(a_session_that_wants_a_longer_buffer_gets_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
