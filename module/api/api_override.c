// SPDX-License-Identifier: GPL-2.0
/*
 * api_override: what <kspan/slab_override.h> calls in place of kmalloc() and kfree(): the heap that
 * all modules share which are built with it. Documented there. No locks.
 */
#include "api/api.h"
#include "heap/alloc.h"

notrace void *__kspan_override_alloc(size_t size, gfp_t gfp)
{
	return alloc_object(&override_heap, &override_mcache, size, gfp);
}
EXPORT_SYMBOL_KSPAN(__kspan_override_alloc);

notrace void *__kspan_override_alloc_class(size_t size, gfp_t gfp, unsigned long class)
{
	return alloc_of_class(&override_heap, &override_mcache, class, size, gfp);
}
EXPORT_SYMBOL_KSPAN(__kspan_override_alloc_class);

void *__kspan_override_alloc_aligned(size_t size, size_t align, gfp_t gfp)
{
	return api_alloc_aligned(&override_heap, size, align, gfp);
}
EXPORT_SYMBOL_KSPAN(__kspan_override_alloc_aligned);

/* NULL and ZERO_SIZE_PTR are nobody's. */
static noinline bool free_if_ours(const void *p, unsigned long caller)
{
	if (!kspan_owns(p))
		return false;
	free_for(p, caller);
	return true;
}

/* As free_object(), but the memory may be of another allocator, and rightly so. */
notrace bool __kspan_override_free(const void *p)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span;
	struct mcache *mc;
	bool done = false;

	preempt_disable();
	mc = this_cpu_read(override_mcache);
	if (likely(pagemap_lookup_foreign(addr, &span))) {
		if (likely(is_plain_object(span, addr))) {
			done = free_plain(p, span, mc, &override_mcache, false);
		} else if (data_race(span->keeps)) {	/* changes only while no object lives */
			free_odd(p, span);
			return true;
		}
	}
	preempt_enable();
	return likely(done) || free_if_ours(p, _RET_IP_);
}
EXPORT_SYMBOL_KSPAN(__kspan_override_free);
