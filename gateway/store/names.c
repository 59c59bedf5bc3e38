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

/** Stands for all types of a base; no type has that name. */
#define EVERY_TYPE SLICE("*")

/** A parameter under the type, or under the one that stands for all. */
static bool scoped_key(struct store_conn *conn, const struct store_type *type, struct slice code, bool create, int64_t *out,
		       struct error *err)
{
	struct store_type *every;

	*out = 0;
	if (!slice_starts(code, SLICE("_")))
		return type->key == 0 || param_key(conn, type->key, code, create, out, err);
	return name_type(conn, type->base, EVERY_TYPE, create, &every, err) &&
	       (!every || param_key(conn, every->key, code, create, out, err));
}

bool name_param(struct store_conn *conn, struct store_type *type, size_t index, enum name_part part, bool create, int64_t *out,
		struct error *err)
{
	static const char *const suffixes[NAMES_COUNT] = { "", ":of-type", "$1", "$2", "$3" };
	struct slice code = type->plan->params[index].definition->code;
	size_t at = index * NAMES_COUNT + part;
	char text[128];

	/* A type that the database does not know is the caller's own, and forgotten with its call. */
	if (!type->param_keys && type->key != 0) {
		type->param_keys = arena_new_array(conn->names_arena, int64_t, type->plan->count * NAMES_COUNT);
		if (!type->param_keys)
			return error_memory(err);
	}
	*out = type->param_keys ? type->param_keys[at] : 0;
	if (*out != 0)
		return true;
	snprintf(text, sizeof(text), "%.*s%s", SLICE_ARG(code), suffixes[part]);
	if (!scoped_key(conn, type, slice_of(text), create, out, err))
		return false;
	if (type->param_keys)
		type->param_keys[at] = *out;
	return true;
}

bool name_address(struct store_conn *conn, enum store_base base, bool create, int64_t *out, struct error *err)
{
	struct store_type every = { .base = base };

	*out = conn->address_keys[base];
	if (*out != 0)
		return true;
	if (!scoped_key(conn, &every, SLICE("_address"), create, out, err))
		return false;
	conn->address_keys[base] = *out;
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
	for (size_t i = 0; i < STORE_BASE_COUNT; i++)
		conn->address_keys[i] = 0;
	arena_reset(conn->names_arena);
}
