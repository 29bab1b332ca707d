// SPDX-License-Identifier: GPL-2.0
/*
 * heap: what every heap begins with, the default one included, the count of its pages, and where
 * they come from. Upper layer; no locks.
 */
#include "depot.h"
#include "heap.h"
#include "mcache.h"
#include "mheap.h"
#include "mheap_arena.h"
#include "reserve.h"

DEFINE_PER_CPU(struct mcache *, default_mcache);

struct kspan_heap default_heap = {
	.mcaches = &default_mcache,
	.name = "default",
};

void heap_init(struct kspan_heap *heap)
{
	unsigned int class;

	heap->limit_pages = LONG_MAX;
	INIT_LIST_HEAD(&heap->list);
	for (class = 1; class < NR_CLASSES; class++)
		mcentral_init(&heap->central[class], heap, class);
}

/**
 * heap_charge() - count pages that a heap is going to hold
 * @heap: the heap
 * @npages: pages
 *
 * Context: Any.
 * Return: false if they are over the heap's limit, and then they are not counted.
 */
bool heap_charge(struct kspan_heap *heap, unsigned long npages)
{
	long pages = atomic_long_read(&heap->pages);
	long peak = atomic_long_read(&heap->peak_pages);

	do {
		if (pages + (long)npages > READ_ONCE(heap->limit_pages))
			return false;
	} while (!atomic_long_try_cmpxchg(&heap->pages, &pages, pages + npages));
	pages += npages;
	while (pages > peak && !atomic_long_try_cmpxchg(&heap->peak_pages, &peak, pages))
		;
	return true;
}

void heap_uncharge(struct kspan_heap *heap, unsigned long npages)
{
	atomic_long_sub(npages, &heap->pages);
}

/**
 * heap_alloc_span() - get a span from mheap, or where the caller cannot wait from the reserve
 * @heap: whose
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @npages: pages
 * @align: alignment in pages
 * @gfp: what may be done
 *
 * Context: Any that may take a spinlock.
 * Return: the span, all of its objects free and known to nobody else, or NULL, as also over the
 *	heap's limit.
 */
struct mspan *heap_alloc_span(struct kspan_heap *heap, unsigned int class, unsigned long npages,
			      unsigned long align, gfp_t gfp)
{
	struct mspan *span = NULL;

	gfp &= ~__GFP_ACCOUNT;		/* spans are shared */
	if (gfpflags_allow_blocking(gfp))
		span = mheap_alloc_span(heap, class, npages, align, gfp);
	if (!span && !mheap_may_grow(gfp))
		span = reserve_alloc_span(heap, class, npages, align, gfp);
	return span;
}

/**
 * heap_offer_empty() - let mheap have the spans that a reset left empty
 * @heap: the heap
 *
 * Context: Any that may take a spinlock.
 */
void heap_offer_empty(struct kspan_heap *heap)
{
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++)
		mcentral_offer_empty(&heap->central[class]);
}

/**
 * heap_drain_depots() - give back what waits at a heap's mcentrals
 * @heap: the heap
 * @idle_only: only what nobody came for since the last call
 *
 * Context: Process context, heaps_lock held.
 */
void heap_drain_depots(struct kspan_heap *heap, bool idle_only)
{
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++)
		depot_drain(&heap->central[class], idle_only);
}
