// SPDX-License-Identifier: GPL-2.0
/*
 * totals: see totals.h. Under heaps_lock, as an mcache is freed when its CPU dies or its heap is
 * emptied.
 */
#include "heap/guard.h"
#include "heap/heaps.h"
#include "pages/mheap.h"
#include "pages/vault.h"
#include "upkeep/mcaches.h"
#include "upkeep/totals.h"

/* Heaps and their mcaches stay until totals_end(). */
void totals_begin(void)
{
	mutex_lock(&heaps_lock);
	mcaches_hold();
	mheap_drain();		/* complete late frees, claims that drains returned among them */
}

void totals_end(void)
{
	mcaches_release();
	mutex_unlock(&heaps_lock);
}

/**
 * totals_of_class() - the figures of a class
 * @heap: the heap, or NULL for the sum of all heaps
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @sum: filled in
 *
 * Context: Process context, between totals_begin() and totals_end().
 */
void totals_of_class(struct kspan_heap *heap, unsigned int class, struct class_stats *sum)
{
	struct class_stats st;

	if (heap) {
		stats_of_class(heap, class, sum);
		return;
	}
	*sum = (struct class_stats) { };
	for_each_heap(heap) {
		stats_of_class(heap, class, &st);
		stats_add(sum, &st);
	}
}

/* The same for several classes: @of is stats_of_large() or stats_total(). */
void totals_of(struct kspan_heap *heap, stats_fn of, struct class_stats *sum)
{
	struct class_stats st;

	if (heap) {
		of(heap, sum);
		return;
	}
	*sum = (struct class_stats) { };
	for_each_heap(heap) {
		of(heap, &st);
		stats_add(sum, &st);
	}
}

/* Failed allocations of a heap, or of all for NULL; between totals_begin() and totals_end(). */
u64 totals_failures(struct kspan_heap *heap)
{
	u64 sum = heaps_ended_failures;

	if (heap)
		return atomic_long_read(&heap->owner.failures);
	for_each_heap(heap)
		sum += atomic_long_read(&heap->owner.failures);
	return sum;
}

static void read_all(struct kspan_stats *stats)
{
	struct kspan_stats st;
	struct kspan_heap *heap;

	stats->allocs = heaps_ended_allocs;
	stats->frees = heaps_ended_allocs;
	for_each_heap(heap) {
		stats_read(heap, &st);
		stats->live_objects += st.live_objects;
		stats->allocs += st.allocs;
		stats->frees += st.frees;
		stats->metadata_bytes += st.metadata_bytes;
	}
}

/**
 * totals_read() - the totals of a heap, or of all heaps
 * @heap: the heap, or NULL for all
 * @stats: filled in; for one heap, figures that exist only for all heaps together are 0
 *
 * Context: Process context.
 */
void totals_read(struct kspan_heap *heap, struct kspan_stats *stats)
{
	*stats = (struct kspan_stats) { };
	if (!heap)
		stats->metadata_bytes = mheap_metadata_bytes() + guard_metadata_bytes() +
					vault_unused_bytes();
	totals_begin();
	if (heap)
		stats_read(heap, stats);
	else
		read_all(stats);
	totals_end();
	if (heap)
		return;
	mutex_lock(&mheap.lock);	/* or a segment might go between the first and the third */
	stats->held_bytes = (u64)atomic_long_read(&mheap.held_pages) << KSPAN_PAGE_SHIFT;
	stats->peak_held_bytes = (u64)atomic_long_read(&mheap.peak_pages) << KSPAN_PAGE_SHIFT;
	stats->arena_bytes = mheap.arena_bytes;
	stats->arenas = mheap.nr_arenas;
	mutex_unlock(&mheap.lock);
}
