/* SPDX-License-Identifier: Apache-2.0 */
/* One line for each request, in logfmt: who asked what and how it went. Of the query only the names of parameters: values, like
 * contents and tokens, may say more about somebody than a log should keep. */
#include <string.h>

#include "api/call.h"
#include "api/line_writer.h"

#define LINE_MAX_BYTES 4096u
/* Of one value that a client has chosen. */
#define VALUE_MAX_BYTES 512u

struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

static void add(struct line *line, struct slice text)
{
	size_t room = sizeof(line->text) - line->len, len = text.len < room ? text.len : room;

	memcpy(line->text + line->len, text.ptr, len);
	line->len += len;
}

static void add_number(struct line *line, struct slice key, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	add(line, key);
	add(line, (struct slice){ digits + at, sizeof(digits) - at });
}

/** What is more than letters stands in quotes, so that no client can forge a pair or a line. */
static bool is_plain(struct slice value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c >= 0x7f)
			return false;
	}
	return value.len > 0;
}

static void add_escaped(struct line *line, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char escape[] = { '\\', (char)c, hex[c >> 4], hex[c & 15] };

	if (c == '"' || c == '\\') {
		add(line, (struct slice){ escape, 2 });
		return;
	}
	if (c >= ' ' && c < 0x7f) {
		add(line, (struct slice){ escape + 1, 1 });
		return;
	}
	escape[1] = 'x';
	add(line, (struct slice){ escape, 4 });
}

/** "key=value"; absent values are a hyphen. `key` ends in its equals sign. */
static void add_pair(struct line *line, struct slice key, struct slice value)
{
	add(line, key);
	if (!value.ptr) {
		add(line, SLICE("-"));
		return;
	}
	if (value.len > VALUE_MAX_BYTES)
		value.len = VALUE_MAX_BYTES;
	if (is_plain(value)) {
		add(line, value);
		return;
	}
	add(line, SLICE("\""));
	for (size_t i = 0; i < value.len; i++)
		add_escaped(line, (unsigned char)value.ptr[i]);
	add(line, SLICE("\""));
}

/** "_id,status" of "_id=1&status=draft". */
static struct slice parameter_names(struct slice query, char out[VALUE_MAX_BYTES])
{
	size_t len = 0;

	while (query.ptr) {
		struct slice rest = slice_cut(&query, '&'), name = slice_cut(&rest, '=');
		if (!name.len || len + name.len + 1 > VALUE_MAX_BYTES)
			continue;
		if (len)
			out[len++] = ',';
		memcpy(out + len, name.ptr, name.len);
		len += name.len;
	}
	return len ? (struct slice){ out, len } : SLICE_NONE;
}

static struct slice http_version(const struct net_request *request)
{
	static const char *const names[] = { [NET_HTTP_1_0] = "1.0", [NET_HTTP_1_1] = "1.1", [NET_HTTP_2] = "2" };

	return slice_of(names[request->version]);
}

static void add_asked(struct line *line, const struct net_request *request, const struct api_note *note)
{
	char names[VALUE_MAX_BYTES];
	const char *interaction = note && note->interaction ? note->interaction->code : NULL;

	add_number(line, SLICE(" info access id="), request->id);
	add_pair(line, SLICE(" peer="), request->peer);
	add_pair(line, SLICE(" http="), http_version(request));
	add_pair(line, SLICE(" principal="), note && note->principal ? note->principal->name : SLICE_NONE);
	add_pair(line, SLICE(" method="), request->method_text);
	add_pair(line, SLICE(" interaction="), slice_of(interaction));
	add_pair(line, SLICE(" type="), note ? note->type : SLICE_NONE);
	if (note && note->operation.ptr)
		add_pair(line, SLICE(" operation="), note->operation);
	add_pair(line, SLICE(" path="), request->path);
	add_pair(line, SLICE(" parameters="), parameter_names(request->query, names));
}

void api_access_log(struct api *api, const struct net_request *request, const struct net_reply *reply, uint64_t bytes,
		    uint64_t duration_us)
{
	struct line line;

	if (!api->options.access_log || !log_is_on(LOG_INFO))
		return;
	time_format_instant(time_now_ms(), line.text);
	line.len = TIME_INSTANT_SIZE - 1;
	add_asked(&line, request, reply->note);
	add_number(&line, SLICE(" status="), reply->status);
	add_number(&line, SLICE(" in="), request->body.len);
	add_number(&line, SLICE(" out="), bytes);
	add_number(&line, SLICE(" us="), duration_us);
	if (line.len == sizeof(line.text))
		line.len--;
	line.text[line.len++] = '\n';
	line_writer_add(api->log, (struct slice){ line.text, line.len });
}
