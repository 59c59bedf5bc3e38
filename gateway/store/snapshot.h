/* SPDX-License-Identifier: Apache-2.0 */
/* Searches whose pages are all of one moment. A moment is the row of the newest change then; a version is current at it when it
 * is the newest of its resource up to there. Index rows of versions that were superseded are kept for a while, and what is older
 * than the horizon cannot be searched any more. */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include "store/conn.h"

/** In the transaction: version `change` was the current one until `at` replaced it. */
bool snapshot_supersede(struct store_conn *conn, int64_t change, int64_t at, struct error *err) MUST_USE;
/** In the transaction: removes the index rows of versions that were superseded long enough ago; a bounded number of them. */
bool snapshot_purge(struct store_conn *conn, struct error *err) MUST_USE;
/** In the transaction: no older moment can be searched from now on. */
bool snapshot_end_all(struct store_conn *conn, struct error *err) MUST_USE;
/** The newest change, and unless NULL the oldest moment that can still be searched. */
bool snapshot_read(struct store_conn *conn, int64_t *newest, int64_t *horizon, struct error *err) MUST_USE;

#endif
