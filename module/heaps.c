// SPDX-License-Identifier: GPL-2.0
/*
 * heaps: making, emptying and ending heaps. Upper layer; heaps_lock.
 *
 * Emptying a heap is the business of one who has it alone: nobody allocates from it or frees into
 * it meanwhile. What may still look at it are the drains and CPU hotplug, which take heaps_lock,
 * and whoever frees a foreign pointer, which is why a heap goes after a grace period.
 */
#include <linux/percpu.h>
#include <linux/slab.h>
#include "debugfs.h"
#include "heaps.h"
#include "mcache.h"
#include "mheap.h"
#include "names.h"
#include "object.h"
#include "report.h"
#include "stats.h"
#include "track.h"

#define HEAP_FLAGS	(KSPAN_HEAP_NO_TINY | KSPAN_HEAP_ZERO_ON_FREE | KSPAN_HEAP_KEEP_LEAKS)

DEFINE_MUTEX(heaps_lock);
LIST_HEAD(heaps);

/* Of heaps that are gone: allocations, each of them freed, and those that failed. heaps_lock. */
unsigned long heaps_ended_allocs, heaps_ended_failures;

static void heap_free(struct kspan_heap *heap)
{
	free_percpu(heap->mcaches);
	kvfree(heap);
}

static void heap_free_rcu(struct rcu_head *rcu)
{
	heap_free(container_of(rcu, struct kspan_heap, rcu));
}

static struct kspan_heap *heap_new(const char *name, const struct kspan_heap_params *params)
{
	struct kspan_heap *heap = kvzalloc(sizeof(*heap), GFP_KERNEL);
	struct mcache **place;
	int cpu;

	if (!heap)
		return NULL;
	heap->mcaches = alloc_percpu(struct mcache *);
	if (!heap->mcaches) {
		kvfree(heap);
		return NULL;
	}
	for_each_possible_cpu(cpu) {
		place = per_cpu_ptr(heap->mcaches, cpu);
		*place = mcache_absent(cpu);
	}
	heap_init(heap);
	strscpy(heap->name, name, sizeof(heap->name));
	heap->no_tiny = params->flags & KSPAN_HEAP_NO_TINY;
	heap->zero_on_free = params->flags & KSPAN_HEAP_ZERO_ON_FREE;
	heap->keep_leaks = params->flags & KSPAN_HEAP_KEEP_LEAKS;
	heap->magazine_bytes = (unsigned long)params->magazine_kb << 10;
	kspan_heap_set_limit(heap, params->limit);
	return heap;
}

static bool name_in_use(const char *name)
{
	struct kspan_heap *heap;

	for_each_heap(heap)
		if (!heap->ended && !strcmp(heap->name, name))
			return true;
	return false;
}

static int heap_add(struct kspan_heap *heap)
{
	int err = 0;

	mutex_lock(&heaps_lock);
	if (name_in_use(heap->name)) {
		pr_err("heap \"%s\" refused: there is one\n", heap->name);
		err = -EEXIST;
	} else {
		list_add_tail(&heap->list, &heaps);
		debugfs_add_heap(heap);
	}
	mutex_unlock(&heaps_lock);
	return err;
}

/**
 * heap_create() - make a heap
 * @name: to be checked
 * @params: to be checked, or NULL
 * @ctor: called for each object of a new span, or NULL
 *
 * Return: the heap, or ERR_PTR().
 */
struct kspan_heap *heap_create(const char *name, const struct kspan_heap_params *params,
			       void (*ctor)(void *obj))
{
	static const struct kspan_heap_params defaults;
	struct kspan_heap *heap;
	int err;

	params = params ?: &defaults;
	err = name_check("heap", name);
	if (err)
		return ERR_PTR(err);
	if (params->flags & ~HEAP_FLAGS) {
		pr_err("heap \"%s\" refused: unknown flags %#lx\n", name,
		       params->flags & ~HEAP_FLAGS);
		return ERR_PTR(-EINVAL);
	}
	heap = heap_new(name, params);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	heap->ctor = ctor;
	err = heap_add(heap);
	if (err) {
		heap_free(heap);
		return ERR_PTR(err);
	}
	return heap;
}

/* All objects that nobody holds come back to their spans. */
static void collect(struct kspan_heap *heap)
{
	int cpu;

	lockdep_assert_held(&heaps_lock);
	if (atomic_long_read_acquire(&heap->rcu_frees))
		rcu_barrier();	/* kspan_free_rcu() */
	for_each_possible_cpu(cpu)
		mcache_destroy(heap, cpu);
	heap_drain_depots(heap, false);
	mheap_drain();
}

/* Of tiny objects kmemleak knows the span, which stays. */
static void free_live_object(struct kspan_heap *heap, struct mspan *span, unsigned int index)
{
	void *obj = (void *)mspan_object(span, index);
	size_t size = size_classes[span->class].size;

	if (span->class != CLASS_TINY) {
		object_free(obj, size, heap_zeroes_freed(heap));
		return;
	}
	kasan_unpoison_object(obj, size);
	if (heap_zeroes_freed(heap))
		memset(obj, 0, size);
	kasan_poison_range(obj, size);
}

/* Free what is live in a span, without a word. */
static void span_reset(struct mspan *span, void *arg)
{
	struct kspan_heap *heap = span->heap;
	unsigned int i;

	if (span->class == CLASS_LARGE) {
		kspan_free((void *)span->base);
		return;
	}
	if (OBJECT_HOOKS || heap_zeroes_freed(heap))
		for_each_clear_bit(i, span->bits, size_classes[span->class].nr_objs)
			free_live_object(heap, span, i);
	if (heap->ctor)
		mspan_construct(span);
	track_reset(span);
	mcentral_reset_span(&heap->central[span->class], span);
}

static void free_all(struct kspan_heap *heap)
{
	mheap_walk(heap, span_reset, NULL);
	/* Of tiny objects no span knows how many were live. */
	stats_forget_tiny(heap);
}

/**
 * heap_reset() - free every object
 * @heap: nobody uses it meanwhile
 *
 * Empty spans stay with their mcentrals, which do not tell mheap of them.
 */
void heap_reset(struct kspan_heap *heap)
{
	if (WARN_ON_ONCE(heap == &default_heap))
		return;
	mutex_lock(&heaps_lock);
	collect(heap);
	free_all(heap);
	mutex_unlock(&heaps_lock);
}

/**
 * heaps_offer_empty() - let mheap have the spans that resets left empty
 *
 * Context: Process context.
 */
void heaps_offer_empty(void)
{
	struct kspan_heap *heap;

	mutex_lock(&heaps_lock);
	for_each_heap(heap)
		heap_offer_empty(heap);
	mutex_unlock(&heaps_lock);
}

/* Whoever gave the constructor may be gone from here on, and nobody gets an object any more. */
static void forget_ctor(struct kspan_heap *heap)
{
	heap->ctor = NULL;
}

static void heap_end(struct kspan_heap *heap)
{
	struct class_stats sum;

	forget_ctor(heap);
	free_all(heap);
	heap_offer_empty(heap);
	mheap_drain();
	stats_total(heap, &sum);
	heaps_ended_allocs += sum.allocs;
	heaps_ended_failures += atomic_long_read(&heap->failures);
	list_del(&heap->list);
	kspan_assert(!atomic_long_read(&heap->pages));
	call_rcu(&heap->rcu, heap_free_rcu);
}

static unsigned long live_objects(struct kspan_heap *heap)
{
	struct class_stats sum;

	stats_total(heap, &sum);
	return sum.in_use;
}

/**
 * heap_destroy() - report what is live, then throw the heap away
 * @heap: nobody uses it meanwhile
 */
void heap_destroy(struct kspan_heap *heap)
{
	if (WARN_ON_ONCE(heap == &default_heap))
		return;
	debugfs_remove_heap(heap);	/* waits for readers, who take the lock */
	mutex_lock(&heaps_lock);
	collect(heap);
	if (report_leaks(heap) && heap->keep_leaks) {
		heap_offer_empty(heap);
		forget_ctor(heap);
		heap->ended = true;	/* it stays where frees and the last leak report find it */
	} else {
		heap_end(heap);
	}
	mutex_unlock(&heaps_lock);
}

/**
 * heaps_exit() - after the last client is gone
 *
 * Heaps that nobody destroyed are told of; those in which nothing lives go.
 */
void heaps_exit(void)
{
	struct kspan_heap *heap, *next;

	mutex_lock(&heaps_lock);
	list_for_each_entry_safe(heap, next, &heaps, list) {
		if (heap == &default_heap)
			continue;
		if (!heap->ended)
			pr_err("heap \"%s\" was not destroyed\n", heap->name);
		collect(heap);
		if (!live_objects(heap))
			heap_end(heap);
	}
	mutex_unlock(&heaps_lock);
	rcu_barrier();
}

void heaps_init(void)
{
	heap_init(&default_heap);
	list_add(&default_heap.list, &heaps);
}
