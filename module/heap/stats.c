// SPDX-License-Identifier: GPL-2.0
/*
 * stats: the figures of one heap. Takes mcentrals' locks, one at a time; reads the rest unlocked.
 */
#include "heap/quarantine.h"
#include "heap/stats.h"

struct slot_sums {
	unsigned long got;
	unsigned long frees;
	unsigned long cached;
};

static void add_slot(struct slot_sums *sum, const struct mcache_slot *slot)
{
	sum->got += peek(slot->got);
	sum->frees += peek(slot->frees);
	sum->cached += slot_cached(slot);
}

static void sum_slots(struct kspan_heap *heap, unsigned int class, struct slot_sums *sum)
{
	struct mcache *mc;
	int cpu;

	for_each_possible_cpu(cpu) {
		mc = mcache_of(heap, cpu);
		if (mc)
			add_slot(sum, mcache_slot(mc, class));
	}
}

/*
 * Counters are read while CPUs change them. If an object is allocated on one CPU and freed on
 * another meanwhile, the sum may contain only its free; or a slot may seem to cache more objects
 * than it got. So that no figure is negative, and allocs - frees neither, they are clamped.
 */
static void settle(struct class_stats *st)
{
	st->allocs = max_t(long, st->allocs, 0);
	st->frees = clamp_t(long, st->frees, 0, st->allocs);
	st->in_use = st->allocs - st->frees;
}

/* What CPUs keep of large spans: their number, and bytes in @st->waste. */
static void add_kept(struct kspan_heap *heap, struct class_stats *st)
{
	struct mcache *mc;
	int cpu;

	if (heap->is_pool)
		return;
	for_each_possible_cpu(cpu) {
		mc = mcache_of(heap, cpu);
		if (!mc)
			continue;
		st->cached += kept_count(mcache_kept(mc), &st->waste);
		st->allocs += peek(mcache_kept(mc)->takes);
	}
}

/* Large objects without a size class. */
static void large_stats(struct kspan_heap *heap, struct class_stats *st)
{
	long in_use;

	add_kept(heap, st);
	in_use = atomic_long_read(&heap->large_objects) - st->cached;
	st->held = max(atomic_long_read(&heap->large_bytes), 0L);
	st->waste = min(st->waste, st->held);
	st->free = st->cached;
	st->allocs += atomic_long_read(&heap->large_allocs);
	st->frees = st->allocs - in_use;
	settle(st);
	st->spans = st->in_use + st->cached;
}

/* The class counts blocks. The objects in them have counters of their own. */
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
		st->allocs += peek(mc->tiny_allocs);
		st->frees += peek(mc->tiny_frees);
	}
	settle(st);
	st->waste = st->held - min(st->held, st->in_use * TINY_BLOCK);
}

/* Add the figures of a class, or of a heap, to a sum. */
void stats_add(struct class_stats *sum, const struct class_stats *st)
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

/* Of one part of a heap. */
static void stats_of_set(struct kspan_heap *heap, unsigned int class, struct class_stats *st)
{
	const struct size_class *sc = &size_classes[class];
	struct mcentral *central;
	struct slot_sums sum = { };

	*st = (struct class_stats) { };
	if (class == CLASS_LARGE) {
		large_stats(heap, st);
		return;
	}
	if (!owner_has_class(&heap->owner, class))
		return;
	central = heap_central(heap, class);
	sum_slots(heap, class, &sum);
	spin_lock_irq(&central->lock);
	st->spans = central->nr_spans;
	st->held = st->spans * sc->npages * KSPAN_PAGE_SIZE;
	st->cached = sum.cached + central->nr_depot + atomic_long_read(&central->nr_returned);
	st->free = central->nr_free + st->cached;
	st->refills = central->refills;
	st->frees = sum.frees + central->direct_frees - atomic_long_read(&central->nr_unclaimed);
	/* Objects that an mcache received and no longer holds were allocated. */
	st->allocs = sum.got + sum.frees - sum.cached + central->direct_allocs;
	spin_unlock_irq(&central->lock);
	settle(st);
	st->waste = st->held - min(st->held, st->in_use * sc->size);
	if (class == CLASS_TINY)
		tiny_stats(heap, st);
}

/**
 * stats_of_class() - the figures of a class of a heap
 * @heap: the heap
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @st: filled in
 *
 * Context: Process context. The heap's mcaches must not go away: see totals_begin().
 */
void stats_of_class(struct kspan_heap *heap, unsigned int class, struct class_stats *st)
{
	struct class_stats of_set;
	struct kspan_heap *set;
	unsigned long held;

	*st = (struct class_stats) { };
	for_each_set(heap, set) {
		stats_of_set(set, class, &of_set);
		stats_add(st, &of_set);
	}
	if (READ_ONCE(heap->quarantine)) {
		held = quarantine_count(heap->quarantine, class);
		st->frees += held;
		st->in_use -= min(st->in_use, held);
		st->free += held;
	}
}

static void add_class(struct kspan_heap *heap, unsigned int class, struct class_stats *sum)
{
	struct class_stats st;

	stats_of_class(heap, class, &st);
	stats_add(sum, &st);
}

/**
 * stats_of_large() - the sum over all large objects, including those with a size class
 * @heap: the heap
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
 * @heap: the heap
 * @sum: filled in
 *
 * Context: as stats_of_class().
 */
void stats_total(struct kspan_heap *heap, struct class_stats *sum)
{
	unsigned int class;

	*sum = (struct class_stats) { };
	add_class(heap, CLASS_LARGE, sum);
	for_each_class(heap, class)
		add_class(heap, class, sum);
}

/**
 * stats_forget_tiny() - count all tiny objects of a heap as freed
 * @heap: a heap that was just emptied
 */
void stats_forget_tiny(struct kspan_heap *heap)
{
	struct kspan_heap *set;
	struct class_stats st;

	for_each_set(heap, set) {
		stats_of_set(set, CLASS_TINY, &st);
		atomic_long_add(st.in_use, &set->tiny_frees);
	}
}

static u64 bytes_of_set(struct kspan_heap *heap)
{
	u64 bytes = heap_bytes(heap->owner.nr_classes) + nr_cpu_ids * sizeof(*heap->owner.mcaches);
	struct mcentral *central;
	unsigned int class;
	struct mcache *mc;
	int cpu;

	for_each_possible_cpu(cpu) {
		mc = mcache_of(heap, cpu);
		if (mc)
			bytes += mcache_metadata_bytes(mc);
	}
	for_each_class(heap, class) {
		central = heap_central(heap, class);
		/* Read without the lock: it may change meanwhile. */
		bytes += data_race(central->nr_depot) * sizeof(void *);
	}
	return bytes;
}

/* Bytes that a heap uses in addition to its spans and their descriptors. */
static u64 metadata_bytes(struct kspan_heap *heap)
{
	struct kspan_heap *set;
	u64 bytes = 0;

	for_each_set(heap, set)
		bytes += bytes_of_set(set);
	if (heap->sets)
		bytes += heap_bytes(heap->owner.nr_classes) +
			 nr_cpu_ids * sizeof(*heap->owner.mcaches) +
			 nr_node_ids * sizeof(*heap->sets);
	return bytes;
}

/**
 * stats_read() - the totals of a heap
 * @heap: the heap
 * @stats: filled in; figures that exist only for all heaps together are 0
 *
 * Context: as stats_of_class().
 */
void stats_read(struct kspan_heap *heap, struct kspan_stats *stats)
{
	struct class_stats sum;

	stats_total(heap, &sum);
	*stats = (struct kspan_stats) {
		.live_objects = sum.in_use,
		.allocs = sum.allocs,
		.frees = sum.frees,
		.held_bytes = (u64)atomic_long_read(&heap->owner.pages) << KSPAN_PAGE_SHIFT,
		.peak_held_bytes =
			(u64)atomic_long_read(&heap->owner.peak_pages) << KSPAN_PAGE_SHIFT,
		.metadata_bytes = metadata_bytes(heap),
	};
}
