/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Answers that are an OperationOutcome: what went wrong (details.text, as in issues_outcome), what would have worked
 * (diagnostics). Written straight as JSON: R4 and R5 agree on these elements.
 *
 * Source: FHIR operationoutcome.html; http.html, "Status Codes and Operation Outcome".
 */
#ifndef CANNULA_API_OUTCOME_H
#define CANNULA_API_OUTCOME_H

#include "cannula/net.h"

struct outcome_issue {
	const char *severity; /**< "error", "warning", "information" */
	const char *code;     /**< FHIR issue-type */
	struct slice text;
	struct slice diagnostics; /**< may be absent */
};

/** Appends the resource. */
void outcome_write(struct buf *buf, const struct outcome_issue *issues, size_t count);
/** Fills status, Content-Type and body; headers already there stay. */
void outcome_reply(struct arena *arena, struct net_reply *reply, unsigned status, const struct outcome_issue *issues,
		   size_t count);
/** As outcome_reply with one issue of severity error. `text` absent (a full arena) is survived. */
void outcome_reply_error(struct arena *arena, struct net_reply *reply, unsigned status, const char *code, struct slice text,
			 struct slice diagnostics);
/** An error of the world: the status that fits it, and no more of it than a client should know. The rest is logged under the
 * request's id. */
void outcome_reply_failure(const struct net_request *request, struct net_reply *reply, const struct error *err);

#endif
