// SPDX-License-Identifier: GPL-2.0
/*
 * region: allocate objects from blocks, and free them; see region.h for the invariants. Nothing
 * here sleeps or takes a lock.
 */
#include <linux/align.h>
#include <linux/log2.h>
#include "heap/alloc.h"
#include "heap/large.h"
#include "pages/report.h"
#include "region/region.h"

/* Blocks at least this large shrink by one page so that they fill a segment; bytes. */
#define REGION_BLOCK_LARGE	(1024UL << 10)

/* The first block of a CPU's part of a region; bytes. */
#define REGION_BLOCK_FIRST	(64UL << 10)

/* Whether each allocation must do more than move the cursor: then the fast path is disabled. */
static bool has_hooks(const struct region *r)
{
	return KSPAN_KASAN || r->debug.letters || want_init_on_alloc(0);
}

/**
 * region_check_params() - check the parameters of a new region
 * @params: as given by the client; may be NULL
 *
 * Return: 0, or -EINVAL after logging the reason.
 */
int region_check_params(const struct kspan_region_params *params)
{
	if (!params || (PAGE_ALIGNED(params->block_size) &&
			params->block_size <= KSPAN_REGION_MAX_BLOCK))
		return 0;
	pr_err("region block_size %zu refused: give a multiple of %lu up to %lu\n",
	       params->block_size, PAGE_SIZE, KSPAN_REGION_MAX_BLOCK);
	return -EINVAL;
}

/*
 * Bytes of each block. A segment is a power of two, less a page where vmalloc does not align it.
 * Large blocks are a page smaller as well, or the last block of each segment would not fit.
 */
static unsigned long bytes_of_blocks(unsigned long block_size, unsigned long limit)
{
	unsigned long bytes = round_up(block_size, KSPAN_PAGE_SIZE);

	if (limit <= bytes)
		return max(round_up(limit, KSPAN_PAGE_SIZE), KSPAN_PAGE_SIZE);
	return bytes < REGION_BLOCK_LARGE ? bytes : bytes - KSPAN_PAGE_SIZE;
}

/**
 * region_init() - initialize a region without blocks
 * @r: zeroed memory
 * @params: checked by the caller; may be NULL
 * @name: which stays where it is, and may be set later
 */
void region_init(struct region *r, const struct kspan_region_params *params, const char *name)
{
	size_t block_size = params ? params->block_size : 0, limit = params ? params->limit : 0;
	static atomic64_t nr_regions;

	/* A destroyed region's mark must not match in a new region at the same address. */
	r->last_serial = (u64)atomic64_inc_return(&nr_regions) << 32;
	r->debug.name = name;
	r->debug.letters = owner_debug(&default_heap.owner) & DEBUG_LETTERS;
	r->block_size = block_size ?: KSPAN_REGION_BLOCK;
	r->limit = region_no_limit();
	if (limit)
		r->limit = max(round_down(limit, KSPAN_REGION_ALIGN), KSPAN_REGION_ALIGN);
	r->block_bytes = bytes_of_blocks(r->block_size, r->limit);
	r->first_size = r->block_size;
	r->next_size = r->first_size;
}

/* Let the blocks of a region without blocks begin small: one that many CPUs have a part of. */
void region_start_small(struct region *r)
{
	r->first_size = min(REGION_BLOCK_FIRST, r->block_size);
	r->next_size = r->first_size;
}

/**
 * region_can_serve() - check the arguments of an allocation
 * @size: bytes
 * @align: bytes
 * @gfp: as given by the caller
 *
 * Return: false if the allocation must fail; a misuse is then reported.
 */
bool region_can_serve(size_t size, size_t align, gfp_t gfp)
{
	if (unlikely(!is_power_of_2(align) || align > KSPAN_MAX_ALIGN)) {
		report_bad_align(align, _RET_IP_);
		return false;
	}
	if (unlikely(gfp & __KSPAN_REGION_UNSUPPORTED)) {
		report_bad_flags(gfp & __KSPAN_REGION_UNSUPPORTED, _RET_IP_);
		return false;
	}
	return size <= LARGE_MAX_BYTES;
}

static unsigned long region_block_bytes(const struct region_block *block)
{
	return mspan_bytes(block->span);
}

/* Set where the current block's room ends. The limit counts the bytes of all blocks. */
static void set_end(struct region *r)
{
	unsigned long room = r->blocks ? region_block_bytes(r->blocks) : 0;

	r->end = r->start + min(room, r->limit - r->before);
	r->head.end = has_hooks(r) ? r->head.cursor : r->end;
	kspan_assert(r->end >= r->head.cursor);
}

/* Make the top of the stack the current block. If the stack is empty there is none. */
static void enter(struct region *r)
{
	struct region_block *block = r->blocks;

	r->start = block ? block->span->base : 0;
	r->head.cursor = block ? r->start + block->used : 0;
	r->head.fresh = block ? block->fresh : 0;
	r->before -= block ? block->used : 0;
	set_end(r);
}

/*
 * The opposite of enter(): store the cursor's state in the current block. The block may then be
 * moved, or another pushed on top of it.
 */
static void leave(struct region *r)
{
	struct region_block *block = r->blocks;

	r->peak = max(r->peak, region_used(r));
	if (!block)
		return;
	block->used = r->head.cursor - r->start;
	/* With init_on_free, freed memory is zeroed, so @fresh stays. */
	block->fresh = want_init_on_free() ? r->head.fresh : max(r->head.fresh, r->head.cursor);
	r->before += block->used;
	r->head.cursor = r->start;
}

static bool fits(unsigned long from, unsigned long end, size_t size, size_t align)
{
	unsigned long p = ALIGN(from, align);

	return p <= end && size <= end - p;
}

static bool region_block_fits(const struct region_block *block, size_t size, size_t align)
{
	unsigned long base = block->span->base;

	return fits(base, base + region_block_bytes(block), size, align);
}

static void push_spare(struct region *r, struct region_block **spare, struct region_block *block)
{
	atomic_long_inc(&r->nr_spare);
	block->next = xchg(spare, NULL);
	smp_store_release(spare, block);	/* pairs with the xchg() in region_unkeep() */
}

/*
 * Remove from a list, which nobody else has, the first block of an ordinary size that fits, or else
 * the smallest that fits.
 */
static struct region_block *take_from_list(struct region *r, struct region_block **list,
					   size_t size, size_t align)
{
	struct region_block **p, **best = NULL, *block;

	for (p = list; *p; p = &(*p)->next)
		if (region_block_fits(*p, size, align) &&
		    (!best || region_block_bytes(*p) < region_block_bytes(*best))) {
			best = p;
			if (region_block_bytes(*best) <= r->block_bytes)
				break;
		}
	if (!best)
		return NULL;
	block = *best;
	*best = block->next;
	return block;
}

static struct region_block *take_spare(struct region *r, struct region_block **spare, size_t size,
				       size_t align)
{
	struct region_block *list, *block;

	if (!READ_ONCE(*spare))
		return NULL;
	list = xchg(spare, NULL);
	block = take_from_list(r, &list, size, align);
	smp_store_release(spare, list);		/* pairs with the xchg() in region_unkeep() */
	if (block)
		atomic_long_dec(&r->nr_spare);
	return block;
}

/* The caller has checked the limit, so an object that fits the block also fits the limit. */
static void make_current(struct region *r, struct region_block *block)
{
	leave(r);
	block->next = r->blocks;
	r->blocks = block;
	enter(r);
}

static bool next_block(struct region *r, size_t size, size_t align)
{
	struct region_block *block = take_spare(r, &r->spare, size, align);

	if (!block)
		return false;
	make_current(r, block);
	return true;
}

static unsigned long bump(struct region *r, size_t size, size_t align)
{
	unsigned long p = ALIGN(r->head.cursor, align);

	if (r->debug.letters)
		region_memory_take(&r->debug, &r->blocks->traces, r->head.cursor, p, size);
	r->head.cursor = p + round_up(size, KSPAN_REGION_ALIGN);
	r->head.allocs++;
	if (has_hooks(r))
		r->head.end = r->head.cursor;
	return p | (p >= r->head.fresh ? OBJ_FRESH : 0);
}

static unsigned long own_end(const struct region_block *block, size_t size, size_t align)
{
	return ALIGN(block->span->base, align) + round_up(size, KSPAN_REGION_ALIGN);
}

static unsigned long use_own(struct region *r, struct region_block *block, size_t size,
			     size_t align)
{
	unsigned long p = ALIGN(block->span->base, align), end = own_end(block, size, align);
	unsigned long fresh = block->fresh;

	if (r->debug.letters)
		region_memory_take(&r->debug, &block->traces, block->span->base, p, size);
	block->next = r->own;
	r->own = block;
	block->used = end - block->span->base;
	if (!want_init_on_free())
		block->fresh = max(fresh, end);
	r->before += block->used;
	r->head.allocs++;
	set_end(r);
	return p | (p >= fresh ? OBJ_FRESH : 0);
}

static unsigned long take_own(struct region *r, size_t size, size_t align)
{
	struct region_block *block = take_spare(r, &r->spare_own, size, align);

	if (!block)
		return 0;
	/* A block created for the object has no gap before it. */
	if (own_end(block, size, align) - block->span->base > region_left(r)) {
		push_spare(r, &r->spare_own, block);
		return 0;
	}
	return use_own(r, block, size, align);
}

/**
 * region_take() - take an object from the region's blocks
 * @r: the region
 * @size: bytes, not 0, with those of a red zone, as for all functions here
 * @align: bytes, a power of two, at least KSPAN_REGION_ALIGN
 *
 * Context: Any, as the only user of the region.
 * Return: the address, with OBJ_FRESH if it is fresh; or 0 if a block is missing or the limit is
 * reached.
 */
unsigned long region_take(struct region *r, size_t size, size_t align)
{
	if (likely(fits(r->head.cursor, r->end, size, align)))
		return bump(r, size, align);
	if (region_limit_reached(r, size, align))
		return 0;
	if (region_wants_own_block(r, size, align))
		return take_own(r, size, align);
	return next_block(r, size, align) ? bump(r, size, align) : 0;
}

/**
 * region_next_bytes() - the size of the block that region_take() lacked
 * @r: the region
 * @size: bytes of the object
 * @align: its alignment in bytes
 *
 * Twice that of the block before, up to block_bytes, or more if the object needs it. The first is
 * as large as region_start_small() says.
 *
 * Context: Any, as the only user of the region.
 * Return: bytes; 0 for a block of a single object.
 */
unsigned long region_next_bytes(struct region *r, size_t size, size_t align)
{
	unsigned long next = r->blocks ? r->next_size : r->first_size;

	if (region_wants_own_block(r, size, align))
		return 0;
	while (bytes_of_blocks(next, r->limit) < region_room_needed(size, align) &&
	       next < r->block_size)
		next *= 2;
	r->next_size = min(next, r->block_size);
	return bytes_of_blocks(r->next_size, r->limit);
}

static void count_block(struct region *r, const struct region_block *block, int sign)
{
	atomic_long_add(sign, &r->nr_blocks);
	atomic_long_add(sign * (long)region_block_bytes(block), &r->held);
}

/**
 * region_take_from() - give a region a block, and take an object from it
 * @r: the region, of which region_take() failed and the limit is not reached
 * @block: from region_block_create() for this object
 * @size: as for region_take()
 * @align: as for region_take()
 *
 * Context: Any, as the only user of the region.
 * Return: as region_take(), but never 0.
 */
unsigned long region_take_from(struct region *r, struct region_block *block, size_t size,
			       size_t align)
{
	unsigned long twice = 2 * roundup_pow_of_two(region_block_bytes(block));

	count_block(r, block, 1);
	if (region_wants_own_block(r, size, align))
		return use_own(r, block, size, align);
	r->next_size = clamp(twice, r->next_size, r->block_size);
	make_current(r, block);
	return bump(r, size, align);
}

/**
 * region_unkeep() - remove all blocks of a spare list from a region
 * @r: the region
 * @spare: the list
 *
 * Context: Any. The region may be in use meanwhile; region.h says why.
 * Return: the blocks, for region_blocks_free().
 */
struct region_block *region_unkeep(struct region *r, struct region_block **spare)
{
	struct region_block *first = xchg(spare, NULL), *block;

	for (block = first; block; block = block->next) {
		atomic_long_dec(&r->nr_spare);
		count_block(r, block, -1);
	}
	return first;
}

static void pop(struct region *r, struct region_block **stack, struct region_block **spare)
{
	struct region_block *block = *stack;

	*stack = block->next;
	r->before -= block->used;
	region_memory_end(&r->debug, &block->traces, block->span->base,
			  block->span->base + block->used);
	block->used = 0;
	push_spare(r, spare, block);	/* last: a trim may free it at once */
}

/**
 * region_rewind() - free all objects that were allocated after a mark
 * @r: the region
 * @mark: the mark; not checked
 *
 * Context: Any, as the only user of the region.
 */
void region_rewind(struct region *r, const struct kspan_region_mark *mark)
{
	leave(r);
	while (r->own != mark->own)
		pop(r, &r->own, &r->spare_own);
	while (r->blocks != mark->block)
		pop(r, &r->blocks, &r->spare);
	if (r->blocks) {
		region_memory_end(&r->debug, &r->blocks->traces, mark->cursor,
				  r->blocks->span->base + r->blocks->used);
		r->before -= r->blocks->span->base + r->blocks->used - mark->cursor;
		r->blocks->used = mark->cursor - r->blocks->span->base;
	}
	enter(r);
}

/**
 * region_reset() - free all objects
 * @r: the region
 *
 * Context: Any, as the only user of the region.
 */
void region_reset(struct region *r)
{
	const struct kspan_region_mark beginning = { };

	region_rewind(r, &beginning);
	r->innermost = 0;
	r->nr_marks = 0;
	r->resets++;
}
