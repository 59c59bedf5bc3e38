/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http1_syntax.h"

/** What a byte may be part of. HTTP1_PATH and HTTP1_QUERY follow RFC 3986, and also take what browsers (WHATWG URL) send
 * unescaped: '|' everywhere, since FHIR searches are full of it, and "[]\^`{}" in queries. None of them delimits anything in a
 * request. */
#define ALNUM (HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE | HTTP1_NAME)
const unsigned char http1_classes[256] = {
	['\t'] = HTTP1_VALUE,
	[' '] = HTTP1_VALUE,
	['!'] = HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['"'] = HTTP1_VALUE,
	['#'] = HTTP1_TOKEN | HTTP1_VALUE,
	['$'] = HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['%'] = HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['&'] = HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['\''] = HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['('] = HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	[')'] = HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['*'] = HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['+'] = HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	[','] = HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['-'] = ALNUM,
	['.'] = ALNUM,
	['/'] = HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['0' ... '9'] = ALNUM | HTTP1_HEX | HTTP1_DIGIT,
	[':'] = HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	[';'] = HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['<'] = HTTP1_VALUE,
	['='] = HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['>'] = HTTP1_VALUE,
	['?'] = HTTP1_QUERY | HTTP1_VALUE,
	['@'] = HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['A' ... 'F'] = ALNUM | HTTP1_HEX,
	['G' ... 'Z'] = ALNUM,
	['['] = HTTP1_QUERY | HTTP1_VALUE,
	['\\'] = HTTP1_QUERY | HTTP1_VALUE,
	[']'] = HTTP1_QUERY | HTTP1_VALUE,
	['^'] = HTTP1_TOKEN | HTTP1_QUERY | HTTP1_VALUE,
	['_'] = ALNUM,
	['`'] = HTTP1_TOKEN | HTTP1_QUERY | HTTP1_VALUE,
	['a' ... 'f'] = ALNUM | HTTP1_HEX,
	['g' ... 'z'] = ALNUM,
	['{'] = HTTP1_QUERY | HTTP1_VALUE,
	['|'] = HTTP1_TOKEN | HTTP1_PATH | HTTP1_QUERY | HTTP1_VALUE,
	['}'] = HTTP1_QUERY | HTTP1_VALUE,
	['~'] = ALNUM,
	[0x80 ... 0xff] = HTTP1_VALUE,
};

bool http1_all(struct slice s, unsigned class)
{
	for (size_t i = 0; i < s.len; i++)
		if (!http1_is(s.ptr[i], class))
			return false;
	return true;
}

enum http1_progress http1_refuse(struct http1_reader *reader, unsigned status, const char *reason)
{
	reader->status = status;
	reader->reason = slice_of(reason);
	return HTTP1_REFUSED;
}

enum http1_progress http1_split_field(struct http1_reader *reader, struct slice line, struct net_header *field)
{
	size_t name = 0;

	while (name < line.len && http1_is(line.ptr[name], HTTP1_TOKEN))
		name++;
	if (name == 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t'))
		return http1_refuse(reader, 400, "A header field is continued on a second line (obs-fold)");
	if (name == 0 || name == line.len || line.ptr[name] != ':')
		return http1_refuse(reader, 400, "A header field must be a name, directly followed by a colon and a value");
	field->name = (struct slice){ line.ptr, name };
	field->value = slice_from(line, name + 1);
	if (!http1_all(field->value, HTTP1_VALUE))
		return http1_refuse(reader, 400, "A header field holds a control character");
	field->value = slice_trim(field->value); /* of space and tab: nothing else that it trims is left */
	return HTTP1_DONE;
}
