/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an operation was given: the Parameters resource of a POST, and the query. Which parameters there are, how often and of
 * which type, is read from the OperationDefinition that is published; what it does not have is refused.
 *
 * Source: FHIR R4 and R5, operations.html, "Executing an Operation Synchronously".
 */
#ifndef CANNULA_API_INPUT_H
#define CANNULA_API_INPUT_H

#include "api/body.h"

struct input {
	const struct api_call *call;
	const struct fhir_node *parameters; /**< the body, when it is Parameters; else NULL */
	const struct fhir_node *resource;   /**< the body, when it is not */
};

#define INPUT_VALUES_MAX 64u /* repetitions of one parameter */

/** False: the call has been answered. A body that is no Parameters is taken as the parameter `bare` (NULL: refused). */
bool input_read(struct api_call *call, const char *bare, struct input *out) MUST_USE;
/** The texts given for a parameter, a Reference by its reference: at most INPUT_VALUES_MAX. */
size_t input_texts(const struct input *input, struct slice name, struct slice *out);
/** The first of them; absent when not given. */
struct slice input_text(const struct input *input, struct slice name);
/** The value or resource given for a parameter; NULL when it was not, or stands in the query. */
const struct fhir_node *input_node(const struct input *input, struct slice name);

#endif
