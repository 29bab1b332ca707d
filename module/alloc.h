/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alloc: the fast paths, and the dispatch behind them, for any heap. Upper layer; the exported
 * functions are made of these.
 */
#ifndef _KSPAN_ALLOC_H
#define _KSPAN_ALLOC_H

#include "heap.h"
#include "mcache.h"
#include "object.h"
#include "pagemap.h"

/* What takes an allocation off the fast path: zeroing, and flags that no vmalloc memory can meet. */
#define GFP_UNSUPPORTED	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_COMP | __GFP_MOVABLE | \
			 __GFP_THISNODE)
#define GFP_SPECIAL	(GFP_UNSUPPORTED | __GFP_ZERO)

void *alloc_other(struct kspan_heap *heap, size_t size, gfp_t gfp);
void *alloc_special(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp);
void *alloc_empty(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp);
void *alloc_large(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
void free_other(const void *p, unsigned long caller);
void free_in_class(struct mspan *span, void *obj, unsigned long caller);

/**
 * alloc_class() - the way of an allocation from the mcache
 * @heap: whose
 * @mcaches: heap->mcaches, which the compiler may know
 * @class: size class
 * @size: bytes asked for
 * @gfp: what may be done
 *
 * Return: the object, or NULL.
 */
static __always_inline void *alloc_class(struct kspan_heap *heap,
					 struct mcache * __percpu *mcaches, unsigned int class,
					 size_t size, gfp_t gfp)
{
	struct mcache *mc;
	unsigned long obj;

	if (OBJECT_HOOKS || unlikely(gfp & GFP_SPECIAL) || want_init_on_alloc(0))
		return alloc_special(heap, class, size, gfp);
	debug_might_alloc(gfp);
	preempt_disable();
	mc = this_cpu_read(*mcaches);
	if (unlikely(!mcache_enter(mc)))
		goto slow;
	obj = mcache_pop(&mc->slot[class]);
	mcache_exit(mc);
	if (unlikely(!obj))
		goto slow;
	preempt_enable();
	return (void *)(obj & ~OBJ_FRESH);
slow:
	preempt_enable();
	return alloc_empty(heap, class, size, gfp);
}

/**
 * free_object() - the way of a free to the mcache
 * @p: what the caller gave
 * @caller: for reports
 */
static __always_inline void free_object(const void *p, unsigned long caller)
{
	unsigned long addr = (unsigned long)p;
	struct mcache_slot *slot;
	struct mspan *span;
	struct mcache *mc;
	u32 fraction;
	void **top;

	preempt_disable();
	span = pagemap_lookup(addr);
	/* The part of an index that is not whole: below the magic number, it is none. */
	fraction = (u32)(addr - span->base) * span->magic;
	if (OBJECT_HOOKS || want_init_on_free() || unlikely(fraction >= span->magic))
		goto other;
	mc = this_cpu_read(*span->mcaches);
	if (unlikely(!mcache_enter(mc)))
		goto other;
	slot = (void *)mc + span->slot;
	top = slot->top;
	if (unlikely(top == slot->end || top[-1] == p))
		goto exit;
	*top = (void *)p;
	slot->top = top + 1;
	slot->frees++;
	mcache_exit(mc);
	preempt_enable();
	return;
exit:
	mcache_exit(mc);
other:
	preempt_enable();
	free_other(p, caller);
}

#endif /* _KSPAN_ALLOC_H */
