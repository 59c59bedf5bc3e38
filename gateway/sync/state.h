/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of a source from run to run: notes beside the resources, so that they are written in the same transaction.
 */
#ifndef CANNULA_SYNC_STATE_H
#define CANNULA_SYNC_STATE_H

#include "cannula/sync.h"

/** Of a source. */
struct source_state {
	struct slice state;  /* "fresh", "partial", "failing", "gated"; absent: never run */
	uint64_t since_ms;   /* when that began */
	uint64_t listed;     /* in the last good listing */
	struct slice reason; /* one line */
};

/** Of the listing, so that a 304 can be read again. */
struct listing_state {
	struct fetch_validators validators;
	struct slice charset, body; /* body absent: none known */
};

/** Of one document. */
struct document_state {
	struct slice url;
	struct slice base, id; /* the id that the record asked for, and the one it has */
	struct fetch_validators validators;
	struct slice digest; /* of the record */
	struct slice basis;  /* digest of what else it was read with: rules, listing, configuration */
	struct slice due;    /* day from which it must be read again, as its stage changes; absent: none */
	uint64_t missing;    /* good listings in a row that lack it */
	struct document_state *next;
};

bool source_state_get(struct store_conn *conn, struct arena *arena, struct slice source, struct source_state *out,
		      struct error *err) MUST_USE;
bool source_state_put(struct store_conn *conn, struct arena *arena, struct slice source, const struct source_state *state,
		      struct error *err) MUST_USE;
bool listing_state_get(struct store_conn *conn, struct arena *arena, struct slice source, struct listing_state *out,
		       struct error *err) MUST_USE;
bool listing_state_put(struct store_conn *conn, struct arena *arena, struct slice source, const struct listing_state *state,
		       struct error *err) MUST_USE;
/** Every document of `source`, in URL order. */
bool document_states_get(struct store_conn *conn, struct arena *arena, struct slice source, struct document_state **out,
			 struct error *err) MUST_USE;
bool document_state_put(struct store_conn *conn, struct arena *arena, struct slice source, const struct document_state *state,
			struct error *err) MUST_USE;
bool document_state_remove(struct store_conn *conn, struct arena *arena, struct slice source, struct slice url,
			   struct error *err) MUST_USE;

#endif
