/* SPDX-License-Identifier: Apache-2.0 */
/**
 * http2_region: a small heap in pages of its own, for what libnghttp2 keeps of one session. While the connection is idle it is
 * packed to a tenth, and its pages are given back to the system; unpacked, everything lies where it lay.
 */
#ifndef CANNULA_NET_HTTP2_REGION_H
#define CANNULA_NET_HTTP2_REGION_H

#include "cannula/base.h"

#include <zlib.h>

/** What packs and unpacks, with the memory for it: one for each loop. Regions are like each other, so each is packed as what
 * differs from a first one. */
struct http2_packer {
	bool is_ready; /**< false: there was no memory, nothing is ever packed */
	z_stream pack, unpack;
	char *model; /**< a copy of the first region */
	unsigned model_bytes;
};

void http2_packer_open(struct http2_packer *packer);
void http2_packer_close(struct http2_packer *packer);

struct http2_region {
	char *pages;       /**< NULL: no memory, all comes from elsewhere */
	size_t page_bytes; /**< of all of them */
	char *packed;      /**< what was in the pages; NULL: it is there */
	unsigned packed_bytes;
};

void http2_region_open(struct http2_region *region);
void http2_region_close(struct http2_region *region);

/** Aligned to 8 bytes, not cleared; NULL: there is no room for it here. */
void *http2_region_alloc(struct http2_region *region, size_t bytes);
/** False: it is from elsewhere. */
bool http2_region_has(const struct http2_region *region, const void *block);
/** How many bytes there are in a block, at least as many as were asked for. */
size_t http2_region_bytes(const void *block);
void http2_region_free(struct http2_region *region, void *block);

/** Until it is unpacked, no block may be looked at. Does nothing when there is no memory for it. */
void http2_region_pack(struct http2_region *region, struct http2_packer *packer);
void http2_region_unpack(struct http2_region *region, struct http2_packer *packer);

#endif
