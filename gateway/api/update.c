/* SPDX-License-Identifier: Apache-2.0 */
/* create and update, by id and by condition. */
#include "api/answer.h"
#include "api/match.h"
#include "api/uuid.h"
#include "api/write.h"

static bool new_id(struct write *write)
{
	char id[UUID_SIZE];
	struct error err = { 0 };

	uuid_make(id);
	write->id = arena_copy(write->call->request->arena, slice_of(id));
	if (write->id.ptr)
		return true;
	error_memory(&err);
	answer_failure(write->call, &err);
	return false;
}

/* ---- create ---- */

/** An id in the body is the client's: the server gives its own (http.html#create). In a transaction it was given already. */
static bool create_id(struct write *write)
{
	write->put_flags = STORE_PUT_CREATE;
	if (write->call->given_id.ptr) {
		write->id = write->call->given_id;
		return true;
	}
	return new_id(write);
}

static bool create(struct write *write)
{
	struct api_call *call = write->call;
	struct slice criteria = net_request_header(call->request, "if-none-exist");
	const struct store_resource *existing = NULL;

	if (criteria.ptr && !match_find_one(call, call->type, criteria, &existing))
		return false;
	if (!existing)
		return create_id(write) && write_find(write) && write_put(write);
	write->id = existing->id;
	write->current = *existing;
	if (!write_commit(call))
		return false;
	write_answer_existing(write);
	return true;
}

void api_create(struct api_call *call)
{
	struct write write;

	write_init(&write, call);
	if (write_body(&write) && write_validate(&write) && write_begin(&write))
		write_end(&write, create(&write));
}

/* ---- update ---- */

static bool refuse_id(struct write *write, struct slice text, struct slice hint)
{
	answer_error(write->call, 400, "invalid", text, hint);
	return false;
}

/** http.html#update: the body's id must be there and be that of the URL. */
static bool update_id_check(struct write *write)
{
	struct slice id = fhir_node_text(write->resource, SLICE("id"));
	struct arena *arena = write->call->request->arena;

	if (slice_equal(id, write->id))
		return true;
	if (!id.len)
		return refuse_id(write, SLICE("The resource has no id"),
				 arena_printf(arena, "Give it the id of the path: \"id\": \"%.*s\".", SLICE_ARG(write->id)));
	return refuse_id(
	    write,
	    arena_printf(arena, "The resource has the id '%.*s', the path has '%.*s'", SLICE_ARG(id), SLICE_ARG(write->id)),
	    SLICE("An id never changes: send the resource to its own path."));
}

static bool update(struct write *write)
{
	return write_find(write) && write_conditions(write) && write_put(write);
}

void api_update(struct api_call *call)
{
	struct write write;

	write_init(&write, call);
	if (write_body(&write) && update_id_check(&write) && write_validate(&write) && write_begin(&write))
		write_end(&write, update(&write));
}

/* ---- conditional update ---- */

static bool refuse_taken(struct write *write)
{
	answer_error(write->call, 409, "conflict",
		     arena_printf(write->call->request->arena, "No %.*s matches the criteria, but '%.*s' exists",
				  SLICE_ARG(write->call->route.type), SLICE_ARG(write->id)),
		     SLICE("Leave the id out to create another one, or update the resource by its id."));
	return false;
}

/** http.html#cond-update: none matches. With an id of its own it is an update that creates. */
static bool update_unmatched(struct write *write)
{
	write->id = fhir_node_text(write->resource, SLICE("id"));
	if (!write->id.len)
		return create_id(write) && write_find(write) && write_conditions(write) && write_put(write);
	if (!route_id_valid(write->id))
		return refuse_id(write, arena_printf(write->call->request->arena, "'%.*s' is not an id", SLICE_ARG(write->id)),
				 SLICE("An id has 1 to 64 letters, digits, hyphens and dots."));
	if (!write_find(write))
		return false;
	if (write->found && !write->current.is_deleted)
		return refuse_taken(write);
	return write_conditions(write) && write_put(write);
}

static bool update_matched(struct write *write)
{
	const struct store_resource *existing;

	if (!match_find_one(write->call, write->call->type, write->call->request->query, &existing))
		return false;
	if (!existing)
		return update_unmatched(write);
	write->id = existing->id;
	if (fhir_node_text(write->resource, SLICE("id")).len && !update_id_check(write))
		return false;
	return update(write);
}

void api_update_matching(struct api_call *call)
{
	struct write write;

	write_init(&write, call);
	if (write_body(&write) && write_validate(&write) && write_begin(&write))
		write_end(&write, update_matched(&write));
}
