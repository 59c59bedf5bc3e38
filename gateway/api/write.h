/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One resource on its way into the store: what create, update, patch and delete share. Each step answers the call itself when it
 * refuses. Within a transaction Bundle the store's transaction is the Bundle's.
 *
 * Source: FHIR http.html, "create", "update", "delete", "Managing Resource Contention", "Prefer".
 */
#ifndef CANNULA_API_WRITE_H
#define CANNULA_API_WRITE_H

#include "api/body.h"

struct write {
	struct api_call *call;
	struct arena *arena; /**< of the worker: trees, issues */
	struct slice id;     /**< of the resource that is written */
	struct fhir_node *resource;
	struct issues issues;           /**< warnings: told when the client wants an OperationOutcome */
	struct store_resource current;  /**< when `found` */
	bool found;                     /**< the store has had it; it may be deleted */
	unsigned put_flags;             /**< enum store_put_flags: how it is brought */
	struct store_put_result result; /**< of write_store */
};

void write_init(struct write *write, struct api_call *call);
/** Reads the body, which must be of the path's type. */
bool write_body(struct write *write) MUST_USE;
/** What is wrong with the resource by the rules that the configuration asks for: 422. */
bool write_validate(struct write *write) MUST_USE;

/** Takes the writer's place: 503 when others hold it too long. */
bool write_begin(struct write *write) MUST_USE;
/** Fills `current` with what the store has under `id`. */
bool write_find(struct write *write) MUST_USE;
/** If-Match, If-None-Match and the like against `current`: 412; 428 when one is required and absent. */
bool write_conditions(struct write *write) MUST_USE;
/** Puts the resource under `id`, under the rules of its life, commits, and sets the headers that tell its version. */
bool write_store(struct write *write) MUST_USE;
/** As write_store, and answers 200 or 201 as Prefer asks. */
bool write_put(struct write *write) MUST_USE;
/** After write_begin: takes back what a step that failed left undone. */
void write_end(struct write *write, bool ok);
/** Makes what was written visible to all; for whoever keeps the transaction open. */
bool write_commit(struct api_call *call) MUST_USE;
/** Answers with the current resource as it is: of a conditional create that found one. */
void write_answer_existing(struct write *write);
/** Answers with 204, or with an OperationOutcome when the client prefers one. */
void write_answer_deleted(struct write *write, uint64_t version, struct slice text);

#endif
