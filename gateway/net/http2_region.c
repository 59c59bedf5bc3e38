/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http2_region.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/** A new session of libnghttp2 (1.52) takes 9 KiB, the header tables of most clients the rest. */
#define REGION_BYTES 12288u
/** Blocks are multiples of this; up to SMALL_BYTES, freed ones are used again for the same size. */
#define GRAIN_BYTES 16u
#define SMALL_BYTES 1040u
#define SMALL_GRAINS (SMALL_BYTES / GRAIN_BYTES)

/** Raw deflate; the window holds the model and the region. */
#define PACK_LEVEL 6
#define PACK_WINDOW (-15)
#define PACK_MEMORY 6

/* ---- the heap ---- */

/** Stands before each block. */
struct block {
	uint64_t grains; /**< of both */
};

/** Stands at the beginning of the pages. Offsets count from there, 0 is none. */
struct heap {
	uint32_t used;                    /**< behind the last block */
	uint16_t freed[SMALL_GRAINS + 1]; /**< the first free block of so many grains; each holds the offset of the next */
};

static struct heap *heap_of(const struct http2_region *region)
{
	return (struct heap *)(void *)region->pages;
}

static struct block *head_of(const void *block)
{
	return (struct block *)(uintptr_t)block - 1;
}

void http2_region_open(struct http2_region *region)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (REGION_BYTES + page - 1) / page * page;

	*region = (struct http2_region){ .pages = aligned_alloc(page, bytes), .page_bytes = bytes };
	if (!region->pages)
		return;
	memset(region->pages, 0, bytes);
	heap_of(region)->used = (sizeof(struct heap) + GRAIN_BYTES - 1) / GRAIN_BYTES * GRAIN_BYTES;
}

void http2_region_close(struct http2_region *region)
{
	free(region->packed);
	free(region->pages);
	*region = (struct http2_region){ 0 };
}

static void *reuse(struct http2_region *region, size_t grains)
{
	struct heap *heap = heap_of(region);
	uint16_t offset = heap->freed[grains];

	if (!offset)
		return NULL;
	char *block = region->pages + offset;
	memcpy(&heap->freed[grains], block, sizeof(offset));
	memset(block, 0, sizeof(offset));
	return block;
}

void *http2_region_alloc(struct http2_region *region, size_t bytes)
{
	ASSERT(!region->packed);
	if (!region->pages || bytes > REGION_BYTES)
		return NULL;
	struct heap *heap = heap_of(region);
	size_t grains = (bytes + sizeof(struct block) + GRAIN_BYTES - 1) / GRAIN_BYTES;
	void *block = grains <= SMALL_GRAINS ? reuse(region, grains) : NULL;
	if (block || region->page_bytes - heap->used < grains * GRAIN_BYTES)
		return block;
	struct block *head = (struct block *)(void *)(region->pages + heap->used);
	heap->used += (uint32_t)(grains * GRAIN_BYTES);
	head->grains = grains;
	return head + 1;
}

bool http2_region_has(const struct http2_region *region, const void *block)
{
	uintptr_t first = (uintptr_t)region->pages, at = (uintptr_t)block;

	return region->pages && at >= first && at - first < region->page_bytes;
}

size_t http2_region_bytes(const void *block)
{
	return head_of(block)->grains * GRAIN_BYTES - sizeof(struct block);
}

/** What is cleared packs well. A long block is not used again: a session gives its own back when it ends. */
void http2_region_free(struct http2_region *region, void *block)
{
	struct heap *heap = heap_of(region);
	size_t grains = head_of(block)->grains;
	uint16_t offset = (uint16_t)((char *)block - region->pages);

	ASSERT(!region->packed);
	memset(block, 0, http2_region_bytes(block));
	if (grains > SMALL_GRAINS)
		return;
	memcpy(block, &heap->freed[grains], sizeof(offset));
	heap->freed[grains] = offset;
}

/* ---- packing ---- */

void http2_packer_open(struct http2_packer *packer)
{
	if (packer->is_ready)
		return;
	*packer = (struct http2_packer){ 0 };
	if (deflateInit2(&packer->pack, PACK_LEVEL, Z_DEFLATED, PACK_WINDOW, PACK_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	packer->is_ready = inflateInit2(&packer->unpack, PACK_WINDOW) == Z_OK;
	if (!packer->is_ready)
		deflateEnd(&packer->pack);
}

void http2_packer_close(struct http2_packer *packer)
{
	if (!packer->is_ready)
		return;
	deflateEnd(&packer->pack);
	inflateEnd(&packer->unpack);
	free(packer->model);
	*packer = (struct http2_packer){ 0 };
}

/** inflate gets the window that the model is put into now, while it may fail. */
static bool has_model(struct http2_packer *packer, const struct http2_region *region)
{
	unsigned bytes = heap_of(region)->used;

	if (packer->model)
		return true;
	char *model = malloc(bytes);
	if (!model)
		return false;
	memcpy(model, region->pages, bytes);
	if (inflateSetDictionary(&packer->unpack, (const unsigned char *)model, bytes) != Z_OK) {
		free(model);
		return false;
	}
	packer->model = model;
	packer->model_bytes = bytes;
	return true;
}

static void set_ends(z_stream *stream, const void *in, size_t in_bytes, void *out, size_t out_bytes)
{
	stream->next_in = (unsigned char *)(uintptr_t)in;
	stream->avail_in = (unsigned)in_bytes;
	stream->next_out = out;
	stream->avail_out = (unsigned)out_bytes;
}

void http2_region_pack(struct http2_region *region, struct http2_packer *packer)
{
	char packed[REGION_BYTES / 2];

	if (!packer->is_ready || !region->pages || region->packed || !has_model(packer, region))
		return;
	ASSERT(deflateReset(&packer->pack) == Z_OK);
	ASSERT(deflateSetDictionary(&packer->pack, (const unsigned char *)packer->model, packer->model_bytes) == Z_OK);
	set_ends(&packer->pack, region->pages, heap_of(region)->used, packed, sizeof(packed));
	if (deflate(&packer->pack, Z_FINISH) != Z_STREAM_END)
		return; /* it does not pay */
	size_t bytes = sizeof(packed) - packer->pack.avail_out;
	region->packed = malloc(bytes);
	if (!region->packed)
		return;
	memcpy(region->packed, packed, bytes);
	region->packed_bytes = (unsigned)bytes;
	(void)madvise(region->pages, region->page_bytes, MADV_DONTNEED); /* at worst nothing is saved */
}

/** Needs no memory beyond what there is. */
void http2_region_unpack(struct http2_region *region, struct http2_packer *packer)
{
	if (!region->packed)
		return;
	ASSERT(inflateReset(&packer->unpack) == Z_OK);
	ASSERT(inflateSetDictionary(&packer->unpack, (const unsigned char *)packer->model, packer->model_bytes) == Z_OK);
	set_ends(&packer->unpack, region->packed, region->packed_bytes, region->pages, region->page_bytes);
	ASSERT(inflate(&packer->unpack, Z_FINISH) == Z_STREAM_END);
	free(region->packed);
	region->packed = NULL;
}
