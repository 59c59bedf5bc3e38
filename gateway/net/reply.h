/* SPDX-License-Identifier: Apache-2.0 */
/** reply: the head of a response. */
#ifndef CANNULA_NET_REPLY_H
#define CANNULA_NET_REPLY_H

#include "net/exchange.h"

/** HTTP/1.1: appends status line and fields, with Date, Content-Length and, when given, Connection. */
void reply_write_head(const struct exchange *exchange, struct slice connection, struct slice date, struct buf *out);

/** What Content-Length says, in the request's arena; absent when there is none (204, 304, or no memory). */
struct slice reply_length(const struct exchange *exchange);
/** A line break in a field would let whoever chose its value write fields of their own: logs it and returns false. */
bool reply_field_is_safe(const struct net_header *field);

#endif
