/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The entries of a batch or transaction Bundle: what each asks, and what it was answered. An entry is a request like any other,
 * so dispatch answers it.
 *
 * Source: FHIR http.html, "batch/transaction"; bundle.html.
 */
#ifndef CANNULA_API_ENTRY_H
#define CANNULA_API_ENTRY_H

#include "api/call.h"

#define ENTRY_HEADERS_MAX 6

struct entry {
	struct fhir_node *resource; /**< a root of its own; NULL: none came along */
	struct slice full_url;      /**< absent: none */
	enum net_method method;
	struct slice path, query; /**< below the base, without its slash; as in request.url */
	struct net_header headers[ENTRY_HEADERS_MAX];
	size_t header_count;
	/** "Type/id" that the entry's resource has or will have; absent until it is known. */
	struct slice target;
	bool is_refused;        /**< the entry itself is wrong: answered already */
	struct issues warnings; /**< of reading it */

	/* The answer; texts in the Bundle's arena. */
	unsigned status;
	struct slice body, etag, location;
	int64_t last_updated_ms; /**< of the version that it tells; 0: of none */
};

/** A Bundle on its way. */
struct entries {
	struct api_call *call;
	struct arena *arena; /**< of trees and answers: lives as long as the Bundle */
	struct arena *work;  /**< of one entry's request */
	bool is_transaction;
	struct entry *items;
	size_t count;
};

/** Takes the entries of `bundle` apart, their resources out of it. What is wrong with one is its answer; `warnings` of reading
 * the Bundle are told with what they are about. False: no memory, the call is answered. */
bool entries_read(struct entries *entries, struct fhir_node *bundle, const struct issues *warnings) MUST_USE;
/** Sends the entry through dispatch. In a transaction a create takes the id of `target`. */
void entry_run(struct entries *entries, struct entry *entry);
/** Answers an entry with an OperationOutcome. */
void entry_refuse(struct entries *entries, struct entry *entry, unsigned status, const char *code, struct slice text);
/** "Bundle.entry[3]" */
struct slice entry_place(const struct entries *entries, const struct entry *entry);
/** Appends the answer as an entry of a response Bundle. */
void entry_write(struct buf *buf, const struct entries *entries, const struct entry *entry);

#endif
