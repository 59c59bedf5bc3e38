/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Request bodies: a resource in JSON or XML by its Content-Type, as a tree. What cannot be read is answered, with every place
 * that is wrong.
 *
 * Source: FHIR http.html, "Content Types and encodings".
 */
#ifndef CANNULA_API_BODY_H
#define CANNULA_API_BODY_H

#include "api/call.h"

#define BODY_MAX_ISSUES 100u

struct body {
	struct fhir_node *resource;
	struct issues issues; /**< what was left out on request (Prefer: handling=lenient): warnings */
};

enum body_form { BODY_UNKNOWN, BODY_JSON, BODY_XML, BODY_JSON_PATCH };

/** What the Content-Type says; without one, what the first character says. */
enum body_form body_form(const struct net_request *request);
/** Whether the Content-Type, if there is one, is that of a resource as this base takes it. False: the call has been answered with
 * 415. Dispatch asks before the body comes. */
bool body_check_type(struct api_call *call) MUST_USE;
/** The resource in the body, of any type, in `arena`; or the one that a Bundle's entry brought. False: the call has been
 * answered: 400 without a body or with one that is not readable, 415 when it is neither JSON nor XML. */
bool body_read(struct api_call *call, struct arena *arena, struct body *out) MUST_USE;
/** As body_read for one type: another is 400. */
bool body_read_as(struct api_call *call, struct arena *arena, struct slice type, struct body *out) MUST_USE;

#endif
