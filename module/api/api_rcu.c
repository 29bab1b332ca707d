// SPDX-License-Identifier: GPL-2.0
/*
 * api_rcu: kspan_free_rcu() and what goes with it, documented in include/kspan/kspan.h. No locks.
 */
#include "api/api.h"
#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/free_rcu.h"
#include "heap/guard.h"
#include "pages/report.h"

static __always_inline void *object_around(const struct mspan *span, unsigned long addr)
{
	return (void *)(span->class == CLASS_LARGE ? span->base :
			mspan_object(span, mspan_index(span, addr)));
}

/* Where there is no memory for a batch: @head lies anywhere in the object. */
static void free_around(struct rcu_head *head)
{
	unsigned long addr = (unsigned long)head;
	struct mspan *span = pagemap_find(addr);
	size_t bytes;

	if (mspan_covers(span, addr))
		free_rcu_one(object_around(span, addr));
	else
		free_rcu_one((void *)(guard_object(addr, &bytes) ?: addr));
}

/* @around: as for begin() */
static void *begin_guarded(unsigned long addr, bool around, unsigned long caller)
{
	struct kspan_heap *heap = guard_heap((void *)addr);
	size_t bytes;
	unsigned long obj = guard_object(addr, &bytes);

	if (!heap || !obj) {
		if (!guard_free((void *)addr, caller))	/* which reports it */
			report_foreign((void *)addr, caller);
		return NULL;
	}
	atomic_long_inc(&heap->rcu_frees);
	return (void *)(around ? obj : addr);
}

/*
 * @around: @p lies anywhere in the object. Else it is the object, which may share a block with
 * others under 8 bytes; if it is no object, the free reports it.
 *
 * Return: what is to be freed, which now counts as about to be, or NULL.
 */
static __always_inline void *begin(const void *p, bool around, unsigned long caller)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span = pagemap_find(addr);
	void *obj;

	if (!mspan_covers(span, addr))
		return begin_guarded(addr, around, caller);
	if (span->region) {
		report_region_free(p, caller);
		return NULL;
	}
	obj = around ? object_around(span, addr) : (void *)p;
	if (owner_debug(span->owner) && !debug_wait(span, obj, caller))
		return NULL;
	atomic_long_inc(&heap_root_of(span)->rcu_frees);
	return obj;
}

void __kspan_free_rcu(struct rcu_head *head)
{
	void *p = begin(head, true, _RET_IP_);

	if (p && !free_rcu_add(p))
		call_rcu(head, free_around);
}
EXPORT_SYMBOL_KSPAN(__kspan_free_rcu);

void kspan_free_rcu_mightsleep(const void *p)
{
	void *obj;

	might_sleep();
	if (ZERO_OR_NULL_PTR(p))
		return;
	obj = begin(p, false, _RET_IP_);
	if (!obj || free_rcu_add(obj))
		return;
	synchronize_rcu();
	free_rcu_one(obj);
}
EXPORT_SYMBOL_KSPAN(kspan_free_rcu_mightsleep);

void kspan_rcu_barrier(void)
{
	free_rcu_barrier();
}
EXPORT_SYMBOL_KSPAN(kspan_rcu_barrier);
