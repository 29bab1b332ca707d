// SPDX-License-Identifier: GPL-2.0
/*
 * stats: adding up. Beside the layers; mcentrals' locks one at a time, the rest is read as it is.
 */
#include <linux/cpu.h>
#include "heap.h"
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
		mc = READ_ONCE(*per_cpu_ptr(heap->mcaches, cpu));
		if (mc)
			add_slot(sum, &mc->slot[class]);
	}
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
		mc = READ_ONCE(*per_cpu_ptr(heap->mcaches, cpu));
		if (!mc)
			continue;
		st->allocs += mcache_peek(mc->tiny_allocs);
		st->frees += mcache_peek(mc->tiny_frees);
	}
	st->in_use = st->allocs - st->frees;
	st->waste = st->held - min(st->held, st->in_use * KSPAN_TINY_SIZE);
}

/**
 * stats_of_class() - the figures of a class
 * @heap: whose
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @st: filled in
 *
 * Context: Process context, CPUs not going or coming meanwhile.
 */
void stats_of_class(struct kspan_heap *heap, unsigned int class, struct class_stats *st)
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
	st->cached = sum.cached;
	st->free = central->nr_free + sum.cached;
	st->refills = central->refills;
	st->frees = sum.frees + central->direct_frees + central->retired_frees;
	/* What an mcache got from mcentral, and has not any more, it allocated. */
	st->allocs = sum.got + sum.frees - sum.cached + central->direct_allocs +
		     central->retired_allocs;
	spin_unlock_irq(&central->lock);
	st->in_use = st->allocs - st->frees;
	st->waste = st->held - min(st->held, st->in_use * sc->size);
	if (class == CLASS_TINY)
		tiny_stats(heap, st);
}

static void add_class(struct kspan_heap *heap, unsigned int class, struct class_stats *sum)
{
	struct class_stats st;

	stats_of_class(heap, class, &st);
	sum->spans += st.spans;
	sum->held += st.held;
	sum->in_use += st.in_use;
	sum->free += st.free;
	sum->cached += st.cached;
	sum->allocs += st.allocs;
	sum->frees += st.frees;
	sum->refills += st.refills;
	sum->waste += st.waste;
}

/**
 * stats_of_large() - the sum over all large objects, those that have a class among them
 * @heap: whose
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
 * @heap: whose
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
 * stats_metadata_bytes() - all that kspan uses beside the spans
 * @heap: the heap whose mcaches and mcentrals count
 *
 * Context: Process context.
 */
u64 stats_metadata_bytes(struct kspan_heap *heap)
{
	u64 bytes = mheap_metadata_bytes() + sizeof(*heap);
	struct mcache *mc;
	int cpu;

	for_each_possible_cpu(cpu) {
		mc = READ_ONCE(*per_cpu_ptr(heap->mcaches, cpu));
		if (mc)
			bytes += mcache_metadata_bytes(mc);
	}
	return bytes;
}

/**
 * stats_read() - the totals of the public interface
 * @stats: filled in
 *
 * Context: Process context.
 */
void stats_read(struct kspan_stats *stats)
{
	struct class_stats sum;

	mheap_drain_late();
	cpus_read_lock();
	stats_total(&default_heap, &sum);
	stats->metadata_bytes = stats_metadata_bytes(&default_heap);
	cpus_read_unlock();
	stats->live_objects = sum.in_use;
	stats->allocs = sum.allocs;
	stats->frees = sum.frees;
	stats->held_bytes = (u64)atomic_long_read(&mheap.held_pages) << KSPAN_PAGE_SHIFT;
	stats->peak_held_bytes = (u64)atomic_long_read(&mheap.peak_pages) << KSPAN_PAGE_SHIFT;
	stats->arena_bytes = READ_ONCE(mheap.arena_bytes);
	stats->arenas = READ_ONCE(mheap.nr_arenas);
}
