/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CANNULA_API_DISPATCH_H
#define CANNULA_API_DISPATCH_H

#include "api/call.h"

/** Everything that is decided before the interaction itself: path, method, type, id, query, form of the answer and of the body.
 * `call` has api, request, reply, worker and is_head set; at the head, all that does not depend on the body. False: the call has
 * been answered (OPTIONS, or a refusal). */
bool dispatch_prepare(struct api_call *call) MUST_USE;

#endif
