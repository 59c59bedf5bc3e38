/* SPDX-License-Identifier: Apache-2.0 */
/* From replies to frames. A body goes from where it lies straight into the record that is encrypted next. */
#include "net/http2_conn.h"

#include "net/conn.h"
#include "net/exchange.h"
#include "net/reply.h"

#define STATUS_DIGITS 3
/** :status, date, content-length. */
#define OWN_FIELDS 3

/* ---- the head ---- */

static bool is_number(struct slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return false;
	return true;
}

/** Values live as long as the stream; nghttp2 copies names, in lower case. Numbers change from reply to reply and would only push
 * better entries out of the header table. */
static nghttp2_nv field(struct slice name, struct slice value)
{
	uint8_t flags = NGHTTP2_NV_FLAG_NO_COPY_VALUE;

	if (is_number(value))
		flags |= NGHTTP2_NV_FLAG_NO_INDEX;
	return (nghttp2_nv){ (uint8_t *)(uintptr_t)name.ptr, (uint8_t *)(uintptr_t)value.ptr, name.len, value.len, flags };
}

static nghttp2_nv status_field(struct arena *arena, unsigned status)
{
	char *digits = arena_alloc(arena, STATUS_DIGITS);

	if (!digits)
		return field(SLICE(":status"), SLICE("500"));
	for (unsigned i = STATUS_DIGITS; i-- > 0; status /= 10)
		digits[i] = (char)('0' + status % 10);
	nghttp2_nv made = field(SLICE(":status"), (struct slice){ digits, STATUS_DIGITS });
	made.flags &= (uint8_t)~NGHTTP2_NV_FLAG_NO_INDEX;
	return made;
}

static size_t make_head(struct http2_stream *stream, nghttp2_nv fields[NET_REPLY_HEADERS_MAX + OWN_FIELDS])
{
	struct exchange *exchange = stream->exchange;
	const struct net_reply *reply = &exchange->reply;
	size_t count = 0;

	ASSERT(reply->status >= 200 && reply->status <= 599);
	fields[count++] = status_field(exchange->request.arena, reply->status);
	fields[count++] = field(SLICE("date"), loop_date(exchange->loop));
	for (size_t i = 0; i < reply->header_count; i++)
		if (reply_field_is_safe(&reply->headers[i]))
			fields[count++] = field(reply->headers[i].name, reply->headers[i].value);
	struct slice length = reply_length(exchange);
	if (length.ptr)
		fields[count++] = field(SLICE("content-length"), length);
	return count;
}

/* ---- the body ---- */

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
		       nghttp2_data_source *source, void *context)
{
	const struct http2_stream *stream = source->ptr;
	size_t left = exchange_reply_body(stream->exchange).len - stream->exchange->reply_sent;

	(void)session;
	(void)id;
	(void)out;
	(void)context;
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (left > room)
		return (ssize_t)room;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)left;
}

static bool has_room(const struct http2_conn *http2)
{
	return http2->conn->loop->scratch.len < http2->room;
}

static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t length,
			nghttp2_data_source *source, void *context)
{
	struct http2_conn *http2 = context;
	struct http2_stream *stream = source->ptr;
	struct exchange *exchange = stream->exchange;
	struct buf *out = &http2->conn->loop->scratch;

	(void)session;
	(void)frame;
	if (!has_room(http2))
		return NGHTTP2_ERR_WOULDBLOCK;
	buf_append(out, (struct slice){ (const char *)head, HTTP2_FRAME_HEAD });
	buf_append(out, (struct slice){ exchange_reply_body(exchange).ptr + exchange->reply_sent, length });
	exchange->reply_sent += length;
	exchange->bytes_sent += HTTP2_FRAME_HEAD + length;
	http2_stream_progress(stream, length);
	return out->failed ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static ssize_t on_send(nghttp2_session *session, const uint8_t *bytes, size_t length, int flags, void *context)
{
	struct http2_conn *http2 = context;
	struct buf *out = &http2->conn->loop->scratch;

	(void)session;
	(void)flags;
	if (!has_room(http2))
		return NGHTTP2_ERR_WOULDBLOCK;
	buf_append(out, (struct slice){ (const char *)bytes, length });
	return out->failed ? NGHTTP2_ERR_CALLBACK_FAILURE : (ssize_t)length;
}

/** RFC 9113 section 8.1 would let a reply that did not wait for the end of its request reset that at once; curl (7.88) then loses
 * the reply. */
static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	const struct http2_conn *http2 = context;
	struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	if (frame->hd.type == NGHTTP2_GOAWAY && http2->leaving == HTTP2_WARNED)
		return nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, NULL);
	if (!stream)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS)
		stream->exchange->bytes_sent += HTTP2_FRAME_HEAD + frame->hd.length;
	bool ends =
	    (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
	if (ends && !stream->is_ended)
		http2_stream_enter(stream, HTTP2_AT_REST);
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *context)
{
	struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, id);

	(void)error_code;
	(void)context;
	if (stream)
		http2_stream_end(stream);
	return 0;
}

/* ---- streams ---- */

void http2_stream_reply(struct http2_stream *stream)
{
	nghttp2_session *session = stream->http2->session;
	nghttp2_nv fields[NET_REPLY_HEADERS_MAX + OWN_FIELDS];
	size_t count = make_head(stream, fields);
	nghttp2_data_provider body = { .source.ptr = stream, .read_callback = on_read };
	bool has_body = exchange_reply_body(stream->exchange).len;

	http2_stream_enter(stream, HTTP2_AT_REPLY);
	if (nghttp2_submit_response(session, stream->id, fields, count, has_body ? &body : NULL) != 0)
		(void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_INTERNAL_ERROR);
}

void http2_stream_refuse(struct http2_stream *stream, unsigned status, struct slice reason)
{
	exchange_refuse(stream->exchange, status, reason);
	http2_stream_reply(stream);
}

void http2_reply_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
	nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
}
