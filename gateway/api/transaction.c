/* SPDX-License-Identifier: Apache-2.0 */
/* batch and transaction: a Bundle of requests, each answered as if it had come alone; those of a transaction all or none. */
#include "api/answer.h"
#include "api/relink.h"
#include "api/write.h"

/** http.html#trules: the order in which the entries are carried out, whatever their order in the Bundle. */
static const struct phase {
	enum net_method methods[2];
} phases[] = {
	{ { NET_DELETE, NET_DELETE } },
	{ { NET_POST, NET_POST } },
	{ { NET_PUT, NET_PATCH } },
	{ { NET_GET, NET_HEAD } },
};

static bool is_in(const struct phase *phase, const struct entry *entry)
{
	return entry->method == phase->methods[0] || entry->method == phase->methods[1];
}

/* ---- a transaction ---- */

/** Criteria are met before anything is written; when they would meet something else afterwards, references could not be right. */
static bool target_kept(struct entries *entries, struct entry *entry)
{
	struct slice expected = arena_printf(entries->work, "/%.*s/_history/", SLICE_ARG(entry->target));

	if (entry->method == NET_DELETE || !entry->location.len || slice_find(entry->location, expected) != SIZE_MAX)
		return true;
	entry_refuse(entries, entry, 412, "multiple-matches",
		     SLICE("The criteria match what another entry of the transaction makes"));
	return false;
}

static bool phase_run(struct entries *entries, const struct phase *phase, struct entry **failed)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->items[i];
		if (!is_in(phase, entry))
			continue;
		entry_run(entries, entry);
		if (entry->status < 400 && (!entry->target.len || target_kept(entries, entry)))
			continue;
		*failed = entry;
		return false;
	}
	return true;
}

static bool phases_run(struct entries *entries, struct entry **failed)
{
	if (!relink_targets(entries, failed) || !phase_run(entries, &phases[0], failed) || !relink_references(entries, failed))
		return false;
	for (size_t i = 1; i < ARRAY_SIZE(phases); i++)
		if (!phase_run(entries, &phases[i], failed))
			return false;
	return true;
}

/** Adds what the entry was answered to the issues of `outcome`. */
static bool issues_add(struct entries *entries, const struct entry *failed, struct fhir_node *outcome)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *own = NULL;
	struct issues issues;

	issues_init(&issues, entries->arena, 1);
	if (!fhir_json_read(entries->arena, entries->call->base->schema, NULL, failed->body, &limits, &issues, &own))
		return false;
	for (struct fhir_node *issue = fhir_node_child(own, SLICE("issue")); issue; issue = fhir_node_again(issue))
		if (!fhir_node_copy(entries->arena, issue, outcome))
			return false;
	return true;
}

/** The outcome of the entry that failed, with a first issue that says which it is. */
static void answer_failed(struct entries *entries, const struct entry *failed)
{
	struct api_call *call = entries->call;
	struct fhir_node *outcome;
	struct issues head;

	issues_init(&head, entries->arena, 1);
	issue_add(&head, ISSUE_ERROR, "processing", entry_place(entries, failed), 0, 0,
		  "The entry was refused with %u; nothing of the transaction was stored", failed->status);
	outcome = issues_outcome(entries->arena, call->base->schema, &head);
	if (outcome && issues_add(entries, failed, outcome))
		answer_tree(call, failed->status, outcome);
	else
		answer_error(call, 503, "too-costly", SLICE("No memory is left for the Bundle"), SLICE("Send fewer entries."));
}

/** False: answered. */
static bool transaction_run(struct entries *entries)
{
	struct api_call *call = entries->call;
	struct entry *failed = NULL;
	struct error err = { 0 };

	if (!store_begin(call->worker->conn, &err)) {
		answer_failure(call, &err);
		return false;
	}
	if (phases_run(entries, &failed))
		return write_commit(call);
	store_rollback(call->worker->conn);
	answer_failed(entries, failed);
	return false;
}

/* ---- a batch ---- */

static void batch_run(struct entries *entries)
{
	for (size_t p = 0; p < ARRAY_SIZE(phases); p++)
		for (size_t i = 0; i < entries->count; i++)
			if (is_in(&phases[p], &entries->items[i]))
				entry_run(entries, &entries->items[i]);
}

/* ---- both ---- */

static void answer_entries(struct entries *entries)
{
	struct api_call *call = entries->call;
	struct buf buf;

	buf_init(&buf, api_answer_max_bytes(call->api));
	buf_printf(&buf, "{\"resourceType\":\"Bundle\",\"type\":\"%s-response\"",
		   entries->is_transaction ? "transaction" : "batch");
	for (size_t i = 0; i < entries->count; i++) {
		buf_append(&buf, i ? SLICE(",") : SLICE(",\"entry\":["));
		entry_write(&buf, entries, &entries->items[i]);
	}
	buf_append(&buf, entries->count ? SLICE("]}") : SLICE("}"));
	answer_buf(call, 200, &buf);
}

static bool type_read(struct entries *entries, const struct fhir_node *bundle)
{
	struct slice type = fhir_node_text(bundle, SLICE("type"));

	entries->is_transaction = slice_equal(type, SLICE("transaction"));
	if (entries->is_transaction || slice_equal(type, SLICE("batch")))
		return true;
	answer_error(
	    entries->call, 400, "invalid",
	    arena_printf(entries->call->request->arena, "A Bundle of type '%.*s' is nothing to carry out", SLICE_ARG(type)),
	    SLICE("Its type is batch or transaction."));
	return false;
}

static void bundle_run(struct entries *entries)
{
	struct body body;

	if (!body_read_as(entries->call, entries->arena, SLICE("Bundle"), &body) || !type_read(entries, body.resource) ||
	    !entries_read(entries, body.resource, &body.issues))
		return;
	if (!entries->is_transaction)
		batch_run(entries);
	else if (!transaction_run(entries))
		return;
	answer_entries(entries);
}

void api_bundle(struct api_call *call)
{
	struct entries entries = { .call = call };
	struct error err = { 0 };

	/* The trees of a Bundle and all its answers; each entry is worked on in the worker's own memory. */
	entries.arena = arena_new(4 * api_answer_max_bytes(call->api));
	entries.work = arena_new(api_answer_max_bytes(call->api));
	if (entries.arena && entries.work) {
		bundle_run(&entries);
	} else {
		error_memory(&err);
		answer_failure(call, &err);
	}
	arena_free(entries.work);
	arena_free(entries.arena);
}
