/* SPDX-License-Identifier: Apache-2.0 */
/** reply: the head of an HTTP/1.1 response. */
#ifndef CANNULA_NET_REPLY_H
#define CANNULA_NET_REPLY_H

#include "net/exchange.h"

/** Appends status line and fields, with Date, Content-Length and, when given, Connection. */
void reply_write_head(const struct exchange *exchange, struct slice connection, struct slice date, struct buf *out);

#endif
