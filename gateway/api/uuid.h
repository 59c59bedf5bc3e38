/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CANNULA_API_UUID_H
#define CANNULA_API_UUID_H

#include "cannula/base.h"

#define UUID_SIZE 37

/** A random UUID (RFC 9562 section 5.4), lower case, with its NUL: also a FHIR id. */
void uuid_make(char out[UUID_SIZE]);

#endif
