// SPDX-License-Identifier: GPL-2.0
/*
 * region_block: the memory of regions. A block is a large span from mheap, or from the reserve if
 * the caller must not sleep. Its descriptor is allocated separately. Belongs to region; no lock.
 */
#include <linux/slab.h>
#include "central/heap.h"
#include "pages/mheap.h"
#include "pages/report.h"
#include "pages/span_alloc.h"
#include "region/region.h"

/* If no whole block can be allocated, try a block of this size; bytes. */
#define REGION_BLOCK_SMALL	(32UL << 10)

static struct mspan *alloc_span(size_t bytes, size_t align, gfp_t gfp)
{
	unsigned long npages = BYTES_TO_PAGES(bytes), pages = max(1UL, align >> KSPAN_PAGE_SHIFT);

	return span_alloc(&heap_here(&default_heap)->owner, CLASS_LARGE, npages, pages, gfp);
}

/*
 * kmemleak scans the whole block, as its objects may hold pointers, but never reports it as a leak:
 * regions_report_leaks() does that.
 */
static void region_block_init(struct region_block *block, struct mspan *span, gfp_t gfp)
{
	span->region = true;
	span->keeps = false;
	block->next = NULL;
	block->span = span;
	block->used = 0;
	block->traces = (struct region_traces) { };
	block->fresh = span->base + (span->dirty ? mspan_bytes(span) : 0);
	kmemleak_alloc((void *)span->base, mspan_bytes(span), 0, gfp);
}

/* @room: bytes that the block must have. */
/* @bytes: as for region_block_create(); @room: what is enough for the object. */
static struct region_block *try_create(size_t size, size_t align, unsigned long bytes,
				       unsigned long room, gfp_t gfp)
{
	struct region_block *block;
	struct mspan *span;

	spinning_begin_unless_blocking(gfp);
	block = slab_result(kmalloc(sizeof(*block), gfp & ~__GFP_NOFAIL));
	spinning_end_unless_blocking(gfp);
	if (!block)
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
		kfree(block);
		return NULL;
	}
	region_block_init(block, span, gfp);
	return block;
}

/**
 * region_block_create() - allocate a block that an object fits in
 * @size: bytes of the object
 * @align: its alignment in bytes
 * @bytes: of the block, from region_next_bytes(); 0: it is for this object alone
 * @gfp: allocation flags
 *
 * Context: Any that may take a spinlock.
 * Return: the block, or NULL. It may be smaller than @bytes, but the object fits.
 */
struct region_block *region_block_create(size_t size, size_t align, unsigned long bytes, gfp_t gfp)
{
	size_t room = max(region_room_needed(size, align), REGION_BLOCK_SMALL);
	struct region_block *block;

	report_account(gfp);
	gfp = (gfp & ~(__GFP_ZERO | __GFP_ACCOUNT)) | __GFP_NOWARN;
	do {
		block = try_create(size, align, bytes, room, gfp);
	} while (!block && span_alloc_again(&default_heap.owner, BYTES_TO_PAGES(room), 1, gfp));
	return block;
}

/**
 * region_blocks_free() - free blocks
 * @r: the region that they are of, for reports
 * @block: the first of a chain of blocks without objects; or NULL
 *
 * Context: Any that may take a spinlock.
 */
void region_blocks_free(const struct region *r, struct region_block *block)
{
	struct region_block *next;

	spinning_begin();
	for (; block; block = next) {
		next = block->next;
		region_memory_back(&r->debug, &block->traces, block->span->base);
		kmemleak_free((void *)block->span->base);
		mheap_free_large(block->span);
		kfree(block);
	}
	spinning_end();
}

/* Free the blocks of a spare list. Context: as region_blocks_free(). */
void region_free_spare(struct region *r, struct region_block **spare)
{
	region_blocks_free(r, region_unkeep(r, spare));
}

/**
 * region_drop() - free all objects and blocks
 * @r: the region
 *
 * A trim that runs meanwhile may still be freeing some; regions_remove() waits for it.
 *
 * Context: Process context, as the only user of the region.
 */
void region_drop(struct region *r)
{
	region_reset(r);
	region_free_spare(r, &r->spare);
	region_free_spare(r, &r->spare_own);
}
