/* SPDX-License-Identifier: Apache-2.0 */
#include "api/cursor.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#define MAC_BYTES 16
/* A place: flags, moment and position. */
#define PLACE_BYTES (1 + 8 + 8)
#define CURSOR_TEXT_MAX ((MAC_BYTES + PLACE_BYTES + 2) / 3 * 4)
#define IS_BACKWARDS 1

static const struct slice note_room = { "api", 3 }, note_key = { "cursor-key", 10 };

static bool key_read(struct store_conn *conn, struct arena *arena, struct cursor_key *out, bool *found, struct error *err)
{
	struct slice note;

	if (!store_note_get(conn, arena, note_room, note_key, &note, err))
		return false;
	*found = note.len == 2 * CURSOR_KEY_BYTES;
	for (size_t i = 0; *found && i < CURSOR_KEY_BYTES; i++) {
		unsigned value;
		char digits[3] = { note.ptr[2 * i], note.ptr[2 * i + 1], '\0' };
		*found = sscanf(digits, "%2x", &value) == 1;
		out->bytes[i] = (uint8_t)value;
	}
	return true;
}

/** In a transaction, so that of two gateways that start together one makes the key. */
static bool key_make(struct store_conn *conn, struct arena *arena, struct cursor_key *out, struct error *err)
{
	char hex[DIGEST_HEX_SIZE];
	bool found;

	_Static_assert(CURSOR_KEY_BYTES == DIGEST_BYTES, "the key is written as a digest is");
	if (!key_read(conn, arena, out, &found, err))
		return false;
	if (found)
		return true;
	if (RAND_bytes(out->bytes, CURSOR_KEY_BYTES) != 1)
		return error_set(err, ERROR_IO, "", "the system gives no random bytes");
	digest_hex(out->bytes, hex);
	return store_note_put(conn, note_room, note_key, slice_of(hex), err);
}

bool cursor_key_load(struct store_conn *conn, struct arena *arena, struct cursor_key *out, struct error *err)
{
	bool found;

	if (!key_read(conn, arena, out, &found, err))
		return false;
	if (found)
		return true;
	if (!store_begin(conn, err))
		return false;
	if (key_make(conn, arena, out, err) && store_commit(conn, err))
		return true;
	store_rollback(conn);
	return false;
}

static void mac(const struct cursor_key *key, struct slice search, struct slice place, uint8_t out[MAC_BYTES])
{
	uint8_t message[2 * DIGEST_BYTES], full[EVP_MAX_MD_SIZE];
	unsigned length = sizeof(full);

	digest_sha256(search, message);
	digest_sha256(place, message + DIGEST_BYTES);
	ASSERT(HMAC(EVP_sha256(), key->bytes, CURSOR_KEY_BYTES, message, sizeof(message), full, &length));
	memcpy(out, full, MAC_BYTES);
}

/* ---- a place as bytes, numbers in network order ---- */

static void put_number(struct buf *buf, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_append_char(buf, (char)(number >> shift));
}

static void put_place(struct buf *buf, const struct store_place *place)
{
	buf_append_char(buf, place->is_backwards ? IS_BACKWARDS : 0);
	put_number(buf, place->moment);
	put_number(buf, place->position);
}

static bool get_number(struct slice *rest, uint64_t *out)
{
	if (rest->len < 8)
		return false;
	*out = 0;
	for (size_t i = 0; i < 8; i++)
		*out = *out << 8 | (uint8_t)rest->ptr[i];
	*rest = slice_from(*rest, 8);
	return true;
}

static bool get_place(struct slice rest, struct store_place *out)
{
	*out = (struct store_place){ 0 };
	if (rest.len == 0)
		return false;
	out->is_backwards = rest.ptr[0] & IS_BACKWARDS;
	rest = slice_from(rest, 1);
	return get_number(&rest, &out->moment) && get_number(&rest, &out->position) && rest.len == 0;
}

/* ---- text: RFC 4648 section 5, without padding ---- */

static struct slice encode(struct arena *arena, struct slice raw)
{
	char *text = arena_alloc(arena, (raw.len + 2) / 3 * 4 + 1);

	if (!text)
		return SLICE_NONE;
	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)raw.ptr, (int)raw.len);
	size_t length = (raw.len * 4 + 2) / 3;
	for (size_t i = 0; i < length; i++) {
		text[i] = text[i] == '+' ? '-' : text[i];
		text[i] = text[i] == '/' ? '_' : text[i];
	}
	return (struct slice){ text, length };
}

static int digit_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/** Each place has one text only: bits beyond the last byte must be zero. */
static bool decode(struct arena *arena, struct slice cursor, struct slice *out)
{
	uint32_t bits = 0;
	size_t used = 0;
	char *raw;

	if (cursor.len > CURSOR_TEXT_MAX || cursor.len % 4 == 1 || !(raw = arena_alloc(arena, cursor.len / 4 * 3 + 3)))
		return false;
	for (size_t i = 0; i < cursor.len; i++) {
		int value = digit_value(cursor.ptr[i]);
		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 != 0)
			raw[used++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	if ((cursor.len % 4 == 2 && bits & 15) || (cursor.len % 4 == 3 && bits & 3))
		return false;
	*out = (struct slice){ raw, used };
	return true;
}

struct slice cursor_format(struct arena *arena, const struct cursor_key *key, struct slice search,
			   const struct store_place *place)
{
	uint8_t signature[MAC_BYTES];
	struct buf raw;

	buf_init(&raw, MAC_BYTES + PLACE_BYTES);
	memset(signature, 0, MAC_BYTES);
	buf_append(&raw, (struct slice){ (const char *)signature, MAC_BYTES });
	put_place(&raw, place);
	struct slice text = SLICE_NONE;
	if (!raw.failed) {
		mac(key, search, slice_from(buf_slice(&raw), MAC_BYTES), signature);
		memcpy(raw.ptr, signature, MAC_BYTES);
		text = encode(arena, buf_slice(&raw));
	}
	buf_free(&raw);
	return text;
}

bool cursor_parse(struct arena *arena, const struct cursor_key *key, struct slice search, struct slice cursor,
		  struct store_place *out)
{
	uint8_t expected[MAC_BYTES];
	struct slice raw;

	if (!decode(arena, cursor, &raw) || raw.len < MAC_BYTES)
		return false;
	mac(key, search, slice_from(raw, MAC_BYTES), expected);
	return CRYPTO_memcmp(expected, raw.ptr, MAC_BYTES) == 0 && get_place(slice_from(raw, MAC_BYTES), out);
}
