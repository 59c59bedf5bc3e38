/* SPDX-License-Identifier: Apache-2.0 */
/* A run: the listing, then every document, all without touching the store; then one transaction with whatever has changed. */
#include "cannula/sync.h"

#include <string.h>

#include "sync/run.h"

#define SCRATCH_BYTES (512u << 20)
#define MISSING_UNTIL_GONE 2u /* good listings in a row */
#define RECORD_ISSUES_MAX 8

static const char *const state_names[] = {
	[SYNC_FRESH] = "fresh",
	[SYNC_PARTIAL] = "partial",
	[SYNC_FAILING] = "failing",
	[SYNC_GATED] = "gated",
};

bool run_fail(struct run *run, enum sync_state state, const char *format, ...)
{
	char text[768];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	run->report->state = state;
	run->report->reason = arena_copy(run->arena, slice_of(text));
	return false;
}

void run_tell(const struct run *run, struct slice document, const struct issues *issues)
{
	const struct sync_context *context = run->context;

	for (const struct issue *issue = issues->first; issue && context->issue; issue = issue->next)
		context->issue(context->context, run->source, document, issue);
}

bool run_is_gated(unsigned status)
{
	return status == 401 || status == 402 || status == 403 || status == 407 || status == 451;
}

/* ---- what will be written ---- */

/** Documents that a good listing no longer names. */
static bool is_missing(const struct run *run, const struct document_state *state)
{
	for (size_t i = 0; i < run->entry_count; i++)
		if (run->entries[i].known == state)
			return false;
	return true;
}

static bool anything_missing(const struct run *run)
{
	for (const struct document_state *state = run->documents; state && !run->shrunk; state = state->next)
		if (is_missing(run, state))
			return true;
	return false;
}

static bool status_changed(const struct run *run)
{
	return !slice_equal(run->before.state, run->after.state) || run->before.listed != run->after.listed ||
	       !slice_equal(run->before.reason, run->after.reason);
}

static bool anything_to_write(const struct run *run)
{
	for (size_t i = 0; i < run->entry_count; i++)
		if (run->entries[i].state_changed)
			return true;
	return run->listing_changed || status_changed(run) || anything_missing(run);
}

/* ---- policies ---- */

static bool read_stored(struct run *run, struct slice json, struct fhir_node **out, struct error *err)
{
	const struct fhir_schema *schema = run->context->schema;
	const struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;

	issues_init(&issues, run->scratch, RECORD_ISSUES_MAX);
	if (fhir_json_read(run->scratch, schema, fhir_type_find(schema, SLICE("PolicyRecord")), json, &limits, &issues, out))
		return true;
	return error_set(err, ERROR_CORRUPT, run->source->name.ptr, "a PolicyRecord cannot be read back: %.*s",
			 SLICE_ARG(issues.first ? issues.first->text : SLICE("no reason")));
}

/** `*refused`: a map could not take the record; that is told, and nothing of it is written. */
static bool publish(struct run *run, struct slice document, struct fhir_node *record, bool *refused, struct error *err)
{
	struct publish_counts counts = { 0 };
	struct issues issues;

	issues_init(&issues, run->scratch, RUN_ISSUES_MAX);
	if (!publish_policy(run->context->publisher, run->context->conn, run->scratch, record, &issues, &counts, err))
		return false;
	run_tell(run, document, &issues);
	run->report->resources_written += counts.created + counts.updated;
	run->report->failed += counts.refused;
	*refused = counts.refused > 0;
	return true;
}

/** What the source no longer lists is retired where it stands; nothing is deleted. */
static bool withdraw(struct run *run, struct slice url, struct slice id, struct error *err)
{
	struct store_resource stored;
	struct fhir_node *record;
	bool found, refused;

	arena_reset(run->scratch);
	if (!store_get(run->context->conn, run->scratch, STORE_SOURCE, SLICE("PolicyRecord"), id, 0, &stored, &found, err))
		return false;
	if (!found || stored.is_deleted)
		return true;
	return read_stored(run, stored.bytes, &record, err) &&
	       policy_withdraw(run->scratch, run->context->rules, record, run->now_ms, err) &&
	       publish(run, url, record, &refused, err);
}

static bool id_is_used(const struct run *run, struct slice id)
{
	for (size_t i = 0; i < run->entry_count; i++)
		if (slice_equal(run->entries[i].state.id, id))
			return true;
	return false;
}

static bool write_entry(struct run *run, struct entry *entry, struct error *err)
{
	struct fhir_node *record;
	bool refused;

	if (!entry->state_changed)
		return true;
	if (entry->record.ptr) {
		arena_reset(run->scratch);
		if (!read_stored(run, entry->record, &record, err) || !publish(run, entry->listed.url, record, &refused, err))
			return false;
		if (refused) /* and not remembered as read: the next run tries again */
			return true;
		run->report->created += entry->is_new;
		run->report->changed += !entry->is_new;
	}
	if (entry->former_id.ptr && !id_is_used(run, entry->former_id) &&
	    !withdraw(run, entry->listed.url, entry->former_id, err))
		return false;
	return document_state_put(run->context->conn, run->arena, run->source->name, &entry->state, err);
}

static bool write_missing(struct run *run, struct document_state *state, struct error *err)
{
	struct store_conn *conn = run->context->conn;
	bool taken_over = state->id.ptr && id_is_used(run, state->id);

	if (!taken_over && ++state->missing < MISSING_UNTIL_GONE)
		return document_state_put(conn, run->arena, run->source->name, state, err);
	if (!taken_over && state->id.ptr) {
		run->report->gone++;
		if (!withdraw(run, state->url, state->id, err))
			return false;
	}
	return document_state_remove(conn, run->arena, run->source->name, state->url, err);
}

/** A status that a person can read, and since when it has been so. */
static void conclude(struct run *run)
{
	struct sync_report *report = run->report;

	if (run->shrunk && report->state == SYNC_FRESH)
		run_fail(run, SYNC_PARTIAL, "the listing names %llu policies where it named %llu: nothing is retired",
			 (unsigned long long)report->listed, (unsigned long long)run->before.listed);
	if (report->failed > 0 && report->state == SYNC_FRESH)
		report->state = SYNC_PARTIAL;
	run->after.state = slice_of(state_names[report->state]);
	run->after.reason = report->reason;
	run->after.since_ms = slice_equal(run->after.state, run->before.state) ? run->before.since_ms : (uint64_t)run->now_ms;
}

static bool write_all(struct run *run, struct error *err)
{
	struct store_conn *conn = run->context->conn;

	for (size_t i = 0; i < run->entry_count; i++)
		if (!write_entry(run, &run->entries[i], err))
			return false;
	for (struct document_state *state = run->documents; state && !run->shrunk; state = state->next)
		if (is_missing(run, state) && !write_missing(run, state, err))
			return false;
	if (run->listing_changed && !listing_state_put(conn, run->arena, run->source->name, &run->listing, err))
		return false;
	conclude(run); /* again: writing may have refused a document */
	return !status_changed(run) || source_state_put(conn, run->arena, run->source->name, &run->after, err);
}

/** One transaction, and none when there is nothing to write. */
static bool commit(struct run *run, struct error *err)
{
	struct store_conn *conn = run->context->conn;

	if (!anything_to_write(run))
		return true;
	if (!store_begin(conn, err))
		return false;
	if (write_all(run, err) && store_commit(conn, err))
		return true;
	store_rollback(conn);
	return false;
}

/* ---- the run ---- */

static bool read_source(struct run *run, struct error *err)
{
	bool go_on;

	if (!document_states_get(run->context->conn, run->arena, run->source->name, &run->documents, err) ||
	    !listing_read(run, &go_on, err))
		return false;
	if (go_on && !documents_read(run, err))
		return false;
	if (!go_on) { /* nothing that this run saw counts */
		run->entry_count = 0;
		run->listing_changed = false;
		run->shrunk = true;
		run->after.listed = run->before.listed;
	}
	return true;
}

bool sync_run(const struct sync_context *context, struct arena *arena, const struct sync_source *source, struct sync_report *out,
	      struct error *err)
{
	struct run run = { .context = context, .source = source, .arena = arena, .report = out, .now_ms = time_now_ms() };
	bool done;

	*out = (struct sync_report){ .source = source->name, .state = SYNC_FRESH };
	run.scratch = arena_new(SCRATCH_BYTES);
	if (!run.scratch)
		return error_memory(err);
	done = source_state_get(context->conn, arena, source->name, &run.before, err) && read_source(&run, err);
	if (done) {
		conclude(&run);
		done = commit(&run, err);
	}
	arena_free(run.scratch);
	return done;
}
