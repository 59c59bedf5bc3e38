/* SPDX-License-Identifier: Apache-2.0 */
/* Resources that come along with a page: those that its resources refer to, and those that refer to them, as of the page's
 * moment. A worklist: what comes along may bring more, when that is asked for. */
#include "store/filter.h"
#include "store/snapshot.h"

/* Steps away from the page. */
#define STEPS_MAX 16

/** A resource whose references are followed. */
struct stop {
	int64_t position;
	struct slice type;
	unsigned steps; /**< 0: of the page itself */
};

/** An include and what is known about it in this database. */
struct link {
	const struct store_include *include;
	int64_t scope;
	struct filter_level far;
};

struct including {
	struct store_conn *conn;
	struct arena *arena;
	struct filters filters;
	struct condition condition;
	struct filter_level far; /**< all that may come along */
	struct link *links;
	size_t link_count, max_count;
	struct stop *stops; /**< the page, then what comes along */
	size_t page_count, stop_count;
	struct store_resource *resources; /**< parallel to the stops behind the page */
	bool is_cut;
};

static bool is_known(const struct including *including, int64_t position)
{
	for (size_t i = 0; i < including->stop_count; i++)
		if (including->stops[i].position == position)
			return true;
	return false;
}

static bool keep_row(struct including *including, const struct db_query *query, unsigned steps, struct error *err)
{
	size_t index = including->stop_count - including->page_count;
	struct store_resource *resource = &including->resources[index];

	if (is_known(including, db_int(query, 0)))
		return true;
	including->is_cut |= index == including->max_count;
	if (including->is_cut)
		return true;
	*resource = (struct store_resource){ .type = filter_type_name(&including->far, db_int(query, 5)),
					     .id = arena_copy(including->arena, db_text(query, 1)),
					     .version = (uint64_t)db_int(query, 2),
					     .last_updated_ms = db_int(query, 3),
					     .bytes = arena_copy(including->arena, db_blob(query, 4)) };
	including->stops[including->stop_count++] = (struct stop){ db_int(query, 0), resource->type, steps };
	return (resource->id.ptr && resource->bytes.ptr) || error_memory(err);
}

/** The far ends of one stop's references, or of those to it. */
static void add_select(struct including *including, const struct stop *stop, const struct link *link)
{
	struct filters *filters = &including->filters;
	struct condition *condition = &including->condition;
	bool is_reverse = link->include->is_reverse;
	const char *near_end = is_reverse ? "a1" : "i1", *far_end = is_reverse ? "i1" : "a1";

	condition_reset(condition);
	buf_printf(&condition->sql,
		   "SELECT DISTINCT r1.position, r1.id, v.version, v.updated_ms, v.bytes, r1.type FROM resource r0"
		   " CROSS JOIN index_reference %s CROSS JOIN index_reference %s CROSS JOIN resource r1 CROSS JOIN version v",
		   near_end, far_end);
	condition_add_int(condition, " WHERE r0.position = ?", stop->position);
	buf_printf(&condition->sql, " AND %s.change = ", near_end);
	filter_add_change(filters, 0);
	filter_add_meeting(filters, link->scope, 1);
	buf_printf(&condition->sql, " AND r1.position = %s.resource AND %s.change = ", far_end, far_end);
	filter_add_change(filters, 1);
	buf_printf(&condition->sql, " AND v.change = %s.change", far_end);
	filter_add_level(filters, &link->far, true);
	condition_add_int(condition, " ORDER BY r1.position LIMIT ?", (int64_t)including->max_count + 1);
}

static bool follow(struct including *including, const struct stop *stop, const struct link *link, struct error *err)
{
	struct db_query query;
	bool has_row = true, done = true;

	add_select(including, stop, link);
	if (!condition_open(&including->condition, &query, err))
		return false;
	while (done && !including->is_cut && (done = db_next(&query, &has_row, err)) && has_row)
		done = keep_row(including, &query, stop->steps + 1, err);
	db_query_close(&query);
	return done;
}

/** Whether an include is about a stop: its type is where the references stand, or where they lead. */
static bool is_about(const struct store_include *include, const struct stop *stop)
{
	if (stop->steps > 0 && !include->is_iterated)
		return false;
	if (!include->is_reverse)
		return slice_equal(include->source, stop->type);
	return filter_may_lead_to(include->param, stop->type) &&
	       (!include->target.ptr || slice_equal(include->target, stop->type));
}

static bool follow_all(struct including *including, struct error *err)
{
	for (size_t i = 0; i < including->stop_count && !including->is_cut; i++) {
		struct stop stop = including->stops[i];
		including->is_cut |= stop.steps == STEPS_MAX;
		for (size_t k = 0; k < including->link_count && !including->is_cut; k++)
			if (is_about(including->links[k].include, &stop) && !follow(including, &stop, &including->links[k], err))
				return false;
	}
	return true;
}

/** The types that may come along by it, of those that are stored. */
static bool open_far(struct including *including, const struct store_include *include, struct filter_level *out,
		     struct error *err)
{
	struct store_type **types = arena_new_array(including->arena, struct store_type *, including->far.count + 1);
	size_t count = 0;

	if (!types)
		return error_memory(err);
	for (size_t i = 0; i < including->far.count; i++) {
		struct slice name = including->far.types[i]->name;
		bool fits = include->is_reverse ? slice_equal(name, include->source)
						: filter_may_lead_to(include->param, name) &&
						      (!include->target.ptr || slice_equal(include->target, name));
		if (fits)
			types[count++] = including->far.types[i];
	}
	*out = (struct filter_level){ types, count, 1 };
	return true;
}

/** Leaves out what nothing was ever stored under. */
static bool open_link(struct including *including, const struct store_include *include, struct error *err)
{
	struct link *link = &including->links[including->link_count];
	struct filter_level source;
	struct store_type *type;
	size_t index;

	*link = (struct link){ .include = include };
	if (!name_type(including->conn, including->filters.base, include->source, false, &type, err))
		return false;
	if (!type)
		return true;
	if (!filter_level_open(&including->filters, &include->source, 1, 0, &source, err) ||
	    !filter_find_param(&source, include->param, &type, &index, err) ||
	    !name_param(including->conn, type, index, NAME_PLAIN, false, &link->scope, err) ||
	    !open_far(including, include, &link->far, err))
		return false;
	including->link_count += link->scope != 0 && link->far.count != 0;
	return true;
}

static bool open_links(struct including *including, const struct store_including *asked, struct error *err)
{
	including->links = arena_new_array(including->arena, struct link, asked->include_count + 1);
	if (!including->links)
		return error_memory(err);
	if (!filter_level_stored(&including->filters, asked->types, asked->type_count, &including->far, err))
		return false;
	for (size_t i = 0; i < asked->include_count; i++)
		if (!open_link(including, &asked->includes[i], err))
			return false;
	return true;
}

static bool open_moment(struct including *including, uint64_t moment, struct error *err)
{
	struct filters *filters = &including->filters;
	int64_t newest, horizon;

	filters->moment = (int64_t)moment;
	if (!snapshot_read(including->conn, &newest, &horizon, err) ||
	    !name_address(filters->conn, filters->base, false, &filters->address, err))
		return false;
	filters->is_now = filters->moment == newest;
	return true;
}

static bool run(struct including *including, const struct store_including *asked, struct error *err)
{
	if (including->conn->is_writing)
		return open_moment(including, asked->page->moment, err) && open_links(including, asked, err) &&
		       follow_all(including, err);
	if (!db_begin_read(including->conn->db, err))
		return false;
	bool done =
	    open_moment(including, asked->page->moment, err) && open_links(including, asked, err) && follow_all(including, err);
	db_rollback(including->conn->db);
	return done;
}

static bool start(struct including *including, const struct store_including *asked, struct error *err)
{
	including->stops = arena_new_array(including->arena, struct stop, asked->count + asked->max_count);
	including->resources = arena_new_array(including->arena, struct store_resource, asked->max_count + 1);
	if (!including->stops || !including->resources)
		return error_memory(err);
	for (size_t i = 0; i < asked->count; i++)
		including->stops[i] =
		    (struct stop){ (int64_t)asked->page->places[i].position, asked->page->resources[i].type, 0 };
	including->page_count = including->stop_count = asked->count;
	return condition_init(&including->condition, including->conn, including->arena, err);
}

bool store_include(struct store_conn *conn, struct arena *arena, const struct store_including *asked, struct store_included *out,
		   struct error *err)
{
	struct including including = { .conn = conn, .arena = arena, .max_count = asked->max_count };

	*out = (struct store_included){ 0 };
	if (!start(&including, asked, err))
		return false;
	including.condition.schema = conn_schema(conn, asked->base);
	including.filters =
	    (struct filters){ .conn = conn, .arena = arena, .condition = &including.condition, .base = asked->base };
	db_limit_time(conn->db, asked->max_ms);
	bool done = condition_set_own(&including.condition, asked->own_url, err) && run(&including, asked, err);
	db_limit_time(conn->db, 0);
	condition_fini(&including.condition);
	*out = (struct store_included){ including.resources, including.stop_count - including.page_count, including.is_cut };
	return done;
}
