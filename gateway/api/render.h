/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From the JSON that every answer is made in to the form that was asked for: pretty JSON, XML, or a page for a browser.
 */
#ifndef CANNULA_API_RENDER_H
#define CANNULA_API_RENDER_H

#include "api/call.h"

/** `json` (compact, one resource) becomes the call's negotiated form, in place. The buffer's `failed` tells whether it fitted.
 * Errors: ERROR_UNSUPPORTED for what XML cannot hold, ERROR_MEMORY. */
bool render(const struct api_call *call, struct buf *json, struct error *err) MUST_USE;
/** Whether whole resources as compact JSON are what was asked for: then stored bytes are the answer as they stand. */
bool render_is_plain(const struct api_call *call);

#endif
