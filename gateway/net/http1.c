/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http1.h"

#include <string.h>

/** Method, two spaces, version: what a request line has beside its target. */
#define REQUEST_LINE_EXTRA 64
#define METHOD_MAX 32
/** A chunk-size line: hexadecimal size and extensions, which nobody uses. */
#define CHUNK_LINE_MAX 256
#define CHUNK_DIGITS_MAX 15

enum { TOKEN = 1, PATH = 2, QUERY = 4, VALUE = 8, NAME = 16, HEX = 32, DIGIT = 64 };

/** What a byte may be part of. PATH and QUERY follow RFC 3986, and also take what browsers (WHATWG URL) send unescaped: '|'
 * everywhere, since FHIR searches are full of it, and "[]\^`{}" in queries. None of them delimits anything in a request. */
#define ALNUM (TOKEN | PATH | QUERY | VALUE | NAME)
static const unsigned char classes[256] = {
	['\t'] = VALUE,
	[' '] = VALUE,
	['!'] = TOKEN | PATH | QUERY | VALUE,
	['"'] = VALUE,
	['#'] = TOKEN | VALUE,
	['$'] = TOKEN | PATH | QUERY | VALUE,
	['%'] = TOKEN | PATH | QUERY | VALUE,
	['&'] = TOKEN | PATH | QUERY | VALUE,
	['\''] = TOKEN | PATH | QUERY | VALUE,
	['('] = PATH | QUERY | VALUE,
	[')'] = PATH | QUERY | VALUE,
	['*'] = TOKEN | PATH | QUERY | VALUE,
	['+'] = TOKEN | PATH | QUERY | VALUE,
	[','] = PATH | QUERY | VALUE,
	['-'] = ALNUM,
	['.'] = ALNUM,
	['/'] = PATH | QUERY | VALUE,
	['0' ... '9'] = ALNUM | HEX | DIGIT,
	[':'] = PATH | QUERY | VALUE,
	[';'] = PATH | QUERY | VALUE,
	['<'] = VALUE,
	['='] = PATH | QUERY | VALUE,
	['>'] = VALUE,
	['?'] = QUERY | VALUE,
	['@'] = PATH | QUERY | VALUE,
	['A' ... 'F'] = ALNUM | HEX,
	['G' ... 'Z'] = ALNUM,
	['['] = QUERY | VALUE,
	['\\'] = QUERY | VALUE,
	[']'] = QUERY | VALUE,
	['^'] = TOKEN | QUERY | VALUE,
	['_'] = ALNUM,
	['`'] = TOKEN | QUERY | VALUE,
	['a' ... 'f'] = ALNUM | HEX,
	['g' ... 'z'] = ALNUM,
	['{'] = QUERY | VALUE,
	['|'] = TOKEN | PATH | QUERY | VALUE,
	['}'] = QUERY | VALUE,
	['~'] = ALNUM,
	[0x80 ... 0xff] = VALUE,
};

static bool is(char c, unsigned class)
{
	return classes[(unsigned char)c] & class;
}

/** Every byte of `s` is of that class; an empty `s` is. */
static bool all(struct slice s, unsigned class)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is(s.ptr[i], class))
			return false;
	return true;
}

static enum http1_progress refuse(struct http1_reader *reader, unsigned status, const char *reason)
{
	reader->status = status;
	reader->reason = slice_of(reason);
	return HTTP1_REFUSED;
}

void http1_reader_init(struct http1_reader *reader, const struct http1_limits *limits)
{
	*reader = (struct http1_reader){ .limits = limits, .reason = SLICE_NONE };
}

/* ---- where the head ends ------------------------------------------------------------------------------------------------- */

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
			return refuse(reader, 400, "The request line must start with a method");
		*start = 2;
	}
	if (!is(input.ptr[*start], TOKEN))
		return refuse(reader, 400, "The request line must start with a method");
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
			return refuse(reader, 414, "The request target is longer than this server accepts");
		if (!lf)
			break;
		if (line_end == at || lf[-1] != '\r')
			return refuse(reader, 400, "A line ends in LF without CR");
		if (line_end == at + 1) {
			*end = line_end + 1;
			return HTTP1_DONE;
		}
		at = line_end + 1;
	}
	reader->line_start = at;
	if (input.len >= limits->max_header_bytes)
		return refuse(reader, 431, "The header fields are longer than this server accepts");
	return HTTP1_MORE;
}

/** Cuts the next line, which find_head has seen to end in CRLF. */
static struct slice next_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	line.len--;
	return line;
}

/* ---- request line (RFC 9112 section 3) ------------------------------------------------------------------------------------ */

static enum net_method method_of(struct slice text)
{
	static const char *const names[] = {
		[NET_GET] = "GET",     [NET_HEAD] = "HEAD",     [NET_POST] = "POST",       [NET_PUT] = "PUT",
		[NET_PATCH] = "PATCH", [NET_DELETE] = "DELETE", [NET_OPTIONS] = "OPTIONS",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_equal(text, slice_of(names[i])))
			return (enum net_method)i;
	return NET_METHOD_OTHER;
}

/** Every '%' starts an escape of two digits, none of which hides a NUL. */
static bool escapes_are_whole(struct slice s)
{
	const char *at = s.ptr, *end = s.ptr + s.len;

	while (at < end && (at = memchr(at, '%', (size_t)(end - at)))) {
		if (end - at < 3 || !is(at[1], HEX) || !is(at[2], HEX) || (at[1] == '0' && at[2] == '0'))
			return false;
		at += 3;
	}
	return true;
}

static bool port_is_valid(struct slice port)
{
	uint64_t number;

	return port.len == 0 || slice_to_u64(port, 65535, &number);
}

/** uri-host [ ":" port ] (RFC 9110 section 7.2), with the host not empty and without user information. */
static bool authority_is_valid(struct slice authority)
{
	size_t host = 0;

	if (authority.len && authority.ptr[0] == '[') {
		size_t close = slice_find(authority, SLICE("]"));
		if (close == SIZE_MAX || close < 3)
			return false;
		for (size_t i = 1; i < close; i++)
			if (!is(authority.ptr[i], HEX) && authority.ptr[i] != ':' && authority.ptr[i] != '.')
				return false;
		host = close + 1;
	} else {
		while (host < authority.len && is(authority.ptr[host], NAME))
			host++;
		if (!host)
			return false;
	}
	if (host == authority.len)
		return true;
	return authority.ptr[host] == ':' && port_is_valid(slice_from(authority, host + 1));
}

/** Cuts "scheme://authority" off an absolute-form target. */
static bool cut_authority(struct slice *target, struct slice *authority)
{
	size_t skip =
	    slice_equal_nocase((struct slice){ target->ptr, target->len < 7 ? target->len : 7 }, SLICE("http://")) ? 7 : 8;

	if (skip == 8 && (target->len < 8 || !slice_equal_nocase((struct slice){ target->ptr, 8 }, SLICE("https://"))))
		return false;
	*target = slice_from(*target, skip);
	size_t len = 0;
	while (len < target->len && target->ptr[len] != '/' && target->ptr[len] != '?')
		len++;
	*authority = (struct slice){ target->ptr, len };
	*target = slice_from(*target, len);
	return authority_is_valid(*authority);
}

/** origin-form, absolute-form, or "*" for OPTIONS (section 3.2). */
static bool read_target(struct slice target, struct net_request *request)
{
	if (slice_equal(target, SLICE("*"))) {
		request->path = target;
		return request->method == NET_OPTIONS;
	}
	if (target.ptr[0] != '/' && !cut_authority(&target, &request->authority))
		return false;
	request->query = target;
	request->path = slice_cut(&request->query, '?');
	if (!request->path.len)
		request->path = SLICE("/");
	return all(request->path, PATH) && all(request->query, QUERY) && escapes_are_whole(request->path) &&
	       (!request->query.ptr || escapes_are_whole(request->query));
}

static enum http1_progress read_version(struct http1_reader *reader, struct slice version)
{
	if (version.len != 8 || memcmp(version.ptr, "HTTP/", 5) != 0 || !is(version.ptr[5], DIGIT) || version.ptr[6] != '.' ||
	    !is(version.ptr[7], DIGIT))
		return refuse(reader, 400, "The request line must be: method, space, target, space, HTTP/1.1");
	if (version.ptr[5] != '1' || version.ptr[7] > '1')
		return refuse(reader, 505, "This server speaks HTTP/1.1 and HTTP/1.0 here");
	reader->minor = version.ptr[7] == '1';
	reader->keep_alive = reader->minor == 1;
	return HTTP1_DONE;
}

static enum http1_progress read_request_line(struct http1_reader *reader, struct slice line, struct net_request *request)
{
	struct slice rest = line;

	request->method_text = slice_cut(&rest, ' ');
	struct slice target = slice_cut(&rest, ' ');
	if (!request->method_text.len || !all(request->method_text, TOKEN) || !target.len || !rest.ptr)
		return refuse(reader, 400, "The request line must be: method, space, target, space, HTTP/1.1");
	enum http1_progress progress = read_version(reader, rest);
	if (progress != HTTP1_DONE)
		return progress;
	request->method = method_of(request->method_text);
	if (request->method_text.len > METHOD_MAX || slice_equal(request->method_text, SLICE("CONNECT")))
		return refuse(reader, 501, "This server does not know that method");
	if (target.len > reader->limits->max_target_bytes)
		return refuse(reader, 414, "The request target is longer than this server accepts");
	if (!read_target(target, request))
		return refuse(reader, 400, "The request target is not a valid path, query or http URL");
	return HTTP1_DONE;
}

/* ---- fields (RFC 9112 section 5) ------------------------------------------------------------------------------------------ */

/** What the fields say about the message itself. */
struct framing {
	bool has_host, has_length, is_chunked, has_coding;
	struct slice host;
	uint64_t length;
};

static enum http1_progress split_field(struct http1_reader *reader, struct slice line, struct net_header *field)
{
	size_t name = 0;

	while (name < line.len && is(line.ptr[name], TOKEN))
		name++;
	if (name == 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t'))
		return refuse(reader, 400, "A header field is continued on a second line (obs-fold)");
	if (name == 0 || name == line.len || line.ptr[name] != ':')
		return refuse(reader, 400, "A header field must be a name, directly followed by a colon and a value");
	field->name = (struct slice){ line.ptr, name };
	field->value = slice_from(line, name + 1);
	if (!all(field->value, VALUE))
		return refuse(reader, 400, "A header field holds a control character");
	while (field->value.len && is(field->value.ptr[0], VALUE) && (field->value.ptr[0] == ' ' || field->value.ptr[0] == '\t'))
		field->value = slice_from(field->value, 1);
	while (field->value.len &&
	       (field->value.ptr[field->value.len - 1] == ' ' || field->value.ptr[field->value.len - 1] == '\t'))
		field->value.len--;
	return HTTP1_DONE;
}

static enum http1_progress read_host(struct http1_reader *reader, struct slice value, struct framing *framing)
{
	if (framing->has_host)
		return refuse(reader, 400, "There is more than one Host field");
	if (!authority_is_valid(value))
		return refuse(reader, 400, "The Host field is not a host with an optional port");
	framing->has_host = true;
	framing->host = value;
	return HTTP1_DONE;
}

/** RFC 9112 section 6.3: a list, a sign or a repetition would let the next reader choose another value. */
static enum http1_progress read_length(struct http1_reader *reader, struct slice value, struct framing *framing)
{
	if (framing->has_length)
		return refuse(reader, 400, "There is more than one Content-Length field");
	if (!value.len || !all(value, DIGIT))
		return refuse(reader, 400, "Content-Length is not a number");
	if (!slice_to_u64(value, reader->limits->max_body_bytes, &framing->length))
		return refuse(reader, 413, "The body is longer than this server accepts");
	framing->has_length = true;
	return HTTP1_DONE;
}

/** RFC 9112 section 6.1. Only "chunked" is known; what does not end in it has no end that can be trusted. */
static enum http1_progress read_coding(struct http1_reader *reader, struct slice value, struct framing *framing)
{
	if (framing->has_coding)
		return refuse(reader, 400, "There is more than one Transfer-Encoding field");
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
		return refuse(reader, 400, "Transfer-Encoding must end in chunked, once");
	return refuse(reader, 501, "The only transfer coding this server knows is chunked");
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
		return refuse(reader, 417, "The only expectation this server knows is 100-continue");
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
		return refuse(reader, 400, "The Host field is missing");
	if (framing->is_chunked && framing->has_length)
		return refuse(reader, 400, "Content-Length and Transfer-Encoding exclude each other");
	if (framing->is_chunked && reader->minor == 0)
		return refuse(reader, 400, "HTTP/1.0 has no Transfer-Encoding");
	if (!request->authority.ptr) /* that of an absolute target wins (section 3.2.2) */
		request->authority = framing->host;
	reader->has_body = framing->is_chunked || framing->length > 0;
	reader->left = framing->length;
	reader->step = framing->is_chunked ? HTTP1_AT_CHUNK_SIZE : HTTP1_AT_LENGTH;
	if (!reader->has_body)
		reader->step = HTTP1_AT_END;
	return HTTP1_DONE;
}

static size_t count_lines(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

static enum http1_progress read_fields(struct http1_reader *reader, struct arena *arena, struct slice text,
				       struct net_request *request)
{
	struct framing framing = { .host = SLICE_NONE };
	size_t count = count_lines(text);

	if (count > reader->limits->max_headers)
		return refuse(reader, 431, "There are more header fields than this server accepts");
	struct net_header *fields = arena_new_array(arena, struct net_header, count);
	if (!fields)
		return refuse(reader, 431, "The header fields need more memory than this server gives a request");
	for (size_t i = 0; i < count; i++) {
		enum http1_progress progress = split_field(reader, next_line(&text), &fields[i]);
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
		return refuse(reader, 431, "The header fields need more memory than this server gives a request");
	struct slice line = next_line(&head);
	progress = read_request_line(reader, line, request);
	if (progress != HTTP1_DONE)
		return progress;
	*consumed = end;
	return read_fields(reader, arena, head, request);
}

/* ---- chunked bodies (RFC 9112 section 7.1) --------------------------------------------------------------------------------- */

/** The next whole line of `input`, at most `max` bytes with its CRLF. */
static enum http1_progress body_line(struct http1_reader *reader, struct slice input, size_t max, struct slice *line)
{
	size_t window = input.len < max ? input.len : max;
	const char *lf = window ? memchr(input.ptr, '\n', window) : NULL;

	if (!lf && input.len >= max)
		return refuse(reader, 400, "A line of the chunked body is too long");
	if (!lf)
		return HTTP1_MORE;
	if (lf == input.ptr || lf[-1] != '\r')
		return refuse(reader, 400, "A line ends in LF without CR");
	*line = (struct slice){ input.ptr, (size_t)(lf - input.ptr) - 1 };
	return HTTP1_DONE;
}

/** chunk-size [ chunk-ext ]: extensions are ignored, as section 7.1.1 asks, but must look like such. */
static bool read_chunk_size(struct slice line, uint64_t *size)
{
	size_t digits = 0;

	*size = 0;
	for (; digits < line.len && is(line.ptr[digits], HEX); digits++) {
		unsigned char c = (unsigned char)line.ptr[digits];
		if (digits == CHUNK_DIGITS_MAX)
			return false;
		*size = *size * 16 + (c <= '9' ? c - 48u : (c | 32u) - 87u);
	}
	struct slice extension = slice_from(line, digits);
	return digits && (!extension.len || (extension.ptr[0] == ';' && all(extension, VALUE)));
}

static enum http1_progress start_chunk(struct http1_reader *reader, struct slice input, size_t *consumed)
{
	struct slice line;
	enum http1_progress progress = body_line(reader, input, CHUNK_LINE_MAX, &line);

	if (progress != HTTP1_DONE)
		return progress;
	if (!read_chunk_size(line, &reader->left))
		return refuse(reader, 400, "A chunk size is not a hexadecimal number");
	if (reader->left > reader->limits->max_body_bytes - reader->body_bytes)
		return refuse(reader, 413, "The body is longer than this server accepts");
	reader->body_bytes += reader->left;
	reader->step = reader->left ? HTTP1_AT_CHUNK_DATA : HTTP1_AT_TRAILERS;
	*consumed += line.len + 2;
	return HTTP1_DONE;
}

static enum http1_progress end_chunk(struct http1_reader *reader, struct slice input, size_t *consumed)
{
	if (input.len && input.ptr[0] != '\r')
		return refuse(reader, 400, "A chunk is longer than its size");
	if (input.len < 2)
		return HTTP1_MORE;
	if (input.ptr[1] != '\n')
		return refuse(reader, 400, "A chunk is longer than its size");
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
		return refuse(reader, 431, "The trailer fields are longer than this server accepts");
	return split_field(reader, line, &field);
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
