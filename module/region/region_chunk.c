// SPDX-License-Identifier: GPL-2.0
/*
 * region_chunk: the memory of regions. A chunk is a large span from mheap, or from the reserve if
 * the caller must not sleep. Its descriptor is allocated separately. Belongs to region; no lock.
 */
#include <linux/slab.h>
#include "central/heap.h"
#include "pages/mheap.h"
#include "pages/report.h"
#include "pages/span_alloc.h"
#include "region/region.h"

/* If no whole chunk can be allocated, try a chunk of this size; bytes. */
#define SMALL_CHUNK	(32UL << 10)

static struct mspan *alloc_span(size_t bytes, size_t align, gfp_t gfp)
{
	unsigned long npages = BYTES_TO_PAGES(bytes), pages = max(1UL, align >> KSPAN_PAGE_SHIFT);

	return span_alloc(&heap_here(&default_heap)->owner, CLASS_LARGE, npages, pages, gfp);
}

/*
 * kmemleak scans the whole chunk, as its objects may hold pointers, but never reports it as a leak:
 * regions_report_leaks() does that.
 */
static void chunk_init(struct region_chunk *chunk, struct mspan *span, gfp_t gfp)
{
	span->region = true;
	chunk->next = NULL;
	chunk->span = span;
	chunk->used = 0;
	chunk->fresh = span->base + (span->dirty ? mspan_bytes(span) : 0);
	kmemleak_alloc((void *)span->base, mspan_bytes(span), 0, gfp);
}

/* @room: bytes that the chunk must have. */
/* @bytes: as for region_chunk_create(); @room: what is enough for the object. */
static struct region_chunk *try_create(size_t size, size_t align, unsigned long bytes,
				       unsigned long room, gfp_t gfp)
{
	struct region_chunk *chunk;
	struct mspan *span;

	spinning_begin_unless_blocking(gfp);
	chunk = slab_result(kmalloc(sizeof(*chunk), gfp & ~__GFP_NOFAIL));
	spinning_end_unless_blocking(gfp);
	if (!chunk)
		return NULL;
	if (!bytes) {
		span = alloc_span(size, align, gfp);
	} else {
		/* Not at any price, if less will do. */
		span = alloc_span(bytes, KSPAN_PAGE_SIZE, room < bytes ? gfp & ~__GFP_NOFAIL : gfp);
		if (!span && room < bytes)
			span = alloc_span(room, KSPAN_PAGE_SIZE, gfp);
	}
	if (!span) {
		kfree(chunk);
		return NULL;
	}
	chunk_init(chunk, span, gfp);
	return chunk;
}

/**
 * region_chunk_create() - allocate a chunk that an object fits in
 * @size: bytes of the object
 * @align: its alignment in bytes
 * @bytes: of the chunk, from region_next_bytes(); 0: it is for this object alone
 * @gfp: allocation flags
 *
 * Context: Any that may take a spinlock.
 * Return: the chunk, or NULL. It may be smaller than @bytes, but the object fits.
 */
struct region_chunk *region_chunk_create(size_t size, size_t align, unsigned long bytes, gfp_t gfp)
{
	size_t room = max(region_room_needed(size, align), SMALL_CHUNK);
	struct region_chunk *chunk;

	report_account(gfp);
	gfp = (gfp & ~(__GFP_ZERO | __GFP_ACCOUNT)) | __GFP_NOWARN;
	do {
		chunk = try_create(size, align, bytes, room, gfp);
	} while (!chunk && span_alloc_again(&default_heap.owner, BYTES_TO_PAGES(room), 1, gfp));
	return chunk;
}

/**
 * region_chunks_free() - free chunks
 * @chunk: the first of a chain of chunks without objects; or NULL
 *
 * Context: Any that may take a spinlock.
 */
void region_chunks_free(struct region_chunk *chunk)
{
	struct region_chunk *next;

	spinning_begin();
	for (; chunk; chunk = next) {
		next = chunk->next;
		kmemleak_free((void *)chunk->span->base);
		mheap_free_large(chunk->span);
		kfree(chunk);
	}
	spinning_end();
}

/**
 * region_drop() - free all objects and chunks
 * @r: the region
 *
 * A trim that runs meanwhile may still be freeing some; regions_remove() waits for it.
 *
 * Context: Process context, as the only user of the region.
 */
void region_drop(struct region *r)
{
	region_reset(r);
	region_chunks_free(region_unkeep(r, &r->spare));
	region_chunks_free(region_unkeep(r, &r->spare_own));
}
