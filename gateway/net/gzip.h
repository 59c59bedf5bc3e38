/* SPDX-License-Identifier: Apache-2.0 */
/** gzip: bodies packed and unpacked (RFC 1952, RFC 9110 section 8.4), on pool threads. */
#ifndef CANNULA_NET_GZIP_H
#define CANNULA_NET_GZIP_H

#include "cannula/net.h"

enum gzip_verdict {
	GZIP_DONE,
	GZIP_BROKEN,    /**< not gzip, cut short, or something follows */
	GZIP_TOO_LARGE, /**< unpacks to more than `out` may hold, or to more than `max_ratio` times itself */
	GZIP_NO_MEMORY,
	GZIP_NO_ROOM, /**< the meter said so */
};

/** Told of each piece that was unpacked; false: no more of them. */
struct gzip_meter {
	bool (*take)(void *context, size_t bytes);
	void *context;
};

/** Appends what `packed` holds; `meter` may be NULL. A ratio is looked at only beyond 1 MiB: small things may be very even. */
enum gzip_verdict gzip_unpack(struct slice packed, uint64_t max_ratio, const struct gzip_meter *meter, struct buf *out) MUST_USE;
/** False when that would not pay, or there is no memory. */
bool gzip_pack(struct slice plain, struct buf *out) MUST_USE;

/** Whether an Accept-Encoding value wants gzip (RFC 9110 section 12.5.3). */
bool gzip_is_accepted(struct slice accept_encoding);
/** Whether a reply is of a kind that packing is for: what its Vary field must tell. */
bool gzip_is_for(const struct net_reply *reply, uint64_t min_bytes);

#endif
