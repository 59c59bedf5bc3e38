/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a version, for _text and _content. */
#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include "store/index.h"

/** Writes the row of a version: its narrative without markup, and all its other texts and codes. */
bool text_write(struct store_conn *conn, struct index_version version, const struct fhir_node *resource,
		struct error *err) MUST_USE;

#endif
