// SPDX-License-Identifier: GPL-2.0
/*
 * stats: adding up. Beside the layers; mcentrals' locks one at a time, the rest is read as it is.
 */
#include <linux/cpu.h>
#include "heaps.h"
#include "mheap.h"
#include "reserve.h"
#include "stats.h"

struct slot_sums {
	unsigned long got;
	unsigned long frees;
	unsigned long cached;
};

static void add_slot(struct slot_sums *sum, const struct mcache_slot *slot)
{
	sum->got += mcache_peek(slot->got);
	sum->frees += mcache_peek(slot->frees);
	sum->cached += mcache_slot_cached(slot);
}

static void sum_slots(struct kspan_heap *heap, unsigned int class, struct slot_sums *sum)
{
	struct mcache *mc;
	int cpu;

	for_each_possible_cpu(cpu) {
		mc = mcache_of(heap, cpu);
		if (mc)
			add_slot(sum, &mc->slot[class]);
	}
}

/* What is allocated on one CPU and freed on another while both are read may look only freed. */
static unsigned long live(const struct class_stats *st)
{
	return max_t(long, st->allocs - st->frees, 0);
}

/* Those without a class. */
static void large_stats(struct kspan_heap *heap, struct class_stats *st)
{
	st->in_use = atomic_long_read(&heap->large_objects);
	st->spans = st->in_use;
	st->held = atomic_long_read(&heap->large_bytes);
	st->allocs = atomic_long_read(&heap->large_allocs);
	st->frees = st->allocs - st->in_use;
}

/* The blocks' counters say where blocks are; how many objects lie in them others do. */
static void tiny_stats(struct kspan_heap *heap, struct class_stats *st)
{
	struct mcache *mc;
	int cpu;

	st->allocs = atomic_long_read(&heap->tiny_allocs);
	st->frees = atomic_long_read(&heap->tiny_frees);
	for_each_possible_cpu(cpu) {
		mc = mcache_of(heap, cpu);
		if (!mc)
			continue;
		st->allocs += mcache_peek(mc->tiny_allocs);
		st->frees += mcache_peek(mc->tiny_frees);
	}
	st->in_use = live(st);
	st->waste = st->held - min(st->held, st->in_use * TINY_BLOCK);
}

static void heap_class_stats(struct kspan_heap *heap, unsigned int class, struct class_stats *st)
{
	const struct size_class *sc = &size_classes[class];
	struct mcentral *central = &heap->central[class];
	struct slot_sums sum = { };

	*st = (struct class_stats) { };
	if (class == CLASS_LARGE) {
		large_stats(heap, st);
		return;
	}
	sum_slots(heap, class, &sum);
	spin_lock_irq(&central->lock);
	st->spans = central->nr_spans;
	st->held = st->spans * sc->npages * KSPAN_PAGE_SIZE;
	st->cached = sum.cached + central->nr_depot;
	st->free = central->nr_free + st->cached;
	st->refills = central->refills;
	st->frees = sum.frees + central->direct_frees + central->retired_frees;
	/* What an mcache got from mcentral, and has not any more, it allocated. */
	st->allocs = sum.got + sum.frees - sum.cached + central->direct_allocs +
		     central->retired_allocs;
	spin_unlock_irq(&central->lock);
	st->in_use = live(st);
	st->waste = st->held - min(st->held, st->in_use * sc->size);
	if (class == CLASS_TINY)
		tiny_stats(heap, st);
}

static void add(struct class_stats *sum, const struct class_stats *st)
{
	sum->spans += st->spans;
	sum->held += st->held;
	sum->in_use += st->in_use;
	sum->free += st->free;
	sum->cached += st->cached;
	sum->allocs += st->allocs;
	sum->frees += st->frees;
	sum->refills += st->refills;
	sum->waste += st->waste;
}

/**
 * stats_of_class() - the figures of a class
 * @heap: whose, or NULL for the sum of all heaps
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @st: filled in
 *
 * Context: Process context, between stats_begin() and stats_end(), or with the heap alone.
 */
void stats_of_class(struct kspan_heap *heap, unsigned int class, struct class_stats *st)
{
	struct class_stats one;

	if (heap) {
		heap_class_stats(heap, class, st);
		return;
	}
	*st = (struct class_stats) { };
	for_each_heap(heap) {
		heap_class_stats(heap, class, &one);
		add(st, &one);
	}
}

static void add_class(struct kspan_heap *heap, unsigned int class, struct class_stats *sum)
{
	struct class_stats st;

	stats_of_class(heap, class, &st);
	add(sum, &st);
}

/**
 * stats_of_large() - the sum over all large objects, those that have a class among them
 * @heap: whose, or NULL for all
 * @sum: filled in
 *
 * Context: as stats_of_class().
 */
void stats_of_large(struct kspan_heap *heap, struct class_stats *sum)
{
	unsigned int class;

	*sum = (struct class_stats) { };
	add_class(heap, CLASS_LARGE, sum);
	for (class = CLASS_POWER; class < NR_CLASSES; class++)
		add_class(heap, class, sum);
}

/**
 * stats_total() - the sum over all classes
 * @heap: whose, or NULL for all
 * @sum: filled in
 *
 * Context: as stats_of_class().
 */
void stats_total(struct kspan_heap *heap, struct class_stats *sum)
{
	unsigned int class;

	*sum = (struct class_stats) { };
	for (class = 0; class < NR_CLASSES; class++)
		add_class(heap, class, sum);
}

/**
 * stats_retire() - keep the counts of an mcache that goes
 * @mc: of a dead CPU, drained
 */
void stats_retire(const struct mcache *mc)
{
	struct kspan_heap *heap = mc->heap;
	const struct mcache_slot *slot;
	struct mcentral *central;
	unsigned int class;

	for (class = 1; class < NR_CLASSES; class++) {
		slot = &mc->slot[class];
		central = &heap->central[class];
		spin_lock_irq(&central->lock);
		central->retired_allocs += slot->got + slot->frees;
		central->retired_frees += slot->frees;
		spin_unlock_irq(&central->lock);
	}
	atomic_long_add(mc->tiny_allocs, &heap->tiny_allocs);
	atomic_long_add(mc->tiny_frees, &heap->tiny_frees);
}

/**
 * stats_forget_tiny() - count all tiny objects of a heap as freed
 * @heap: a heap that was just emptied
 */
void stats_forget_tiny(struct kspan_heap *heap)
{
	struct class_stats st;

	stats_of_class(heap, CLASS_TINY, &st);
	atomic_long_add(st.in_use, &heap->tiny_frees);
}

/* What a heap uses beside its spans and their descriptions. */
static u64 heap_metadata_bytes(struct kspan_heap *heap)
{
	u64 bytes = sizeof(*heap) + nr_cpu_ids * sizeof(*heap->mcaches);
	struct mcentral *central;
	unsigned int class;
	struct mcache *mc;
	int cpu;

	for_each_possible_cpu(cpu) {
		mc = mcache_of(heap, cpu);
		if (mc)
			bytes += mcache_metadata_bytes(mc);
	}
	for (class = 1; class < NR_CLASSES; class++) {
		central = &heap->central[class];
		/* It may change as it is read. */
		bytes += data_race(central->nr_depot) * sizeof(void *);
	}
	return bytes;
}

/* An mcache goes with its CPU, or when its heap is emptied. */
void stats_begin(void)
{
	mheap_drain();		/* late frees arrive */
	cpus_read_lock();
	mutex_lock(&heaps_lock);
}

void stats_end(void)
{
	mutex_unlock(&heaps_lock);
	cpus_read_unlock();
}

static void read_heap(struct kspan_heap *heap, struct kspan_stats *stats)
{
	struct class_stats sum;

	stats_total(heap, &sum);
	*stats = (struct kspan_stats) {
		.live_objects = sum.in_use,
		.allocs = sum.allocs,
		.frees = sum.frees,
		.held_bytes = (u64)atomic_long_read(&heap->pages) << KSPAN_PAGE_SHIFT,
		.peak_held_bytes = (u64)atomic_long_read(&heap->peak_pages) << KSPAN_PAGE_SHIFT,
		.metadata_bytes = heap_metadata_bytes(heap),
	};
}

/* Allocations that failed, in all heaps; between stats_begin() and stats_end(). */
u64 stats_failures(void)
{
	struct kspan_heap *heap;
	u64 sum = heaps_ended_failures;

	for_each_heap(heap)
		sum += atomic_long_read(&heap->failures);
	return sum;
}

/**
 * stats_read_heap() - the totals of a heap
 * @heap: the heap
 * @stats: filled in; what belongs to all heaps is 0
 *
 * Context: Process context.
 */
void stats_read_heap(struct kspan_heap *heap, struct kspan_stats *stats)
{
	stats_begin();
	read_heap(heap, stats);
	stats_end();
}

/**
 * stats_read() - the totals of all heaps
 * @stats: filled in
 *
 * Context: Process context.
 */
void stats_read(struct kspan_stats *stats)
{
	struct kspan_stats st;
	struct kspan_heap *heap;

	*stats = (struct kspan_stats) { .metadata_bytes = mheap_metadata_bytes() };
	stats_begin();
	stats->allocs = heaps_ended_allocs;
	stats->frees = heaps_ended_allocs;
	for_each_heap(heap) {
		read_heap(heap, &st);
		stats->live_objects += st.live_objects;
		stats->allocs += st.allocs;
		stats->frees += st.frees;
		stats->metadata_bytes += st.metadata_bytes;
	}
	stats_end();
	stats->held_bytes = (u64)atomic_long_read(&mheap.held_pages) << KSPAN_PAGE_SHIFT;
	stats->peak_held_bytes = (u64)atomic_long_read(&mheap.peak_pages) << KSPAN_PAGE_SHIFT;
	stats->arena_bytes = READ_ONCE(mheap.arena_bytes);
	stats->arenas = READ_ONCE(mheap.nr_arenas);
}
