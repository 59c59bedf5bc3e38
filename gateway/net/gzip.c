/* SPDX-License-Identifier: Apache-2.0 */
#include "net/gzip.h"

#include <zlib.h>

/** 15 bits of window, and gzip's frame rather than zlib's. */
#define GZIP_WINDOW (15 + 16)
/** Half the work of zlib's usual 6, for a tenth more bytes. */
#define GZIP_LEVEL 3
#define GZIP_MEMORY 8
#define STEP_BYTES (64u << 10)
#define RATIO_FROM_BYTES (1u << 20)
/** What is not shorter by an eighth is not worth the reader's work. */
#define PAYS(plain, packed) ((packed) < (plain) - (plain) / 8)

/* ---- unpacking ---- */

static bool is_too_even(const z_stream *stream, uint64_t max_ratio)
{
	return stream->total_out > RATIO_FROM_BYTES && stream->total_out / max_ratio > stream->total_in;
}

static enum gzip_verdict unpack_all(z_stream *stream, uint64_t max_ratio, const struct gzip_meter *meter, struct buf *out)
{
	int result = Z_OK;

	while (result == Z_OK) {
		if (!buf_reserve(out, STEP_BYTES))
			return GZIP_TOO_LARGE;
		stream->next_out = (unsigned char *)out->ptr + out->len;
		stream->avail_out = STEP_BYTES;
		result = inflate(stream, Z_NO_FLUSH);
		out->len += STEP_BYTES - stream->avail_out;
		if (meter && !meter->take(meter->context, STEP_BYTES - stream->avail_out))
			return GZIP_NO_ROOM;
		if (is_too_even(stream, max_ratio))
			return GZIP_TOO_LARGE;
	}
	if (result == Z_MEM_ERROR)
		return GZIP_NO_MEMORY;
	return result == Z_STREAM_END && !stream->avail_in ? GZIP_DONE : GZIP_BROKEN;
}

enum gzip_verdict gzip_unpack(struct slice packed, uint64_t max_ratio, const struct gzip_meter *meter, struct buf *out)
{
	z_stream stream = { .next_in = (unsigned char *)(uintptr_t)packed.ptr, .avail_in = (unsigned)packed.len };
	size_t max_bytes = out->max_bytes;

	if (packed.len > UINT32_MAX)
		return GZIP_TOO_LARGE;
	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return GZIP_NO_MEMORY;
	out->max_bytes += STEP_BYTES; /* room for the step that finds the end */
	enum gzip_verdict verdict = unpack_all(&stream, max_ratio, meter, out);
	inflateEnd(&stream);
	out->max_bytes = max_bytes;
	return verdict == GZIP_DONE && out->len > max_bytes ? GZIP_TOO_LARGE : verdict;
}

/* ---- packing ---- */

bool gzip_pack(struct slice plain, struct buf *out)
{
	z_stream stream = { .next_in = (unsigned char *)(uintptr_t)plain.ptr, .avail_in = (unsigned)plain.len };

	if (plain.len > UINT32_MAX ||
	    deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t bound = deflateBound(&stream, plain.len);
	buf_init(out, bound);
	bool ok = bound <= UINT32_MAX && buf_reserve(out, bound);
	if (ok) {
		stream.next_out = (unsigned char *)out->ptr;
		stream.avail_out = (unsigned)bound;
		ok = deflate(&stream, Z_FINISH) == Z_STREAM_END;
		out->len = stream.total_out;
	}
	deflateEnd(&stream);
	if (ok && PAYS(plain.len, out->len))
		return true;
	buf_free(out);
	return false;
}

/* ---- who wants it ---- */

/** "q=0", "q=0.0" …: not wanted. */
static bool weighs_nothing(struct slice parameters)
{
	struct slice weight = slice_trim(parameters);

	if (!slice_starts(weight, SLICE("q=0")) && !slice_starts(weight, SLICE("Q=0")))
		return false;
	for (size_t i = 3; i < weight.len; i++)
		if (weight.ptr[i] != '.' && weight.ptr[i] != '0')
			return false;
	return true;
}

bool gzip_is_accepted(struct slice accept_encoding)
{
	bool any = false;

	for (struct slice rest = accept_encoding; rest.ptr;) {
		struct slice parameters = slice_cut(&rest, ',');
		struct slice coding = slice_trim(slice_cut(&parameters, ';'));
		bool wanted = !weighs_nothing(parameters);
		if (slice_equal_nocase(coding, SLICE("gzip")) || slice_equal_nocase(coding, SLICE("x-gzip")))
			return wanted;
		if (slice_equal(coding, SLICE("*")))
			any = wanted;
	}
	return any;
}

static bool is_text(struct slice type)
{
	return slice_starts(type, SLICE("application/fhir+")) || slice_starts(type, SLICE("application/json")) ||
	       slice_starts(type, SLICE("application/xml")) || slice_starts(type, SLICE("text/"));
}

/** A strong ETag names bytes, and packing makes others (RFC 9110 section 8.8.3.3). */
bool gzip_is_for(const struct net_reply *reply, uint64_t min_bytes)
{
	bool text = false;

	if (!min_bytes || reply->body.len < min_bytes || reply->header_count + 2 > NET_REPLY_HEADERS_MAX)
		return false;
	for (size_t i = 0; i < reply->header_count; i++) {
		const struct net_header *field = &reply->headers[i];
		if (slice_equal_nocase(field->name, SLICE("Content-Type")))
			text = is_text(field->value);
		else if (slice_equal_nocase(field->name, SLICE("Content-Encoding")))
			return false;
		else if (slice_equal_nocase(field->name, SLICE("ETag")) && !slice_starts(field->value, SLICE("W/")))
			return false;
	}
	return text;
}
