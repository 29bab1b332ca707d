// SPDX-License-Identifier: GPL-2.0
/*
 * arena: gets vmalloc areas and gives them back, and allocates the pages of one. See arena.h for
 * the locks.
 */
#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include "pages/arena.h"

static size_t dirty_bytes(unsigned long npages)
{
	return BITS_TO_LONGS(npages) * sizeof(long);
}

static size_t header_bytes(unsigned long npages)
{
	return sizeof(struct arena) + dirty_bytes(npages) + page_alloc_bytes(npages);
}

/**
 * arena_overhead() - extra bytes that an arena for a large object needs
 * @bytes: size of the object
 *
 * Return: bytes for the description and for the alignment of the pages.
 */
unsigned long arena_overhead(unsigned long bytes)
{
	/* The description grows by less than 1/1000 of the arena's size. */
	return round_up(header_bytes(BYTES_TO_PAGES(bytes + bytes / 512) + 1), KSPAN_PAGE_SIZE) +
	       2 * KSPAN_PAGE_SIZE;
}

/* Each retry asks for half as much; the last one asks for @min_bytes. */
static void *get_area(unsigned long *bytes, unsigned long min_bytes, gfp_t gfp)
{
	void *vm;

	gfp = (gfp & ~(__GFP_NOFAIL | __GFP_RETRY_MAYFAIL)) | __GFP_ZERO | __GFP_NOWARN |
	      __GFP_NORETRY;
	for (;;) {
		vm = vmalloc_huge(*bytes, gfp);
		if (vm || *bytes == min_bytes)
			return vm;
		*bytes = max(*bytes / 2, min_bytes);
	}
}

static void describe(struct arena *arena, void *vm, unsigned long bytes)
{
	unsigned long base = round_up((unsigned long)vm, KSPAN_PAGE_SIZE);
	unsigned long end = round_down((unsigned long)vm + bytes, KSPAN_PAGE_SIZE);
	unsigned long npages = (end - base) >> KSPAN_PAGE_SHIFT;

	arena->vm = vm;
	arena->vm_bytes = bytes;
	arena->base = base;
	arena->npages = npages;
	arena->header_pages = BYTES_TO_PAGES(header_bytes(npages));
	arena->free_pages = npages - arena->header_pages;
	arena->granules = ((end - 1) >> GRANULE_SHIFT) - (base >> GRANULE_SHIFT) + 1;
	arena->emptied = jiffies;
	arena->pins = 0;
	arena->dirty = (void *)(arena + 1);
	INIT_LIST_HEAD(&arena->list);
	page_alloc_begin(&arena->pages, npages, (void *)arena->dirty + dirty_bytes(npages));
	page_alloc_take(&arena->pages, 0, arena->header_pages);
}

/**
 * arena_create() - get an arena from vmalloc
 * @bytes: size wanted
 * @min_bytes: smallest size accepted
 * @gfp: as for vmalloc; may sleep
 *
 * Return: the arena, or NULL. All pages except those of its description are free and zeroed.
 */
struct arena *arena_create(unsigned long bytes, unsigned long min_bytes, gfp_t gfp)
{
	struct arena *arena;
	void *vm = get_area(&bytes, min_bytes, gfp);

	if (!vm)
		return NULL;
	/* kmemleak tracks each object, so it must not track the area that holds them too. */
	kmemleak_free(vm);
	arena = (void *)round_up((unsigned long)vm, KSPAN_PAGE_SIZE);
	describe(arena, vm, bytes);
	kasan_poison_range((void *)arena->base + (arena->header_pages << KSPAN_PAGE_SHIFT),
			   arena->free_pages << KSPAN_PAGE_SHIFT);
	return arena;
}

/**
 * arena_destroy() - give an arena back to vmalloc
 * @arena: has no spans and is in no table any more
 *
 * Context: Process context, no kspan lock held.
 */
void arena_destroy(struct arena *arena)
{
	vfree(arena->vm);
}

/* Bytes of the description, without its padding to whole pages. */
size_t arena_metadata_bytes(const struct arena *arena)
{
	return header_bytes(arena->npages);
}

/**
 * arena_take() - take a run of pages
 * @arena: the arena; mheap.lock held
 * @n: pages
 * @align: alignment of the run's address, in pages
 * @dirty: set to whether the run may hold anything but zeros
 *
 * Return: its address, or 0.
 */
unsigned long arena_take(struct arena *arena, unsigned long n, unsigned long align, bool *dirty)
{
	unsigned long page = page_alloc_find(&arena->pages, n, align,
					     arena->base >> KSPAN_PAGE_SHIFT);

	if (page == NO_PAGE)
		return 0;
	page_alloc_take(&arena->pages, page, n);
	arena->free_pages -= n;
	*dirty = find_next_bit(arena->dirty, page + n, page) < page + n;
	return arena->base + (page << KSPAN_PAGE_SHIFT);
}

/**
 * arena_give() - give a run of pages back
 * @arena: the arena of the run; mheap.lock held
 * @addr: its address
 * @n: pages
 *
 * The pages count as dirty from now on.
 */
void arena_give(struct arena *arena, unsigned long addr, unsigned long n)
{
	unsigned long page = (addr - arena->base) >> KSPAN_PAGE_SHIFT;

	page_alloc_free(&arena->pages, page, n);
	bitmap_set(arena->dirty, page, n);
	arena->free_pages += n;
	if (arena_is_empty(arena))
		arena->emptied = jiffies;
}
