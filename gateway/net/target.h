/* SPDX-License-Identifier: Apache-2.0 */
/** target: what a request is for, by the same strict rules in every version of HTTP. Source: RFC 9112 section 3, RFC 3986. */
#ifndef CANNULA_NET_TARGET_H
#define CANNULA_NET_TARGET_H

#include "cannula/net.h"

enum net_method target_method(struct slice text);
/** uri-host [ ":" port ] (RFC 9110 section 7.2), with the host not empty and without user information. */
bool target_authority_is_valid(struct slice authority);
/** Fills path and query, and the authority of an absolute target; the method is known. `target` is not empty. */
bool target_read(struct slice target, struct net_request *request) MUST_USE;

#endif
