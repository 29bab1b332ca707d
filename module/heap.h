/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heap: a named allocator: its mcaches and mcentrals, and the pages it holds. The default heap is
 * always there; heaps.c makes others. Upper layer; what guards a field stands with it.
 */
#ifndef _KSPAN_HEAP_H
#define _KSPAN_HEAP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <kspan/heap.h>
#include "mcentral.h"

/**
 * struct kspan_heap - an allocator
 * @mcaches: for each CPU its mcache, or mcache_absent() where there is none
 * @name: for messages and debugfs
 * @no_tiny: objects under 8 bytes are not packed; constant
 * @zero_on_free: objects are overwritten when they are freed; constant
 * @keep_leaks: objects that are live at the end stay; constant
 * @ended: destroyed, but for live objects that it keeps; heaps_lock
 * @is_pool: all objects are of one class; constant
 * @ctor: called for each object of a new span, or NULL; constant until the heap ends
 * @magazine_bytes: objects of one class that a CPU keeps at most; 0: as the module's parameter
 * @central: by class; [CLASS_LARGE] is not used
 * @pages: in spans of the heap; atomic
 * @peak_pages: the most of those ever; atomic
 * @limit_pages: what @pages may be at most; changed at any time, in one store, and obeyed from the
 *	next charge on
 * @large_objects: live; atomic
 * @large_bytes: bytes of their spans; atomic
 * @large_allocs: ever; atomic
 * @tiny_allocs: tiny objects allocated past the mcaches; atomic
 * @tiny_frees: tiny objects freed past the mcaches; atomic
 * @rcu_frees: objects that wait for kspan_free_rcu()'s grace period; atomic
 * @failures: allocations that returned NULL; atomic
 * @list: all heaps; heaps_lock
 * @dir: in debugfs; heaps_lock
 * @rcu: to free it
 */
struct kspan_heap {
	struct mcache * __percpu *mcaches;
	char name[KSPAN_NAME_LEN];
	bool no_tiny;
	bool zero_on_free;
	bool keep_leaks;
	bool ended;
	bool is_pool;
	void (*ctor)(void *obj);
	unsigned long magazine_bytes;
	struct mcentral central[NR_CLASSES];
	atomic_long_t pages;
	atomic_long_t peak_pages;
	long limit_pages;
	atomic_long_t large_objects;
	atomic_long_t large_bytes;
	atomic_long_t large_allocs;
	atomic_long_t tiny_allocs;
	atomic_long_t tiny_frees;
	atomic_long_t rcu_frees;
	atomic_long_t failures;
	struct list_head list;
	struct dentry *dir;
	struct rcu_head rcu;
};

extern struct kspan_heap default_heap;

/* Whether freed objects are overwritten. What a constructor made must last. */
static inline bool heap_zeroes_freed(const struct kspan_heap *heap)
{
	return !heap->ctor && (heap->zero_on_free || want_init_on_free());
}

void heap_init(struct kspan_heap *heap);
bool heap_charge(struct kspan_heap *heap, unsigned long npages);
void heap_offer_empty(struct kspan_heap *heap);
void heap_drain_depots(struct kspan_heap *heap, bool idle_only);
void heap_uncharge(struct kspan_heap *heap, unsigned long npages);
struct mspan *heap_alloc_span(struct kspan_heap *heap, unsigned int class, unsigned long npages,
			      unsigned long align, gfp_t gfp);

#endif /* _KSPAN_HEAP_H */
