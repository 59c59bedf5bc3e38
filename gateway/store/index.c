/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index.h"
#include "store/snapshot.h"
#include "store/text.h"

#include <string.h>

/* ---- rows of one resource ---- */

/** What is being indexed: one version of one resource. */
struct indexing {
	struct store_conn *conn;
	struct store_type *type;
	int64_t position, change;
	const struct fhir_node *resource;
	struct fhirpath_context context;
};

/** The parts of one value of a composite, under one number. */
static bool write_item(const struct indexing *indexing, struct index_writer *writer, const struct fhirpath_item *item,
		       struct error *err)
{
	const struct index_param *param = &indexing->type->plan->params[writer->index];
	struct fhirpath_result focus = { item, 1 }, result;

	for (size_t k = 0; k < param->component_count; k++) {
		writer->kind = param->components[k].kind;
		if (!name_param(indexing->conn, indexing->type, writer->index, (enum name_part)(NAME_COMPONENT + k), true,
				&writer->param, err) ||
		    !fhirpath_eval(writer->arena, param->components[k].program, &indexing->context, focus, &result, err))
			return false;
		for (size_t i = 0; i < result.count; i++)
			if (!writer->kind->add(writer, &result.items[i], err))
				return false;
	}
	return true;
}

static bool write_value(const struct indexing *indexing, struct index_writer *writer, const struct fhirpath_item *item,
			struct error *err)
{
	if (indexing->type->plan->params[writer->index].component_count == 0)
		return writer->kind->add(writer, item, err);
	writer->item++;
	return write_item(indexing, writer, item, err);
}

static bool write_param(const struct indexing *indexing, size_t index, struct error *err)
{
	const struct index_param *param = &indexing->type->plan->params[index];
	struct index_writer writer = { .conn = indexing->conn,
				       .arena = indexing->conn->scratch,
				       .type = indexing->type,
				       .index = index,
				       .kind = param->kind,
				       .resource = indexing->position,
				       .change = indexing->change };
	struct fhirpath_result result;

	arena_reset(writer.arena);
	if (!name_param(indexing->conn, indexing->type, index, NAME_PLAIN, true, &writer.param, err) ||
	    !fhirpath_eval_node(writer.arena, param->program, &indexing->context, indexing->resource, &result, err))
		return false;
	for (size_t i = 0; i < result.count; i++)
		if (!write_value(indexing, &writer, &result.items[i], err))
			return false;
	return true;
}

static bool write_address(const struct indexing *indexing, struct error *err)
{
	struct index_writer writer = { .conn = indexing->conn,
				       .arena = indexing->conn->scratch,
				       .type = indexing->type,
				       .resource = indexing->position,
				       .change = indexing->change };

	arena_reset(writer.arena);
	return name_address(indexing->conn, indexing->type->base, true, &writer.param, err) &&
	       writer_address(&writer, indexing->resource, err);
}

static bool write_rows(struct store_conn *conn, struct store_type *type, struct index_version version,
		       const struct fhir_node *resource, struct error *err)
{
	struct indexing indexing = { conn,           type,     version.position,
				     version.change, resource, { .schema = conn_schema(conn, type->base) } };

	for (size_t i = 0; i < type->plan->count; i++)
		if (type->plan->params[i].program && !write_param(&indexing, i, err))
			return false;
	if (type->base == STORE_SOURCE)
		return true;
	return write_address(&indexing, err) && (!conn->store->options.full_text || text_write(conn, version, resource, err));
}

/** Notes under which definitions the type's first resource was indexed. */
static bool note_definitions(struct store_conn *conn, const struct store_type *type, bool overwrite, struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db,
			   overwrite ? SLICE("UPDATE type SET params = ? WHERE key = ?")
				     : SLICE("UPDATE type SET params = ? WHERE key = ? AND params IS NULL"),
			   &query, err))
		return false;
	db_bind_blob(&query, (struct slice){ (const char *)type->plan->digest, DIGEST_BYTES });
	db_bind_int(&query, type->key);
	return db_run(&query, err);
}

bool index_write(struct store_conn *conn, struct store_type *type, struct index_version version, const struct fhir_node *resource,
		 struct error *err)
{
	if (!type->plan && (!index_plan_use(conn, type, err) || !note_definitions(conn, type, false, err)))
		return false;
	return write_rows(conn, type, version, resource, err);
}

bool index_remove(struct store_conn *conn, int64_t change, struct error *err)
{
	static const struct slice deletes[] = {
#define DELETE(table) { "DELETE FROM " table " WHERE change = ?", sizeof("DELETE FROM " table " WHERE change = ?") - 1 }
		DELETE("index_token"),
		DELETE("index_string"),
		DELETE("index_uri"),
		DELETE("index_date"),
		DELETE("index_reference"),
		DELETE("index_quantity"),
#undef DELETE
		{ "DELETE FROM index_text WHERE rowid = ?", sizeof("DELETE FROM index_text WHERE rowid = ?") - 1 },
	};
	struct db_query query;

	for (size_t i = 0; i < ARRAY_SIZE(deletes); i++) {
		if (!db_query_open(conn->db, deletes[i], &query, err))
			return false;
		db_bind_int(&query, change);
		if (!db_run(&query, err))
			return false;
	}
	return true;
}

/* ---- all of a type again ---- */

/** The next resource of the type after `version->position`; its bytes in `arena`. */
static bool next_resource(struct store_conn *conn, struct arena *arena, int64_t type, struct index_version *version,
			  struct slice *bytes, struct error *err)
{
	struct db_query query;
	bool has_row;

	*bytes = SLICE_NONE;
	if (!db_query_open(conn->db,
			   SLICE("SELECT r.position, r.change, v.bytes FROM resource r JOIN version v ON v.change = r.change"
				 " WHERE r.type = ? AND r.is_deleted = 0 AND r.position > ? ORDER BY r.position LIMIT 1"),
			   &query, err))
		return false;
	db_bind_int(&query, type);
	db_bind_int(&query, version->position);
	bool done = db_next(&query, &has_row, err);
	if (done && has_row) {
		*version = (struct index_version){ db_int(&query, 0), db_int(&query, 1) };
		*bytes = arena_copy(arena, db_blob(&query, 2));
		done = bytes->ptr || error_memory(err);
	}
	db_query_close(&query);
	return done;
}

static bool index_bytes(struct store_conn *conn, struct arena *arena, struct store_type *type, struct index_version version,
			struct slice bytes, struct error *err)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;
	struct fhir_node *tree;

	limits.max_bytes = STORE_RESOURCE_MAX_BYTES;
	issues_init(&issues, arena, 1);
	if (!fhir_json_read(arena, conn_schema(conn, type->base), type->plan->type, bytes, &limits, &issues, &tree)) {
		/* Its tables may have changed since it was stored. It is still served; the search does not find it. */
		log_write(LOG_WARN, "a stored %.*s cannot be indexed: %.*s", SLICE_ARG(type->name),
			  SLICE_ARG(issues.first ? issues.first->text : SLICE("not readable")));
		return true;
	}
	return write_rows(conn, type, version, tree, err);
}

static bool index_type(struct store_conn *conn, struct arena *arena, struct store_type *type, struct error *err)
{
	struct slice bytes = SLICE("");
	struct index_version version = { 0 };
	uint64_t count = 0;

	for (; bytes.ptr; count++) {
		arena_reset(arena);
		if (!next_resource(conn, arena, type->key, &version, &bytes, err))
			return false;
		if (bytes.ptr &&
		    (!index_remove(conn, version.change, err) || !index_bytes(conn, arena, type, version, bytes, err)))
			return false;
	}
	log_write(LOG_INFO, "the search parameters of %.*s have changed: %llu indexed again", SLICE_ARG(type->name),
		  (unsigned long long)count - 1);
	conn->has_changed = true;
	/* Versions that are no longer current stay as they were indexed: searches that began before are over. */
	return snapshot_end_all(conn, err) && note_definitions(conn, type, true, err);
}

struct stored_type_row {
	enum store_base base;
	struct slice name;
	uint8_t digest[DIGEST_BYTES];
	bool has_digest;
};

/** The types of the database; at most `max`. */
static bool read_types(struct store_conn *conn, struct arena *arena, struct stored_type_row *rows, size_t max, size_t *count,
		       struct error *err)
{
	struct db_query query;
	bool has_row = true, done = true;

	*count = 0;
	if (!db_query_open(conn->db, SLICE("SELECT base, name, params FROM type ORDER BY key"), &query, err))
		return false;
	while (*count < max && (done = db_next(&query, &has_row, err)) && has_row) {
		struct stored_type_row *row = &rows[(*count)++];
		struct slice digest = db_blob(&query, 2);
		row->base = (enum store_base)db_int(&query, 0);
		row->name = arena_copy(arena, db_text(&query, 1));
		row->has_digest = digest.len == DIGEST_BYTES && row->base < STORE_BASE_COUNT;
		if (row->has_digest)
			memcpy(row->digest, digest.ptr, DIGEST_BYTES);
	}
	db_query_close(&query);
	return done;
}

/** Whether a type was indexed under other definitions than ours. One that our tables no longer know stays as it is. */
static bool is_outdated(struct store_conn *conn, const struct stored_type_row *row, bool *out, struct error *err)
{
	const struct fhir_schema *schema = row->has_digest ? conn_schema(conn, row->base) : NULL;
	const struct fhir_type *known = schema && row->name.ptr ? fhir_type_find(schema, row->name) : NULL;
	uint8_t digest[DIGEST_BYTES];

	*out = false;
	if (!known)
		return true;
	if (!index_plan_digest(schema, known, conn->store->options.full_text, digest, err))
		return false;
	*out = memcmp(digest, row->digest, DIGEST_BYTES) != 0;
	return true;
}

static bool refresh_type(struct store_conn *conn, struct arena *arena, const struct stored_type_row *row, struct error *err)
{
	struct store_type *type;

	if (!name_type(conn, row->base, row->name, false, &type, err) || !index_plan_use(conn, type, err) ||
	    !store_begin(conn, err))
		return false;
	if (index_type(conn, arena, type, err))
		return store_commit(conn, err);
	store_rollback(conn);
	return false;
}

static bool refresh_types(struct store_conn *conn, struct arena *names, struct arena *work, struct error *err)
{
	enum { TYPES_MAX = 1024 };
	struct stored_type_row *rows = arena_new_array(names, struct stored_type_row, TYPES_MAX);
	size_t count;
	bool outdated;

	if (!rows)
		return error_memory(err);
	if (!read_types(conn, names, rows, TYPES_MAX, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!is_outdated(conn, &rows[i], &outdated, err))
			return false;
		if (outdated && !refresh_type(conn, work, &rows[i], err))
			return false;
	}
	return true;
}

bool index_refresh(struct store_conn *conn, struct error *err)
{
	struct arena *names = arena_new(STORE_NAMES_MAX_BYTES), *work = arena_new(STORE_SCRATCH_MAX_BYTES);
	bool done = (names && work) || error_memory(err);

	done = done && refresh_types(conn, names, work, err);
	arena_free(names);
	arena_free(work);
	return done;
}
