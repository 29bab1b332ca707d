/* SPDX-License-Identifier: GPL-2.0 */
/*
 * segment: one vmalloc area or one block of the direct map, and the state of its pages: free or
 * used, zeroed or dirty. Creating and destroying a segment sleeps and takes no kspan lock;
 * everything else is under mheap.lock.
 *
 * Its description lies outside, where no write before an object reaches it.
 *
 * A block's free pages can go back to the kernel one by one. Such a page is a hole: it counts as
 * used, and may be part of another segment by now.
 */
#ifndef _KSPAN_SEGMENT_H
#define _KSPAN_SEGMENT_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include "pages/page_alloc.h"
#include "pages/place.h"

/*
 * The kernel's vm_struct refers to the first page. kmemleak would count that as a reference and
 * never report an object that begins there, so none does.
 */
#define SEGMENT_SKIPPED	(IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ? KSPAN_PAGE_SIZE : 0)

/* Address space beside the pages, if the area begins at any page of the machine's. */
#define SEGMENT_SLACK	(SEGMENT_SKIPPED + max(KSPAN_PAGE_SIZE, PAGE_SIZE) - PAGE_SIZE)

/**
 * struct segment - an area or a block, its pages numbered from 0
 * @base: address of page 0
 * @backing: what it is made of
 * @vm: what vmalloc returned; not of a block
 * @bytes: bytes that it has from the kernel
 * @npages: pages
 * @free_pages: pages not in use
 * @nr_holes: pages that went back to the kernel; of a block
 * @holes: one bit a page that did
 * @low: fewest @free_pages since @looked; of a block
 * @looked: jiffies when the last free pages became holes
 * @granules: 2 MB granules that the pages touch
 * @node: memory node of its first page
 * @emptied: jiffies when the last page was given back
 * @number: how many segments were made before it
 * @arena: the arena that it is part of
 * @pins: callers that were given it to take a run of, and have not yet tried
 * @pages: the free runs
 * @dirty: one bit a page, set once the page may hold anything but zeros
 * @address_node: in mheap's tree by address
 * @tree: mheap's tree by fill that it is in
 * @fill_node: in that tree, unless it is an area of its own
 * @longest: the longest free run of it and of what is below it in that tree
 * @list: while it is empty: in mheap's list of empty ones, or on its way out
 */
struct segment {
	unsigned long base;
	enum backing backing;
	void *vm;
	unsigned long bytes;
	unsigned long npages;
	unsigned long free_pages;
	unsigned long nr_holes;
	unsigned long *holes;
	unsigned long low;
	unsigned long looked;
	unsigned long granules;
	int node;
	unsigned long emptied;
	unsigned long number;
	struct arena *arena;
	unsigned int pins;
	struct page_alloc pages;
	unsigned long *dirty;
	struct rb_node address_node;
	struct rb_root *tree;
	struct rb_node fill_node;
	unsigned long longest;
	struct list_head list;
};

struct segment *segment_create(unsigned long bytes, unsigned long min_bytes, int node, gfp_t gfp);
struct segment *segment_create_block(struct place place, unsigned long bytes,
				     unsigned long min_bytes, unsigned long align, gfp_t gfp);
void segment_destroy(struct segment *seg);
size_t segment_metadata_bytes(const struct segment *seg);

unsigned long segment_find(const struct segment *seg, unsigned long n, unsigned long align);
bool segment_take(struct segment *seg, unsigned long addr, unsigned long n);
void segment_give(struct segment *seg, unsigned long addr, unsigned long n);
unsigned long segment_find_hole(const struct segment *seg, unsigned long below);
void segment_make_hole(struct segment *seg, unsigned long page);

/* Pages that go back to the kernel together: one of the machine's, if that is larger. */
#define HOLE_PAGES	max(1UL, PAGE_SIZE >> KSPAN_PAGE_SHIFT)

static inline bool segment_is_empty(const struct segment *seg)
{
	return seg->free_pages + seg->nr_holes == seg->npages;
}

static inline bool segment_is_hole(const struct segment *seg, unsigned long page)
{
	return seg->holes && test_bit(page, seg->holes);
}

static inline unsigned long segment_end(const struct segment *seg)
{
	return seg->base + (seg->npages << KSPAN_PAGE_SHIFT);
}

static inline bool segment_covers(const struct segment *seg, unsigned long addr)
{
	return (addr - seg->base) >> KSPAN_PAGE_SHIFT < seg->npages;
}

#endif /* _KSPAN_SEGMENT_H */
