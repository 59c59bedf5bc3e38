/* SPDX-License-Identifier: Apache-2.0 */
/* Names that the database keeps once, and a connection's memory of them. */
#include "store/conn.h"
#include "store/index.h"

/** Runs a query for one key; 0 when it has no row. */
static bool find_key(struct db_query *query, int64_t *out, struct error *err)
{
	bool has_row;
	bool done = db_next(query, &has_row, err);

	*out = done && has_row ? db_int(query, 0) : 0;
	db_query_close(query);
	return done;
}

static bool insert_key(struct store_conn *conn, struct db_query *query, int64_t *out, struct error *err)
{
	ASSERT(conn->is_writing);
	conn->has_changed = true;
	if (!db_run(query, err))
		return false;
	*out = db_last_key(conn->db);
	return true;
}

static struct store_type *remembered_type(const struct store_conn *conn, enum store_base base, struct slice name)
{
	for (struct store_type *type = conn->types; type; type = type->next)
		if (type->base == base && slice_equal(type->name, name))
			return type;
	return NULL;
}

static bool type_key(struct store_conn *conn, enum store_base base, struct slice name, bool create, int64_t *out,
		     struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db, SLICE("SELECT key FROM type WHERE base = ? AND name = ?"), &query, err))
		return false;
	db_bind_int(&query, base);
	db_bind_text(&query, name);
	if (!find_key(&query, out, err))
		return false;
	if (*out != 0 || !create)
		return true;
	if (!db_query_open(conn->db, SLICE("INSERT INTO type (base, name) VALUES (?, ?)"), &query, err))
		return false;
	db_bind_int(&query, base);
	db_bind_text(&query, name);
	return insert_key(conn, &query, out, err);
}

bool name_type(struct store_conn *conn, enum store_base base, struct slice name, bool create, struct store_type **out,
	       struct error *err)
{
	int64_t key;

	*out = remembered_type(conn, base, name);
	if (*out)
		return true;
	if (!type_key(conn, base, name, create, &key, err))
		return false;
	if (key == 0)
		return true;
	struct store_type *type = arena_new_of(conn->names_arena, struct store_type);
	if (!type)
		return error_memory(err);
	*type = (struct store_type){ .base = base, .name = arena_copy(conn->names_arena, name), .key = key, .next = conn->types };
	if (!type->name.ptr)
		return error_memory(err);
	conn->types = type;
	*out = type;
	return true;
}

static bool param_key(struct store_conn *conn, int64_t type, struct slice code, bool create, int64_t *out, struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db, SLICE("SELECT key FROM param WHERE type = ? AND code = ?"), &query, err))
		return false;
	db_bind_int(&query, type);
	db_bind_text(&query, code);
	if (!find_key(&query, out, err))
		return false;
	if (*out != 0 || !create)
		return true;
	if (!db_query_open(conn->db, SLICE("INSERT INTO param (type, code) VALUES (?, ?)"), &query, err))
		return false;
	db_bind_int(&query, type);
	db_bind_text(&query, code);
	return insert_key(conn, &query, out, err);
}

bool name_param(struct store_conn *conn, struct store_type *type, size_t index, bool create, int64_t *out, struct error *err)
{
	if (!type->param_keys) {
		type->param_keys = arena_new_array(conn->names_arena, int64_t, type->plan->count);
		if (!type->param_keys)
			return error_memory(err);
	}
	*out = type->param_keys[index];
	if (*out != 0)
		return true;
	if (!param_key(conn, type->key, type->plan->params[index].definition->code, create, out, err))
		return false;
	type->param_keys[index] = *out;
	return true;
}

bool name_system(struct store_conn *conn, struct slice uri, bool create, int64_t *out, struct error *err)
{
	const struct fhir_code_system *known = fhir_code_system_find(uri);
	struct db_query query;

	if (known)
		uri = known->url;
	if (!db_query_open(conn->db, SLICE("SELECT key FROM system WHERE uri = ?"), &query, err))
		return false;
	db_bind_text(&query, uri);
	if (!find_key(&query, out, err))
		return false;
	if (*out != 0 || !create)
		return true;
	if (!db_query_open(conn->db, SLICE("INSERT INTO system (uri) VALUES (?)"), &query, err))
		return false;
	db_bind_text(&query, uri);
	return insert_key(conn, &query, out, err);
}

void names_forget(struct store_conn *conn)
{
	conn->types = NULL;
	arena_reset(conn->names_arena);
}
