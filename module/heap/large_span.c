// SPDX-License-Identifier: GPL-2.0
/*
 * large_span: see large_span.h.
 */
#include "heap/large_span.h"
#include "pages/mheap.h"
#include "pages/report.h"
#include "pages/span_alloc.h"

/**
 * large_take() - get a span for one object, which the caller prepares
 * @heap: the heap
 * @size: bytes
 * @align: bytes, a power of two, at least a page
 * @gfp: allocation flags
 *
 * Return: the object, with OBJ_FRESH, or 0.
 */
unsigned long large_take(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
{
	unsigned long npages = BYTES_TO_PAGES(size), align_pages = align >> KSPAN_PAGE_SHIFT;
	struct mspan *span;

	if (size > LARGE_MAX_BYTES || !may_lock())
		return 0;
	heap = heap_here(heap);
	report_account(gfp);
	do {
		span = span_alloc(&heap->owner, CLASS_LARGE, npages, align_pages, gfp);
	} while (!span && span_alloc_again(&heap->owner, npages, align_pages, gfp));
	if (!span)
		return 0;
	mcentral_add_large(heap_central(heap, CLASS_LARGE), span);
	atomic_long_inc(&heap->large_allocs);
	atomic_long_inc(&heap->large_objects);
	atomic_long_add(mspan_bytes(span), &heap->large_bytes);
	return span->base | (span->dirty ? 0 : OBJ_FRESH);
}

/* Give back a span whose object is freed and wiped. */
void large_give(struct mspan *span)
{
	struct kspan_heap *heap = heap_of(span);

	atomic_long_dec(&heap->large_objects);
	atomic_long_sub(mspan_bytes(span), &heap->large_bytes);
	mheap_free_large(span);
}
