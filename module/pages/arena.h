/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena: one vmalloc area, and the state of its pages: free or used, zeroed or dirty. Creating and
 * destroying an arena sleeps and takes no kspan lock; everything else is under mheap.lock.
 *
 * The first pages hold the arena's description, so no object begins at the address in the kernel's
 * vm_struct. kmemleak would count that address as a reference and never report the object.
 */
#ifndef _KSPAN_ARENA_H
#define _KSPAN_ARENA_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include "pages/page_alloc.h"

/**
 * struct arena - at the start of its own memory
 * @base: address of page 0, aligned to a page
 * @vm: what vmalloc returned
 * @vm_bytes: bytes requested from vmalloc
 * @npages: pages, including those of this description
 * @header_pages: pages of this description, never free
 * @free_pages: pages not in use
 * @index: place in mheap's table
 * @granules: 2 MB granules that the pages touch
 * @emptied: jiffies when the last page was given back
 * @pins: callers that were given it to take a run of, and have not yet tried; mheap.lock
 * @pages: the free runs
 * @dirty: one bit a page, set once the page may hold anything but zeros
 * @node: in mheap's tree of arenas by address
 * @list: used by arenas_return() while it destroys the arena
 */
struct arena {
	unsigned long base;
	void *vm;
	unsigned long vm_bytes;
	unsigned long npages;
	unsigned long header_pages;
	unsigned long free_pages;
	unsigned long index;
	unsigned long granules;
	unsigned long emptied;
	unsigned int pins;
	struct page_alloc pages;
	unsigned long *dirty;
	struct rb_node node;
	struct list_head list;
};

struct arena *arena_create(unsigned long bytes, unsigned long min_bytes, gfp_t gfp);
void arena_destroy(struct arena *arena);
unsigned long arena_overhead(unsigned long bytes);
size_t arena_metadata_bytes(const struct arena *arena);

unsigned long arena_take(struct arena *arena, unsigned long n, unsigned long align, bool *dirty);
void arena_give(struct arena *arena, unsigned long addr, unsigned long n);

static inline bool arena_is_empty(const struct arena *arena)
{
	return arena->free_pages + arena->header_pages == arena->npages;
}

static inline bool arena_covers(const struct arena *arena, unsigned long addr)
{
	return (addr - arena->base) >> KSPAN_PAGE_SHIFT < arena->npages;
}

#endif /* _KSPAN_ARENA_H */
