/* SPDX-License-Identifier: Apache-2.0 */
/* The listing: fetched, read, narrowed to what is meant, and weighed against the last one. */
#include <regex.h>
#include <string.h>

#include "sync/run.h"

/* ---- fetching ---- */

static bool fetch_listing(struct run *run, struct slice *bytes, struct slice *charset, struct error *err)
{
	const struct sync_source *source = run->source;
	const struct fetch_validators *known = run->listing.body.ptr ? &run->listing.validators : NULL;
	struct fetch_result result;
	struct error failure = { 0 };

	(void)err;
	if (!fetch_get(run->context->fetcher, run->arena, source->url, known, &result, &failure))
		return run_fail(run, failure.code == ERROR_ACCESS ? SYNC_GATED : SYNC_FAILING, "%s: %s%s%s", failure.place,
				failure.message, failure.hint[0] ? "; " : "", failure.hint);
	if (run_is_gated(result.status))
		return run_fail(run, SYNC_GATED, "the listing is not given to us: status %u", result.status);
	if (result.status == 304 && known) {
		*bytes = run->listing.body;
		*charset = run->listing.charset;
		return true;
	}
	if (result.status != 200)
		return run_fail(run, SYNC_FAILING, "the listing was answered with status %u after %u %s", result.status,
				result.tries, result.tries == 1 ? "try" : "tries");
	*bytes = result.body;
	*charset = result.charset;
	run->listing = (struct listing_state){ .validators = result.validators, .charset = result.charset, .body = result.body };
	run->listing_changed = true;
	return true;
}

/* ---- what is meant ---- */

static bool in_folder(struct slice listing, struct slice url)
{
	size_t query = slice_find(listing, SLICE("?"));

	if (query != SIZE_MAX)
		listing.len = query;
	while (listing.len > 0 && listing.ptr[listing.len - 1] != '/')
		listing.len--;
	return slice_starts(url, listing);
}

static bool is_meant(const struct run *run, const struct sync_kind *kind, const regex_t *pattern, struct slice url)
{
	const struct sync_source *source = run->source;

	if (slice_equal(url, source->url))
		return false;
	if (!slice_starts(source->link_pattern, SLICE("^http")) && !fetch_url_same_origin(source->url, url))
		return false;
	if (source->link_pattern.ptr)
		return regexec(pattern, url.ptr, 0, NULL, 0) == 0;
	return !kind->folder_only || in_folder(source->url, url);
}

static bool is_listed(const struct run *run, struct slice url)
{
	for (size_t i = 0; i < run->entry_count; i++)
		if (slice_equal(run->entries[i].listed.url, url))
			return true;
	return false;
}

static struct document_state *known_document(const struct run *run, struct slice url)
{
	for (struct document_state *state = run->documents; state; state = state->next)
		if (slice_equal(state->url, url))
			return state;
	return NULL;
}

/** Absolute, meant, each once: the first mention has the say. */
static void add_entry(struct run *run, const struct sync_kind *kind, const regex_t *pattern, const struct policy_listed *listed,
		      struct issues *issues)
{
	struct slice url = fetch_url_resolve(run->arena, run->source->url, listed->url);
	struct entry *entry;

	if (!url.ptr)
		issue_add(issues, ISSUE_INFORMATION, "not-supported", SLICE_NONE, listed->line, 0,
			  "the link \"%.*s\" leads to nothing that can be fetched here", SLICE_ARG(listed->url));
	if (!url.ptr || !is_meant(run, kind, pattern, url) || is_listed(run, url))
		return;
	entry = &run->entries[run->entry_count++];
	*entry = (struct entry){ .listed = *listed, .known = known_document(run, url) };
	entry->listed.url = url;
}

static bool add_entries(struct run *run, const struct sync_kind *kind, const struct policy_listing *listing,
			struct issues *issues, struct error *err)
{
	const char *text = run->source->link_pattern.ptr;
	regex_t pattern;

	run->entries = arena_new_array(run->arena, struct entry, listing->count ? listing->count : 1);
	if (!run->entries)
		return error_memory(err);
	if (text && regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB) != 0)
		return error_set(err, ERROR_USAGE, run->source->name.ptr, "link_pattern is no extended regular expression: %s",
				 text);
	for (size_t i = 0; i < listing->count; i++)
		add_entry(run, kind, &pattern, &listing->items[i], issues);
	if (text)
		regfree(&pattern);
	return true;
}

/* ---- the guard ---- */

static size_t count_known(const struct run *run)
{
	size_t count = 0;

	for (const struct document_state *state = run->documents; state; state = state->next)
		count++;
	return count;
}

/** A much shorter listing is more often a broken page than a payer who gave up most policies. */
static void weigh(struct run *run)
{
	uint64_t before = run->before.listed;

	run->report->listed = run->entry_count;
	run->shrunk = (uint64_t)run->entry_count * 100 < before * run->source->min_listed_percent;
	run->after.listed = run->shrunk ? before : run->entry_count;
}

bool listing_read(struct run *run, bool *go_on, struct error *err)
{
	const struct sync_kind *kind = sync_kind_find(run->source->kind);
	struct policy_listing listing;
	struct slice bytes, charset;
	struct error failure = { 0 };
	struct issues issues;

	*go_on = false;
	if (!kind)
		return error_set(err, ERROR_USAGE, run->source->name.ptr, "there is no kind of source called %.*s",
				 SLICE_ARG(run->source->kind));
	if (!listing_state_get(run->context->conn, run->arena, run->source->name, &run->listing, err))
		return false;
	if (!fetch_listing(run, &bytes, &charset, err))
		return true;
	issues_init(&issues, run->arena, RUN_ISSUES_MAX);
	if (!kind->read(run->arena, run->context->rules, run->source, bytes, charset, &issues, &listing, &failure)) {
		run_fail(run, SYNC_FAILING, "the listing cannot be read: %s%s%s", failure.place, failure.place[0] ? ": " : "",
			 failure.message);
		return true;
	}
	if (!add_entries(run, kind, &listing, &issues, err))
		return false;
	run_tell(run, run->source->url, &issues);
	weigh(run);
	if (run->entry_count == 0 && count_known(run) == 0) {
		run_fail(run, SYNC_FAILING, "the listing names no policies");
		return true;
	}
	*go_on = true;
	return true;
}
