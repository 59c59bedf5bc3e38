/* SPDX-License-Identifier: Apache-2.0 */
/**
 * base: what every room stands on. Memory in arenas, text in slices, output in buffers, errors with a place and a hint,
 * option tables that read YAML, embedded profile files, time, log.
 *
 * Three kinds of wrong are never mixed:
 *  - a bug is ours: `ASSERT`, always on;
 *  - an error is the world's: a must-use `bool` and a `struct error`, set once where it is first known;
 *  - an issue is the data's: see `struct issues` in fhir.h.
 */
#ifndef CANNULA_BASE_H
#define CANNULA_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/** A broken promise inside the program: says where, then aborts. Stays on in release builds. */
#define ASSERT(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void assert_failed(const char *condition, const char *file, int line);

/* ---- slices: text that somebody else owns ---- */

/** `len` bytes at `ptr`, not terminated. `ptr == NULL` means absent, which differs from empty. */
struct slice {
	const char *ptr;
	size_t len;
};

#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })
#define SLICE_NONE ((struct slice){ NULL, 0 })
/** For `"%.*s"`. */
#define SLICE_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

struct slice slice_of(const char *text); /**< NULL gives SLICE_NONE */
bool slice_equal(struct slice a, struct slice b);
bool slice_equal_nocase(struct slice a, struct slice b); /**< ASCII letters only */
int slice_compare(struct slice a, struct slice b);       /**< byte order, as memcmp then length */
bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);
struct slice slice_trim(struct slice s); /**< without ASCII white space at both ends */
struct slice slice_from(struct slice s, size_t offset);
/** Offset of the first `needle` in `s`, or SIZE_MAX. */
size_t slice_find(struct slice s, struct slice needle);
/** Cuts `*rest` at the first `separator`: returns what stands before it, leaves what follows (absent when none was left). */
struct slice slice_cut(struct slice *rest, char separator);
/** Offset of the first byte that is not valid UTF-8 (RFC 3629: no surrogates, no overlong forms), or SIZE_MAX. */
size_t slice_utf8_invalid(struct slice s);
/** Decimal digits only, at most `max`. */
bool slice_to_u64(struct slice s, uint64_t max, uint64_t *out) MUST_USE;

/* ---- arenas ---- */

/** Memory of one request, record or document: allocated forward, freed whole. Not shared between threads. */
struct arena;

/** An arena that hands out at most `max_bytes`. NULL only when the system has no memory. */
struct arena *arena_new(size_t max_bytes) MUST_USE;
void arena_free(struct arena *arena); /**< NULL is allowed */
/** Empties it and keeps its first block: for a thread that serves one request after another. */
void arena_reset(struct arena *arena);
/** Zeroed, aligned for any type. NULL when the cap is reached: the caller refuses its input, saying which limit. */
void *arena_alloc(struct arena *arena, size_t bytes) MUST_USE;
#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_new_array(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))
void *arena_alloc_array(struct arena *arena, size_t count, size_t bytes) MUST_USE;
/** A copy with a terminating NUL after `len`, so `.ptr` is a C string too. SLICE_NONE when the cap is reached. */
struct slice arena_copy(struct arena *arena, struct slice s) MUST_USE;
/** As arena_copy, as a C string; NULL when the cap is reached. */
char *arena_cstr(struct arena *arena, struct slice s) MUST_USE;
struct slice arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3) MUST_USE;
size_t arena_used(const struct arena *arena);

/* ---- buffers: bytes that grow, up to a maximum they know ---- */

/** Writing never fails halfway through an expression: past `max_bytes` (or without memory) the buffer turns `failed`, drops
 *  what follows, and the writer asks once at the end. */
struct buf {
	char *ptr;
	size_t len;
	size_t capacity;
	size_t max_bytes;
	bool failed;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_free(struct buf *buf);
void buf_reset(struct buf *buf); /**< length 0, `failed` cleared, memory kept */
void buf_append(struct buf *buf, struct slice s);
void buf_append_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/** At least `bytes` of room at `ptr + len`, to be filled by the caller, who then adds to `len`. */
bool buf_reserve(struct buf *buf, size_t bytes) MUST_USE;
struct slice buf_slice(const struct buf *buf);

/* ---- text in markup (XML 1.0, HTML) ---- */

/** Appends `text` as it stands between tags, or in an attribute between double quotes. What XML has no character for becomes
 * U+FFFD. */
void markup_append(struct buf *buf, struct slice text);
/** What stands for `c`: &amp; &lt; &gt; &quot; &#39;. Absent: itself. */
struct slice markup_reference(char c);
/** The length of such a reference at the start of `text`, and the character it stands for; 0: none is there. */
size_t markup_character(struct slice text, char *c);
/** The length of the character at the start of `text` when XML has no room for it (production 2); else 0. */
size_t markup_forbidden(struct slice text);
/** How much of the start of `text` is free of &, <, >, ", characters below U+0020, and whatever markup_forbidden names. */
size_t markup_plain(struct slice text);
/** Appends the text in `markup`: a tag becomes a space, a reference (&amp; &#8211; &#x2013;) the character it stands for, and one
 * that only HTML has a space. */
void markup_text(struct buf *buf, struct slice markup);

/* ---- errors ---- */

enum error_code {
	ERROR_NONE,
	ERROR_USAGE,       /**< command line or configuration */
	ERROR_SYNTAX,      /**< input that is not what it claims to be */
	ERROR_LIMIT,       /**< a named cap was reached */
	ERROR_NOT_FOUND,   /**< asked for by name and not there */
	ERROR_ACCESS,      /**< permission */
	ERROR_IO,          /**< disk, pipe */
	ERROR_FULL,        /**< disk full, quota */
	ERROR_BUSY,        /**< locked, port in use: may pass */
	ERROR_CORRUPT,     /**< the store is not intact */
	ERROR_CONFLICT,    /**< a version or uniqueness condition failed */
	ERROR_NETWORK,     /**< transport: name, connect, TLS, time-out */
	ERROR_UNSUPPORTED, /**< understood, and not done here */
	ERROR_MEMORY,
	ERROR_TIME, /**< it took longer than it may */
};

/** What went wrong, where, and what the reader can do. Filled once; the first error stays. */
struct error {
	enum error_code code;
	char place[256];   /**< "file", "file:line:column", "host:port"; may be empty */
	char message[512]; /**< one sentence without final period */
	char hint[256];    /**< what to do next; may be empty */
};

/** Sets `err` unless it is set (or NULL) and returns false, so that `return error_set(…);` reads well. */
bool error_set(struct error *err, enum error_code code, const char *place, const char *format, ...) PRINTF_LIKE(4, 5);
bool error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);         /**< adds the hint; returns false */
bool error_errno(struct error *err, int number, const char *place, const char *doing); /**< code and hint from errno */
bool error_memory(struct error *err);
const char *error_code_name(enum error_code code);

/* ---- log: one line an event on standard error ---- */

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
void log_level_set(enum log_level level);
bool log_is_on(enum log_level level); /**< whether log_write would write it */
/** `time level message`; control characters in the message are escaped, so a line stays a line. Thread-safe. */
void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- time ---- */

int64_t time_now_ms(void);        /**< since 1970-01-01T00:00:00Z */
uint64_t time_monotonic_us(void); /**< for durations */
#define TIME_INSTANT_SIZE sizeof("2026-11-23T20:48:00.000Z")
void time_format_instant(int64_t ms, char out[TIME_INSTANT_SIZE]); /**< FHIR instant, UTC, milliseconds */
#define TIME_HTTP_SIZE sizeof("Mon, 23 Nov 2026 20:48:00 GMT")
void time_format_http(int64_t ms, char out[TIME_HTTP_SIZE]); /**< RFC 9110 section 5.6.7 */

/* ---- digests ---- */

#define DIGEST_BYTES 32
#define DIGEST_HEX_SIZE (2 * DIGEST_BYTES + 1)
void digest_sha256(struct slice bytes, uint8_t out[DIGEST_BYTES]);
void digest_hex(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_HEX_SIZE]);
#define DIGEST_UUID_SIZE sizeof("00000000-0000-8000-8000-000000000000")
/** A name-based UUID (RFC 9562 version 8) from the digest of the name. */
void digest_uuid(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_UUID_SIZE]);

/* ---- files ---- */

/** The whole file in `arena` (terminated by a NUL that is not counted). Refuses more than `max_bytes`, directories, devices.
 *  `path` "-" is standard input. */
bool file_read(struct arena *arena, const char *path, size_t max_bytes, struct slice *out, struct error *err) MUST_USE;
/** Written beside `path`, synced, renamed over it, directory synced: whole or not at all. */
bool file_write(const char *path, struct slice bytes, unsigned mode, struct error *err) MUST_USE;
/** Creates `path` and missing parents. */
bool file_make_dir(const char *path, unsigned mode, struct error *err) MUST_USE;

/* ---- CSV (RFC 4180) ---- */

#define CSV_COLUMNS_MAX 256u

/** One row; zeroed before the first. Unquoted fields come without white space around them. */
struct csv_row {
	struct slice fields[CSV_COLUMNS_MAX];
	size_t count;
	uint32_t line, line_count; /**< the lines before this row, and its own */
};

/** The row that `*rest` begins with; `*rest` then begins with the next one. A quoted field may hold separators and line ends.
 * False: an open quote, text behind a closing quote, more than CSV_COLUMNS_MAX fields, or no memory. */
bool csv_row_read(struct arena *arena, struct slice *rest, char separator, struct csv_row *row) MUST_USE;

/* ---- assets: the files of profiles/, inside the program ---- */

/** A directory whose files replace embedded ones of the same name (`profiles:` in the configuration). Call once, before
 *  threads start; the path is copied. */
bool asset_overlay(const char *directory, struct error *err) MUST_USE;
/** The bytes of `profiles/NAME`. They live as long as the program. ERROR_NOT_FOUND names the file. */
bool asset_get(const char *name, struct slice *out, struct error *err) MUST_USE;
/** Calls `each` for every asset whose name starts with `prefix`, in name order; stops when it returns false. */
bool asset_each(const char *prefix, bool (*each)(void *context, const char *name, struct slice bytes), void *context);

/* ---- options: YAML read by tables ---- */

/** What a row of an option table holds and how its member is declared in C. */
enum option_kind {
	OPTION_TEXT,  /**< struct slice (NUL-terminated) */
	OPTION_PATH,  /**< struct slice; relative to the file that names it */
	OPTION_BOOL,  /**< bool; true, false, yes, no */
	OPTION_COUNT, /**< uint64_t */
	OPTION_BYTES, /**< uint64_t; "16 MiB", "64 KiB", "1000" */
	OPTION_MS,    /**< uint64_t milliseconds; "30 s", "5 min", "6 h", "7 d", "250 ms" */
	OPTION_TEXTS, /**< struct option_texts; a sequence, or one scalar */
	OPTION_GROUP, /**< a nested struct; a mapping described by `table` */
	OPTION_ROWS,  /**< struct option_rows; a sequence of mappings described by `table` */
};

struct option_texts {
	const struct slice *items;
	size_t count;
};

/** `items` is an array of the row struct, `table->size` bytes each. */
struct option_rows {
	void *items;
	size_t count;
};

struct option_table;

/** One option, declared once: the reader, the example in conf/, the man page and `--help` are made from it. */
struct option {
	const char *name; /**< the YAML key */
	enum option_kind kind;
	size_t offset;            /**< offsetof in the room's struct */
	const char *sentence;     /**< what it does, for people */
	const char *default_text; /**< as it would stand in YAML; NULL: absent unless given */
	uint64_t min, max;        /**< numbers only; max 0: no bound */
	bool required;
	const char *const *choices; /**< OPTION_TEXT: NULL-terminated list of allowed words, or NULL */
	const struct option_table *table;
};

/** The rows of one struct. */
struct option_table {
	const struct option *options;
	size_t count;
	size_t size;        /**< sizeof the struct that the rows fill */
	size_t line_offset; /**< where to keep the line a mapping starts on (uint32_t member); 0: nowhere */
};

/** Everything wrong with a file, one `struct error` each, with file:line:column. */
struct option_errors {
	struct error *items;
	size_t count;
	size_t dropped; /**< found beyond OPTION_ERRORS_MAX */
};
#define OPTION_ERRORS_MAX 64

/** Fills `out` (zeroed by the caller, `table->size` bytes) from `text`; absent options get their defaults. Unknown and repeated
 *  keys, wrong types and values out of range are all reported, with the nearest known name; false when any was. Aliases,
 *  anchors and tags are refused; depth is capped. Text lives in `arena`. `file` is used for places and relative paths. */
bool options_read(struct arena *arena, const struct option_table *table, const char *file, struct slice text, void *out,
		  struct option_errors *errors) MUST_USE;
/** Only the defaults. */
bool options_default(struct arena *arena, const struct option_table *table, void *out, struct option_errors *errors) MUST_USE;
/** As options_read on an asset; the first thing wrong becomes `err`. */
bool options_read_asset(struct arena *arena, const struct option_table *table, const char *asset, void *out,
			struct error *err) MUST_USE;

/** Whether two structs that `table` fills say the same; lines do not count. */
bool options_equal(const struct option_table *table, const void *a, const void *b);

/** The nearest of `count` names to `given` (edit distance, at most a third of its length, rounded up), or NULL. */
const char *nearest_name(struct slice given, const char *const *names, size_t count);

#endif
