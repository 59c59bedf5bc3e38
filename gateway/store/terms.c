/* SPDX-License-Identifier: Apache-2.0 */
/* Value sets and code systems for a search: those of the store, as of the search's moment; then those that the program has. Each
 * is read once for the search. */
#include "store/expand.h"

struct stored_resource {
	struct slice type, name;
	const struct fhir_node *tree; /**< NULL: it is not stored */
	const struct terms_system *system;
	struct stored_resource *next;
};

/* ---- stored ---- */

/** The bytes of the resource of `type` that a canonical or a reference names; absent when there is none. */
static bool find_bytes(struct filters *filters, const struct filter_level *level, struct slice name, struct slice *out,
		       struct error *err)
{
	static const struct fhir_search_param no_param;
	const struct store_filter filter = { .param = &no_param };
	const struct store_value value = { .text = name };
	struct filters own = *filters;
	struct condition condition;
	struct db_query query;
	bool has_row = false;

	*out = SLICE_NONE;
	if (!condition_init(&condition, filters->conn, filters->arena, err))
		return false;
	condition.own = own.condition->own;
	own.condition = &condition;
	condition_add_int(&condition, "SELECT v.bytes FROM (SELECT resource, change FROM index_reference WHERE param = ? AND ",
			  filters->address);
	bool done = kind_reference.match(&condition, &filter, &value, err);
	condition_add(&condition,
		      ") i CROSS JOIN resource r0 CROSS JOIN version v WHERE r0.position = i.resource AND i.change = ");
	filter_add_change(&own, 0);
	condition_add(&condition, " AND v.change = i.change");
	filter_add_level(&own, level, true);
	condition_add(&condition, " ORDER BY r0.position DESC LIMIT 1");
	if (done && (done = condition_open(&condition, &query, err))) {
		done = db_next(&query, &has_row, err);
		if (done && has_row)
			*out = arena_copy(filters->arena, db_blob(&query, 0));
		db_query_close(&query);
	}
	condition_fini(&condition);
	return done && (!has_row || out->ptr || error_memory(err));
}

static bool read_tree(struct filters *filters, struct stored_resource *resource, struct error *err)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct filter_level level;
	struct fhir_node *tree = NULL;
	struct issues issues;
	struct slice bytes;

	if (!filter_address(filters, err) || !filter_level_open(filters, &resource->type, 1, 0, &level, err) ||
	    !find_bytes(filters, &level, resource->name, &bytes, err))
		return false;
	limits.max_bytes = STORE_RESOURCE_MAX_BYTES;
	issues_init(&issues, filters->arena, 1);
	if (bytes.ptr &&
	    fhir_json_read(filters->arena, conn_schema(filters->conn, filters->base), NULL, bytes, &limits, &issues, &tree))
		resource->tree = tree;
	return true;
}

static bool find_stored(struct stored_terms *terms, struct slice type, struct slice name, struct stored_resource **out,
			struct error *err)
{
	struct filters *filters = terms->filters;
	struct stored_resource *known = terms->known;

	while (known && !(slice_equal(known->type, type) && slice_equal(known->name, name)))
		known = known->next;
	if ((*out = known))
		return true;
	if (!(known = arena_new_of(filters->arena, struct stored_resource)))
		return error_memory(err);
	*known = (struct stored_resource){ .type = type, .name = arena_copy(filters->arena, name), .next = terms->known };
	if (!known->name.ptr)
		return error_memory(err);
	if (!read_tree(filters, known, err))
		return false;
	terms->known = *out = known;
	return true;
}

/* ---- the program's own ---- */

/** NULL: it has none. */
static bool open_built_in(struct stored_terms *terms, struct error *err)
{
	struct filters *filters = terms->filters;
	const struct store_terms *given = &filters->conn->store->terms;

	if (terms->has_asked || !given->ask)
		return true;
	terms->has_asked = true;
	if (!given->ask(given->context, fhir_schema_version(conn_schema(filters->conn, filters->base)), &terms->built_in, err))
		return false;
	terms->source.tables = terms->built_in->tables;
	return true;
}

/* ---- the source ---- */

static bool find_value_set(void *context, struct slice canonical, const struct fhir_node **out, struct error *err)
{
	struct stored_terms *terms = context;
	struct stored_resource *stored;

	if (!find_stored(terms, SLICE("ValueSet"), canonical, &stored, err))
		return false;
	*out = stored->tree;
	if (*out || !open_built_in(terms, err))
		return *out != NULL;
	return !terms->built_in || terms->built_in->value_set(terms->built_in->context, canonical, out, err);
}

static bool find_code_system(void *context, struct slice canonical, const struct terms_system **out, struct error *err)
{
	struct stored_terms *terms = context;
	struct stored_resource *stored;

	if (!find_stored(terms, SLICE("CodeSystem"), canonical, &stored, err))
		return false;
	if (stored->tree && !stored->system && !terms_system_make(terms->filters->arena, stored->tree, &stored->system, err))
		return false;
	*out = stored->system;
	if (*out || !open_built_in(terms, err))
		return *out != NULL;
	return !terms->built_in || terms->built_in->code_system(terms->built_in->context, canonical, out, err);
}

void stored_terms_open(struct stored_terms *terms, struct filters *filters)
{
	*terms = (struct stored_terms){ .filters = filters };
	terms->source = (struct terms_source){ .value_set = find_value_set, .code_system = find_code_system, .context = terms };
}

void store_consult(struct store *store, struct store_terms terms)
{
	store->terms = terms;
}
