// SPDX-License-Identifier: GPL-2.0
/*
 * segment: gets vmalloc areas and gives them back, and allocates the pages of one. See segment.h
 * for the locks.
 */
#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include "pages/segment.h"

static size_t dirty_bytes(unsigned long npages)
{
	return BITS_TO_LONGS(npages) * sizeof(long);
}

static size_t description_bytes(unsigned long npages)
{
	return sizeof(struct segment) + dirty_bytes(npages) + page_alloc_bytes(npages);
}

/*
 * With huge mappings vmalloc rounds an area up to 2 MB, and allocates what it rounded up to: only
 * where that is little they are asked for.
 */
static void *get_memory(unsigned long bytes, gfp_t gfp)
{
	return ALIGN(bytes, SZ_2M) - bytes <= bytes / 32 ? vmalloc_huge(bytes, gfp) :
							   __vmalloc(bytes, gfp);
}

/*
 * Each retry asks for half as much; the last one asks for @min_bytes. With __GFP_NOFAIL that one
 * has the kernel reclaim and kill as for any small allocation.
 */
static void *get_area(unsigned long *bytes, unsigned long min_bytes, gfp_t gfp)
{
	bool insist = gfp & __GFP_NOFAIL;
	void *vm;

	gfp = (gfp & ~(__GFP_NOFAIL | __GFP_RETRY_MAYFAIL)) | __GFP_ZERO | __GFP_NOWARN;
	for (;;) {
		vm = get_memory(*bytes, insist && *bytes == min_bytes ? gfp & ~__GFP_NORETRY :
								       gfp | __GFP_NORETRY);
		if (vm || *bytes == min_bytes)
			return vm;
		*bytes = max(PAGE_ALIGN(*bytes / 2), min_bytes);
	}
}

static void describe(struct segment *seg, void *vm, unsigned long bytes)
{
	unsigned long base = round_up((unsigned long)vm, KSPAN_PAGE_SIZE) + SEGMENT_SKIPPED;
	unsigned long end = round_down((unsigned long)vm + bytes, KSPAN_PAGE_SIZE);

	seg->vm = vm;
	seg->vm_bytes = bytes;
	seg->base = base;
	seg->npages = (end - base) >> KSPAN_PAGE_SHIFT;
	seg->free_pages = seg->npages;
	seg->granules = ((end - 1) >> GRANULE_SHIFT) - (base >> GRANULE_SHIFT) + 1;
	seg->node = page_to_nid(vmalloc_to_page(vm));
	seg->emptied = jiffies;
	seg->dirty = (void *)(seg + 1);
	INIT_LIST_HEAD(&seg->list);
	page_alloc_begin(&seg->pages, seg->npages, (void *)seg->dirty + dirty_bytes(seg->npages));
}

/**
 * segment_create() - get a segment from vmalloc
 * @bytes: size wanted, in pages of the machine
 * @min_bytes: smallest size accepted
 * @gfp: as for vmalloc; may sleep. Only with __GFP_NOFAIL it waits for reclaim; even then it may
 *	fail
 *
 * Return: the segment, or NULL. All pages are free and zeroed.
 */
struct segment *segment_create(unsigned long bytes, unsigned long min_bytes, gfp_t gfp)
{
	struct segment *seg;
	void *vm = get_area(&bytes, min_bytes, gfp);

	if (!vm)
		return NULL;
	seg = kvzalloc(description_bytes(BYTES_TO_PAGES(bytes)), gfp & ~__GFP_NOFAIL);
	if (!seg) {
		vfree(vm);
		return NULL;
	}
	/* kmemleak tracks each object, so it must not track the area that holds them too. */
	kmemleak_free(vm);
	kmemleak_ignore(seg);		/* its @base is no reference to an object there */
	describe(seg, vm, bytes);
	kasan_poison_range((void *)seg->base, seg->npages << KSPAN_PAGE_SHIFT);
	return seg;
}

/**
 * segment_destroy() - give a segment back to vmalloc
 * @seg: has no spans and is in no tree any more
 *
 * Context: Process context, no kspan lock held.
 */
void segment_destroy(struct segment *seg)
{
	vfree(seg->vm);
	kvfree(seg);
}

/* Bytes of the description. */
size_t segment_metadata_bytes(const struct segment *seg)
{
	return description_bytes(seg->npages);
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

	page_alloc_free(&seg->pages, page, n);
	bitmap_set(seg->dirty, page, n);
	seg->free_pages += n;
	if (segment_is_empty(seg))
		seg->emptied = jiffies;
}
