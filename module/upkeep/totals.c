// SPDX-License-Identifier: GPL-2.0
/*
 * totals: see totals.h. The CPU hotplug lock and heaps_lock: an mcache goes with its CPU, or when
 * its heap is emptied.
 */
#include <linux/cpu.h>
#include "heap/heaps.h"
#include "pages/mheap.h"
#include "upkeep/totals.h"

/* From here to totals_end() heaps and their mcaches stay. */
void totals_begin(void)
{
	mheap_drain();		/* late frees arrive */
	cpus_read_lock();
	mutex_lock(&heaps_lock);
}

void totals_end(void)
{
	mutex_unlock(&heaps_lock);
	cpus_read_unlock();
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

/* The same of several classes: @of is stats_of_large() or stats_total(). */
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

/* Allocations that failed, in a heap or in all; between totals_begin() and totals_end(). */
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
 * totals_read() - the totals of a heap, or of all
 * @heap: the heap, or NULL
 * @stats: filled in; of one heap the figures that belong to all together are 0
 *
 * Context: Process context.
 */
void totals_read(struct kspan_heap *heap, struct kspan_stats *stats)
{
	*stats = (struct kspan_stats) { .metadata_bytes = heap ? 0 : mheap_metadata_bytes() };
	totals_begin();
	if (heap)
		stats_read(heap, stats);
	else
		read_all(stats);
	totals_end();
	if (heap)
		return;
	stats->held_bytes = (u64)atomic_long_read(&mheap.held_pages) << KSPAN_PAGE_SHIFT;
	stats->peak_held_bytes = (u64)atomic_long_read(&mheap.peak_pages) << KSPAN_PAGE_SHIFT;
	stats->arena_bytes = READ_ONCE(mheap.arena_bytes);
	stats->arenas = READ_ONCE(mheap.nr_arenas);
}
