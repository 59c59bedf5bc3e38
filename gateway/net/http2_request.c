/* SPDX-License-Identifier: Apache-2.0 */
/* From frames to requests. */
#include "net/http2_conn.h"

#include "net/conn.h"
#include "net/exchange.h"
#include "net/target.h"

#define FIELDS_AT_FIRST 16
/** What a field counts beside its text (RFC 9113 section 6.5.2). */
#define FIELD_EXTRA 32
#define METHOD_MAX 32

static const struct net_options *options_of(const struct http2_conn *http2)
{
	return &http2->conn->loop->server->options;
}

/* ---- the head ---- */

/** A client that opens streams only to reset them may leave more work behind than it has streams; it waits until that is done. */
static bool has_too_much_work(const struct http2_conn *http2)
{
	return http2->conn->exchanges_away >= options_of(http2)->max_streams;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct http2_conn *http2 = context;

	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	if (has_too_much_work(http2))
		return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
	struct exchange *exchange = exchange_new(http2->conn);
	struct http2_stream *stream = exchange ? arena_new_of(exchange->request.arena, struct http2_stream) : NULL;
	if (!stream) {
		if (exchange)
			exchange_drop(exchange);
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	}
	*stream = (struct http2_stream){ .http2 = http2, .exchange = exchange, .id = frame->hd.stream_id };
	exchange->stream = stream;
	exchange->request.version = NET_HTTP_2;
	stream->earlier = http2->last;
	*(http2->last ? &http2->last->later : &http2->first) = stream;
	http2->last = stream;
	http2->staged[HTTP2_AT_HEAD]++;
	http2_stream_enter(stream, HTTP2_AT_HEAD);
	return nghttp2_session_set_stream_user_data(session, stream->id, stream);
}

static void note_refusal(struct http2_stream *stream, unsigned status, const char *reason)
{
	if (stream->refused_status)
		return;
	stream->refused_status = status;
	stream->refused_reason = reason;
}

static void note_pseudo_field(struct http2_stream *stream, struct slice name, struct slice value)
{
	struct net_request *request = &stream->exchange->request;

	if (slice_equal(name, SLICE(":method")))
		request->method_text = value;
	else if (slice_equal(name, SLICE(":path")))
		stream->path = value;
	else if (slice_equal(name, SLICE(":authority")))
		request->authority = value;
	else if (slice_equal(name, SLICE(":scheme")))
		stream->scheme = value;
}

/** Twice the room; what was there stays behind in the arena. */
static bool make_room(struct http2_stream *stream)
{
	size_t room = stream->field_room ? stream->field_room * 2 : FIELDS_AT_FIRST;
	struct net_header *fields;

	if (stream->field_count < stream->field_room)
		return true;
	fields = arena_new_array(stream->exchange->request.arena, struct net_header, room);
	if (!fields)
		return false;
	for (size_t i = 0; i < stream->field_count; i++)
		fields[i] = stream->fields[i];
	stream->fields = fields;
	stream->field_room = room;
	return true;
}

/** Once refused, a head is read on for the sake of the header table, and not kept. */
static void note_field(struct http2_stream *stream, struct slice name, struct slice value)
{
	const struct net_options *options = options_of(stream->http2);
	struct arena *arena = stream->exchange->request.arena;

	stream->header_bytes += name.len + value.len + FIELD_EXTRA;
	if (stream->header_bytes > options->max_header_bytes)
		note_refusal(stream, 431, "The header fields are longer than this server accepts");
	if (stream->field_count == options->max_headers && name.ptr[0] != ':')
		note_refusal(stream, 431, "There are more header fields than this server accepts");
	if (stream->refused_status)
		return;
	struct slice name_copy = arena_copy(arena, name), value_copy = arena_copy(arena, value);
	if (!name_copy.ptr || !value_copy.ptr || !make_room(stream))
		note_refusal(stream, 431, "The header fields need more memory than this server gives a request");
	else if (name.ptr[0] == ':')
		note_pseudo_field(stream, name_copy, value_copy);
	else
		stream->fields[stream->field_count++] = (struct net_header){ name_copy, value_copy };
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_length,
		     const uint8_t *value, size_t value_length, uint8_t flags, void *context)
{
	struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	(void)flags;
	(void)context;
	if (stream && stream->stage == HTTP2_AT_HEAD) /* trailer fields are ignored */
		note_field(stream, (struct slice){ (const char *)name, name_length },
			   (struct slice){ (const char *)value, value_length });
	return 0;
}

/** A field that no message may hold makes it malformed (RFC 9113 section 8.1.1). */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_length,
			     const uint8_t *value, size_t value_length, uint8_t flags, void *context)
{
	(void)session;
	(void)frame;
	(void)name;
	(void)name_length;
	(void)value;
	(void)value_length;
	(void)flags;
	(void)context;
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* ---- what the head says ---- */

/** RFC 9113 section 8.3.1: a Host that says something else is for another reader. */
static bool authority_is_clear(struct net_request *request)
{
	struct slice host = net_request_header(request, "host");

	if (!request->authority.ptr)
		request->authority = host;
	return target_authority_is_valid(request->authority) && (!host.ptr || slice_equal_nocase(host, request->authority));
}

static void check_body_fields(struct http2_stream *stream)
{
	const struct net_request *request = &stream->exchange->request;
	struct slice length = net_request_header(request, "content-length"), expect = net_request_header(request, "expect");
	uint64_t number;

	if (length.ptr && !slice_to_u64(length, options_of(stream->http2)->max_body_bytes, &number))
		note_refusal(stream, 413, "The body is longer than this server accepts");
	if (expect.ptr && !slice_equal_nocase(expect, SLICE("100-continue")))
		note_refusal(stream, 417, "The only expectation this server knows is 100-continue");
}

static void check_head(struct http2_stream *stream)
{
	struct net_request *request = &stream->exchange->request;
	bool is_plain_path = stream->path.len && (stream->path.ptr[0] == '/' || slice_equal(stream->path, SLICE("*")));

	request->headers = stream->fields;
	request->header_count = stream->field_count;
	if (stream->refused_status)
		return;
	request->method = target_method(request->method_text);
	if (request->method_text.len > METHOD_MAX || slice_equal(request->method_text, SLICE("CONNECT")))
		note_refusal(stream, 501, "This server does not know that method");
	else if (stream->path.len > options_of(stream->http2)->max_target_bytes)
		note_refusal(stream, 414, "The request target is longer than this server accepts");
	else if (!is_plain_path || !target_read(stream->path, request))
		note_refusal(stream, 400, "The request target is not a valid path and query");
	else if (!slice_equal(stream->scheme, SLICE("https")) && !slice_equal(stream->scheme, SLICE("http")))
		note_refusal(stream, 400, "The scheme is neither https nor http");
	else if (!authority_is_clear(request))
		note_refusal(stream, 400, "The authority is not a host with an optional port, or Host says another");
	else
		check_body_fields(stream);
}

static int invite_body(struct http2_stream *stream)
{
	static uint8_t status[] = ":status", hundred[] = "100";
	const nghttp2_nv field = { status, hundred, sizeof(status) - 1, sizeof(hundred) - 1, NGHTTP2_NV_FLAG_NONE };

	if (stream->is_ended || !net_request_header(&stream->exchange->request, "expect").ptr)
		return 0;
	return nghttp2_submit_headers(stream->http2->session, NGHTTP2_FLAG_NONE, stream->id, NULL, &field, 1, NULL);
}

static int end_head(struct http2_stream *stream)
{
	check_head(stream);
	http2_stream_enter(stream, HTTP2_AT_BODY);
	if (stream->refused_status)
		http2_stream_refuse(stream, stream->refused_status, slice_of(stream->refused_reason));
	else if (!stream->is_ended && !exchange_admit(stream->exchange))
		http2_stream_reply(stream);
	else
		return invite_body(stream);
	return 0;
}

/* ---- the body ---- */

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t length, void *context)
{
	struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	(void)context;
	if (!stream)
		return nghttp2_session_consume_connection(session, length);
	if (stream->stage != HTTP2_AT_BODY)
		return nghttp2_session_consume(session, id, length);
	exchange_take_body(stream->exchange, (struct slice){ (const char *)data, length });
	if (stream->exchange->body.failed)
		http2_stream_refuse(stream, 413, SLICE("The body is longer than this server accepts"));
	else
		http2_stream_progress(stream, length);
	return nghttp2_session_consume(session, id, length);
}

/** The request is whole. */
static void dispatch(struct http2_stream *stream)
{
	struct http2_conn *http2 = stream->http2;
	struct exchange *exchange = stream->exchange;

	if (exchange->body.len)
		exchange->request.body = buf_slice(&exchange->body);
	if (++http2->requests >= options_of(http2)->max_requests_per_connection)
		http2_leave(http2);
	http2_stream_enter(stream, HTTP2_AT_WORK);
	if (exchange_dispatch(exchange))
		http2_stream_reply(stream);
	else
		http2->conn->exchanges_away++;
}

/* ---- frames ---- */

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct http2_conn *http2 = context;
	struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	int result = 0;

	http2->has_begun = true;
	if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) && http2->leaving == HTTP2_WARNED)
		http2_leave_now(http2);
	if (!stream || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
		return 0;
	stream->is_ended = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	if (stream->stage == HTTP2_AT_HEAD)
		result = end_head(stream);
	if (stream->is_ended && stream->stage == HTTP2_AT_BODY)
		dispatch(stream);
	return result;
}

void http2_request_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
}
