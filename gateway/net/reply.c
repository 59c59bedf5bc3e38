/* SPDX-License-Identifier: Apache-2.0 */
#include "net/reply.h"

#include <string.h>

/** Of the largest size_t. */
#define LENGTH_DIGITS 20

#define STATUS(code, phrase)                                                                                                     \
	{                                                                                                                        \
		code,                                                                                                            \
		{                                                                                                                \
			"HTTP/1.1 " #code " " phrase "\r\nDate: ", sizeof("HTTP/1.1 " #code " " phrase "\r\nDate: ") - 1         \
		}                                                                                                                \
	}

/** RFC 9110 section 15, RFC 6585. In the order of how often they are sent. */
static const struct {
	unsigned code;
	struct slice start;
} statuses[] = {
	STATUS(200, "OK"),
	STATUS(304, "Not Modified"),
	STATUS(201, "Created"),
	STATUS(404, "Not Found"),
	STATUS(400, "Bad Request"),
	STATUS(204, "No Content"),
	STATUS(202, "Accepted"),
	STATUS(301, "Moved Permanently"),
	STATUS(302, "Found"),
	STATUS(303, "See Other"),
	STATUS(307, "Temporary Redirect"),
	STATUS(308, "Permanent Redirect"),
	STATUS(401, "Unauthorized"),
	STATUS(403, "Forbidden"),
	STATUS(405, "Method Not Allowed"),
	STATUS(406, "Not Acceptable"),
	STATUS(408, "Request Timeout"),
	STATUS(409, "Conflict"),
	STATUS(410, "Gone"),
	STATUS(411, "Length Required"),
	STATUS(412, "Precondition Failed"),
	STATUS(413, "Content Too Large"),
	STATUS(414, "URI Too Long"),
	STATUS(415, "Unsupported Media Type"),
	STATUS(417, "Expectation Failed"),
	STATUS(421, "Misdirected Request"),
	STATUS(422, "Unprocessable Content"),
	STATUS(428, "Precondition Required"),
	STATUS(429, "Too Many Requests"),
	STATUS(431, "Request Header Fields Too Large"),
	STATUS(500, "Internal Server Error"),
	STATUS(501, "Not Implemented"),
	STATUS(502, "Bad Gateway"),
	STATUS(503, "Service Unavailable"),
	STATUS(504, "Gateway Timeout"),
	STATUS(505, "HTTP Version Not Supported"),
};

static void write_status(unsigned status, struct buf *out)
{
	ASSERT(status >= 200 && status <= 599);
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].code == status) {
			buf_append(out, statuses[i].start);
			return;
		}
	buf_printf(out, "HTTP/1.1 %u \r\nDate: ", status); /* the phrase may be empty (RFC 9112 section 4) */
}

/** By hand: this stands on the path of every request. */
static struct slice decimal(size_t number, char digits[LENGTH_DIGITS])
{
	size_t at = LENGTH_DIGITS;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return (struct slice){ digits + at, LENGTH_DIGITS - at };
}

static bool has_length(const struct net_reply *reply)
{
	return reply->status != 204 && reply->status != 304;
}

struct slice reply_length(const struct exchange *exchange)
{
	char *digits = has_length(&exchange->reply) ? arena_alloc(exchange->request.arena, LENGTH_DIGITS) : NULL;

	return digits ? decimal(exchange->reply.body.len, digits) : SLICE_NONE;
}

static bool is_one_line(struct slice s)
{
	return !s.len || (!memchr(s.ptr, '\r', s.len) && !memchr(s.ptr, '\n', s.len) && !memchr(s.ptr, '\0', s.len));
}

bool reply_field_is_safe(const struct net_header *field)
{
	if (is_one_line(field->name) && is_one_line(field->value))
		return true;
	log_write(LOG_ERROR, "a reply's field %.*s was left out: it holds a line break", SLICE_ARG(field->name));
	return false;
}

static void write_field(struct slice name, struct slice value, struct buf *out)
{
	buf_append(out, name);
	buf_append(out, SLICE(": "));
	buf_append(out, value);
	buf_append(out, SLICE("\r\n"));
}

void reply_write_head(const struct exchange *exchange, struct slice connection, struct slice date, struct buf *out)
{
	const struct net_reply *reply = &exchange->reply;
	char digits[LENGTH_DIGITS];

	write_status(reply->status, out);
	buf_append(out, date);
	buf_append(out, SLICE("\r\n"));
	for (size_t i = 0; i < reply->header_count; i++)
		if (reply_field_is_safe(&reply->headers[i]))
			write_field(reply->headers[i].name, reply->headers[i].value, out);
	if (has_length(reply))
		write_field(SLICE("Content-Length"), decimal(reply->body.len, digits), out);
	if (connection.ptr)
		write_field(SLICE("Connection"), connection, out);
	buf_append(out, SLICE("\r\n"));
}
