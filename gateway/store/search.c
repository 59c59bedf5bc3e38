/* SPDX-License-Identifier: Apache-2.0 */
/* A search: filters and order become one SQL query, or two of which the second goes on where the first ends (see filter.h,
 * order.h). Each filter is asked first how many rows it has, up to a few hundred. If one is narrow, its set drives: its resources
 * are looked up and all filters tested on them (when it is one resource, by its position: a set costs the engine a table of its
 * own), then sorted. If none is, resources are walked in their order and all filters tested on each, which ends as soon as a page
 * is full. Both ways read indexes and nothing else until a resource is known to match; then its bytes are fetched.
 *
 * All of it is as of one moment (see snapshot.h), and so are the pages that follow. */
#include "store/explain.h"
#include "store/order.h"
#include "store/snapshot.h"

/* Where the order stands in an index, a walk costs less than a set of more rows than these … */
#define NARROW_ROWS 256
/* … and where a set must be sorted anyway, less than sorting more. */
#define SORTED_ROWS 1024

struct search {
	const struct store_query *query;
	struct filters filters;
	struct filter_level level;
	struct clause *clauses;
	const struct clause *driver; /**< NULL: none is narrow */
	uint64_t driver_rows, narrow_rows;
	int64_t only; /**< position of the one resource that the driver finds; 0: there are several */
	struct order order, parts[ORDER_PARTS_MAX];
	size_t part_count;
	bool walks; /**< in the order of the first key's values */
	struct condition condition;
};

/** A resource that matches, before its bytes are read. */
struct match {
	int64_t position, change;
	struct slice type, id;
};

/* ---- the moment ---- */

static bool choose_moment(struct search *search, struct error *err)
{
	int64_t newest, horizon = 0, asked = (int64_t)(search->query->place.moment & INT64_MAX);

	if (!snapshot_read(search->filters.conn, &newest, asked ? &horizon : NULL, err))
		return false;
	search->filters.moment = asked ? asked : newest;
	search->filters.is_now = search->filters.moment == newest;
	if (asked == 0 || (asked >= horizon && asked <= newest))
		return true;
	error_set(err, ERROR_NOT_FOUND, "", "the moment of this search is past: its later pages are no longer held");
	return error_hint(err, "start from the first page");
}

/* ---- making SQL ---- */

static bool add_tests(struct search *search, bool is_driven, struct error *err)
{
	struct filters *filters = &search->filters;

	filter_add_level(filters, &search->level, is_driven);
	if (search->only)
		condition_add_int(&search->condition, " AND r0.position = ?", search->only);
	if (search->driver && !search->only) {
		condition_add(&search->condition, " AND r0.position IN (");
		if (!filter_add_set(filters, &search->level, search->driver, err))
			return false;
		condition_add(&search->condition, ")");
	}
	return filter_add_tests(filters, 0, search->clauses, search->query->filter_count, err);
}

/** What a filter's set has, up to narrow_rows. */
struct extent {
	uint64_t rows;
	int64_t lowest, highest; /**< positions */
};

static bool measure(struct search *search, const struct clause *clause, struct extent *out, struct error *err)
{
	struct db_query query;
	bool has_row;

	condition_reset(&search->condition);
	condition_add(&search->condition, "SELECT count(*), min(position), max(position) FROM (SELECT position FROM (");
	if (!filter_add_set(&search->filters, &search->level, clause, err))
		return false;
	condition_add_int(&search->condition, ") LIMIT ?)", (int64_t)search->narrow_rows);
	if (!condition_open(&search->condition, &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	*out = (struct extent){ 0 };
	if (done && has_row)
		*out = (struct extent){ (uint64_t)db_int(&query, 0), db_int(&query, 1), db_int(&query, 2) };
	db_query_close(&query);
	return done;
}

static bool choose_driver(struct search *search, struct error *err)
{
	struct extent extent;

	search->driver_rows = search->narrow_rows;
	for (size_t i = 0; i < search->query->filter_count && search->driver_rows > 1; i++) {
		const struct clause *clause = &search->clauses[i];
		if (!filter_has_set(&search->filters, clause))
			continue;
		if (!measure(search, clause, &extent, err))
			return false;
		if (extent.rows < search->driver_rows) {
			search->driver_rows = extent.rows;
			search->driver = clause;
			search->only = extent.lowest == extent.highest ? extent.lowest : 0;
		}
	}
	return true;
}

/** Whether the types have more resources than one would sort. */
static bool is_large(struct search *search, bool *out, struct error *err)
{
	struct db_query query;
	bool has_row;

	condition_reset(&search->condition);
	condition_add(&search->condition, "SELECT count(*) FROM (SELECT 1 FROM resource WHERE type");
	filter_add_types(&search->filters, &search->level);
	condition_add_int(&search->condition, " LIMIT ?)", SORTED_ROWS);
	if (!condition_open(&search->condition, &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	*out = done && has_row && db_int(&query, 0) == SORTED_ROWS;
	db_query_close(&query);
	return done;
}

static bool choose_way(struct search *search, struct error *err)
{
	bool can_walk = order_can_walk(&search->filters, &search->level, &search->order);

	search->narrow_rows = can_walk ? SORTED_ROWS : NARROW_ROWS;
	if (!choose_driver(search, err))
		return false;
	if (can_walk && !search->driver && !is_large(search, &search->walks, err))
		return false;
	search->part_count = order_parts(&search->order, search->walks, search->parts);
	return true;
}

/** Version, id, type, position and keys of what matches from the place on; one more than is wanted tells whether there is more.
 */
static bool add_select(struct search *search, const struct order *part, size_t wanted, struct error *err)
{
	condition_reset(&search->condition);
	condition_add(&search->condition, "SELECT * FROM (SELECT ");
	filter_add_change(&search->filters, 0);
	condition_add(&search->condition, " AS change, r0.id AS id, r0.type AS type, ");
	order_add_columns(&search->filters, part);
	order_add_rows(&search->filters, part);
	if (!add_tests(search, search->driver || part->part == ORDER_VALUES, err))
		return false;
	condition_add(&search->condition, ") WHERE 1 = 1");
	order_add_place(&search->filters, part);
	order_add(&search->filters, part);
	condition_add_int(&search->condition, " LIMIT ?", (int64_t)wanted + 1);
	return true;
}

/* ---- the page ---- */

static bool read_match(struct search *search, struct arena *arena, const struct db_query *query, struct match *out,
		       struct error *err)
{
	out->change = db_int(query, 0);
	out->id = arena_copy(arena, db_text(query, 1));
	out->type = arena_copy(arena, filter_type_name(&search->level, db_int(query, 2)));
	out->position = db_int(query, 3);
	return (out->id.ptr && out->type.ptr) || error_memory(err);
}

static void turn_round(struct match *matches, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct match swapped = matches[i];
		matches[i] = matches[count - 1 - i];
		matches[count - 1 - i] = swapped;
	}
}

/** Appends what a part has to the page, while there is room. */
static bool read_part(struct search *search, struct arena *arena, struct order *part, struct match *matches,
		      struct store_page *out, bool *has_more, struct error *err)
{
	size_t max = search->query->max_count;
	struct db_query query;
	bool has_row = true, done = true;

	if (!order_count_rest(&search->filters, &search->level, part, err) || !add_select(search, part, max - out->count, err) ||
	    !condition_open(&search->condition, &query, err))
		return false;
	while (done && !*has_more && (done = db_next(&query, &has_row, err)) && has_row) {
		*has_more = out->count == max;
		if (!*has_more)
			done = read_match(search, arena, &query, &matches[out->count++], err);
	}
	db_query_close(&query);
	return done;
}

static bool read_matches(struct search *search, struct arena *arena, struct match **matches, struct store_page *out,
			 struct error *err)
{
	const struct store_place *place = &search->query->place;
	size_t max = search->query->max_count;
	size_t room = search->driver && search->driver_rows < max ? search->driver_rows : max;
	bool has_more = false;

	*matches = arena_new_array(arena, struct match, room + 1);
	if (!*matches)
		return error_memory(err);
	for (size_t i = 0; i < search->part_count && !has_more; i++)
		if (!read_part(search, arena, &search->parts[i], *matches, out, &has_more, err))
			return false;
	if (place->is_backwards)
		turn_round(*matches, out->count);
	out->has_next = place->is_backwards ? place->position != 0 : has_more;
	out->has_previous = place->is_backwards ? has_more : place->position != 0;
	return true;
}

static bool read_version(struct store_conn *conn, struct arena *arena, const struct match *match, struct store_resource *out,
			 struct error *err)
{
	struct db_query query;
	bool has_row;

	*out = (struct store_resource){ .type = match->type, .id = match->id };
	if (!db_query_open(conn->db, SLICE("SELECT version, updated_ms, bytes FROM version WHERE change = ?"), &query, err))
		return false;
	db_bind_int(&query, match->change);
	bool done = db_next(&query, &has_row, err);
	if (done && has_row) {
		out->version = (uint64_t)db_int(&query, 0);
		out->last_updated_ms = db_int(&query, 1);
		out->bytes = arena_copy(arena, db_blob(&query, 2));
	}
	db_query_close(&query);
	return done && (out->bytes.ptr || error_memory(err));
}

static bool read_page(struct search *search, struct arena *arena, struct store_page *out, struct error *err)
{
	struct match *matches;

	if (!read_matches(search, arena, &matches, out, err))
		return false;
	struct store_resource *resources = arena_new_array(arena, struct store_resource, out->count + 1);
	struct store_place *places = arena_new_array(arena, struct store_place, out->count + 1);
	if (!resources || !places)
		return error_memory(err);
	for (size_t i = 0; i < out->count; i++) {
		if (!read_version(search->filters.conn, arena, &matches[i], &resources[i], err))
			return false;
		places[i] =
		    (struct store_place){ .moment = (uint64_t)search->filters.moment, .position = (uint64_t)matches[i].position };
	}
	out->resources = resources;
	out->places = places;
	return true;
}

static bool read_total(struct search *search, uint64_t *out, struct error *err)
{
	struct db_query query;
	bool has_row;

	condition_reset(&search->condition);
	condition_add(&search->condition, "SELECT count(*) FROM resource r0 WHERE 1 = 1");
	if (!add_tests(search, search->driver, err) || !condition_open(&search->condition, &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	*out = done && has_row ? (uint64_t)db_int(&query, 0) : 0;
	db_query_close(&query);
	return done;
}

/** Of many types, as at the base, most are never stored: only what is needs its parameters. Of few, all are opened, so that what
 * cannot be asked is refused. */
static bool open_level(struct search *search, struct error *err)
{
	const struct store_query *query = search->query;
	const struct slice *names = query->types;
	struct slice *stored_names = arena_new_array(search->filters.arena, struct slice, query->type_count);
	struct filter_level stored;

	if (!stored_names)
		return error_memory(err);
	if (query->type_count <= STORE_SHARED_TYPES_MAX)
		return filter_level_open(&search->filters, names, query->type_count, 0, &search->level, err);
	if (!filter_level_stored(&search->filters, names, query->type_count, &stored, err))
		return false;
	for (size_t i = 0; i < stored.count; i++)
		stored_names[i] = stored.types[i]->name;
	return filter_level_open(&search->filters, stored.count ? stored_names : names, stored.count ? stored.count : 1, 0,
				 &search->level, err);
}

static bool read_query(struct search *search, struct error *err)
{
	const struct store_query *query = search->query;
	bool is_one = query->type.ptr;

	ASSERT(is_one || query->type_count > 0);
	return (is_one ? filter_level_open(&search->filters, &query->type, 1, 0, &search->level, err)
		       : open_level(search, err)) &&
	       filter_read(&search->filters, &search->level, query->filters, query->filter_count, &search->clauses, err) &&
	       order_read(&search->filters, &search->level, query, &search->order, err);
}

static const char *filter_word(enum store_filter_kind kind)
{
	static const char *const words[] = {
		[STORE_FILTER_VALUE] = "",      [STORE_FILTER_CHAIN] = "chain by ", [STORE_FILTER_HAS] = "_has by ",
		[STORE_FILTER_ALL] = "all of ", [STORE_FILTER_ANY] = "one of ",     [STORE_FILTER_NONE] = "none of ",
	};

	return words[kind];
}

static bool describe_filter(const struct search *search, const struct clause *clause, struct arena *arena,
			    struct store_plan *plan, struct error *err)
{
	const struct store_filter *filter = clause->filter;
	struct slice name = filter->param ? filter->param->code : SLICE("inner filters");

	if (clause == search->driver)
		return explain_line(arena, plan, err, "starts from: %s%.*s, an index of which %llu rows match",
				    filter_word(filter->kind), SLICE_ARG(name), (unsigned long long)search->driver_rows);
	return explain_line(arena, plan, err, "tests each resource: %s%.*s%s%.*s", filter_word(filter->kind), SLICE_ARG(name),
			    filter->modifier.ptr ? ":" : "", SLICE_ARG(filter->modifier));
}

static bool describe_start(const struct search *search, struct arena *arena, struct store_plan *plan, struct error *err)
{
	if (search->driver)
		return true;
	if (search->walks)
		return explain_line(arena, plan, err, "starts from: the values of %.*s in their order%s",
				    SLICE_ARG(search->query->sort[0].param->code),
				    search->order.keys[0].can_miss ? ", and what has none" : "");
	return explain_line(arena, plan, err, "starts from: all resources of %zu types, %s", search->level.count,
			    order_can_walk(&search->filters, &search->level, &search->order) ? "which are few and sorted"
											     : "in their order");
}

static bool describe_engine(struct search *search, struct arena *arena, struct store_plan *plan, struct error *err)
{
	for (size_t i = 0; i < search->part_count; i++)
		if (!add_select(search, &search->parts[i], search->query->max_count, err) ||
		    !explain_engine(&search->condition, arena, plan, err))
			return false;
	return true;
}

static bool describe(struct search *search, struct arena *arena, uint64_t took_us, struct store_page *out, struct error *err)
{
	struct store_plan *plan = &out->plan;

	if (!describe_start(search, arena, plan, err))
		return false;
	for (size_t i = 0; i < search->query->filter_count; i++)
		if (!describe_filter(search, &search->clauses[i], arena, plan, err))
			return false;
	for (size_t i = 0; i < search->query->sort_count; i++)
		if (!explain_line(arena, plan, err, "orders by: %.*s%s", SLICE_ARG(search->query->sort[i].param->code),
				  search->query->sort[i].is_descending ? ", descending" : ""))
			return false;
	return explain_line(arena, plan, err, "as of: change %llu, %s", (unsigned long long)out->moment,
			    search->filters.is_now ? "which is the newest" : "and there are newer ones") &&
	       describe_engine(search, arena, plan, err) &&
	       explain_line(arena, plan, err, "found: %zu resources%s in %llu us", out->count,
			    out->has_next ? ", and there are more," : "", (unsigned long long)took_us);
}

static bool run(struct search *search, struct arena *arena, struct store_page *out, struct error *err)
{
	uint64_t began_us = time_monotonic_us();

	if (!choose_moment(search, err) || !read_query(search, err) || !order_find_place(&search->filters, &search->order, err) ||
	    !choose_way(search, err))
		return false;
	out->moment = (uint64_t)search->filters.moment;
	if (!read_page(search, arena, out, err) ||
	    (search->query->want_plan && !describe(search, arena, time_monotonic_us() - began_us, out, err)))
		return false;
	return !search->query->want_total || read_total(search, &out->total, err);
}

/** Page and total come from one snapshot; inside a write transaction they do anyway. */
static bool run_in_snapshot(struct search *search, struct arena *arena, struct store_page *out, struct error *err)
{
	struct store_conn *conn = search->filters.conn;

	if (conn->is_writing)
		return run(search, arena, out, err);
	if (!db_begin_read(conn->db, err))
		return false;
	bool done = run(search, arena, out, err);
	db_rollback(conn->db);
	return done;
}

bool store_search(struct store_conn *conn, struct arena *arena, const struct store_query *query, struct store_page *out,
		  struct error *err)
{
	struct search search = { .query = query };

	*out = (struct store_page){ 0 };
	if (!condition_init(&search.condition, conn, arena, err))
		return false;
	search.condition.schema = conn_schema(conn, query->base);
	search.filters = (struct filters){ .conn = conn, .arena = arena, .condition = &search.condition, .base = query->base };
	db_limit_time(conn->db, query->max_ms);
	bool done = condition_set_own(&search.condition, query->own_url, err) && run_in_snapshot(&search, arena, out, err);
	db_limit_time(conn->db, 0);
	condition_fini(&search.condition);
	return done;
}
