/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/conn.h"
#include "store/index.h"
#include "store/snapshot.h"
#include "store/stamp.h"

/** A row of `resource` as it stands, or as it is to be. */
struct current {
	int64_t position; /**< 0: not there yet */
	int64_t change;   /**< row of its version */
	bool is_deleted;
	enum store_method method; /**< of the version to be */
	struct stamps stamps;
	uint8_t digest[DIGEST_BYTES]; /**< of the content without stamps */
};

/** What one put works on. */
struct put {
	struct store_conn *conn;
	struct arena *arena;
	struct store_type *type;
	struct fhir_node *resource;
	struct slice id;
	struct current old, now;
};

static bool find_current(struct store_conn *conn, int64_t type, struct slice id, struct current *out, struct error *err)
{
	struct db_query query;
	bool has_row;

	*out = (struct current){ 0 };
	if (!db_query_open(
		conn->db,
		SLICE("SELECT position, is_deleted, stamps, stamp_count, version, updated_ms, digest, change FROM resource"
		      " WHERE type = ? AND id = ?"),
		&query, err))
		return false;
	db_bind_int(&query, type);
	db_bind_text(&query, id);
	bool done = db_next(&query, &has_row, err);
	if (done && has_row) {
		struct slice digest = db_blob(&query, 6);
		out->position = db_int(&query, 0);
		out->change = db_int(&query, 7);
		out->is_deleted = db_int(&query, 1) != 0;
		out->stamps = (struct stamps){ .set = (unsigned)db_int(&query, 2),
					       .count = (uint64_t)db_int(&query, 3),
					       .version = (uint64_t)db_int(&query, 4),
					       .updated_ms = db_int(&query, 5) };
		for (size_t i = 0; i < digest.len && i < DIGEST_BYTES; i++)
			out->digest[i] = (uint8_t)digest.ptr[i];
	}
	db_query_close(&query);
	return done;
}

/* ---- writing ---- */

static bool insert_resource(struct store_conn *conn, int64_t type, struct slice id, int64_t *position, struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db,
			   SLICE("INSERT INTO resource (type, id, change, version, updated_ms, is_deleted, stamps, stamp_count)"
				 " VALUES (?, ?, 0, 0, 0, 0, 0, 0)"),
			   &query, err))
		return false;
	db_bind_int(&query, type);
	db_bind_text(&query, id);
	if (!db_run(&query, err))
		return false;
	*position = db_last_key(conn->db);
	return true;
}

static bool is_there(const struct current *current)
{
	return current->position != 0 && !current->is_deleted;
}

static bool insert_version(struct store_conn *conn, const struct current *old, struct current *now, struct slice bytes,
			   struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db,
			   SLICE("INSERT INTO version (resource, version, updated_ms, is_deleted, method, is_created, bytes)"
				 " VALUES (?, ?, ?, ?, ?, ?, ?)"),
			   &query, err))
		return false;
	db_bind_int(&query, now->position);
	db_bind_int(&query, (int64_t)now->stamps.version);
	db_bind_int(&query, now->stamps.updated_ms);
	db_bind_int(&query, now->is_deleted);
	db_bind_int(&query, now->method);
	db_bind_int(&query, !is_there(old) && !now->is_deleted);
	db_bind_blob(&query, bytes);
	if (!db_run(&query, err))
		return false;
	now->change = db_last_key(conn->db);
	return true;
}

static bool update_resource(struct store_conn *conn, const struct current *now, struct error *err)
{
	struct db_query query;
	struct slice digest = { (const char *)now->digest, DIGEST_BYTES };

	if (!db_query_open(conn->db,
			   SLICE("UPDATE resource SET change = ?, version = ?, updated_ms = ?, is_deleted = ?, stamps = ?,"
				 " stamp_count = ?, digest = ? WHERE position = ?"),
			   &query, err))
		return false;
	db_bind_int(&query, now->change);
	db_bind_int(&query, (int64_t)now->stamps.version);
	db_bind_int(&query, now->stamps.updated_ms);
	db_bind_int(&query, now->is_deleted);
	db_bind_int(&query, now->stamps.set);
	db_bind_int(&query, (int64_t)now->stamps.count);
	db_bind_blob(&query, now->is_deleted ? SLICE_NONE : digest);
	db_bind_int(&query, now->position);
	return db_run(&query, err);
}

/** The new version and the resource's row that points to it. */
static bool write_version(struct store_conn *conn, const struct current *old, struct current *now, struct slice bytes,
			  struct error *err)
{
	return insert_version(conn, old, now, bytes, err) && update_resource(conn, now, err) &&
	       (!is_there(old) || snapshot_supersede(conn, old->change, now->change, err));
}

/** A half-written resource must not be committed, whatever the caller does next. */
static bool write_failed(struct store_conn *conn)
{
	conn->is_broken = true;
	return false;
}

/** When the next version is written: the clock, unless it went back. */
static int64_t next_ms(const struct current *old)
{
	int64_t now = time_now_ms();

	return now > old->stamps.updated_ms ? now : old->stamps.updated_ms;
}

/* ---- put ---- */

static bool write_json(struct put *put, struct error *err)
{
	struct buf *json = &put->conn->json;

	buf_reset(json);
	fhir_json_write(json, put->resource, FHIR_JSON_COMPACT);
	if (!json->failed)
		return true;
	error_set(err, ERROR_LIMIT, "", "%.*s/%.*s is larger than %u bytes", SLICE_ARG(put->type->name), SLICE_ARG(put->id),
		  STORE_RESOURCE_MAX_BYTES);
	return error_hint(err, "split the resource");
}

static bool make_digest(struct put *put, struct error *err)
{
	if (!write_json(put, err))
		return false;
	digest_sha256(buf_slice(&put->conn->json), put->now.digest);
	return true;
}

static enum store_method method_of(unsigned flags)
{
	if (flags & STORE_PUT_CREATE)
		return STORE_BY_CREATE;
	return flags & STORE_PUT_PATCH ? STORE_BY_PATCH : STORE_BY_UPDATE;
}

/** Takes the tree to its content and says what the next version would carry. `taken` are stamps that came back unchanged: without
 *  STORE_PUT_DEFINITION they count as stamped only while nothing else changes. */
static bool compare(struct put *put, unsigned flags, bool *is_same, struct error *err)
{
	const struct current *old = &put->old;
	unsigned wanted = flags & STORE_PUT_DEFINITION ? STAMP_VERSION | STAMP_DATE : 0;
	unsigned taken;

	stamp_take(put->resource, old->position ? &old->stamps : NULL, &taken);
	put->now = (struct current){ .position = old->position, .method = method_of(flags) };
	put->now.stamps.set = taken | stamp_possible(put->resource, wanted);
	if (!make_digest(put, err))
		return false;
	*is_same =
	    is_there(old) && old->stamps.set == put->now.stamps.set && memcmp(old->digest, put->now.digest, DIGEST_BYTES) == 0;
	if (*is_same || wanted || !taken)
		return true;
	/* A client's change that kept the stamped version and date: they are its own words now. */
	struct stamps kept = old->stamps;
	kept.set = taken;
	put->now.stamps.set = 0;
	if (!stamp_write(put->arena, put->resource, &kept, err))
		return false;
	stamp_take(put->resource, NULL, &taken);
	return make_digest(put, err);
}

static bool write_resource(struct put *put, struct error *err)
{
	struct store_conn *conn = put->conn;
	bool is_new = put->old.position == 0;

	conn->has_changed = true;
	return (!is_new || insert_resource(conn, put->type->key, put->id, &put->now.position, err)) &&
	       write_version(conn, &put->old, &put->now, buf_slice(&conn->json), err) &&
	       index_write(conn, put->type, (struct index_version){ put->now.position, put->now.change }, put->resource, err);
}

static bool put_change(struct put *put, struct error *err)
{
	struct stamps *stamps = &put->now.stamps;

	stamps->version = put->old.stamps.version + 1;
	stamps->updated_ms = next_ms(&put->old);
	stamps->count = put->old.stamps.count + (stamps->set & STAMP_VERSION ? 1 : 0);
	return stamp_write(put->arena, put->resource, stamps, err) && write_json(put, err) &&
	       (write_resource(put, err) || write_failed(put->conn));
}

static bool put_resource(struct put *put, unsigned flags, enum store_outcome *outcome, struct error *err)
{
	bool is_same;

	if (!find_current(put->conn, put->type->key, put->id, &put->old, err) || !compare(put, flags, &is_same, err))
		return false;
	if (is_same) {
		*outcome = STORE_UNCHANGED;
		put->now.stamps = put->old.stamps;
		return stamp_write(put->arena, put->resource, &put->old.stamps, err);
	}
	*outcome = is_there(&put->old) ? STORE_UPDATED : STORE_CREATED;
	return put_change(put, err);
}

/** FHIR "id": 1 to 64 letters, digits, - and . */
static bool is_id(struct slice id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
			return false;
	}
	return id.len >= 1 && id.len <= 64;
}

bool store_put(struct store_conn *conn, struct arena *arena, enum store_base base, struct fhir_node *resource, unsigned flags,
	       struct store_put_result *out, struct error *err)
{
	struct put put = { .conn = conn, .arena = arena, .resource = resource, .id = fhir_node_text(resource, SLICE("id")) };

	ASSERT(conn->is_writing && base < STORE_BASE_COUNT);
	if (!is_id(put.id)) {
		error_set(err, ERROR_SYNTAX, "", "%.*s has no id that FHIR allows", SLICE_ARG(resource->type->name));
		return error_hint(err, "an id is 1 to 64 letters, digits, hyphens and dots");
	}
	if (!name_type(conn, base, resource->type->name, true, &put.type, err) || !put_resource(&put, flags, &out->outcome, err))
		return false;
	out->version = put.now.stamps.version;
	out->last_updated_ms = put.now.stamps.updated_ms;
	out->business_version = fhir_node_text(resource, SLICE("version"));
	return true;
}

/* ---- delete ---- */

static bool write_deletion(struct store_conn *conn, const struct current *old, struct error *err)
{
	struct current now = { .position = old->position, .is_deleted = true, .method = STORE_BY_DELETE, .stamps = old->stamps };

	now.stamps.set = 0;
	now.stamps.version++;
	now.stamps.updated_ms = next_ms(old);
	conn->has_changed = true;
	return write_version(conn, old, &now, SLICE_NONE, err);
}

bool store_delete(struct store_conn *conn, enum store_base base, struct slice type, struct slice id, bool *found,
		  struct error *err)
{
	struct store_type *known;
	struct current old;

	ASSERT(conn->is_writing);
	*found = false;
	if (!name_type(conn, base, type, false, &known, err))
		return false;
	if (!known)
		return true;
	if (!find_current(conn, known->key, id, &old, err))
		return false;
	*found = is_there(&old);
	return !*found || write_deletion(conn, &old, err) || write_failed(conn);
}
