/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, size_t max_bytes)
{
	*buf = (struct buf){ .max_bytes = max_bytes };
}

void buf_free(struct buf *buf)
{
	free(buf->ptr);
	buf_init(buf, buf->max_bytes);
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
}

bool buf_reserve(struct buf *buf, size_t bytes)
{
	if (buf->failed)
		return false;
	if (bytes <= buf->capacity - buf->len)
		return true;
	if (bytes > buf->max_bytes - buf->len) {
		buf->failed = true;
		return false;
	}
	size_t capacity = buf->capacity ? buf->capacity * 2 : 256;
	if (capacity < buf->len + bytes)
		capacity = buf->len + bytes;
	if (capacity > buf->max_bytes)
		capacity = buf->max_bytes;
	char *grown = realloc(buf->ptr, capacity);
	if (!grown) {
		buf->failed = true;
		return false;
	}
	buf->ptr = grown;
	buf->capacity = capacity;
	return true;
}

void buf_append(struct buf *buf, struct slice s)
{
	if (s.len == 0 || !buf_reserve(buf, s.len))
		return;
	memcpy(buf->ptr + buf->len, s.ptr, s.len);
	buf->len += s.len;
}

void buf_append_char(struct buf *buf, char c)
{
	if (buf_reserve(buf, 1))
		buf->ptr[buf->len++] = c;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	size_t room = buf->capacity - buf->len;
	int length = vsnprintf(room ? buf->ptr + buf->len : NULL, room, format, arguments);
	va_end(arguments);
	/* It is printed again only when there was no room for it. */
	if (length >= 0 && (size_t)length >= room && buf_reserve(buf, (size_t)length + 1))
		vsnprintf(buf->ptr + buf->len, (size_t)length + 1, format, again);
	va_end(again);
	buf->failed |= length < 0;
	if (!buf->failed)
		buf->len += (size_t)length;
}

struct slice buf_slice(const struct buf *buf)
{
	return (struct slice){ buf->ptr ? buf->ptr : "", buf->len };
}
