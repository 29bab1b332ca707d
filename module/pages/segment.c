// SPDX-License-Identifier: GPL-2.0
/*
 * segment: gets vmalloc areas and blocks and gives them back, and allocates the pages of one. See
 * segment.h for the locks.
 */
#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include "pages/area.h"
#include "pages/block.h"
#include "pages/segment.h"

static size_t bitmap_bytes(unsigned long npages)
{
	return BITS_TO_LONGS(npages) * sizeof(long);
}

/* The bitmap of dirty pages, that of a block's holes, and the page allocator's part. */
static size_t description_bytes(unsigned long npages, enum backing backing)
{
	return sizeof(struct segment) + (1 + backing_is_direct(backing)) * bitmap_bytes(npages) +
	       page_alloc_bytes(npages);
}

/* With __GFP_NOFAIL the last try has the kernel reclaim and kill as for any small allocation. */
static gfp_t gfp_for_pages(gfp_t gfp, bool last)
{
	bool insist = last && (gfp & __GFP_NOFAIL);

	return (gfp & ~(__GFP_NOFAIL | __GFP_RETRY_MAYFAIL)) | __GFP_ZERO | __GFP_NOWARN |
	       (insist ? 0 : __GFP_NORETRY);
}

/* kvmalloc() may call vmalloc(). */
static gfp_t gfp_for_metadata(gfp_t gfp)
{
	return gfp & ~(__GFP_NOFAIL | VMALLOC_UNKNOWN);
}

static unsigned long half_of(unsigned long bytes, unsigned long min_bytes)
{
	return max(PAGE_ALIGN(bytes / 2), min_bytes);
}

/* Each retry asks for half as much; the last one asks for @min_bytes. */
static void *get_area(unsigned long *bytes, unsigned long min_bytes, int node, gfp_t gfp)
{
	void *vm;

	for (;;) {
		vm = area_alloc(*bytes, gfp_for_pages(gfp, *bytes == min_bytes), node);
		if (vm || *bytes == min_bytes)
			return vm;
		*bytes = half_of(*bytes, min_bytes);
	}
}

static struct segment *describe(unsigned long base, unsigned long end, enum backing backing,
				gfp_t gfp)
{
	unsigned long npages = (end - base) >> KSPAN_PAGE_SHIFT;
	struct segment *seg = kvzalloc(description_bytes(npages, backing), gfp_for_metadata(gfp));
	void *rest = seg + 1;

	if (!seg)
		return NULL;
	kmemleak_ignore(seg);		/* its @base is no reference to an object there */
	seg->base = base;
	seg->backing = backing;
	seg->npages = npages;
	seg->free_pages = npages;
	seg->low = npages;
	seg->granules = ((end - 1) >> GRANULE_SHIFT) - (base >> GRANULE_SHIFT) + 1;
	seg->emptied = jiffies;
	seg->looked = jiffies;
	seg->dirty = rest;
	rest += bitmap_bytes(npages);
	if (backing_is_direct(backing)) {
		seg->holes = rest;
		rest += bitmap_bytes(npages);
	}
	INIT_LIST_HEAD(&seg->list);
	page_alloc_begin(&seg->pages, npages, rest);
	kasan_poison_range((void *)base, npages << KSPAN_PAGE_SHIFT);
	return seg;
}

/**
 * segment_create() - get a segment from vmalloc
 * @bytes: size wanted, in pages of the machine
 * @min_bytes: smallest size accepted
 * @node: memory node wanted; NUMA_NO_NODE: any
 * @gfp: as for vmalloc; may sleep. Only with __GFP_NOFAIL it waits for reclaim; even then it may
 *	fail
 *
 * Return: the segment, perhaps of another node, or NULL. All pages are free and zeroed.
 */
struct segment *segment_create(unsigned long bytes, unsigned long min_bytes, int node, gfp_t gfp)
{
	struct segment *seg;
	unsigned long end;
	void *vm = get_area(&bytes, min_bytes, node, gfp);

	if (!vm)
		return NULL;
	/* kmemleak tracks each object, so it must not track the area that holds them too. */
	kmemleak_free(vm);
	end = round_down((unsigned long)vm + bytes, KSPAN_PAGE_SIZE);
	seg = describe(round_up((unsigned long)vm, KSPAN_PAGE_SIZE) + SEGMENT_SKIPPED, end,
		       BACKING_VMALLOC, gfp);
	if (!seg) {
		vfree(vm);
		return NULL;
	}
	seg->vm = vm;
	seg->bytes = bytes;
	seg->node = page_to_nid(vmalloc_to_page(vm));
	if (node != NUMA_NO_NODE)
		seg->node = area_node(vm, bytes, node);
	return seg;
}

/**
 * segment_create_block() - get a segment from the page allocator
 * @place: zone and node
 * @bytes: size wanted, in pages
 * @min_bytes: smallest size accepted
 * @align: alignment of its address in bytes, a power of two
 * @gfp: allocation flags; may sleep
 *
 * Return: the segment, or NULL. All pages are free and zeroed.
 */
struct segment *segment_create_block(struct place place, unsigned long bytes,
				     unsigned long min_bytes, unsigned long align, gfp_t gfp)
{
	struct segment *seg;
	unsigned long addr;

	for (;;) {
		addr = (unsigned long)block_alloc(place, bytes, align,
						  gfp_for_pages(gfp, bytes == min_bytes));
		if (addr || bytes == min_bytes)
			break;
		bytes = half_of(bytes, min_bytes);
	}
	if (!addr)
		return NULL;
	seg = describe(addr, addr + bytes, place.backing, gfp);
	if (!seg) {
		block_free(addr, bytes);
		return NULL;
	}
	seg->bytes = bytes;
	seg->node = page_to_nid(virt_to_page((void *)addr));
	block_set_segment(addr, bytes, seg);
	return seg;
}

static void free_block(const struct segment *seg)
{
	unsigned long page;

	for_each_clear_bit(page, seg->holes, seg->npages)
		if (!(page % HOLE_PAGES))
			block_free(seg->base + (page << KSPAN_PAGE_SHIFT),
				   HOLE_PAGES << KSPAN_PAGE_SHIFT);
}

/**
 * segment_destroy() - give a segment back to the kernel
 * @seg: has no spans and is in no tree any more
 *
 * Context: Process context, no kspan lock held.
 */
void segment_destroy(struct segment *seg)
{
	if (seg->vm)
		vfree(seg->vm);
	else
		free_block(seg);
	kvfree(seg);
}

/* Bytes of the description. */
size_t segment_metadata_bytes(const struct segment *seg)
{
	return description_bytes(seg->npages, seg->backing);
}

/**
 * segment_find() - find a free run of pages
 * @seg: the segment; mheap.lock held
 * @n: pages
 * @align: alignment of the run's address, in pages
 *
 * Return: its address, or 0.
 */
unsigned long segment_find(const struct segment *seg, unsigned long n, unsigned long align)
{
	unsigned long page = page_alloc_find(&seg->pages, n, align, seg->base >> KSPAN_PAGE_SHIFT);

	return page == NO_PAGE ? 0 : seg->base + (page << KSPAN_PAGE_SHIFT);
}

/**
 * segment_take() - take a run of pages
 * @seg: the segment; mheap.lock held
 * @addr: from segment_find()
 * @n: pages
 *
 * Return: whether it may hold anything but zeros.
 */
bool segment_take(struct segment *seg, unsigned long addr, unsigned long n)
{
	unsigned long page = (addr - seg->base) >> KSPAN_PAGE_SHIFT;

	page_alloc_take(&seg->pages, page, n);
	seg->free_pages -= n;
	seg->low = min(seg->low, seg->free_pages);
	return find_next_bit(seg->dirty, page + n, page) < page + n;
}

/**
 * segment_give() - give a run of pages back
 * @seg: the segment of the run; mheap.lock held
 * @addr: its address
 * @n: pages
 *
 * The pages count as dirty from now on.
 */
void segment_give(struct segment *seg, unsigned long addr, unsigned long n)
{
	unsigned long page = (addr - seg->base) >> KSPAN_PAGE_SHIFT;

	if (backing_is_direct(seg->backing))
		block_check(addr, n << KSPAN_PAGE_SHIFT);
	page_alloc_free(&seg->pages, page, n);
	bitmap_set(seg->dirty, page, n);
	seg->free_pages += n;
	if (segment_is_empty(seg))
		seg->emptied = jiffies;
}

/**
 * segment_find_hole() - find free pages of a block that can go back to the kernel
 * @seg: the segment; mheap.lock held
 * @below: only pages below this one
 *
 * The highest ones: low pages fill first.
 *
 * Return: the first of HOLE_PAGES pages, or NO_PAGE.
 */
unsigned long segment_find_hole(const struct segment *seg, unsigned long below)
{
	unsigned long page = round_down(below, HOLE_PAGES);

	while (page) {
		page -= HOLE_PAGES;
		if (find_next_bit(seg->pages.used, page + HOLE_PAGES, page) == page + HOLE_PAGES)
			return page;
	}
	return NO_PAGE;
}

/**
 * segment_make_hole() - give free pages of a block back to the kernel
 * @seg: the segment; mheap.lock held
 * @page: from segment_find_hole(); nothing leads to it any more
 */
void segment_make_hole(struct segment *seg, unsigned long page)
{
	page_alloc_take(&seg->pages, page, HOLE_PAGES);
	bitmap_set(seg->holes, page, HOLE_PAGES);
	seg->nr_holes += HOLE_PAGES;
	seg->free_pages -= HOLE_PAGES;
	seg->bytes -= HOLE_PAGES << KSPAN_PAGE_SHIFT;
	block_free(seg->base + (page << KSPAN_PAGE_SHIFT), HOLE_PAGES << KSPAN_PAGE_SHIFT);
}
