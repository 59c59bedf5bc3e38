/* SPDX-License-Identifier: Apache-2.0 */
/* Each listed document: asked for with its validators, read when it has changed, compared by what it says and not by its bytes.
 */
#include <string.h>

#include "sync/run.h"

#define VERSION_MAX_BYTES 12u
#define URL_TAG_BYTES 8u

static struct slice copy(const struct run *run, struct slice text)
{
	return text.ptr ? arena_copy(run->arena, text) : SLICE_NONE;
}

static struct slice today(const struct run *run)
{
	char instant[TIME_INSTANT_SIZE];

	time_format_instant(run->now_ms, instant);
	return arena_copy(run->arena, (struct slice){ instant, sizeof("2026-11-23") - 1 });
}

/* ---- whether to ask with validators ---- */

static void append_field(struct buf *buf, struct slice value)
{
	buf_printf(buf, "%zu:", value.len);
	buf_append(buf, value);
	buf_append_char(buf, value.ptr ? '+' : '-');
}

/** Digest of what a document is read with: when the rules, the configuration or the listing say something else, an unchanged page
 * is read again. */
static struct slice basis_of(const struct run *run, const struct policy_listed *listed)
{
	const struct sync_source *source = run->source;
	const struct slice fields[] = { policy_rules_digest(run->context->rules),
					source->payer_id,
					source->payer_name,
					source->line_of_business,
					source->jurisdiction,
					source->public_url,
					listed->number,
					listed->version,
					listed->title,
					listed->status,
					listed->effective_date,
					listed->end_date };
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];
	struct buf buf;

	buf_init(&buf, POLICY_LISTING_MAX_BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		append_field(&buf, fields[i]);
	digest_sha256(buf_slice(&buf), digest);
	buf_free(&buf);
	digest_hex(digest, hex);
	return arena_copy(run->arena, slice_of(hex));
}

static bool is_due(const struct run *run, const struct document_state *known)
{
	return known->due.len > 0 && slice_compare(today(run), known->due) >= 0;
}

/** The day from which the stage of `record` is another one: when it takes effect, or after it ends ("~" sorts after every day of
 * the same text). */
static struct slice due_of(const struct run *run, const struct fhir_node *record)
{
	struct slice start = fhir_node_text(record, SLICE("effectiveStart")), end = fhir_node_text(record, SLICE("effectiveEnd"));
	struct slice now = today(run);

	if (start.ptr && slice_compare(start, now) > 0)
		return copy(run, start);
	if (end.ptr && slice_compare(end, now) >= 0)
		return arena_printf(run->arena, "%.*s~", SLICE_ARG(end));
	return SLICE_NONE;
}

/* ---- ids ---- */

static bool id_is_taken(const struct run *run, const struct entry *self, struct slice id)
{
	for (size_t i = 0; i < run->entry_count; i++) {
		const struct entry *other = &run->entries[i];
		struct slice theirs = other->state.id.ptr ? other->state.id : other->known ? other->known->id : SLICE_NONE;
		if (other != self && slice_equal(theirs, id))
			return true;
	}
	return false;
}

static struct slice id_with(const struct run *run, struct slice base, struct slice tail)
{
	if (base.len + 1 + tail.len > POLICY_ID_MAX_BYTES)
		base.len = POLICY_ID_MAX_BYTES - 1 - tail.len;
	return arena_printf(run->arena, "%.*s-%.*s", SLICE_ARG(base), SLICE_ARG(tail));
}

/** One number may be listed twice, in force and future. The document that has an id keeps it while it is listed; another one gets
 * its version, or else a tag of its URL, appended. A successor at a new URL takes the id over, and with it the history. */
static struct slice id_for(const struct run *run, const struct entry *entry, const struct fhir_node *record)
{
	struct slice base = fhir_node_text(record, SLICE("id")), version = fhir_node_text(record, SLICE("version")), id = base;
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];

	if (entry->known && slice_equal(entry->known->base, base))
		return entry->known->id;
	if (id_is_taken(run, entry, id) && version.len > 0)
		id = id_with(run, base,
			     arena_printf(run->arena, "v%.*s", SLICE_ARG(policy_slug(run->arena, version, VERSION_MAX_BYTES))));
	if (!id_is_taken(run, entry, id))
		return copy(run, id);
	digest_sha256(entry->listed.url, digest);
	digest_hex(digest, hex);
	return id_with(run, base, (struct slice){ hex, URL_TAG_BYTES });
}

/* ---- one document ---- */

static void fail(struct run *run, const struct entry *entry, const char *format, ...) PRINTF_LIKE(3, 4);
static void fail(struct run *run, const struct entry *entry, const char *format, ...)
{
	char text[512];
	struct issues issues;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	run->report->failed++;
	if (!run->report->reason.ptr)
		run->report->reason = arena_printf(run->arena, "%.*s: %s", SLICE_ARG(entry->listed.url), text);
	issues_init(&issues, run->scratch, 1);
	issue_add(&issues, ISSUE_ERROR, "processing", SLICE_NONE, 0, 0, "%s", text);
	run_tell(run, entry->listed.url, &issues);
}

/** Where people find the document: behind a copy stands the original. */
static struct slice public_url(const struct run *run, struct slice url)
{
	struct slice folder = run->source->url, prefix = run->source->public_url;

	while (folder.len > 0 && folder.ptr[folder.len - 1] != '/')
		folder.len--;
	if (!prefix.ptr || !slice_starts(url, folder))
		return url;
	return arena_printf(run->scratch, "%.*s%s%.*s", SLICE_ARG(prefix), slice_ends(prefix, SLICE("/")) ? "" : "/",
			    SLICE_ARG(slice_from(url, folder.len)));
}

static struct policy_source source_of(const struct run *run, const struct entry *entry, const struct fetch_result *result)
{
	const struct policy_listed *listed = &entry->listed;

	return (struct policy_source){
		.payer_id = run->source->payer_id,
		.payer_name = run->source->payer_name,
		.line_of_business = run->source->line_of_business,
		.jurisdiction = run->source->jurisdiction,
		.url = public_url(run, listed->url),
		.content_type = result->content_type,
		.charset = result->charset,
		.etag = result->validators.etag,
		.last_modified = result->validators.last_modified,
		.number = listed->number,
		.version = listed->version,
		.title = listed->title,
		.status = listed->status,
		.effective_date = listed->effective_date,
		.end_date = listed->end_date,
		.fetched_ms = run->now_ms,
	};
}

static bool keep_record(struct run *run, struct entry *entry, struct fhir_node *record, struct error *err)
{
	struct buf json;

	if (!fhir_node_set_value(run->scratch, record, SLICE("id"), entry->state.id))
		return error_memory(err);
	buf_init(&json, 4 * (size_t)POLICY_DOCUMENT_MAX_BYTES);
	fhir_json_write(&json, record, FHIR_JSON_COMPACT);
	entry->record = json.failed ? SLICE_NONE : arena_copy(run->arena, buf_slice(&json));
	buf_free(&json);
	return entry->record.ptr ||
	       error_set(err, ERROR_LIMIT, run->source->name.ptr, "more policies at once than there is memory for");
}

/** Compares what the document says with what it said. */
static bool weigh_record(struct run *run, struct entry *entry, struct fhir_node *record, struct error *err)
{
	const struct document_state *known = entry->known;
	bool same_id;

	entry->state.base = copy(run, fhir_node_text(record, SLICE("id")));
	entry->state.id = id_for(run, entry, record);
	entry->state.digest = copy(run, fhir_node_text(record, SLICE("digest")));
	entry->state.due = due_of(run, record);
	same_id = known && slice_equal(known->id, entry->state.id);
	if (same_id && slice_equal(known->digest, entry->state.digest)) {
		run->report->unchanged++;
		return true;
	}
	if (known && known->id.ptr && !same_id)
		entry->former_id = known->id;
	entry->is_new = !same_id;
	return keep_record(run, entry, record, err);
}

static bool read_body(struct run *run, struct entry *entry, const struct fetch_result *result, struct error *err)
{
	struct policy_source source = source_of(run, entry, result);
	struct error failure = { 0 };
	struct fhir_node *record;
	struct issues issues;

	issues_init(&issues, run->scratch, RUN_ISSUES_MAX);
	if (!policy_read(run->scratch, run->context->schema, run->context->rules, &source, result->body, &issues, &record,
			 &failure)) {
		fail(run, entry, "%s%s%s", failure.message, failure.hint[0] ? "; " : "", failure.hint);
		return true;
	}
	run_tell(run, entry->listed.url, &issues);
	entry->state.validators.etag = copy(run, result->validators.etag);
	entry->state.validators.last_modified = copy(run, result->validators.last_modified);
	entry->state_changed = true;
	return weigh_record(run, entry, record, err);
}

/** Starts from what is known; a document that fails keeps that. */
static void start(struct entry *entry)
{
	if (entry->known)
		entry->state = *entry->known;
	entry->state.url = entry->listed.url;
	entry->state_changed = entry->state.missing > 0;
	entry->state.missing = 0;
}

static void take_not_modified(struct run *run, struct entry *entry, const struct fetch_result *result)
{
	run->report->not_modified++;
	if (slice_equal(result->validators.etag, entry->state.validators.etag) &&
	    slice_equal(result->validators.last_modified, entry->state.validators.last_modified))
		return;
	entry->state.validators.etag = copy(run, result->validators.etag);
	entry->state.validators.last_modified = copy(run, result->validators.last_modified);
	entry->state_changed = true;
}

static bool read_document(struct run *run, struct entry *entry, struct error *err)
{
	struct slice basis = basis_of(run, &entry->listed);
	bool current = entry->known && slice_equal(entry->known->basis, basis) && !is_due(run, entry->known);
	struct fetch_result result;
	struct error failure = { 0 };

	start(entry);
	if (!fetch_get(run->context->fetcher, run->scratch, entry->listed.url, current ? &entry->known->validators : NULL,
		       &result, &failure)) {
		fail(run, entry, "%s%s%s", failure.message, failure.hint[0] ? "; " : "", failure.hint);
		return true;
	}
	if (result.status == 304 && current) {
		take_not_modified(run, entry, &result);
		return true;
	}
	if (result.status != 200) {
		fail(run, entry, run_is_gated(result.status) ? "is not given to us: status %u" : "was answered with status %u",
		     result.status);
		return true;
	}
	run->report->fetched++;
	entry->state.basis = basis;
	return read_body(run, entry, &result, err);
}

bool documents_read(struct run *run, struct error *err)
{
	const struct sync_context *context = run->context;

	for (size_t i = 0; i < run->entry_count; i++) {
		arena_reset(run->scratch);
		if (!read_document(run, &run->entries[i], err))
			return false;
		if (context->progress)
			context->progress(context->context, run->source, i + 1, run->entry_count);
	}
	return true;
}
