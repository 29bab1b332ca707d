// SPDX-License-Identifier: GPL-2.0
/*
 * region: allocate objects from chunks, and free them; see region.h for the invariants. Nothing
 * here sleeps or takes a lock.
 */
#include <linux/align.h>
#include <linux/log2.h>
#include "heap/alloc.h"
#include "heap/large.h"
#include "pages/report.h"
#include "region/region.h"

/* Chunks at least this large shrink by one page so that they fill a segment; bytes. */
#define LARGE_CHUNK	(1024UL << 10)

/* The first chunk of a CPU's part of a region; bytes. */
#define FIRST_CHUNK	(64UL << 10)

/* Whether each allocation must do more than move the cursor: then the fast path is disabled. */
static bool has_hooks(void)
{
	return KSPAN_KASAN || want_init_on_alloc(0);
}

/**
 * region_check_params() - check the parameters of a new region
 * @params: as given by the client; may be NULL
 *
 * Return: 0, or -EINVAL after logging the reason.
 */
int region_check_params(const struct kspan_region_params *params)
{
	if (!params || (PAGE_ALIGNED(params->chunk_size) &&
			params->chunk_size <= KSPAN_REGION_MAX_CHUNK))
		return 0;
	pr_err("region chunk_size %zu refused: give a multiple of %lu up to %lu\n",
	       params->chunk_size, PAGE_SIZE, KSPAN_REGION_MAX_CHUNK);
	return -EINVAL;
}

/*
 * Bytes of each chunk. A segment is a power of two, less a page where vmalloc does not align it.
 * Large chunks are a page smaller as well, or the last chunk of each segment would not fit.
 */
static unsigned long bytes_of_chunks(unsigned long chunk_size, unsigned long limit)
{
	unsigned long bytes = round_up(chunk_size, KSPAN_PAGE_SIZE);

	if (limit <= bytes)
		return max(round_up(limit, KSPAN_PAGE_SIZE), KSPAN_PAGE_SIZE);
	return bytes < LARGE_CHUNK ? bytes : bytes - KSPAN_PAGE_SIZE;
}

/**
 * region_init() - initialize a region without chunks
 * @r: zeroed memory
 * @params: checked by the caller; may be NULL
 */
void region_init(struct region *r, const struct kspan_region_params *params)
{
	size_t chunk_size = params ? params->chunk_size : 0, limit = params ? params->limit : 0;
	static atomic64_t nr_regions;

	/* A destroyed region's mark must not match in a new region at the same address. */
	r->last_serial = (u64)atomic64_inc_return(&nr_regions) << 32;
	r->chunk_size = chunk_size ?: KSPAN_REGION_CHUNK;
	r->limit = region_no_limit();
	if (limit)
		r->limit = max(round_down(limit, KSPAN_REGION_ALIGN), KSPAN_REGION_ALIGN);
	r->chunk_bytes = bytes_of_chunks(r->chunk_size, r->limit);
	r->first_size = r->chunk_size;
	r->next_size = r->first_size;
}

/* Let the chunks of a region without chunks begin small: one that many CPUs have a part of. */
void region_start_small(struct region *r)
{
	r->first_size = min(FIRST_CHUNK, r->chunk_size);
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

static unsigned long chunk_bytes(const struct region_chunk *chunk)
{
	return mspan_bytes(chunk->span);
}

/* Set where the current chunk's room ends. The limit counts the bytes of all chunks. */
static void set_end(struct region *r)
{
	unsigned long room = r->chunks ? chunk_bytes(r->chunks) : 0;

	r->end = r->start + min(room, r->limit - r->before);
	r->head.end = has_hooks() ? r->head.cursor : r->end;
	kspan_assert(r->end >= r->head.cursor);
}

/* Make the top of the stack the current chunk. If the stack is empty there is none. */
static void enter(struct region *r)
{
	struct region_chunk *chunk = r->chunks;

	r->start = chunk ? chunk->span->base : 0;
	r->head.cursor = chunk ? r->start + chunk->used : 0;
	r->head.fresh = chunk ? chunk->fresh : 0;
	r->before -= chunk ? chunk->used : 0;
	set_end(r);
}

/*
 * The opposite of enter(): store the cursor's state in the current chunk. The chunk may then be
 * moved, or another pushed on top of it.
 */
static void leave(struct region *r)
{
	struct region_chunk *chunk = r->chunks;

	r->peak = max(r->peak, region_used(r));
	if (!chunk)
		return;
	chunk->used = r->head.cursor - r->start;
	/* With init_on_free, freed memory is zeroed, so @fresh stays. */
	chunk->fresh = want_init_on_free() ? r->head.fresh : max(r->head.fresh, r->head.cursor);
	r->before += chunk->used;
	r->head.cursor = r->start;
}

static bool fits(unsigned long from, unsigned long end, size_t size, size_t align)
{
	unsigned long p = ALIGN(from, align);

	return p <= end && size <= end - p;
}

static bool chunk_fits(const struct region_chunk *chunk, size_t size, size_t align)
{
	unsigned long base = chunk->span->base;

	return fits(base, base + chunk_bytes(chunk), size, align);
}

static void push_spare(struct region *r, struct region_chunk **spare, struct region_chunk *chunk)
{
	atomic_long_inc(&r->nr_spare);
	chunk->next = xchg(spare, NULL);
	smp_store_release(spare, chunk);	/* pairs with the xchg() in region_unkeep() */
}

/*
 * Remove from a list, which nobody else has, the first chunk of an ordinary size that fits, or else
 * the smallest that fits.
 */
static struct region_chunk *take_from_list(struct region *r, struct region_chunk **list,
					   size_t size, size_t align)
{
	struct region_chunk **p, **best = NULL, *chunk;

	for (p = list; *p; p = &(*p)->next)
		if (chunk_fits(*p, size, align) &&
		    (!best || chunk_bytes(*p) < chunk_bytes(*best))) {
			best = p;
			if (chunk_bytes(*best) <= r->chunk_bytes)
				break;
		}
	if (!best)
		return NULL;
	chunk = *best;
	*best = chunk->next;
	return chunk;
}

static struct region_chunk *take_spare(struct region *r, struct region_chunk **spare, size_t size,
				       size_t align)
{
	struct region_chunk *list, *chunk;

	if (!READ_ONCE(*spare))
		return NULL;
	list = xchg(spare, NULL);
	chunk = take_from_list(r, &list, size, align);
	smp_store_release(spare, list);		/* pairs with the xchg() in region_unkeep() */
	if (chunk)
		atomic_long_dec(&r->nr_spare);
	return chunk;
}

/* The caller has checked the limit, so an object that fits the chunk also fits the limit. */
static void make_current(struct region *r, struct region_chunk *chunk)
{
	leave(r);
	chunk->next = r->chunks;
	r->chunks = chunk;
	enter(r);
}

static bool next_chunk(struct region *r, size_t size, size_t align)
{
	struct region_chunk *chunk = take_spare(r, &r->spare, size, align);

	if (!chunk)
		return false;
	make_current(r, chunk);
	return true;
}

static unsigned long bump(struct region *r, size_t size, size_t align)
{
	unsigned long p = ALIGN(r->head.cursor, align);

	r->head.cursor = p + round_up(size, KSPAN_REGION_ALIGN);
	r->head.allocs++;
	if (has_hooks())
		r->head.end = r->head.cursor;
	return p | (p >= r->head.fresh ? OBJ_FRESH : 0);
}

static unsigned long own_end(const struct region_chunk *chunk, size_t size, size_t align)
{
	return ALIGN(chunk->span->base, align) + round_up(size, KSPAN_REGION_ALIGN);
}

static unsigned long use_own(struct region *r, struct region_chunk *chunk, size_t size,
			     size_t align)
{
	unsigned long p = ALIGN(chunk->span->base, align), end = own_end(chunk, size, align);
	unsigned long fresh = chunk->fresh;

	chunk->next = r->own;
	r->own = chunk;
	chunk->used = end - chunk->span->base;
	if (!want_init_on_free())
		chunk->fresh = max(fresh, end);
	r->before += chunk->used;
	r->head.allocs++;
	set_end(r);
	return p | (p >= fresh ? OBJ_FRESH : 0);
}

static unsigned long take_own(struct region *r, size_t size, size_t align)
{
	struct region_chunk *chunk = take_spare(r, &r->spare_own, size, align);

	if (!chunk)
		return 0;
	/* A chunk created for the object has no gap before it. */
	if (own_end(chunk, size, align) - chunk->span->base > region_left(r)) {
		push_spare(r, &r->spare_own, chunk);
		return 0;
	}
	return use_own(r, chunk, size, align);
}

/**
 * region_take() - take an object from the region's chunks
 * @r: the region
 * @size: bytes, not 0
 * @align: bytes, a power of two, at least KSPAN_REGION_ALIGN
 *
 * Context: Any, as the only user of the region.
 * Return: the address, with OBJ_FRESH if it is fresh; or 0 if a chunk is missing or the limit is
 * reached.
 */
unsigned long region_take(struct region *r, size_t size, size_t align)
{
	if (likely(fits(r->head.cursor, r->end, size, align)))
		return bump(r, size, align);
	if (region_limit_reached(r, size, align))
		return 0;
	if (region_wants_own_chunk(r, size, align))
		return take_own(r, size, align);
	return next_chunk(r, size, align) ? bump(r, size, align) : 0;
}

/**
 * region_next_bytes() - the size of the chunk that region_take() lacked
 * @r: the region
 * @size: bytes of the object
 * @align: its alignment in bytes
 *
 * Twice that of the chunk before, up to chunk_bytes, or more if the object needs it. The first is
 * as large as region_start_small() says.
 *
 * Context: Any, as the only user of the region.
 * Return: bytes; 0 for a chunk of a single object.
 */
unsigned long region_next_bytes(struct region *r, size_t size, size_t align)
{
	unsigned long next = r->chunks ? r->next_size : r->first_size;

	if (region_wants_own_chunk(r, size, align))
		return 0;
	while (bytes_of_chunks(next, r->limit) < region_room_needed(size, align) &&
	       next < r->chunk_size)
		next *= 2;
	r->next_size = min(next, r->chunk_size);
	return bytes_of_chunks(r->next_size, r->limit);
}

static void count_chunk(struct region *r, const struct region_chunk *chunk, int sign)
{
	atomic_long_add(sign, &r->nr_chunks);
	atomic_long_add(sign * (long)chunk_bytes(chunk), &r->held);
}

/**
 * region_take_from() - give a region a chunk, and take an object from it
 * @r: the region, of which region_take() failed and the limit is not reached
 * @chunk: from region_chunk_create() for this object
 * @size: as for region_take()
 * @align: as for region_take()
 *
 * Context: Any, as the only user of the region.
 * Return: as region_take(), but never 0.
 */
unsigned long region_take_from(struct region *r, struct region_chunk *chunk, size_t size,
			       size_t align)
{
	unsigned long twice = 2 * roundup_pow_of_two(chunk_bytes(chunk));

	count_chunk(r, chunk, 1);
	if (region_wants_own_chunk(r, size, align))
		return use_own(r, chunk, size, align);
	r->next_size = clamp(twice, r->next_size, r->chunk_size);
	make_current(r, chunk);
	return bump(r, size, align);
}

/**
 * region_unkeep() - remove all chunks of a spare list from a region
 * @r: the region
 * @spare: the list
 *
 * Context: Any. The region may be in use meanwhile; region.h says why.
 * Return: the chunks, for region_chunks_free().
 */
struct region_chunk *region_unkeep(struct region *r, struct region_chunk **spare)
{
	struct region_chunk *first = xchg(spare, NULL), *chunk;

	for (chunk = first; chunk; chunk = chunk->next) {
		atomic_long_dec(&r->nr_spare);
		count_chunk(r, chunk, -1);
	}
	return first;
}

/**
 * region_hand_out() - prepare an object for the caller
 * @obj: from region_take()
 * @size: requested bytes
 * @gfp: as given by the caller
 *
 * Return: the object.
 */
void *region_hand_out(unsigned long obj, size_t size, gfp_t gfp)
{
	void *p = (void *)(obj & ~OBJ_FRESH);

	kasan_unpoison_object(p, size);
	if (want_init_on_alloc(gfp) && !(obj & OBJ_FRESH))
		memset(p, 0, size);
	return p;
}

/* Zero (if asked) and poison freed memory. */
static void forget(unsigned long from, unsigned long to)
{
	void *p = (void *)from;

	if (from == to)
		return;
	if (want_init_on_free()) {
		kasan_unpoison_object(p, to - from);
		memset(p, 0, to - from);
	}
	kasan_poison_range(p, to - from);
}

static void pop(struct region *r, struct region_chunk **stack, struct region_chunk **spare)
{
	struct region_chunk *chunk = *stack;

	*stack = chunk->next;
	r->before -= chunk->used;
	forget(chunk->span->base, chunk->span->base + chunk->used);
	chunk->used = 0;
	push_spare(r, spare, chunk);	/* last: a trim may free it at once */
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
	while (r->chunks != mark->chunk)
		pop(r, &r->chunks, &r->spare);
	if (r->chunks) {
		forget(mark->cursor, r->chunks->span->base + r->chunks->used);
		r->before -= r->chunks->span->base + r->chunks->used - mark->cursor;
		r->chunks->used = mark->cursor - r->chunks->span->base;
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
