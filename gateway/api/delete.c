/* SPDX-License-Identifier: Apache-2.0 */
/* delete, by id and by condition. What is not there is as deleted as asked. */
#include "api/answer.h"
#include "api/match.h"
#include "api/write.h"

/** More are refused at once: a delete by criteria that means so many is rather a mistake. */
#define DELETE_MAX_MATCHES 1000u

/** `*version` is that of the deletion; 0: there was nothing. */
static bool remove_current(struct write *write, uint64_t *version)
{
	struct api_call *call = write->call;
	struct error err = { 0 };
	bool found;

	*version = 0;
	if (!store_delete(call->worker->conn, call->base->store_base, call->route.type, write->id, &found, &err)) {
		answer_failure(call, &err);
		return false;
	}
	if (found)
		*version = write->current.version + 1;
	return true;
}

static bool delete_one(struct write *write)
{
	uint64_t version;

	if (!write_find(write) || !write_conditions(write) || !remove_current(write, &version) || !write_commit(write->call))
		return false;
	write_answer_deleted(write, version,
			     arena_printf(write->arena, "%s %.*s/%.*s", version ? "Deleted" : "There was no",
					  SLICE_ARG(write->call->route.type), SLICE_ARG(write->id)));
	return true;
}

void api_delete(struct api_call *call)
{
	struct write write;

	write_init(&write, call);
	if (write_begin(&write))
		write_end(&write, delete_one(&write));
}

/* ---- by condition ---- */

static bool refuse_many(struct write *write)
{
	answer_error(write->call, 412, "multiple-matches",
		     arena_printf(write->call->request->arena, "More than %u %.*s match the criteria", DELETE_MAX_MATCHES,
				  SLICE_ARG(write->call->route.type)),
		     SLICE("Narrow the criteria."));
	return false;
}

static bool delete_many(struct write *write)
{
	struct api_call *call = write->call;
	struct match match;
	uint64_t version;

	if (!match_find(call, call->type, call->request->query, DELETE_MAX_MATCHES + 1, &match))
		return false;
	if (match.count > DELETE_MAX_MATCHES)
		return refuse_many(write);
	for (size_t i = 0; i < match.count; i++) {
		write->id = match.resources[i].id;
		write->current = match.resources[i];
		write->found = true;
		if (!write_conditions(write) || !remove_current(write, &version))
			return false;
	}
	if (!write_commit(call))
		return false;
	write_answer_deleted(write, 0, arena_printf(write->arena, "Deleted %zu", match.count));
	return true;
}

static bool delete_single(struct write *write)
{
	const struct store_resource *existing;

	if (!match_find_one(write->call, write->call->type, write->call->request->query, &existing))
		return false;
	if (existing) {
		write->id = existing->id;
		return delete_one(write);
	}
	if (!write_commit(write->call))
		return false;
	write_answer_deleted(write, 0, SLICE("Nothing matched"));
	return true;
}

void api_delete_matching(struct api_call *call)
{
	bool many = slice_equal(call->api->options.conditional_delete, SLICE("multiple"));
	struct write write;

	write_init(&write, call);
	if (write_begin(&write))
		write_end(&write, many ? delete_many(&write) : delete_single(&write));
}
