// SPDX-License-Identifier: GPL-2.0
/*
 * heap: what every heap begins with, the default one included. No locks.
 */
#include "central/depot.h"
#include "central/heap.h"

DEFINE_PER_CPU(struct mcache *, default_mcache);

struct kspan_heap default_heap = {
	.owner = {
		.mcaches = &default_mcache,
		.name = "default",
	},
};

static void owner_offer_empty(struct owner *owner)
{
	heap_offer_empty(heap_of_owner(owner));
}

static bool owner_drain_late(struct mspan *span)
{
	return mcentral_drain_late(&heap_of(span)->central[span->class], span);
}

static const struct owner_ops owner_ops = {
	.offer_empty = owner_offer_empty,
	.drain_late = owner_drain_late,
};

void heap_init(struct kspan_heap *heap)
{
	unsigned int class;

	heap->owner.ops = &owner_ops;
	heap->owner.limit_pages = LONG_MAX;
	INIT_LIST_HEAD(&heap->list);
	for (class = 1; class < NR_CLASSES; class++)
		mcentral_init(&heap->central[class], &heap->owner, class);
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
