// SPDX-License-Identifier: GPL-2.0
/*
 * api_rcu: kspan_free_rcu(), documented in include/kspan/kspan.h. No locks.
 */
#include "api/api.h"
#include "heap/alloc.h"
#include "heap/debug.h"
#include "pages/report.h"

static void *object_around(const struct mspan *span, unsigned long addr)
{
	return (void *)(span->class == CLASS_LARGE ? span->base :
			mspan_object(span, mspan_index(span, addr)));
}

/* @head may lie anywhere in the object: the span gives the object's start. */
static void free_rcu_object(struct rcu_head *head)
{
	unsigned long addr = (unsigned long)head;
	struct mspan *span = pagemap_find(addr);
	struct kspan_heap *heap;
	void *obj;

	if (!mspan_covers(span, addr)) {	/* freed during the grace period */
		report_foreign(head, _RET_IP_);
		return;
	}
	heap = heap_root_of(span);
	obj = object_around(span, addr);
	if (owner_debug(span->owner))
		debug_waited(span, obj);
	free_object(obj);
	/* The heap waits for this before it is emptied; pairs with the acquire in collect(). */
	atomic_long_dec_return_release(&heap->rcu_frees);
}

void __kspan_free_rcu(struct rcu_head *head)
{
	unsigned long addr = (unsigned long)head;
	struct mspan *span = pagemap_find(addr);

	if (!mspan_covers(span, addr)) {
		report_foreign(head, _RET_IP_);
		return;
	}
	if (span->region) {
		report_region_free(head, _RET_IP_);
		return;
	}
	if (owner_debug(span->owner) && !debug_wait(span, object_around(span, addr), _RET_IP_))
		return;
	atomic_long_inc(&heap_root_of(span)->rcu_frees);
	call_rcu(head, free_rcu_object);
}
EXPORT_SYMBOL_KSPAN(__kspan_free_rcu);
