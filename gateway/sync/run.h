/* SPDX-License-Identifier: Apache-2.0 */
/* One source while it is synced, and what a kind of source has to know. */
#ifndef CANNULA_SYNC_RUN_H
#define CANNULA_SYNC_RUN_H

#include "sync/state.h"

/** A kind of source: how its listing is read. To add one: its file, which ends in a const descriptor, and a row in kinds.c. */
struct sync_kind {
	const char *name;
	/** The documents that the listing's bytes name, URLs as written. False: not a listing of this kind. */
	bool (*read)(struct arena *arena, const struct policy_rules *rules, const struct sync_source *source, struct slice bytes,
		     struct slice charset, struct issues *issues, struct policy_listing *out, struct error *err);
	bool folder_only; /* without link_pattern, only documents in the listing's folder are meant */
};
extern const struct sync_kind sync_kind_index, sync_kind_json;
extern const struct sync_kind *const sync_kinds[];
extern const char *const sync_kind_names[]; /* NULL-terminated */

const struct sync_kind *sync_kind_find(struct slice name);

/** A document of this run. */
struct entry {
	struct policy_listed listed;  /* its URL absolute */
	struct document_state *known; /* NULL: new */
	struct document_state state;  /* as it will be kept */
	bool state_changed;
	struct slice record;    /* JSON of a PolicyRecord to publish; absent: nothing to publish */
	struct slice former_id; /* of a record that this document no longer is; absent: none */
	bool is_new;
};

struct run {
	const struct sync_context *context;
	const struct sync_source *source;
	struct arena *arena;
	struct arena *scratch; /* of one document */
	struct sync_report *report;
	int64_t now_ms;
	struct source_state before, after;
	struct listing_state listing;
	bool listing_changed;
	struct document_state *documents;
	struct entry *entries;
	size_t entry_count;
	bool shrunk;
};

#define RUN_ISSUES_MAX 1000u

/** Notes a failure of the source: nothing else will be done. Returns false. */
bool run_fail(struct run *run, enum sync_state state, const char *format, ...) PRINTF_LIKE(3, 4);
/** Hands issues to whoever listens. */
void run_tell(const struct run *run, struct slice document, const struct issues *issues);
/** Whether `status` says that somebody guards the door. */
bool run_is_gated(unsigned status);

/** Fetches and reads the listing into `entries`. `*go_on` false: the source failed, which is in the report. False: the program
 * failed. */
bool listing_read(struct run *run, bool *go_on, struct error *err) MUST_USE;
/** Fetches what has changed and reads it; nothing is stored. */
bool documents_read(struct run *run, struct error *err) MUST_USE;

#endif
