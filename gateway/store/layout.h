/* SPDX-License-Identifier: Apache-2.0 */
/* The tables and how an older layout becomes the present one. */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include "store/db.h"

/** Creates the tables of a new database, or brings those of an older one up to date, in one transaction. ERROR_UNSUPPORTED when a
 * newer program made them, or an unreleased one that made others of the same number. */
bool layout_update(struct db *db, const char *place, struct error *err) MUST_USE;

#endif
