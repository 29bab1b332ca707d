// SPDX-License-Identifier: GPL-2.0
/*
 * arenas: which of the segments serves, and what is free in them. How they come is in
 * arenas_grow.c, how they go in arenas_return.c. See arenas.h for the locks.
 */
#include <linux/slab.h>
#include "base/kick.h"
#include "base/params.h"
#include "pages/arenas.h"
#include "pages/block.h"
#include "pages/pagemap.h"

struct mheap mheap = {
	.lock = __MUTEX_INITIALIZER(mheap.lock),
	.grow_lock = __MUTEX_INITIALIZER(mheap.grow_lock),
	.return_lock = __MUTEX_INITIALIZER(mheap.return_lock),
	.arenas = LIST_HEAD_INIT(mheap.arenas),
	.by_address = RB_ROOT,
	.empty = LIST_HEAD_INIT(mheap.empty),
};

/* How many trees of each backing there are: one for each node. */
static unsigned int nr_nodes(void)
{
	return nr_node_ids;
}

struct fill *arenas_fill(enum backing backing, int node)
{
	return &mheap.by_fill[backing * nr_nodes() + node];
}

static struct rb_root *tree_of(enum backing backing, int node)
{
	return &arenas_fill(backing, node)->root;
}

/* The tree that a segment belongs into. */
struct rb_root *arenas_tree(const struct segment *seg)
{
	return tree_of(seg->backing, seg->node);
}

/* The nodes that serve a place: one, or all. */
static int node_from(struct place place)
{
	return place.node == NUMA_NO_NODE ? 0 : place.node;
}

static int node_to(struct place place)
{
	return place.node == NUMA_NO_NODE ? nr_nodes() : place.node + 1;
}

/*
 * A block that others may lie in, where it has holes, does not reach into another granule: so
 * remove_maps() finds who shares one among the neighbours. Nor has the kernel any larger block.
 */
unsigned long arenas_segment_bytes(enum backing backing)
{
	unsigned long bytes = param_segment_bytes();

	if (!backing_is_direct(backing))
		return bytes;
	return min3(bytes, BIT(GRANULE_SHIFT), PAGE_SIZE << MAX_BLOCK_ORDER);
}

static unsigned long segment_pages_at_least(enum backing backing)
{
	unsigned long slack = backing_is_direct(backing) ? 0 : SEGMENT_SLACK;

	return (arenas_segment_bytes(backing) - slack) >> KSPAN_PAGE_SHIFT;
}

/**
 * arenas_in_segment() - whether a run fits in a segment, wherever that begins
 * @npages: pages
 * @align: alignment of its address in pages
 * @backing: of the segment
 *
 * Return: false if it needs one of its own.
 */
bool arenas_in_segment(unsigned long npages, unsigned long align, enum backing backing)
{
	unsigned long most = segment_pages_at_least(backing);

	/* A block is aligned to its size. */
	if (backing_is_direct(backing) && is_power_of_2(most) && align <= most)
		return npages <= most;
	return npages <= most && npages + align - 1 <= most;
}

/* The longest free run of all segments of a place, in pages. */
unsigned long arenas_longest(struct place place)
{
	unsigned long longest = 0;
	int node;

	mheap_assert_locked();
	for (node = node_from(place); node < node_to(place); node++)
		longest = max(longest, fill_longest(tree_of(place.backing, node)));
	return longest;
}

static bool is_of(const struct segment *seg, struct place place)
{
	return seg->backing == place.backing && place_has(place, seg->node);
}

/*
 * An empty area of another large object, if it is at most an eighth larger, or than what the
 * alignment needs where an area begins anywhere and ends with a page of the machine's.
 */
static struct segment *own_find(unsigned long npages, unsigned long align, struct place place)
{
	unsigned long most = npages + max(npages / 8, align + HOLE_PAGES);
	struct segment *seg;

	list_for_each_entry(seg, &mheap.empty, list)
		if (seg->arena->own && seg->npages <= most && is_of(seg, place) &&
		    segment_find(seg, npages, align))
			return seg;
	return NULL;
}

static struct segment *shared_find(unsigned long npages, unsigned long align,
				   const struct rb_root *tree)
{
	/* A run of this length holds an aligned run wherever it starts. */
	struct segment *seg = fill_find(tree, npages + align - 1);

	return seg || align == 1 ? seg : fill_find_aligned(tree, npages, align);
}

/**
 * arenas_with_room() - find the segment that serves a run
 * @npages: pages
 * @align: alignment of its address in pages
 * @place: where
 *
 * Return: the fullest segment with such a run, or NULL.
 */
struct segment *arenas_with_room(unsigned long npages, unsigned long align, struct place place)
{
	struct segment *seg = NULL;
	int node;

	mheap_assert_locked();
	for (node = node_from(place); node < node_to(place); node++) {
		seg = shared_find(npages, align, tree_of(place.backing, node));
		if (seg)
			return seg;
	}
	return arenas_in_segment(npages, align, place.backing) ? NULL :
								 own_find(npages, align, place);
}

/* Its last page in use was given back, or it is new. */
void arenas_empty_add(struct segment *seg)
{
	list_add_tail(&seg->list, &mheap.empty);
	WRITE_ONCE(mheap.nr_empty, mheap.nr_empty + 1);
	WRITE_ONCE(mheap.empty_bytes, mheap.empty_bytes + seg->bytes);
}

/* A page of it is about to be taken, or it goes. */
void arenas_empty_remove(struct segment *seg)
{
	list_del_init(&seg->list);
	WRITE_ONCE(mheap.nr_empty, mheap.nr_empty - 1);
	WRITE_ONCE(mheap.empty_bytes, mheap.empty_bytes - seg->bytes);
}

/* Before and after the free pages of a segment change. */
void arenas_change_begin(struct segment *seg)
{
	if (!seg->arena->own)
		fill_erase(seg);
	if (segment_is_loose(seg))
		WRITE_ONCE(mheap.loose_pages, mheap.loose_pages - seg->free_pages);
}

void arenas_change_end(struct segment *seg)
{
	if (!seg->arena->own)
		fill_insert(seg);
	if (segment_is_loose(seg))
		WRITE_ONCE(mheap.loose_pages, mheap.loose_pages + seg->free_pages);
}

static unsigned long take_from(struct segment *seg, unsigned long npages, unsigned long align,
			       bool *dirty)
{
	unsigned long addr = segment_find(seg, npages, align);

	if (segment_is_empty(seg))
		arenas_empty_remove(seg);
	arenas_change_begin(seg);
	*dirty = segment_take(seg, addr, npages);
	arenas_change_end(seg);
	return addr;
}

/**
 * arenas_take_behind() - take the pages behind a run, if they are free
 * @end: where the run ends, which is in use
 * @npages: pages
 *
 * Context: mheap.lock held.
 * Return: false if they are not free, or not of the same segment.
 */
bool arenas_take_behind(unsigned long end, unsigned long npages)
{
	struct segment *seg = arenas_find(end - 1);
	unsigned long page = (end - seg->base) >> KSPAN_PAGE_SHIFT;

	mheap_assert_locked();
	if (page + npages > seg->npages ||
	    find_next_bit(seg->pages.used, page + npages, page) < page + npages)
		return false;
	arenas_change_begin(seg);
	segment_take(seg, end, npages);
	arenas_change_end(seg);
	return true;
}

/**
 * arenas_take() - take a run of pages
 * @npages: pages
 * @align: alignment of its address in pages
 * @place: where
 * @dirty: set to whether it may hold anything but zeros
 *
 * Return: its address, or 0.
 */
unsigned long arenas_take(unsigned long npages, unsigned long align, struct place place,
			  bool *dirty)
{
	struct segment *seg = arenas_with_room(npages, align, place);

	return seg ? take_from(seg, npages, align, dirty) : 0;
}

/* Whether a segment is in use by more than runs of the reserve. */
static bool holds_span(const struct segment *seg)
{
	unsigned long page;

	for_each_set_bit(page, seg->pages.used, seg->npages)
		if (!segment_is_hole(seg, page) &&
		    pagemap_find(seg->base + (page << KSPAN_PAGE_SHIFT))->npages)
			return true;
	return false;
}

/* Larger, as where memory was short smaller ones were made; of those alike, the fuller one. */
static bool better(const struct segment *a, const struct segment *b)
{
	return a->bytes != b->bytes ? a->bytes > b->bytes : fill_is_fuller(a, b);
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
	for (seg = fill_find(than->tree, npages); seg; seg = fill_entry(rb_next(&seg->fill_node))) {
		if (seg == than || page_alloc_max(&seg->pages) < npages || segment_is_empty(seg))
			continue;
		if (holds_span(seg))
			return take_from(seg, npages, 1, dirty);
		if (better(seg, second ?: than))
			second = seg;
	}
	return second ? take_from(second, npages, 1, dirty) : 0;
}

/**
 * arenas_find() - find the segment of a page
 * @addr: an address in a page of a segment that is no hole, or any of vmalloc's
 *
 * A block's hole may be part of another block's segment, so the tree does not tell for a block.
 *
 * Return: the segment, or NULL.
 */
struct segment *arenas_find(unsigned long addr)
{
	struct rb_node *node = mheap.by_address.rb_node;
	struct segment *seg;

	mheap_assert_locked();
	if (!is_vmalloc_addr((void *)addr))
		return block_segment(addr);
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

	arenas_change_begin(seg);
	segment_give(seg, addr, npages);
	arenas_change_end(seg);
	if (segment_is_empty(seg)) {
		arenas_empty_add(seg);
		kick();
	} else if (segment_is_loose(seg)) {
		kick_if_asleep();
	}
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

int arenas_init(void)
{
	unsigned int i, n = NR_BACKINGS * nr_nodes();

	mheap.by_fill = kcalloc(n, sizeof(*mheap.by_fill), GFP_KERNEL);
	if (!mheap.by_fill)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		mheap.by_fill[i].root = RB_ROOT;
	return 0;
}

void arenas_exit(void)
{
	kfree(mheap.by_fill);
	mheap.by_fill = NULL;
}
