/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies: of known length, and chunked (RFC 9112 section 7.1). */
#include "net/http1_syntax.h"

#include <string.h>

/** A chunk-size line: hexadecimal size and extensions, which nobody uses. */
#define CHUNK_LINE_MAX 256
#define CHUNK_DIGITS_MAX 15

/** The next whole line of `input`, at most `max` bytes with its CRLF. */
static enum http1_progress body_line(struct http1_reader *reader, struct slice input, size_t max, struct slice *line)
{
	size_t window = input.len < max ? input.len : max;
	const char *lf = window ? memchr(input.ptr, '\n', window) : NULL;

	if (!lf && input.len >= max)
		return http1_refuse(reader, 400, "A line of the chunked body is too long");
	if (!lf)
		return HTTP1_MORE;
	if (lf == input.ptr || lf[-1] != '\r')
		return http1_refuse(reader, 400, "A line ends in LF without CR");
	*line = (struct slice){ input.ptr, (size_t)(lf - input.ptr) - 1 };
	return HTTP1_DONE;
}

/** chunk-size [ chunk-ext ]: extensions are ignored, as section 7.1.1 asks, but must look like such. */
static bool read_chunk_size(struct slice line, uint64_t *size)
{
	size_t digits = 0;

	*size = 0;
	for (; digits < line.len && http1_is(line.ptr[digits], HTTP1_HEX); digits++) {
		unsigned char c = (unsigned char)line.ptr[digits];
		if (digits == CHUNK_DIGITS_MAX)
			return false;
		*size = *size * 16 + (c <= '9' ? c - 48u : (c | 32u) - 87u);
	}
	struct slice extension = slice_from(line, digits);
	return digits && (!extension.len || (extension.ptr[0] == ';' && http1_all(extension, HTTP1_VALUE)));
}

static enum http1_progress start_chunk(struct http1_reader *reader, struct slice input, size_t *consumed)
{
	struct slice line;
	enum http1_progress progress = body_line(reader, input, CHUNK_LINE_MAX, &line);

	if (progress != HTTP1_DONE)
		return progress;
	if (!read_chunk_size(line, &reader->left))
		return http1_refuse(reader, 400, "A chunk size is not a hexadecimal number");
	if (reader->left > reader->limits->max_body_bytes - reader->body_bytes)
		return http1_refuse(reader, 413, "The body is longer than this server accepts");
	reader->body_bytes += reader->left;
	reader->step = reader->left ? HTTP1_AT_CHUNK_DATA : HTTP1_AT_TRAILERS;
	*consumed += line.len + 2;
	return HTTP1_DONE;
}

static enum http1_progress end_chunk(struct http1_reader *reader, struct slice input, size_t *consumed)
{
	if (input.len && input.ptr[0] != '\r')
		return http1_refuse(reader, 400, "A chunk is longer than its size");
	if (input.len < 2)
		return HTTP1_MORE;
	if (input.ptr[1] != '\n')
		return http1_refuse(reader, 400, "A chunk is longer than its size");
	reader->step = HTTP1_AT_CHUNK_SIZE;
	*consumed += 2;
	return HTTP1_DONE;
}

static enum http1_progress read_trailer(struct http1_reader *reader, struct slice input, size_t *consumed)
{
	struct slice line;
	struct net_header field;
	enum http1_progress progress = body_line(reader, input, reader->limits->max_header_bytes, &line);

	if (progress != HTTP1_DONE)
		return progress;
	*consumed += line.len + 2;
	if (!line.len) {
		reader->step = HTTP1_AT_END;
		return HTTP1_DONE;
	}
	reader->trailer_bytes += line.len + 2;
	if (reader->trailer_bytes > reader->limits->max_header_bytes || ++reader->trailer_count > reader->limits->max_headers)
		return http1_refuse(reader, 431, "The trailer fields are longer than this server accepts");
	return http1_split_field(reader, line, &field);
}

static void take_data(struct http1_reader *reader, struct slice input, struct slice *data, size_t *consumed)
{
	data->ptr = input.ptr;
	data->len = input.len < reader->left ? input.len : (size_t)reader->left;
	reader->left -= data->len;
	*consumed += data->len;
	if (!reader->left)
		reader->step = reader->step == HTTP1_AT_LENGTH ? HTTP1_AT_END : HTTP1_AT_CHUNK_END;
}

enum http1_progress http1_read_body(struct http1_reader *reader, struct slice input, struct slice *data, size_t *consumed)
{
	enum http1_progress progress = HTTP1_DONE;

	*consumed = 0;
	*data = SLICE_NONE;
	while (progress == HTTP1_DONE) {
		struct slice rest = slice_from(input, *consumed);
		switch (reader->step) {
		case HTTP1_AT_HEAD:
			ASSERT(!"a body is read after its head");
			break;
		case HTTP1_AT_LENGTH:
		case HTTP1_AT_CHUNK_DATA:
			if (!rest.len)
				return HTTP1_MORE;
			take_data(reader, rest, data, consumed);
			return HTTP1_DATA;
		case HTTP1_AT_CHUNK_SIZE:
			progress = start_chunk(reader, rest, consumed);
			break;
		case HTTP1_AT_CHUNK_END:
			progress = end_chunk(reader, rest, consumed);
			break;
		case HTTP1_AT_TRAILERS:
			progress = read_trailer(reader, rest, consumed);
			break;
		case HTTP1_AT_END:
			return HTTP1_DONE;
		}
	}
	return progress;
}
