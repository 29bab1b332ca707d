/* SPDX-License-Identifier: GPL-2.0 */
/*
 * segment: one vmalloc area, and the state of its pages: free or used, zeroed or dirty. Creating
 * and destroying a segment sleeps and takes no kspan lock; everything else is under mheap.lock.
 *
 * Its description lies outside, where no write before an object reaches it.
 */
#ifndef _KSPAN_SEGMENT_H
#define _KSPAN_SEGMENT_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include "pages/page_alloc.h"

/*
 * The kernel's vm_struct refers to the first page. kmemleak would count that as a reference and
 * never report an object that begins there, so none does.
 */
#define SEGMENT_SKIPPED	(IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ? KSPAN_PAGE_SIZE : 0)

/* Address space beside the pages, if the area begins at any page of the machine's. */
#define SEGMENT_SLACK	(SEGMENT_SKIPPED + max(KSPAN_PAGE_SIZE, PAGE_SIZE) - PAGE_SIZE)

/**
 * struct segment - an area, its pages numbered from 0
 * @base: address of page 0
 * @vm: what vmalloc returned
 * @vm_bytes: bytes requested from vmalloc
 * @npages: pages
 * @free_pages: pages not in use
 * @granules: 2 MB granules that the pages touch
 * @node: memory node of its first page
 * @emptied: jiffies when the last page was given back
 * @number: how many segments were made before it
 * @arena: the arena that it is part of
 * @pins: callers that were given it to take a run of, and have not yet tried
 * @pages: the free runs
 * @dirty: one bit a page, set once the page may hold anything but zeros
 * @address_node: in mheap's tree by address
 * @fill_node: in mheap's tree by fill, unless it is an area of its own
 * @longest: the longest free run of it and of what is below it in that tree
 * @list: while it is empty: in mheap's list of empty ones, or on its way out
 */
struct segment {
	unsigned long base;
	void *vm;
	unsigned long vm_bytes;
	unsigned long npages;
	unsigned long free_pages;
	unsigned long granules;
	int node;
	unsigned long emptied;
	unsigned long number;
	struct arena *arena;
	unsigned int pins;
	struct page_alloc pages;
	unsigned long *dirty;
	struct rb_node address_node;
	struct rb_node fill_node;
	unsigned long longest;
	struct list_head list;
};

struct segment *segment_create(unsigned long bytes, unsigned long min_bytes, gfp_t gfp);
void segment_destroy(struct segment *seg);
size_t segment_metadata_bytes(const struct segment *seg);

unsigned long segment_find(const struct segment *seg, unsigned long n, unsigned long align);
bool segment_take(struct segment *seg, unsigned long addr, unsigned long n);
void segment_give(struct segment *seg, unsigned long addr, unsigned long n);

static inline bool segment_is_empty(const struct segment *seg)
{
	return seg->free_pages == seg->npages;
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
