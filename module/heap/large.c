// SPDX-License-Identifier: GPL-2.0
/*
 * large: objects with a span of their own, which this CPU kept or which comes from mheap or from
 * the reserve. A free lets the CPU keep the span, or puts it on mheap's lock-free list.
 */
#include <linux/log2.h>
#include "heap/debug.h"
#include "heap/large.h"
#include "pages/mheap.h"
#include "pages/object.h"
#include "pages/report.h"

/* As in kmalloc, a power of two is aligned to its size, but at most to KSPAN_MAX_ALIGN. */
size_t large_align(size_t size)
{
	return is_power_of_2(size) ? min(size, KSPAN_MAX_ALIGN) : KSPAN_PAGE_SIZE;
}

/**
 * large_alloc() - allocate a span for one object
 * @heap: the heap
 * @size: bytes
 * @align: bytes, a power of two, at least a page
 * @gfp: allocation flags
 *
 * Return: the object, or NULL.
 */
void *large_alloc(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
{
	unsigned long obj = 0;

	if (likely(!(gfp & __GFP_THISNODE)) && (!OBJECT_HOOKS || may_lock()))
		obj = large_take_kept(heap->owner.mcaches, BYTES_TO_PAGES(size), align);
	if (!obj)
		obj = large_take(heap, size, align, gfp);
	return obj ? object_alloc(obj, BYTES_TO_PAGES(size) << KSPAN_PAGE_SHIFT, size, gfp) : NULL;
}

/**
 * large_shrink() - give back the pages of a large object behind its new size
 * @span: its span, which may be of a class over KSPAN_MAX_SMALL: then it is of none from here on
 * @size: bytes, which need fewer pages than it has
 * @gfp: for kmemleak, which gets to know it anew
 *
 * Context: Process context, as the only user of the object.
 * Return: false if the pages cannot go without the object; then it is unchanged.
 */
bool large_shrink(struct mspan *span, size_t size, gfp_t gfp)
{
	unsigned long npages = BYTES_TO_PAGES(size), kept = npages << KSPAN_PAGE_SHIFT;
	unsigned long freed = mspan_bytes(span) - kept;
	struct kspan_heap *heap = heap_of(span);
	void *p = (void *)span->base;

	if (!mheap_can_shrink(span) || (span->class != CLASS_LARGE && !large_adopt(span)))
		return false;
	kmemleak_free(p);	/* before others get the pages */
	object_wipe(p + kept, freed, owner_zeroes_freed(&heap->owner));
	mheap_shrink_span(span, npages);
	atomic_long_sub(freed, &heap->large_bytes);
	tell_kmemleak(p, kept, gfp);
	return true;
}

/**
 * large_grow() - let a large object have the pages behind it
 * @span: its span
 * @size: bytes, which need more pages than it has
 * @gfp: whether the new bytes are to be zeroed; for kmemleak, which gets to know it anew
 *
 * Context: Process context, as the only user of the object.
 * Return: false if they are not to be had; then it is unchanged.
 */
bool large_grow(struct mspan *span, size_t size, gfp_t gfp)
{
	unsigned long npages = BYTES_TO_PAGES(size), before = mspan_bytes(span);
	unsigned long more = (npages << KSPAN_PAGE_SHIFT) - before;
	void *p = (void *)span->base;

	if (!mheap_grow_span(span, npages))
		return false;
	kmemleak_free(p);
	kasan_unpoison_object(p, before + more);
	if (want_init_on_alloc(gfp))
		memset(p + before, 0, more);
	atomic_long_add(more, &heap_of(span)->large_bytes);
	tell_kmemleak(p, before + more, gfp);
	return true;
}

/**
 * large_free() - free a large object
 * @span: its span
 * @p: the object; anything else is reported
 * @caller: for the report
 *
 * Context: Any, NMI included.
 */
void large_free(struct mspan *span, const void *p, unsigned long caller)
{
	if (span->region) {
		report_region_free(p, caller);
		return;
	}
	if ((unsigned long)p != span->base) {
		report_inside(p, span, caller);
		return;
	}
	if (owner_debug(span->owner) && !debug_take(span, p, caller))
		return;
	if (!mspan_take_large(span)) {
		report_double_free(p, CLASS_LARGE, caller);
		return;
	}
	if (owner_debug(span->owner)) {
		debug_end(span, (void *)p);
		return;
	}
	object_free((void *)p, mspan_bytes(span), owner_zeroes_freed(span->owner));
	large_give(span);
}
