/* SPDX-License-Identifier: Apache-2.0 */
#include "api/cursor.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#define POSITION_BYTES 8
#define MAC_BYTES 16
#define CURSOR_BYTES (POSITION_BYTES + MAC_BYTES)
#define CURSOR_TEXT (CURSOR_BYTES / 3 * 4) /* 24 bytes need no padding */

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

static void mac(const struct cursor_key *key, struct slice search, const uint8_t position[POSITION_BYTES], uint8_t out[MAC_BYTES])
{
	uint8_t message[DIGEST_BYTES + POSITION_BYTES], full[EVP_MAX_MD_SIZE];
	unsigned length = sizeof(full);

	digest_sha256(search, message);
	memcpy(message + DIGEST_BYTES, position, POSITION_BYTES);
	ASSERT(HMAC(EVP_sha256(), key->bytes, CURSOR_KEY_BYTES, message, sizeof(message), full, &length));
	memcpy(out, full, MAC_BYTES);
}

struct slice cursor_format(struct arena *arena, const struct cursor_key *key, struct slice search, uint64_t position)
{
	uint8_t raw[CURSOR_BYTES];
	char *text = arena_alloc(arena, CURSOR_TEXT + 1);

	if (!text)
		return SLICE_NONE;
	for (size_t i = 0; i < POSITION_BYTES; i++)
		raw[i] = (uint8_t)(position >> (8 * (POSITION_BYTES - 1 - i)));
	mac(key, search, raw, raw + POSITION_BYTES);
	EVP_EncodeBlock((unsigned char *)text, raw, CURSOR_BYTES);
	for (size_t i = 0; i < CURSOR_TEXT; i++) {
		text[i] = text[i] == '+' ? '-' : text[i];
		text[i] = text[i] == '/' ? '_' : text[i];
	}
	return (struct slice){ text, CURSOR_TEXT };
}

/** RFC 4648 section 5, without padding. */
static int digit_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool decode(struct slice cursor, uint8_t raw[CURSOR_BYTES])
{
	uint32_t bits = 0;

	if (cursor.len != CURSOR_TEXT)
		return false;
	for (size_t i = 0; i < CURSOR_TEXT; i++) {
		int value = digit_value(cursor.ptr[i]);
		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 != 3)
			continue;
		for (size_t k = 0; k < 3; k++)
			raw[i / 4 * 3 + k] = (uint8_t)(bits >> (16 - 8 * k));
		bits = 0;
	}
	return true;
}

bool cursor_parse(const struct cursor_key *key, struct slice search, struct slice cursor, uint64_t *position)
{
	uint8_t raw[CURSOR_BYTES], expected[MAC_BYTES];

	if (!decode(cursor, raw))
		return false;
	mac(key, search, raw, expected);
	if (CRYPTO_memcmp(expected, raw + POSITION_BYTES, MAC_BYTES) != 0)
		return false;
	*position = 0;
	for (size_t i = 0; i < POSITION_BYTES; i++)
		*position = *position << 8 | raw[i];
	return true;
}
