// SPDX-License-Identifier: GPL-2.0
/*
 * arenas: the arenas and segments that there are, which of them serves, and how they go. How they
 * come is in arenas_grow.c. See arenas.h for the locks.
 */
#include <linux/rbtree_augmented.h>
#include "base/kick.h"
#include "base/params.h"
#include "pages/arenas.h"
#include "pages/pagemap.h"

struct mheap mheap = {
	.lock = __MUTEX_INITIALIZER(mheap.lock),
	.grow_lock = __MUTEX_INITIALIZER(mheap.grow_lock),
	.return_lock = __MUTEX_INITIALIZER(mheap.return_lock),
	.arenas = LIST_HEAD_INIT(mheap.arenas),
	.by_address = RB_ROOT,
	.by_fill = RB_ROOT,
	.empty = LIST_HEAD_INIT(mheap.empty),
};

/* ---- the tree by fill ---- */

static unsigned long longest_run(const struct segment *seg)
{
	return page_alloc_max(&seg->pages);
}

RB_DECLARE_CALLBACKS_MAX(static, fill_callbacks, struct segment, fill_node, unsigned long, longest,
			 longest_run)

static struct segment *fill_entry(struct rb_node *node)
{
	return rb_entry_safe(node, struct segment, fill_node);
}

/* The fullest first; of equals the oldest, so that the others may drain. */
static bool fuller(const struct segment *a, const struct segment *b)
{
	return a->free_pages != b->free_pages ? a->free_pages < b->free_pages :
						a->number < b->number;
}

static void fill_insert(struct segment *seg)
{
	struct rb_node **link = &mheap.by_fill.rb_node, *parent = NULL;
	struct segment *other;

	seg->longest = longest_run(seg);
	while (*link) {
		parent = *link;
		other = fill_entry(parent);
		other->longest = max(other->longest, seg->longest);
		link = fuller(seg, other) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&seg->fill_node, parent, link);
	rb_insert_augmented(&seg->fill_node, &mheap.by_fill, &fill_callbacks);
}

static void fill_erase(struct segment *seg)
{
	rb_erase_augmented(&seg->fill_node, &mheap.by_fill, &fill_callbacks);
}

static bool has_below(struct rb_node *node, unsigned long n)
{
	return node && fill_entry(node)->longest >= n;
}

/* The fullest segment with a free run of @n pages. */
static struct segment *fill_find(unsigned long n)
{
	struct rb_node *node = mheap.by_fill.rb_node;

	if (!has_below(node, n))
		return NULL;
	while (has_below(node->rb_left, n) || longest_run(fill_entry(node)) < n)
		node = has_below(node->rb_left, n) ? node->rb_left : node->rb_right;
	return fill_entry(node);
}

static struct segment *fill_find_aligned(unsigned long n, unsigned long align)
{
	struct segment *seg;

	for (seg = fill_find(n); seg; seg = fill_entry(rb_next(&seg->fill_node)))
		if (longest_run(seg) >= n && segment_find(seg, n, align))
			return seg;
	return NULL;
}

/* ---- pages ---- */

static unsigned long segment_pages_at_least(void)
{
	return (param_segment_bytes() - SEGMENT_SLACK) >> KSPAN_PAGE_SHIFT;
}

/**
 * arenas_in_segment() - whether a run fits in a segment, wherever that begins
 * @npages: pages
 * @align: alignment of its address in pages
 *
 * Return: false if it needs an area of its own.
 */
bool arenas_in_segment(unsigned long npages, unsigned long align)
{
	return npages <= segment_pages_at_least() && npages + align - 1 <= segment_pages_at_least();
}

/* The longest free run of all segments, in pages. */
unsigned long arenas_longest(void)
{
	mheap_assert_locked();
	return mheap.by_fill.rb_node ? fill_entry(mheap.by_fill.rb_node)->longest : 0;
}

/*
 * An empty area of another large object, if it is at most an eighth larger, or than what the
 * alignment needs where an area begins anywhere.
 */
static struct segment *own_find(unsigned long npages, unsigned long align)
{
	unsigned long most = npages + max(npages / 8, align + 1);
	struct segment *seg;

	list_for_each_entry(seg, &mheap.empty, list)
		if (seg->arena->own && seg->npages <= most && segment_find(seg, npages, align))
			return seg;
	return NULL;
}

/**
 * arenas_with_room() - find the segment that serves a run
 * @npages: pages
 * @align: alignment of its address in pages
 *
 * Return: the fullest segment with such a run, or NULL.
 */
struct segment *arenas_with_room(unsigned long npages, unsigned long align)
{
	struct segment *seg;

	mheap_assert_locked();
	/* A run of this length holds an aligned run wherever it starts. */
	seg = fill_find(npages + align - 1);
	if (!seg && align > 1)
		seg = fill_find_aligned(npages, align);
	if (!seg && !arenas_in_segment(npages, align))
		seg = own_find(npages, align);
	return seg;
}

static void empty_add(struct segment *seg)
{
	list_add_tail(&seg->list, &mheap.empty);
	WRITE_ONCE(mheap.nr_empty, mheap.nr_empty + 1);
}

static void empty_remove(struct segment *seg)
{
	list_del_init(&seg->list);
	WRITE_ONCE(mheap.nr_empty, mheap.nr_empty - 1);
}

static unsigned long take_from(struct segment *seg, unsigned long npages, unsigned long align,
			       bool *dirty)
{
	unsigned long addr = segment_find(seg, npages, align);

	if (segment_is_empty(seg))
		empty_remove(seg);
	if (!seg->arena->own)
		fill_erase(seg);
	*dirty = segment_take(seg, addr, npages);
	if (!seg->arena->own)
		fill_insert(seg);
	return addr;
}

/**
 * arenas_take() - take a run of pages
 * @npages: pages
 * @align: alignment of its address in pages
 * @dirty: set to whether it may hold anything but zeros
 *
 * Return: its address, or 0.
 */
unsigned long arenas_take(unsigned long npages, unsigned long align, bool *dirty)
{
	struct segment *seg = arenas_with_room(npages, align);

	return seg ? take_from(seg, npages, align, dirty) : 0;
}

/* Whether a segment is in use by more than runs of the reserve. */
static bool holds_span(const struct segment *seg)
{
	unsigned long page;

	for_each_set_bit(page, seg->pages.used, seg->npages)
		if (pagemap_find(seg->base + (page << KSPAN_PAGE_SHIFT))->npages)
			return true;
	return false;
}

/* Larger, as where memory was short smaller ones were made; of those alike, the fuller one. */
static bool better(const struct segment *a, const struct segment *b)
{
	return a->vm_bytes != b->vm_bytes ? a->vm_bytes > b->vm_bytes : fuller(a, b);
}

/**
 * arenas_take_better() - take a run of pages in a segment that is kept for more than another one
 * @npages: pages
 * @than: the other one, which holds the pages that these are to replace
 * @dirty: set to whether the run may hold anything but zeros
 *
 * Return: its address, or 0 if @than holds a span, or if no other segment does and none is larger
 *	or fuller.
 */
unsigned long arenas_take_better(unsigned long npages, struct segment *than, bool *dirty)
{
	struct segment *seg, *second = NULL;

	mheap_assert_locked();
	if (holds_span(than))
		return 0;
	for (seg = fill_find(npages); seg; seg = fill_entry(rb_next(&seg->fill_node))) {
		if (seg == than || longest_run(seg) < npages || segment_is_empty(seg))
			continue;
		if (holds_span(seg))
			return take_from(seg, npages, 1, dirty);
		if (better(seg, second ?: than))
			second = seg;
	}
	return second ? take_from(second, npages, 1, dirty) : 0;
}

/**
 * arenas_find() - find the segment that contains an address
 * @addr: any value
 *
 * Return: the segment, or NULL.
 */
struct segment *arenas_find(unsigned long addr)
{
	struct rb_node *node = mheap.by_address.rb_node;
	struct segment *seg;

	mheap_assert_locked();
	while (node) {
		seg = rb_entry(node, struct segment, address_node);
		if (segment_covers(seg, addr))
			return seg;
		node = addr < seg->base ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/**
 * arenas_give() - give a run of pages back to its segment
 * @addr: its address
 * @npages: pages
 */
void arenas_give(unsigned long addr, unsigned long npages)
{
	struct segment *seg = arenas_find(addr);

	if (!seg->arena->own)
		fill_erase(seg);
	segment_give(seg, addr, npages);
	if (!seg->arena->own)
		fill_insert(seg);
	if (segment_is_empty(seg)) {
		empty_add(seg);
		kick();
	}
}

/* ---- segments come and go ---- */

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
		if (!arena->own && arena->node == seg->node && arena_has_room(arena))
			return arena;
	return NULL;
}

static void account(const struct segment *seg, long sign)
{
	WRITE_ONCE(mheap.nr_segments, mheap.nr_segments + sign);
	WRITE_ONCE(mheap.nr_granules, mheap.nr_granules + sign * seg->granules);
	WRITE_ONCE(mheap.arena_bytes, mheap.arena_bytes + sign * seg->vm_bytes);
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
	if (!arena->own)
		fill_insert(seg);
	empty_add(seg);
	account(seg, 1);
}

static struct segment *by_address(struct rb_node *node)
{
	return rb_entry_safe(node, struct segment, address_node);
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

	pagemap_set(seg->base, seg->npages, &no_span);
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
	if (!arena->own)
		fill_erase(seg);
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

static void collect_empty(unsigned long min_idle, struct list_head *segments,
			  struct list_head *arenas)
{
	struct segment *seg, *next;
	struct arena *arena;

	list_for_each_entry_safe(seg, next, &mheap.empty, list) {
		if (seg->pins || jiffies - seg->emptied < min_idle)
			continue;
		empty_remove(seg);
		list_add(&seg->list, segments);
		arena = remove_segment(seg);
		if (arena)
			list_add(&arena->list, arenas);
	}
}

/**
 * arenas_return() - give empty segments that are not pinned back to the kernel
 * @min_idle: jiffies that a segment must have been empty for
 *
 * Context: Process context.
 * Return: the bytes given back.
 */
unsigned long arenas_return(unsigned long min_idle)
{
	struct arena *arena, *next_arena;
	struct segment *seg, *next;
	LIST_HEAD(segments);
	LIST_HEAD(arenas);
	unsigned long bytes = 0;

	mutex_lock(&mheap.return_lock);
	mutex_lock(&mheap.lock);
	collect_empty(min_idle, &segments, &arenas);
	mutex_unlock(&mheap.lock);
	list_for_each_entry_safe(seg, next, &segments, list) {
		bytes += seg->vm_bytes;
		segment_destroy(seg);
	}
	list_for_each_entry_safe(arena, next_arena, &arenas, list)
		arena_destroy(arena);
	mutex_unlock(&mheap.return_lock);
	return bytes;
}

/* Bytes of the arenas' and the segments' descriptions. */
u64 arenas_metadata_bytes(void)
{
	struct segment *seg;
	struct arena *arena;
	u64 bytes = 0;

	mheap_assert_locked();
	list_for_each_entry(arena, &mheap.arenas, list)
		bytes += arena_metadata_bytes(arena);
	for (seg = arenas_first(); seg; seg = arenas_next(seg))
		bytes += segment_metadata_bytes(seg);
	return bytes;
}
