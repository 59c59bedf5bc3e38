/* SPDX-License-Identifier: Apache-2.0 */
/* Notes are lines of "name value". Values are single lines by their nature; line ends in them (a reason, say) become spaces. */
#include "sync/state.h"

#include <string.h>

#define NOTE_MAX_BYTES (16u << 20)

static const struct slice source_room = { "sync.source", sizeof("sync.source") - 1 };
static const struct slice listing_room = { "sync.listing", sizeof("sync.listing") - 1 };

/* ---- lines ---- */

static void write_line(struct buf *buf, const char *name, struct slice value)
{
	if (!value.ptr)
		return;
	buf_printf(buf, "%s ", name);
	for (size_t i = 0; i < value.len; i++)
		buf_append_char(buf, value.ptr[i] == '\n' || value.ptr[i] == '\r' ? ' ' : value.ptr[i]);
	buf_append_char(buf, '\n');
}

static void write_number(struct buf *buf, const char *name, uint64_t value)
{
	buf_printf(buf, "%s %llu\n", name, (unsigned long long)value);
}

static struct slice read_line(struct slice note, const char *name)
{
	while (note.ptr && note.len > 0) {
		struct slice line = slice_cut(&note, '\n'), key = slice_cut(&line, ' ');
		if (slice_equal(key, slice_of(name)))
			return line;
	}
	return SLICE_NONE;
}

static uint64_t read_number(struct slice note, const char *name)
{
	struct slice text = read_line(note, name);
	uint64_t value = 0;

	return text.ptr && slice_to_u64(text, UINT64_MAX, &value) ? value : 0;
}

static bool put(struct store_conn *conn, struct slice room, struct slice key, struct buf *note, struct error *err)
{
	bool done = note->failed ? error_set(err, ERROR_LIMIT, "", "the state of a source is too large to be kept")
				 : store_note_put(conn, room, key, buf_slice(note), err);

	buf_free(note);
	return done;
}

/* ---- sources ---- */

bool source_state_get(struct store_conn *conn, struct arena *arena, struct slice source, struct source_state *out,
		      struct error *err)
{
	struct slice note;

	if (!store_note_get(conn, arena, source_room, source, &note, err))
		return false;
	*out = (struct source_state){ .state = read_line(note, "state"), .since_ms = read_number(note, "since_ms") };
	out->listed = read_number(note, "listed");
	out->reason = read_line(note, "reason");
	return true;
}

bool source_state_put(struct store_conn *conn, struct arena *arena, struct slice source, const struct source_state *state,
		      struct error *err)
{
	struct buf note;

	(void)arena;
	buf_init(&note, NOTE_MAX_BYTES);
	write_line(&note, "state", state->state);
	write_number(&note, "since_ms", state->since_ms);
	write_number(&note, "listed", state->listed);
	write_line(&note, "reason", state->reason);
	return put(conn, source_room, source, &note, err);
}

struct status_walk {
	bool (*each)(void *context, const struct sync_status *status);
	void *context;
};

static bool status_read(void *context, struct slice key, struct slice note)
{
	const struct status_walk *walk = context;
	struct sync_status status = { .source = key,
				      .state = read_line(note, "state"),
				      .since_ms = read_number(note, "since_ms"),
				      .listed = read_number(note, "listed") };

	return walk->each(walk->context, &status);
}

bool sync_status_each(struct store_conn *conn, struct arena *arena, bool (*each)(void *context, const struct sync_status *status),
		      void *context, struct error *err)
{
	struct status_walk walk = { each, context };

	return store_note_each(conn, arena, source_room, status_read, &walk, err);
}

/* ---- listings: a head of lines, an empty one, the bytes ---- */

bool listing_state_get(struct store_conn *conn, struct arena *arena, struct slice source, struct listing_state *out,
		       struct error *err)
{
	struct slice note, head;
	size_t end;

	*out = (struct listing_state){ 0 };
	if (!store_note_get(conn, arena, listing_room, source, &note, err))
		return false;
	end = note.ptr ? slice_find(note, SLICE("\n\n")) : SIZE_MAX;
	if (end == SIZE_MAX)
		return true;
	head = (struct slice){ note.ptr, end + 1 };
	out->validators.etag = read_line(head, "etag");
	out->validators.last_modified = read_line(head, "last_modified");
	out->charset = read_line(head, "charset");
	out->body = slice_from(note, end + 2);
	return true;
}

bool listing_state_put(struct store_conn *conn, struct arena *arena, struct slice source, const struct listing_state *state,
		       struct error *err)
{
	struct buf note;

	(void)arena;
	buf_init(&note, NOTE_MAX_BYTES);
	buf_append(&note, SLICE("listing 1\n"));
	write_line(&note, "etag", state->validators.etag);
	write_line(&note, "last_modified", state->validators.last_modified);
	write_line(&note, "charset", state->charset);
	buf_append_char(&note, '\n');
	buf_append(&note, state->body);
	return put(conn, listing_room, source, &note, err);
}

/* ---- documents ---- */

static struct slice document_room(struct arena *arena, struct slice source)
{
	return arena_printf(arena, "sync.document.%.*s", SLICE_ARG(source));
}

struct reading {
	struct arena *arena;
	struct document_state *first, *last;
	bool full;
};

static bool read_document(void *context, struct slice key, struct slice value)
{
	struct reading *reading = context;
	struct document_state *state = arena_new_of(reading->arena, struct document_state);
	struct slice note = arena_copy(reading->arena, value);

	if (!state || !note.ptr) {
		reading->full = true;
		return false;
	}
	*state = (struct document_state){ .url = arena_copy(reading->arena, key),
					  .base = read_line(note, "base"),
					  .id = read_line(note, "id") };
	state->validators.etag = read_line(note, "etag");
	state->validators.last_modified = read_line(note, "last_modified");
	state->digest = read_line(note, "digest");
	state->basis = read_line(note, "basis");
	state->due = read_line(note, "due");
	state->missing = read_number(note, "missing");
	if (reading->last)
		reading->last->next = state;
	if (!reading->first)
		reading->first = state;
	reading->last = state;
	return true;
}

bool document_states_get(struct store_conn *conn, struct arena *arena, struct slice source, struct document_state **out,
			 struct error *err)
{
	struct reading reading = { .arena = arena };
	struct slice room = document_room(arena, source);

	if (!room.ptr)
		return error_memory(err);
	if (!store_note_each(conn, arena, room, read_document, &reading, err))
		return false;
	*out = reading.first;
	return !reading.full || error_memory(err);
}

bool document_state_put(struct store_conn *conn, struct arena *arena, struct slice source, const struct document_state *state,
			struct error *err)
{
	struct slice room = document_room(arena, source);
	struct buf note;

	if (!room.ptr)
		return error_memory(err);
	buf_init(&note, NOTE_MAX_BYTES);
	write_line(&note, "base", state->base);
	write_line(&note, "id", state->id);
	write_line(&note, "etag", state->validators.etag);
	write_line(&note, "last_modified", state->validators.last_modified);
	write_line(&note, "digest", state->digest);
	write_line(&note, "basis", state->basis);
	write_line(&note, "due", state->due);
	write_number(&note, "missing", state->missing);
	return put(conn, room, state->url, &note, err);
}

bool document_state_remove(struct store_conn *conn, struct arena *arena, struct slice source, struct slice url, struct error *err)
{
	struct slice room = document_room(arena, source);

	return room.ptr ? store_note_put(conn, room, url, SLICE_NONE, err) : error_memory(err);
}
