// SPDX-License-Identifier: GPL-2.0
/*
 * large_span: see large_span.h, and cpu/kept.h for the spans that CPUs keep.
 */
#include "heap/large_span.h"
#include "pages/mheap.h"
#include "pages/report.h"
#include "pages/span_alloc.h"

/* So that this CPU keeps a span of so many pages when it is freed. Also ends a guard's sample. */
static void miss(struct kspan_heap *heap, unsigned long npages)
{
	struct mcache *mc;

	slow_section_begin();
	mc = mcache_enter_or_create(heap);
	if (mc) {
		mcache_miss_large(mc, npages);
		mcache_exit(mc);
	}
	slow_section_end();
}

static void add_large(struct kspan_heap *heap, struct mspan *span)
{
	mcentral_add_large(heap_central(heap, CLASS_LARGE), span);
	atomic_long_inc(&heap->large_allocs);
	atomic_long_inc(&heap->large_objects);
	atomic_long_add(mspan_bytes(span), &heap->large_bytes);
}

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
	miss(heap, npages);
	do {
		span = span_alloc(&heap->owner, CLASS_LARGE, npages, align_pages, gfp);
	} while (!span && span_alloc_again(&heap->owner, npages, align_pages, gfp));
	if (!span)
		return 0;
	add_large(heap, span);
	return span->base | (span->dirty ? 0 : OBJ_FRESH);
}

/**
 * large_adopt() - make the span of a live object over KSPAN_MAX_SMALL, of a class, a large one
 * @span: the span; nobody frees the object or changes its size meanwhile
 *
 * Context: Any that may take a spinlock.
 * Return: false if it stays as it is.
 */
bool large_adopt(struct mspan *span)
{
	struct kspan_heap *heap = heap_of(span);

	if (!mcentral_detach(heap_central(heap, span->class), span))
		return false;
	mspan_become_large(span);
	add_large(heap, span);
	return true;
}

/* kmemleak, if it could not be told, would find two objects in one place. */
static bool may_keep(const struct mspan *span)
{
	return span->keeps && (!OBJECT_HOOKS || may_lock());
}

static bool keep(struct mspan *span, struct kspan_heap *heap)
{
	bool kept = false;
	struct mcache *mc;

	if (!may_keep(span))
		return false;
	preempt_disable();
	mc = this_cpu_read(*span->mcaches);
	if (likely(mcache_enter(mc))) {
		kept = kept_put(mcache_kept(mc), span, heap->magazine_bytes);
		mcache_exit(mc);
	}
	preempt_enable();
	return kept;
}

/**
 * large_give() - let this CPU keep a span, or give it back
 * @span: its object is freed and wiped
 *
 * Context: Any, NMI included.
 */
void large_give(struct mspan *span)
{
	struct kspan_heap *heap = heap_of(span);

	if (keep(span, heap))
		return;
	atomic_long_dec(&heap->large_objects);
	atomic_long_sub(mspan_bytes(span), &heap->large_bytes);
	mheap_free_large(span);
}
