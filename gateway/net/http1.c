/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http1_syntax.h"
#include "net/target.h"

#include <string.h>

/** Method, two spaces, version: what a request line has beside its target. */
#define REQUEST_LINE_EXTRA 64
#define METHOD_MAX 32

void http1_reader_init(struct http1_reader *reader, const struct http1_limits *limits)
{
	*reader = (struct http1_reader){ .limits = limits, .reason = SLICE_NONE };
}

/* ---- where the head ends ---- */

/** RFC 9112 section 2.2: an empty line before the request line is left over from a body; one is forgiven. */
static enum http1_progress skip_empty_line(struct http1_reader *reader, struct slice input, size_t *start)
{
	*start = 0;
	if (!input.len)
		return HTTP1_MORE;
	if (input.ptr[0] == '\r') {
		if (input.len < 3)
			return HTTP1_MORE;
		if (input.ptr[1] != '\n')
			return http1_refuse(reader, 400, "The request line must start with a method");
		*start = 2;
	}
	if (!http1_is(input.ptr[*start], HTTP1_TOKEN))
		return http1_refuse(reader, 400, "The request line must start with a method");
	return HTTP1_DONE;
}

/** Looks at whole lines only, so that the answer is the same however the bytes were cut. */
static enum http1_progress find_head(struct http1_reader *reader, struct slice input, size_t start, size_t *end)
{
	const struct http1_limits *limits = reader->limits;
	size_t window = input.len < limits->max_header_bytes ? input.len : limits->max_header_bytes;
	size_t at = reader->line_start > start ? reader->line_start : start;

	while (at < window) {
		const char *lf = memchr(input.ptr + at, '\n', window - at);
		size_t line_end = lf ? (size_t)(lf - input.ptr) : window;
		if (at == start && line_end - start > limits->max_target_bytes + REQUEST_LINE_EXTRA)
			return http1_refuse(reader, 414, "The request target is longer than this server accepts");
		if (!lf)
			break;
		if (line_end == at || lf[-1] != '\r')
			return http1_refuse(reader, 400, "A line ends in LF without CR");
		if (line_end == at + 1) {
			*end = line_end + 1;
			return HTTP1_DONE;
		}
		at = line_end + 1;
	}
	reader->line_start = at;
	if (input.len >= limits->max_header_bytes)
		return http1_refuse(reader, 431, "The header fields are longer than this server accepts");
	return HTTP1_MORE;
}

/** Cuts the next line, which find_head has seen to end in CRLF. */
static struct slice next_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	line.len--;
	return line;
}

/* ---- request line (RFC 9112 section 3) ---- */

static enum http1_progress read_version(struct http1_reader *reader, struct slice version)
{
	if (version.len != 8 || memcmp(version.ptr, "HTTP/", 5) != 0 || !http1_is(version.ptr[5], HTTP1_DIGIT) ||
	    version.ptr[6] != '.' || !http1_is(version.ptr[7], HTTP1_DIGIT))
		return http1_refuse(reader, 400, "The request line must be: method, space, target, space, HTTP/1.1");
	if (version.ptr[5] != '1' || version.ptr[7] > '1')
		return http1_refuse(reader, 505, "This server speaks HTTP/1.1 and HTTP/1.0 here");
	reader->minor = version.ptr[7] == '1';
	reader->keep_alive = reader->minor == 1;
	return HTTP1_DONE;
}

static enum http1_progress read_request_line(struct http1_reader *reader, struct slice line, struct net_request *request)
{
	struct slice rest = line;

	request->method_text = slice_cut(&rest, ' ');
	struct slice target = slice_cut(&rest, ' ');
	if (!request->method_text.len || !http1_all(request->method_text, HTTP1_TOKEN) || !target.len || !rest.ptr)
		return http1_refuse(reader, 400, "The request line must be: method, space, target, space, HTTP/1.1");
	enum http1_progress progress = read_version(reader, rest);
	if (progress != HTTP1_DONE)
		return progress;
	request->version = reader->minor ? NET_HTTP_1_1 : NET_HTTP_1_0;
	request->method = target_method(request->method_text);
	if (request->method_text.len > METHOD_MAX || slice_equal(request->method_text, SLICE("CONNECT")))
		return http1_refuse(reader, 501, "This server does not know that method");
	if (target.len > reader->limits->max_target_bytes)
		return http1_refuse(reader, 414, "The request target is longer than this server accepts");
	if (!target_read(target, request))
		return http1_refuse(reader, 400, "The request target is not a valid path, query or http URL");
	return HTTP1_DONE;
}

/* ---- fields (RFC 9112 section 5) ---- */

/** What the fields say about the message itself. */
struct framing {
	bool has_host, has_length, is_chunked, has_coding;
	struct slice host;
	uint64_t length;
};

static enum http1_progress read_host(struct http1_reader *reader, struct slice value, struct framing *framing)
{
	if (framing->has_host)
		return http1_refuse(reader, 400, "There is more than one Host field");
	if (!target_authority_is_valid(value))
		return http1_refuse(reader, 400, "The Host field is not a host with an optional port");
	framing->has_host = true;
	framing->host = value;
	return HTTP1_DONE;
}

/** RFC 9112 section 6.3: a list, a sign or a repetition would let the next reader choose another value. */
static enum http1_progress read_length(struct http1_reader *reader, struct slice value, struct framing *framing)
{
	if (framing->has_length)
		return http1_refuse(reader, 400, "There is more than one Content-Length field");
	if (!value.len || !http1_all(value, HTTP1_DIGIT))
		return http1_refuse(reader, 400, "Content-Length is not a number");
	if (!slice_to_u64(value, reader->limits->max_body_bytes, &framing->length))
		return http1_refuse(reader, 413, "The body is longer than this server accepts");
	framing->has_length = true;
	return HTTP1_DONE;
}

/** RFC 9112 section 6.1. Only "chunked" is known; what does not end in it has no end that can be trusted. */
static enum http1_progress read_coding(struct http1_reader *reader, struct slice value, struct framing *framing)
{
	if (framing->has_coding)
		return http1_refuse(reader, 400, "There is more than one Transfer-Encoding field");
	framing->has_coding = true;
	framing->is_chunked = slice_equal_nocase(value, SLICE("chunked"));
	if (framing->is_chunked)
		return HTTP1_DONE;
	struct slice rest = value, coding = SLICE_NONE;
	bool chunked_before = false;
	while (rest.ptr) {
		chunked_before |= slice_equal_nocase(coding, SLICE("chunked"));
		coding = slice_trim(slice_cut(&rest, ','));
	}
	if (chunked_before || !slice_equal_nocase(coding, SLICE("chunked")))
		return http1_refuse(reader, 400, "Transfer-Encoding must end in chunked, once");
	return http1_refuse(reader, 501, "The only transfer coding this server knows is chunked");
}

static enum http1_progress read_connection(struct http1_reader *reader, struct slice value)
{
	bool closes = false;

	for (struct slice rest = value; rest.ptr;) {
		struct slice option = slice_trim(slice_cut(&rest, ','));
		closes |= slice_equal_nocase(option, SLICE("close"));
		if (slice_equal_nocase(option, SLICE("keep-alive")))
			reader->keep_alive = true;
	}
	if (closes)
		reader->keep_alive = false;
	return HTTP1_DONE;
}

/** RFC 9110 section 10.1.1; an HTTP/1.0 client cannot mean it. */
static enum http1_progress read_expect(struct http1_reader *reader, struct slice value)
{
	if (!slice_equal_nocase(value, SLICE("100-continue")))
		return http1_refuse(reader, 417, "The only expectation this server knows is 100-continue");
	reader->expects_continue = reader->minor == 1;
	return HTTP1_DONE;
}

static enum http1_progress note_field(struct http1_reader *reader, const struct net_header *field, struct framing *framing)
{
	switch (field->name.len) {
	case 4:
		if (slice_equal_nocase(field->name, SLICE("host")))
			return read_host(reader, field->value, framing);
		break;
	case 6:
		if (slice_equal_nocase(field->name, SLICE("expect")))
			return read_expect(reader, field->value);
		break;
	case 10:
		if (slice_equal_nocase(field->name, SLICE("connection")))
			return read_connection(reader, field->value);
		break;
	case 14:
		if (slice_equal_nocase(field->name, SLICE("content-length")))
			return read_length(reader, field->value, framing);
		break;
	case 17:
		if (slice_equal_nocase(field->name, SLICE("transfer-encoding")))
			return read_coding(reader, field->value, framing);
		break;
	}
	return HTTP1_DONE;
}

/** Decides where the body ends, or that nobody can know (RFC 9112 section 6.3). */
static enum http1_progress decide_framing(struct http1_reader *reader, const struct framing *framing, struct net_request *request)
{
	if (reader->minor == 1 && !framing->has_host)
		return http1_refuse(reader, 400, "The Host field is missing");
	if (framing->is_chunked && framing->has_length)
		return http1_refuse(reader, 400, "Content-Length and Transfer-Encoding exclude each other");
	if (framing->is_chunked && reader->minor == 0)
		return http1_refuse(reader, 400, "HTTP/1.0 has no Transfer-Encoding");
	if (!request->authority.ptr) /* that of an absolute target wins (section 3.2.2) */
		request->authority = framing->host;
	reader->has_body = framing->is_chunked || framing->length > 0;
	reader->left = framing->length;
	reader->step = framing->is_chunked ? HTTP1_AT_CHUNK_SIZE : HTTP1_AT_LENGTH;
	if (!reader->has_body)
		reader->step = HTTP1_AT_END;
	return HTTP1_DONE;
}

/** Of a text that ends in a line break, or is empty. */
static size_t count_lines(struct slice text)
{
	size_t count = 0;

	for (; text.len; count++)
		slice_cut(&text, '\n');
	return count;
}

static enum http1_progress read_fields(struct http1_reader *reader, struct arena *arena, struct slice text,
				       struct net_request *request)
{
	struct framing framing = { .host = SLICE_NONE };
	size_t count = count_lines(text);

	if (count > reader->limits->max_headers)
		return http1_refuse(reader, 431, "There are more header fields than this server accepts");
	struct net_header *fields = arena_new_array(arena, struct net_header, count);
	if (!fields)
		return http1_refuse(reader, 431, "The header fields need more memory than this server gives a request");
	for (size_t i = 0; i < count; i++) {
		enum http1_progress progress = http1_split_field(reader, next_line(&text), &fields[i]);
		if (progress == HTTP1_DONE)
			progress = note_field(reader, &fields[i], &framing);
		if (progress != HTTP1_DONE)
			return progress;
		request->header_count = i + 1;
	}
	request->headers = fields;
	return decide_framing(reader, &framing, request);
}

enum http1_progress http1_read_head(struct http1_reader *reader, struct arena *arena, struct slice input,
				    struct net_request *request, size_t *consumed)
{
	size_t start, end = 0;
	enum http1_progress progress = skip_empty_line(reader, input, &start);

	if (progress == HTTP1_DONE)
		progress = find_head(reader, input, start, &end);
	if (progress != HTTP1_DONE)
		return progress;
	struct slice head = arena_copy(arena, (struct slice){ input.ptr + start, end - 2 - start });
	if (!head.ptr)
		return http1_refuse(reader, 431, "The header fields need more memory than this server gives a request");
	struct slice line = next_line(&head);
	progress = read_request_line(reader, line, request);
	if (progress != HTTP1_DONE)
		return progress;
	*consumed = end;
	return read_fields(reader, arena, head, request);
}
