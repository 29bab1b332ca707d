/* SPDX-License-Identifier: GPL-2.0 */
/*
 * large_span: the spans of objects over 32 KB: they come from what the CPU keeps, or from mheap or
 * the reserve, and go back by mheap's lock-free list. No lock of its own.
 */
#ifndef _KSPAN_LARGE_SPAN_H
#define _KSPAN_LARGE_SPAN_H

#include "cpu/mcache.h"

/* A larger size would overflow a page count; no machine has that much memory. */
#define LARGE_MAX_BYTES		min_t(u64, (u64)LONG_MAX / 2, BIT_ULL(31 + KSPAN_PAGE_SHIFT - 1))

/**
 * large_take_kept() - take a span that this CPU keeps
 * @mcaches: a heap's @alloc_mcaches
 * @npages: its pages
 * @align: bytes, a power of two
 *
 * Context: Any.
 * Return: the object, or 0.
 */
static __always_inline unsigned long large_take_kept(struct mcache * __percpu *mcaches,
						     unsigned long npages, size_t align)
{
	struct mspan *span = NULL;
	struct mcache *mc;

	preempt_disable();
	mc = this_cpu_read(*mcaches);
	if (likely(mcache_enter(mc))) {
		if (!kept_take(mcache_kept(mc), npages, align, &span))
			span = NULL;
		mcache_exit(mc);
	}
	preempt_enable();
	return span ? span->base : 0;
}

unsigned long large_take(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
bool large_adopt(struct mspan *span);
void large_give(struct mspan *span);

#endif /* _KSPAN_LARGE_SPAN_H */
