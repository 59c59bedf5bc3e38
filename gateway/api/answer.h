/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The headers that answers share, and bodies that outlive the call.
 */
#ifndef CANNULA_API_ANSWER_H
#define CANNULA_API_ANSWER_H

#include "api/call.h"
#include "api/outcome.h"

/** What every answer carries, errors included: request id (0: none), CORS, no guessing of types. */
void answer_begin(struct api *api, struct arena *arena, uint64_t request_id, struct net_reply *reply);
/** Status, Content-Type and a body in the request's arena or static. */
void answer_body(struct net_reply *reply, unsigned status, struct slice content_type, struct slice body);
/** One resource as compact JSON, sent in the negotiated form; takes the buffer's bytes over (`buf` is empty afterwards). A failed
 * buffer becomes an outcome. */
void answer_buf(struct api_call *call, unsigned status, struct buf *buf);
/** As answer_buf for a tree. On a pool thread. */
void answer_tree(struct api_call *call, unsigned status, const struct fhir_node *resource);
/** The issues as an OperationOutcome. On a pool thread. */
void answer_issues(struct api_call *call, unsigned status, const struct issues *issues);
/** Outcomes take the negotiated form once it is known. */
void answer_outcome(struct api_call *call, unsigned status, const struct outcome_issue *issues, size_t count);
/** One issue of severity error. */
void answer_error(struct api_call *call, unsigned status, const char *code, struct slice text, struct slice diagnostics);
void answer_failure(struct api_call *call, const struct error *err);

#endif
