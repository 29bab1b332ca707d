// SPDX-License-Identifier: GPL-2.0
/*
 * heaps: create, empty and destroy heaps. heaps_lock.
 *
 * The caller that empties a heap is its only user: nobody else allocates from it or frees into it.
 * Drains and CPU hotplug may still access it, under heaps_lock. A free of a foreign pointer may
 * access it without a lock, so a heap is freed after an RCU grace period.
 */
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "base/names.h"
#include "base/params.h"
#include "central/depot.h"
#include "cpu/mcache_drain.h"
#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/guard.h"
#include "heap/free_rcu.h"
#include "heap/heap_memory.h"
#include "heap/heaps.h"
#include "heap/large.h"
#include "heap/leaks.h"
#include "heap/profile.h"
#include "heap/quarantine.h"
#include "heap/stats.h"
#include "pages/mheap.h"
#include "pages/object.h"
#include "pages/reserve.h"

#define HEAP_FLAGS	(KSPAN_HEAP_NO_TINY | KSPAN_HEAP_ZERO_ON_FREE | KSPAN_HEAP_KEEP_LEAKS | \
			 HEAP_PLACE_FLAGS)

DEFINE_MUTEX(heaps_lock);
LIST_HEAD(heaps);

/* A tracer wants to see each object: new heaps get no mcaches. heaps_lock. */
static bool heaps_aside;

/* Destroyed heaps' allocations, all freed since, and their failed allocations. heaps_lock. */
unsigned long heaps_ended_allocs, heaps_ended_failures;

static bool name_in_use(const char *name)
{
	struct kspan_heap *heap;

	for_each_heap(heap)
		if (!heap->ended && !strcmp(heap->owner.name, name))
			return true;
	return false;
}

static int heap_add(struct kspan_heap *heap)
{
	int err = 0;

	mutex_lock(&heaps_lock);
	if (name_in_use(heap->owner.name)) {
		pr_err("heap \"%s\" refused: there is one\n", heap->owner.name);
		err = -EEXIST;
	} else {
		if (heaps_aside)
			heap_forbid_mcaches(heap, NO_MCACHES_TRACE, true);
		list_add_tail_rcu(&heap->list, &heaps);
	}
	mutex_unlock(&heaps_lock);
	return err;
}

static int check_place_flags(const char *name, unsigned int flags)
{
	unsigned int zones = flags & (KSPAN_HEAP_DMA | KSPAN_HEAP_DMA32);

	if ((flags & HEAP_PLACE_FLAGS) && !(flags & KSPAN_HEAP_DIRECT))
		pr_err("heap \"%s\" refused: flags %#x go with KSPAN_HEAP_DIRECT only\n", name,
		       flags & (unsigned int)HEAP_PLACE_FLAGS);
	else if (zones && (flags & KSPAN_HEAP_OR_VMALLOC))
		pr_err("heap \"%s\" refused: vmalloc has no zones\n", name);
	else if (zones == (KSPAN_HEAP_DMA | KSPAN_HEAP_DMA32))
		pr_err("heap \"%s\" refused: give one zone\n", name);
	else
		return 0;
	return -EINVAL;
}

/**
 * heap_create() - create a heap
 * @name: checked here
 * @params: checked here; may be NULL
 * @ctor: called for each object of a new span, or NULL
 * @only_class: a pool's class; 0: all classes
 * @caller: return address in the client
 *
 * Return: the heap, or ERR_PTR().
 */
struct kspan_heap *heap_create(const char *name, const struct kspan_heap_params *params,
			       void (*ctor)(void *obj), unsigned int only_class,
			       unsigned long caller)
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
	err = check_place_flags(name, params->flags);
	if (err)
		return ERR_PTR(err);
	heap = heap_new(name, params, ctor, only_class, caller);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	err = heap_add(heap);
	if (err) {
		heap_free(heap);
		return ERR_PTR(err);
	}
	return heap;
}

/* Return all free objects to their spans. */
static void collect(struct kspan_heap *heap)
{
	struct kspan_heap *set;
	int cpu;

	if (atomic_long_read_acquire(&heap->rcu_frees))
		free_rcu_barrier();
	debug_flush(heap);
	mutex_lock(&heaps_lock);
	for_each_possible_cpu(cpu)
		for_each_set(heap, set)
			mcache_destroy(set, cpu);
	mutex_unlock(&heaps_lock);
	heap_drain_depots(heap, false);
	mheap_drain();
}

/* kmemleak tracks no tiny object, only its span, which stays: object_free() is left out. */
static void free_live_object(struct kspan_heap *heap, struct mspan *span, unsigned int index)
{
	void *obj = (void *)mspan_object(span, index);
	size_t size = size_classes[span->class].size;

	if (span->class != CLASS_TINY) {
		object_free(obj, size, owner_zeroes_freed(&heap->owner));
		return;
	}
	kasan_unpoison_object(obj, size);
	if (owner_zeroes_freed(&heap->owner))
		memset(obj, 0, size);
	kasan_poison_range(obj, size);
}

/* Free the live objects of a span without reporting them. */
static void span_reset(struct mspan *span, void *arg)
{
	struct kspan_heap *heap = heap_of(span);
	unsigned int i;

	if (span->class == CLASS_LARGE) {
		large_free(span, (void *)span->base, _RET_IP_);
		return;
	}
	if (owner_debug(&heap->owner))
		debug_reset(span);
	else if (OBJECT_HOOKS || owner_zeroes_freed(&heap->owner))
		for_each_clear_bit(i, span->bits, size_classes[span->class].nr_objs)
			free_live_object(heap, span, i);
	if (heap->owner.ctor)
		mspan_construct(span);
	mcentral_reset_span(heap_central(heap, span->class), span);
}

static void free_all(struct kspan_heap *heap)
{
	profile_forget_heap(heap);
	heap_walk(heap, span_reset, NULL);
	guard_end_heap(heap);
	/* Spans do not count their live tiny objects. */
	stats_forget_tiny(heap);
}

/**
 * heap_reset() - free every object
 * @heap: the heap; nobody else uses it during the call
 *
 * Empty spans stay with their mcentrals and are not offered to mheap.
 */
void heap_reset(struct kspan_heap *heap)
{
	if (WARN_ON_ONCE(heap_is_shared(heap)))
		return;
	collect(heap);
	free_all(heap);
}

static void drain_heap(struct kspan_heap *heap, bool idle_only)
{
	if (!idle_only)
		debug_flush(heap);
	heap_drain_depots(heap, idle_only);
	if (!idle_only)
		heap_offer_empty(heap);
}

/**
 * heaps_drain() - return the objects of all depots to their spans, and those that CPUs drained
 * @idle_only: of the depots only those not used since the last call; else also offer mheap the
 *	spans that resets left empty
 *
 * Context: Process context.
 */
void heaps_drain(bool idle_only)
{
	struct kspan_heap *heap;

	mutex_lock(&heaps_lock);
	for_each_heap(heap)
		drain_heap(heap, idle_only);
	mutex_unlock(&heaps_lock);
}

/**
 * heaps_set_aside() - let no heap get an mcache any more, or again, for the sake of tracers
 * @on: no more
 *
 * Context: Process context, debug_lock held.
 */
void heaps_set_aside(bool on)
{
	struct kspan_heap *heap;

	mutex_lock(&heaps_lock);
	heaps_aside = on;
	for_each_heap(heap)
		heap_forbid_mcaches(heap, NO_MCACHES_TRACE, on);
	mutex_unlock(&heaps_lock);
}

static void set_flags(struct kspan_heap *heap)
{
	if (heap->special)
		WRITE_ONCE(*heap->special, alloc_flags_special(!heap->owner.ctor));
}

/**
 * heaps_set_special() - register the word of a pool that alloc_flags_special() is for, and set it
 * @heap: the pool's heap
 * @special: the word; NULL: it is about to go
 *
 * Context: Process context.
 */
void heaps_set_special(struct kspan_heap *heap, gfp_t *special)
{
	mutex_lock(&heaps_lock);
	heap->special = special;
	set_flags(heap);
	mutex_unlock(&heaps_lock);
}

/* The profile was switched on or off: as alloc_set_flags(), for pools. */
void heaps_set_flags(void)
{
	struct kspan_heap *heap;

	mutex_lock(&heaps_lock);
	for_each_heap(heap)
		set_flags(heap);
	mutex_unlock(&heaps_lock);
}

/* Whether the depot of any class has magazines. */
bool heaps_have_depots(void)
{
	struct kspan_heap *heap, *set;
	unsigned int class;
	bool any = false;

	mutex_lock(&heaps_lock);
	for_each_heap(heap)
		for_each_set(heap, set)
			for_each_class(set, class)
				any = any || depot_is_used(heap_central(set, class));
	mutex_unlock(&heaps_lock);
	return any;
}

/* Whether this task tells an owner already, whose callback allocates. */
static bool is_telling(void)
{
	struct kspan_heap *heap;
	bool any = false;

	list_for_each_entry_rcu(heap, &heaps, list)
		any |= READ_ONCE(heap->teller) == current;
	return any;
}

/*
 * Tell owners that memory is short, without heaps_lock, as they may take their time: a heap stays
 * while its owner is told, and its memory for the rest of the walk.
 */
static void tell_owners(bool (*which)(const struct kspan_heap *heap),
			void (*then)(struct kspan_heap *heap))
{
	struct kspan_heap *heap;
	bool telling;

	rcu_read_lock();
	telling = is_telling();
	list_for_each_entry_rcu(heap, &heaps, list) {
		if (telling || (which && !which(heap)) || !heap_tell_begin(heap))
			continue;
		rcu_read_unlock();
		heap_tell(heap);
		if (then) {
			then(heap);
			drain_heap(heap, false);
		}
		rcu_read_lock();
		heap_tell_end(heap);
	}
	rcu_read_unlock();
}

/**
 * heaps_tell_owners() - tell the owners of all heaps that memory is short
 *
 * What they free is in caches then, and to be drained.
 *
 * Context: Process context, no kspan lock held; but a shrinker may call it.
 */
void heaps_tell_owners(void)
{
	tell_owners(NULL, NULL);
}

static bool lacks_room(const struct kspan_heap *heap)
{
	return heap->lacks && atomic_long_read(&heap->owner.charged_pages) + (long)heap->lacks >
			      READ_ONCE(heap->owner.limit_pages);
}

/**
 * heaps_make_room() - take back the caches of heaps that met their limits
 * @ask: has all CPUs drain their mcaches of a heap; does not wait
 *
 * If that is not enough for the allocation that met the limit, the heap's owner is told.
 *
 * Context: Process context; the worker.
 */
void heaps_make_room(void (*ask)(struct kspan_heap *heap))
{
	struct kspan_heap *heap;

	mutex_lock(&heaps_lock);
	for_each_heap(heap) {
		heap->lacks = xchg(&heap->wants_room, 0);
		if (!heap->lacks)
			continue;
		ask(heap);
		drain_heap(heap, false);
	}
	mutex_unlock(&heaps_lock);
	mheap_drain();
	tell_owners(lacks_room, ask);
}

/* The module that has the constructor may unload after this; no object is allocated any more. */
static void forget_ctor(struct kspan_heap *heap)
{
	struct kspan_heap *set;

	heap->owner.ctor = NULL;
	for_each_set(heap, set)
		set->owner.ctor = NULL;
}

static void heap_end(struct kspan_heap *heap)
{
	struct class_stats sum;

	forget_ctor(heap);
	free_all(heap);
	debug_flush(heap);
	heap_offer_empty(heap);
	mheap_drain();
	stats_total(heap, &sum);
	mutex_lock(&heaps_lock);
	heaps_ended_allocs += sum.allocs;
	heaps_ended_failures += atomic_long_read(&heap->owner.failures);
	list_del_rcu(&heap->list);
	mutex_unlock(&heaps_lock);
	kspan_assert(!atomic_long_read(&heap->owner.pages));
	call_rcu(&heap->rcu, heap_free_rcu);
}

static unsigned long live_objects(struct kspan_heap *heap)
{
	struct class_stats sum;

	stats_total(heap, &sum);
	return sum.in_use;
}

/**
 * heap_destroy() - report live objects, then free the heap
 * @heap: the heap; nobody else uses it during the call
 *
 * With KSPAN_HEAP_KEEP_LEAKS a heap with live objects is kept.
 */
void heap_destroy(struct kspan_heap *heap)
{
	collect(heap);
	if (leaks_report(heap) && heap->keep_leaks) {
		heap_offer_empty(heap);
		forget_ctor(heap);
		mutex_lock(&heaps_lock);
		heap->ended = true;	/* frees and the leak report at unload need it */
		mutex_unlock(&heaps_lock);
	} else {
		heap_end(heap);
	}
}

/**
 * heaps_exit() - free the heaps without live objects, after the last client is gone
 *
 * Heaps that were not destroyed are reported. Nobody else knows of any heap.
 */
void heaps_exit(void)
{
	struct kspan_heap *heap, *next;

	list_for_each_entry_safe(heap, next, &heaps, list) {
		if (heap_is_shared(heap))
			continue;
		if (!heap->ended)
			pr_err("heap \"%s\" was not destroyed\n", heap->owner.name);
		collect(heap);
		if (!live_objects(heap))
			heap_end(heap);
	}
	rcu_barrier();
}

static int shared_init(struct kspan_heap *heap)
{
	heap_begin(heap, 0);
	if (heap == &override_heap) {	/* contiguous as kmalloc()'s memory, or none */
		heap->owner.place.backing = BACKING_DIRECT;
		heap->owner.or_vmalloc = false;
	}
	heap->client = KBUILD_MODNAME;
	list_add_tail(&heap->list, &heaps);
	return heap_split(heap) ?: debug_begin(heap, param_debug());
}

int heaps_init(void)
{
	heap_memory_init();
	return shared_init(&default_heap) ?: shared_init(&override_heap);
}

static void shared_forget(struct kspan_heap *heap)
{
	quarantine_delete(heap->quarantine);
	heap_sets_free(heap);
}

/* Undo heaps_init(), also half of it; no object of these heaps is live. */
void heaps_forget_shared(void)
{
	shared_forget(&default_heap);
	shared_forget(&override_heap);
}
