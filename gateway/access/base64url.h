/* SPDX-License-Identifier: Apache-2.0 */
/** base64url without padding (RFC 4648 section 5, RFC 7515 section 2): one text for each sequence of bytes. */
#ifndef CANNULA_ACCESS_BASE64URL_H
#define CANNULA_ACCESS_BASE64URL_H

#include "cannula/base.h"

/** False: another character, padding, an impossible length, or bits that should be zero; or the arena is full. */
bool base64url_decode(struct arena *arena, struct slice text, struct slice *out) MUST_USE;

#endif
