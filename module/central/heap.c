// SPDX-License-Identifier: GPL-2.0
/*
 * heap: sets up the heaps, the default one included, drains their mcentrals, and calls their owners
 * when memory is short, under shortage_lock.
 */
#include <linux/sched/mm.h>
#include "base/kick.h"
#include "base/params.h"
#include "central/depot.h"
#include "central/heap.h"

DEFINE_PER_CPU(struct mcache *, default_mcache);
DEFINE_PER_CPU(struct mcache *, override_mcache);

struct kspan_heap default_heap = {
	.owner = {
		.mcaches = &default_mcache,
		.name = "default",
	},
	.alloc_mcaches = &default_mcache,
	.central = { [NR_CLASSES - 1] = { } },	/* room for all classes */
};

struct kspan_heap override_heap = {
	.owner = {
		.mcaches = &override_mcache,
		.name = "override",
	},
	.alloc_mcaches = &override_mcache,
	.central = { [NR_CLASSES - 1] = { } },
};

static void (*call_in)(struct kspan_heap *heap);	/* constant once kspan is loaded */

/**
 * heap_set_call_in() - register how to have all CPUs drain their mcaches of a heap
 * @fn: may sleep; nearly always they have when it returns
 */
void heap_set_call_in(void (*fn)(struct kspan_heap *heap))
{
	call_in = fn;
}

static void make_room(struct owner *owner, unsigned long npages, bool may_sleep)
{
	struct kspan_heap *heap = heap_of_owner(owner)->root;

	if (may_sleep) {
		call_in(heap);
		heap_drain_depots(heap, false);
	} else if (!xchg(&heap->wants_room, npages)) {
		kick_for(KICK_ROOM);
	}
	heap_offer_empty(heap);
}

/* From here on no mcache is made for the heap, or is again if there is no other reason. */
void heap_forbid_mcaches(struct kspan_heap *heap, u8 reason, bool forbid)
{
	u8 reasons = forbid ? heap->owner.no_mcaches | reason : heap->owner.no_mcaches & ~reason;
	struct kspan_heap *set;

	WRITE_ONCE(heap->owner.no_mcaches, reasons);
	for_each_set(heap, set)
		WRITE_ONCE(set->owner.no_mcaches, reasons);
}

/**
 * heap_set_shortage() - set the callback that tells the owner of a heap that memory is short
 * @heap: the heap
 * @fn: the callback, or NULL for none
 * @arg: for @fn
 *
 * On return the callback before does not run, and will not.
 *
 * Context: Process context; not in a callback.
 */
void heap_set_shortage(struct kspan_heap *heap, kspan_shortage_fn fn, void *arg)
{
	mutex_lock(&heap->shortage_lock);
	WRITE_ONCE(heap->shortage, fn);
	heap->shortage_arg = arg;
	mutex_unlock(&heap->shortage_lock);
}

/**
 * heap_tell_begin() - begin to tell the owner of a heap that memory is short
 * @heap: the heap
 *
 * If this is the callback's own allocation, or another task's while the callback runs, it does not
 * wait.
 *
 * Context: Process context; may hold rcu_read_lock().
 * Return: whether the owner has a callback that heap_tell() may call. Then the heap stays until
 *	heap_tell_end().
 */
bool heap_tell_begin(struct kspan_heap *heap)
{
	if (!READ_ONCE(heap->shortage) || !mutex_trylock(&heap->shortage_lock))
		return false;
	if (heap->shortage)
		return true;
	mutex_unlock(&heap->shortage_lock);
	return false;
}

/* Call the owner; between heap_tell_begin() and heap_tell_end(). For any caller: without I/O. */
void heap_tell(struct kspan_heap *heap)
{
	unsigned int noio = data_race(memalloc_noio_save());	/* the scheduler reads the flags */

	lockdep_assert_held(&heap->shortage_lock);
	WRITE_ONCE(heap->teller, current);
	heap->shortage(heap, heap->shortage_arg);
	WRITE_ONCE(heap->teller, NULL);
	data_race((memalloc_noio_restore(noio), 0));	/* as above */
}

/* Held rcu_read_lock() keeps the heap's memory, which is freed when the heap is destroyed. */
void heap_tell_end(struct kspan_heap *heap)
{
	mutex_unlock(&heap->shortage_lock);
}

static bool tell(struct owner *owner)
{
	struct kspan_heap *heap = heap_of_owner(owner)->root;

	if (!heap_tell_begin(heap))
		return false;
	heap_tell(heap);
	heap_tell_end(heap);
	return true;
}

static bool owner_drain_late(struct mspan *span)
{
	return mcentral_drain_late(heap_central(heap_of(span), span->class), span);
}

static void owner_end_large(struct mspan *span)
{
	mcentral_remove_large(heap_central(heap_of(span), CLASS_LARGE), span);
}

static const struct owner_ops owner_ops = {
	.make_room = make_room,
	.tell = tell,
	.drain_late = owner_drain_late,
	.end_large = owner_end_large,
};

/* The memory of a heap whose creator does not choose. */
static void choose_place(struct owner *owner)
{
	owner->place = (struct place) {
		.backing = param_direct() ? BACKING_DIRECT : BACKING_VMALLOC,
		.node = NUMA_NO_NODE,
	};
	owner->or_vmalloc = param_direct();
}

/**
 * heap_init() - set up a heap
 * @heap: zeros but for its mcaches
 * @only_class: a pool's class; 0: the heap has all classes
 */
void heap_init(struct kspan_heap *heap, unsigned int only_class)
{
	unsigned int class;

	owner_set_classes(&heap->owner, only_class);
	choose_place(&heap->owner);
	heap->owner.ops = &owner_ops;
	heap->owner.account = &heap->owner;
	heap->owner.limit_pages = LONG_MAX;
	heap->root = heap;
	heap->first_set = heap;
	heap->alloc_mcaches = heap->owner.mcaches;
	heap->is_pool = only_class;
	mutex_init(&heap->shortage_lock);
	INIT_LIST_HEAD(&heap->list);
	mcentral_init(heap_central(heap, CLASS_LARGE), &heap->owner, CLASS_LARGE);
	for_each_class(heap, class)
		mcentral_init(heap_central(heap, class), &heap->owner, class);
}

/**
 * heap_offer_empty() - offer mheap the empty spans of a heap, as a reset leaves them
 * @heap: the heap
 *
 * Context: Any that may take a spinlock.
 */
void heap_offer_empty(struct kspan_heap *heap)
{
	struct kspan_heap *set;
	unsigned int class;

	for_each_set(heap, set)
		for_each_class(set, class)
			mcentral_offer_empty(heap_central(set, class));
}

/**
 * heap_drain_depots() - return the objects of a heap's depots to their spans
 * @heap: the heap
 * @idle_only: only depots that were not used since the last call
 *
 * Context: Any that may take a spinlock; the heap must stay.
 */
void heap_drain_depots(struct kspan_heap *heap, bool idle_only)
{
	struct kspan_heap *set;
	unsigned int class;

	for_each_set(heap, set)
		for_each_class(set, class)
			depot_drain(heap_central(set, class), idle_only);
}

/**
 * heap_walk() - call a function for each span of a heap, in time proportional to their number
 * @heap: the heap; it is not in use, and its mcaches and depots are drained
 * @fn: the function; it may make all objects of the span free, but not end the span
 * @arg: for @fn
 *
 * Spans of regions are left out.
 *
 * Context: Process context; @fn is called under mheap.lock.
 */
void heap_walk(struct kspan_heap *heap, void (*fn)(struct mspan *span, void *arg), void *arg)
{
	struct kspan_heap *set;
	unsigned int class;

	mutex_lock(&mheap.lock);
	mheap_drain_locked();
	for_each_set(heap, set) {
		mcentral_walk(heap_central(set, CLASS_LARGE), fn, arg);
		for_each_class(set, class)
			mcentral_walk(heap_central(set, class), fn, arg);
	}
	mutex_unlock(&mheap.lock);
}
