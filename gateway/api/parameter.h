/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Query parameters of interactions that are no searches (http.html, "Custom Headers and parameters"): what is not known is
 * refused with what is, as in a search.
 */
#ifndef CANNULA_API_PARAMETER_H
#define CANNULA_API_PARAMETER_H

#include "api/call.h"

/** False: the call has been answered with 400. */
bool parameter_check(struct api_call *call) MUST_USE;

#endif
