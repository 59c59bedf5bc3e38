/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <time.h>

#include "policy/reading.h"

#define SHA1_BYTES 20

/** FHIR's Attachment.hash is SHA-1 in base64: a checksum there, not a proof. */
static struct slice sha1_base64(struct reading *reading, struct slice bytes)
{
	unsigned char digest[SHA1_BYTES], text[4 * ((SHA1_BYTES + 2) / 3) + 1];
	unsigned length = sizeof(digest);

	if (EVP_Digest(bytes.len ? bytes.ptr : "", bytes.len, digest, &length, EVP_sha1(), NULL) != 1)
		return SLICE_NONE;
	EVP_EncodeBlock(text, digest, SHA1_BYTES);
	return arena_copy(reading->arena, slice_of((const char *)text));
}

/** RFC 9110, section 5.6.7, the one form that servers still send. */
static struct slice instant_of_http(struct reading *reading, struct slice text)
{
	char copy[TIME_HTTP_SIZE], instant[TIME_INSTANT_SIZE];
	struct tm parts = { 0 };

	if (!text.ptr || snprintf(copy, sizeof(copy), "%.*s", SLICE_ARG(text)) >= (int)sizeof(copy))
		return SLICE_NONE;
	if (!strptime(copy, "%a, %d %b %Y %H:%M:%S GMT", &parts))
		return SLICE_NONE;
	time_format_instant((int64_t)timegm(&parts) * 1000, instant);
	return arena_copy(reading->arena, slice_of(instant));
}

void rendition_put(struct reading *reading, struct slice bytes)
{
	const struct policy_source *source = reading->source;
	struct fhir_node *rendition = reading_add(reading, reading->record, "rendition");
	char fetched[TIME_INSTANT_SIZE], hex[DIGEST_HEX_SIZE];
	uint8_t digest[DIGEST_BYTES];

	if (!rendition)
		return;
	time_format_instant(source->fetched_ms, fetched);
	digest_sha256(bytes, digest);
	digest_hex(digest, hex);
	reading_put(reading, rendition, "url", source->url);
	reading_put(reading, rendition, "contentType", source->content_type);
	reading_put(reading, rendition, "size", arena_printf(reading->arena, "%zu", bytes.len));
	reading_put(reading, rendition, "sha1", sha1_base64(reading, bytes));
	reading_put(reading, rendition, "sha256", slice_of(hex));
	reading_put(reading, rendition, "fetched", slice_of(fetched));
	reading_put(reading, rendition, "lastModified", instant_of_http(reading, source->last_modified));
	reading_put(reading, rendition, "etag", source->etag);
	reading_put(reading, reading->record, "fetched", slice_of(fetched));
}
