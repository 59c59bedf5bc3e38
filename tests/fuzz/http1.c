/* SPDX-License-Identifier: Apache-2.0 */
/* The request reader: any bytes, fed whole and fed in pieces, must give the same requests or the same refusal. */
#include "net/http1.h"

#include <string.h>

#define BODY_MAX 4096

static const struct http1_limits limits = {
	.max_header_bytes = 2048, .max_headers = 16, .max_target_bytes = 256, .max_body_bytes = BODY_MAX
};

/** What was understood, in a form that can be compared. */
struct outcome {
	enum http1_progress progress;
	unsigned status, requests;
	size_t head_bytes, body_bytes, used;
	unsigned checksum;
};

static void note(struct outcome *outcome, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		outcome->checksum = outcome->checksum * 31 + (unsigned char)s.ptr[i];
}

static void note_request(struct outcome *outcome, const struct net_request *request)
{
	ASSERT(request->path.len > 0);
	ASSERT(request->header_count <= limits.max_headers);
	note(outcome, request->method_text);
	note(outcome, request->path);
	note(outcome, request->query);
	note(outcome, request->authority);
	for (size_t i = 0; i < request->header_count; i++) {
		note(outcome, request->headers[i].name);
		note(outcome, request->headers[i].value);
	}
}

/** Of what is left, the reader sees `piece` bytes more at each call. */
static enum http1_progress read_head(struct http1_reader *reader, struct slice input, size_t piece, struct outcome *outcome)
{
	struct arena *arena = arena_new(1 << 16);
	struct net_request request = { .arena = arena };
	enum http1_progress progress = HTTP1_MORE;
	size_t seen = 0, consumed = 0;

	while (progress == HTTP1_MORE && seen < input.len) {
		seen = input.len - seen < piece ? input.len : seen + piece;
		progress = http1_read_head(reader, arena, (struct slice){ input.ptr, seen }, &request, &consumed);
	}
	if (progress == HTTP1_DONE) {
		ASSERT(consumed <= input.len);
		outcome->used += consumed;
		outcome->head_bytes += consumed;
		note_request(outcome, &request);
	}
	arena_free(arena);
	return progress;
}

static enum http1_progress read_body(struct http1_reader *reader, struct slice input, size_t piece, struct outcome *outcome)
{
	enum http1_progress progress = HTTP1_MORE;
	size_t seen = 0, at = 0, total = 0;

	do {
		seen = input.len - seen < piece ? input.len : seen + piece;
		do {
			struct slice data;
			size_t consumed;
			progress = http1_read_body(reader, (struct slice){ input.ptr + at, seen - at }, &data, &consumed);
			ASSERT(consumed <= seen - at);
			at += consumed;
			total += data.len;
			note(outcome, data);
		} while (progress == HTTP1_DATA);
	} while (progress == HTTP1_MORE && seen < input.len);
	ASSERT(total <= BODY_MAX);
	outcome->body_bytes += total;
	outcome->used += at;
	return progress;
}

static struct outcome read_all(struct slice input, size_t piece)
{
	struct outcome outcome = { .progress = HTTP1_DONE };

	while (outcome.progress == HTTP1_DONE && outcome.used < input.len) {
		struct http1_reader reader;
		http1_reader_init(&reader, &limits);
		outcome.progress = read_head(&reader, slice_from(input, outcome.used), piece, &outcome);
		if (outcome.progress == HTTP1_DONE)
			outcome.progress = read_body(&reader, slice_from(input, outcome.used), piece, &outcome);
		outcome.status = reader.status;
		outcome.requests += outcome.progress == HTTP1_DONE;
		ASSERT((outcome.progress == HTTP1_REFUSED) == (reader.status >= 400));
	}
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { size ? (const char *)data : "", size };
	struct outcome whole = read_all(input, SIZE_MAX / 2);
	struct outcome pieces = read_all(input, 7);
	struct outcome bytes = read_all(input, 1);

	ASSERT(whole.progress == pieces.progress && whole.progress == bytes.progress);
	ASSERT(whole.status == pieces.status && whole.status == bytes.status);
	ASSERT(whole.requests == pieces.requests && whole.requests == bytes.requests);
	ASSERT(whole.body_bytes == pieces.body_bytes && whole.checksum == pieces.checksum);
	ASSERT(whole.body_bytes == bytes.body_bytes && whole.checksum == bytes.checksum);
	return 0;
}
