/* SPDX-License-Identifier: Apache-2.0 */
/* Text from a client's request target and headers: any bytes are split, decoded, negotiated and compared without harm, and a
 * query that was understood means the same after being written and read again. */
#include <stddef.h>
#include <stdint.h>

#include "api/condition.h"
#include "api/cursor.h"
#include "api/negotiate.h"
#include "api/query.h"
#include "api/route.h"

#define ARENA_BYTES (1u << 20)

static void write_query(struct buf *buf, const struct query *query)
{
	for (size_t i = 0; i < query->count; i++) {
		if (i)
			buf_append_char(buf, '&');
		query_encode(buf, query->items[i].name);
		if (query->items[i].modifier.ptr)
			buf_append_char(buf, ':');
		query_encode(buf, query->items[i].modifier);
		buf_append_char(buf, '=');
		query_encode(buf, query->items[i].value);
	}
}

static void check_again(struct arena *arena, const struct query *query)
{
	struct query again;
	struct buf buf;

	buf_init(&buf, QUERY_MAX_BYTES);
	write_query(&buf, query);
	if (!buf.failed && query_parse(arena, buf_slice(&buf), &again, NULL)) {
		ASSERT(again.count == query->count);
		for (size_t i = 0; i < query->count; i++) {
			ASSERT(slice_equal(again.items[i].name, query->items[i].name));
			ASSERT(slice_equal(again.items[i].modifier, query->items[i].modifier));
			ASSERT(slice_equal(again.items[i].value, query->items[i].value));
		}
	}
	buf_free(&buf);
}

static void split_values(struct arena *arena, struct slice value)
{
	while (value.ptr) {
		struct slice one = query_next_value(&value);
		ASSERT(query_unescape(arena, one).len <= one.len);
	}
}

static void use(struct arena *arena, struct slice text)
{
	static const struct cursor_key key;
	struct net_header headers[] = { { SLICE("Accept"), text },
					{ SLICE("If-None-Match"), text },
					{ SLICE("If-Modified-Since"), text },
					{ SLICE("Prefer"), text } };
	struct net_request request = { .arena = arena, .headers = headers, .header_count = ARRAY_SIZE(headers) };
	struct negotiated form;
	struct query query;
	struct slice reason;
	struct store_place place;

	if (query_parse(arena, text, &query, NULL)) {
		ASSERT(query.count <= QUERY_MAX_PARAMETERS);
		check_again(arena, &query);
		for (size_t i = 0; i < query.count; i++)
			split_values(arena, query.items[i].value);
		ASSERT(negotiate(&request, &query, FHIR_R4, &form, &reason) || reason.ptr);
	}
	(void)negotiate_is_lenient(&request);
	(void)condition_check(&request, SLICE("W/\"1\""), 0);
	(void)route_parse(arena, text);
	ASSERT(!cursor_parse(arena, &key, SLICE("search"), text, &place));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);

	if (arena)
		use(arena, (struct slice){ (const char *)data, size });
	arena_free(arena);
	return 0;
}
