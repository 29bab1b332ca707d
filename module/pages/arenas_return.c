// SPDX-License-Identifier: GPL-2.0
/*
 * arenas_return: segments become part of what there is, and go back to the kernel, whole or in
 * pages. See arenas.h for the locks.
 */
#include <linux/sched.h>
#include <linux/sizes.h>
#include "base/kick.h"
#include "base/trace.h"
#include "pages/arenas.h"
#include "pages/pagemap.h"

/* As much may lie empty until arena_decay_ms has passed, whatever is in use. */
#define ENOUGH_EMPTY_BYTES	SZ_16M

static bool before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct segment, address_node)->base <
	       rb_entry(b, struct segment, address_node)->base;
}

/* An arena that the segment may be part of, or NULL. */
static struct arena *arena_for(const struct segment *seg)
{
	struct arena *arena;

	list_for_each_entry(arena, &mheap.arenas, list)
		if (!arena->own && arena->node == seg->node && arena->backing == seg->backing &&
		    arena_has_room(arena))
			return arena;
	return NULL;
}

static void account(const struct segment *seg, long sign)
{
	WRITE_ONCE(mheap.nr_segments, mheap.nr_segments + sign);
	WRITE_ONCE(mheap.nr_granules, mheap.nr_granules + sign * seg->granules);
	WRITE_ONCE(mheap.arena_bytes, mheap.arena_bytes + sign * seg->bytes);
}

/**
 * arenas_insert() - add a new segment
 * @seg: the segment; its granules have their maps
 * @spare: an arena that it becomes part of if it belongs into none that there is, or if that is an
 *	area's; then set to NULL
 */
void arenas_insert(struct segment *seg, struct arena **spare)
{
	struct arena *arena = (*spare)->own ? NULL : arena_for(seg);

	mheap_assert_locked();
	if (!arena) {
		arena = *spare;
		*spare = NULL;
		list_add_tail(&arena->list, &mheap.arenas);
		WRITE_ONCE(mheap.nr_arenas, mheap.nr_arenas + 1);
	}
	seg->number = mheap.created;
	WRITE_ONCE(mheap.created, mheap.created + 1);
	arena_add(arena, seg);
	rb_add(&seg->address_node, &mheap.by_address, before);
	seg->tree = arenas_tree(seg);
	arenas_change_end(seg);
	arenas_empty_add(seg);
	account(seg, 1);
	trace_segment_make(seg->base, seg->bytes, backing_name(seg->backing), seg->node);
}

static struct segment *by_address(struct rb_node *node)
{
	return rb_entry_safe(node, struct segment, address_node);
}

/* Have no page lead to a span, or to what was one. */
static void forget_pages(const struct segment *seg)
{
	unsigned long page;

	if (!seg->holes) {
		pagemap_set(seg->base, seg->npages, &no_span);
		return;
	}
	for_each_clear_bit(page, seg->holes, seg->npages)
		pagemap_set(seg->base + (page << KSPAN_PAGE_SHIFT), 1, &no_span);
}

/*
 * Remove the maps of a segment's granules, except those that it shares with a neighbour. The
 * neighbour may hold pages of the reserve, which have no span but rely on their maps.
 */
static void remove_maps(struct segment *seg)
{
	struct segment *prev = by_address(rb_prev(&seg->address_node));
	struct segment *next = by_address(rb_next(&seg->address_node));
	unsigned long start = seg->base, end = segment_end(seg);

	forget_pages(seg);
	if (prev && (segment_end(prev) - 1) >> GRANULE_SHIFT == start >> GRANULE_SHIFT)
		start = round_up(start + 1, BIT(GRANULE_SHIFT));
	if (next && next->base >> GRANULE_SHIFT == (end - 1) >> GRANULE_SHIFT)
		end = round_down(end - 1, BIT(GRANULE_SHIFT));
	if (start < end)
		pagemap_remove_maps(start, (end - start) >> KSPAN_PAGE_SHIFT);
}

/* Return: the segment's arena if it has no other one. */
static struct arena *remove_segment(struct segment *seg)
{
	struct arena *arena = seg->arena;

	remove_maps(seg);
	rb_erase(&seg->address_node, &mheap.by_address);
	arenas_change_begin(seg);
	account(seg, -1);
	WRITE_ONCE(mheap.returned, mheap.returned + 1);
	arena_remove(seg);
	if (arena->nr_made)
		return NULL;
	list_del(&arena->list);
	WRITE_ONCE(mheap.nr_arenas, mheap.nr_arenas - 1);
	return arena;
}

/**
 * arenas_unpin() - allow a segment to be returned once it is empty
 * @seg: from arenas_grow(); mheap.lock held
 */
void arenas_unpin(struct segment *seg)
{
	mheap_assert_locked();
	kspan_assert(seg->pins);
	if (!--seg->pins && segment_is_empty(seg))
		kick();
}

/* Take an empty segment out of what there is. */
static void collect(struct segment *seg, struct list_head *segments, struct list_head *arenas)
{
	struct arena *arena;

	arenas_empty_remove(seg);
	list_add(&seg->list, segments);
	arena = remove_segment(seg);
	if (arena)
		list_add(&arena->list, arenas);
}

static void collect_idle(unsigned long min_idle, struct list_head *segments,
			 struct list_head *arenas)
{
	struct segment *seg, *next;

	list_for_each_entry_safe(seg, next, &mheap.empty, list)
		if (!seg->pins && jiffies - seg->emptied >= min_idle)
			collect(seg, segments, arenas);
}

/* Whether more lies empty than is in use, and that is much. */
static bool has_surplus(void)
{
	unsigned long bytes = READ_ONCE(mheap.empty_bytes);

	return bytes > ENOUGH_EMPTY_BYTES && bytes > READ_ONCE(mheap.arena_bytes) / 2;
}

static void collect_surplus(struct list_head *segments, struct list_head *arenas)
{
	struct segment *seg, *next;

	list_for_each_entry_safe(seg, next, &mheap.empty, list) {
		if (!has_surplus())
			break;
		if (!seg->pins)
			collect(seg, segments, arenas);
	}
}

/* Return: the bytes. */
static unsigned long destroy(struct list_head *segments, struct list_head *arenas)
{
	struct arena *arena, *next_arena;
	struct segment *seg, *next;
	unsigned long bytes = 0;

	lockdep_assert_held(&mheap.return_lock);
	list_for_each_entry_safe(seg, next, segments, list) {
		bytes += seg->bytes;
		trace_segment_free(seg->base, seg->bytes, backing_name(seg->backing), seg->node);
		segment_destroy(seg);
	}
	list_for_each_entry_safe(arena, next_arena, arenas, list)
		arena_destroy(arena);
	return bytes;
}

/* Give up to @most free pages of a segment back. Return: the bytes. */
static unsigned long make_holes(struct segment *seg, unsigned long most)
{
	unsigned long page = seg->npages, n = 0, bytes;

	arenas_change_begin(seg);
	while (n < most && (page = segment_find_hole(seg, page)) != NO_PAGE) {
		pagemap_set(seg->base + (page << KSPAN_PAGE_SHIFT), HOLE_PAGES, &no_span);
		segment_make_hole(seg, page);
		n += HOLE_PAGES;
	}
	arenas_change_end(seg);
	bytes = n << KSPAN_PAGE_SHIFT;
	WRITE_ONCE(mheap.arena_bytes, mheap.arena_bytes - bytes);
	return bytes;
}

/* Those that were not needed since the last look, which was at least @min_idle ago. */
static unsigned long loosen(struct segment *seg, unsigned long min_idle)
{
	unsigned long bytes = 0;

	if (seg->pins || jiffies - seg->looked < min_idle)
		return 0;
	if (seg->low || !min_idle)
		bytes = make_holes(seg, min_idle ? seg->low : seg->free_pages);
	seg->low = seg->free_pages;
	seg->looked = jiffies;
	return bytes;
}

/* The emptiest come first, until one has no free page: making holes fills a segment. */
static unsigned long loosen_all(const struct rb_root *tree, unsigned long min_idle)
{
	struct rb_node *node = rb_last(tree), *prev;
	unsigned long bytes = 0;

	for (; node && fill_entry(node)->free_pages; node = prev) {
		prev = rb_prev(node);
		bytes += loosen(fill_entry(node), min_idle);
		cond_resched();
	}
	return bytes;
}

static unsigned long loosen_blocks(unsigned long min_idle)
{
	unsigned long bytes = 0;
	unsigned int i;

	for (i = 0; i < NR_BACKINGS * nr_node_ids; i++)
		if (backing_is_direct(i / nr_node_ids))
			bytes += loosen_all(&mheap.by_fill[i].root, min_idle);
	return bytes;
}

/**
 * arenas_return() - give empty segments that are not pinned back to the kernel, and of blocks the
 *	pages that are not needed
 * @min_idle: jiffies that a segment must have been empty for, or pages not needed
 *
 * Context: Process context.
 * Return: the bytes given back.
 */
unsigned long arenas_return(unsigned long min_idle)
{
	LIST_HEAD(segments);
	LIST_HEAD(arenas);
	unsigned long bytes;

	mutex_lock(&mheap.return_lock);
	mutex_lock(&mheap.lock);
	collect_idle(min_idle, &segments, &arenas);
	bytes = READ_ONCE(mheap.loose_pages) ? loosen_blocks(min_idle) : 0;
	mutex_unlock(&mheap.lock);
	bytes += destroy(&segments, &arenas);
	mutex_unlock(&mheap.return_lock);
	return bytes;
}

/**
 * arenas_return_surplus() - before a segment is made, give back empty ones that do not serve
 *
 * Those that lie empty for a moment only are kept for who comes next. But objects with an area of
 * their own seldom fit into that of another, and would leave one of each size. The oldest go first.
 *
 * Context: Process context. Waits for nobody who is giving segments back.
 */
void arenas_return_surplus(void)
{
	LIST_HEAD(segments);
	LIST_HEAD(arenas);

	if (!has_surplus() || !mutex_trylock(&mheap.return_lock))
		return;
	mutex_lock(&mheap.lock);
	collect_surplus(&segments, &arenas);
	mutex_unlock(&mheap.lock);
	destroy(&segments, &arenas);
	mutex_unlock(&mheap.return_lock);
}
