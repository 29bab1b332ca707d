// SPDX-License-Identifier: GPL-2.0
/*
 * alloc: what the fast paths leave out. Upper layer; takes no lock itself.
 */
#include "alloc.h"
#include "large.h"
#include "params.h"
#include "report.h"
#include "tiny.h"

static bool flags_refused(gfp_t gfp)
{
	if (likely(!(gfp & GFP_UNSUPPORTED)))
		return false;
	report_bad_flags(gfp & GFP_UNSUPPORTED);
	return true;
}

static noinline void *failed(size_t size, gfp_t gfp)
{
	report_failure(size, gfp);
	return NULL;
}

/* The fast path's pop, for those who want to know whether the object holds zeros. */
static unsigned long pop(struct kspan_heap *heap, unsigned int class)
{
	unsigned long obj = 0;
	struct mcache *mc;

	preempt_disable();
	mc = *this_cpu_ptr(heap->mcaches);
	if (mcache_enter(mc)) {
		obj = mcache_pop(&mc->slot[class]);
		mcache_exit(mc);
	}
	preempt_enable();
	return obj;
}

/**
 * alloc_empty() - allocate when the magazine is empty or the mcache busy
 * @heap: whose
 * @class: size class
 * @size: bytes asked for
 * @gfp: what may be done
 *
 * Return: the object, or NULL.
 */
noinline void *alloc_empty(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp)
{
	unsigned long obj = mcache_alloc_slow(heap, class, gfp);

	if (unlikely(!obj))
		return failed(size, gfp);
	return object_alloc(obj, size_classes[class].size, size, gfp);
}

/**
 * alloc_special() - allocate when something is to be done to the object, or refused
 * @heap: whose
 * @class: size class
 * @size: bytes asked for
 * @gfp: what may be done
 *
 * Return: the object, or NULL.
 */
noinline void *alloc_special(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp)
{
	unsigned long obj;

	if (flags_refused(gfp))
		return NULL;
	debug_might_alloc(gfp);
	obj = !OBJECT_HOOKS || may_lock() ? pop(heap, class) : 0;
	if (unlikely(!obj))
		return alloc_empty(heap, class, size, gfp);
	return object_alloc(obj, size_classes[class].size, size, gfp);
}

static void *alloc_tiny(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	void *p;

	if (!param_tiny())
		return alloc_special(heap, size_to_class(size), size, gfp);
	if (flags_refused(gfp))
		return NULL;
	debug_might_alloc(gfp);
	p = tiny_alloc(heap, size, gfp);
	if (unlikely(!p))
		return failed(size, gfp);
	if (want_init_on_alloc(gfp))
		memset(p, 0, round_up(size, 2));
	if (may_lock())
		kmemleak_alloc(p, size, 1, gfp);
	return p;
}

/**
 * alloc_large() - allocate a span of its own
 * @heap: whose
 * @size: bytes
 * @align: bytes, a power of two from a page on
 * @gfp: what may be done
 *
 * Return: the object, or NULL.
 */
void *alloc_large(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
{
	void *p;

	if (flags_refused(gfp))
		return NULL;
	might_alloc(gfp);
	p = large_alloc(heap, size, align, gfp);
	return p ?: failed(size, gfp);
}

/**
 * alloc_other() - allocate what the fast path's table does not know
 * @heap: whose
 * @size: bytes
 * @gfp: what may be done
 *
 * Return: the object, ZERO_SIZE_PTR, or NULL.
 */
noinline void *alloc_other(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	if (!size)
		return ZERO_SIZE_PTR;
	if (size < KSPAN_TINY_SIZE)
		return size == 8 ? alloc_special(heap, size_to_class(size), size, gfp) :
				   alloc_tiny(heap, size, gfp);
	return alloc_large(heap, size, large_align(size), gfp);
}

/**
 * free_in_class() - free an object of a class, found to be one
 * @span: its span
 * @obj: the object
 * @caller: for reports
 *
 * What the fast path does, and what it leaves out.
 */
void free_in_class(struct mspan *span, void *obj, unsigned long caller)
{
	struct mcache_slot *slot;
	bool done = false, twice = false;
	struct mcache *mc;

	object_free(obj, size_classes[span->class].size);
	preempt_disable();
	mc = *this_cpu_ptr(span->mcaches);
	if ((!OBJECT_HOOKS || may_lock()) && mcache_enter(mc)) {
		slot = &mc->slot[span->class];
		twice = slot->top[-1] == obj;
		if (!twice && slot->top != slot->end) {
			*slot->top++ = obj;
			slot->frees++;
			done = true;
		}
		mcache_exit(mc);
	}
	preempt_enable();
	if (twice)
		report_double_free(obj, span->class, caller);
	else if (!done)
		mcache_free_slow(span, obj);
}

/**
 * free_other() - free what the fast path did not
 * @p: what the caller gave
 * @caller: for reports
 */
noinline void free_other(const void *p, unsigned long caller)
{
	unsigned long addr = (unsigned long)p;
	struct mspan *span;

	if (ZERO_OR_NULL_PTR(p))
		return;
	preempt_disable();
	span = pagemap_lookup(addr);
	preempt_enable();
	if (span == &no_span || !mspan_covers(span, addr))
		report_foreign(p, caller);
	else if (span->class == CLASS_LARGE)
		large_free(span, p, caller);
	else if (span->class == CLASS_TINY)
		tiny_free(span, p, caller);
	else if (addr != mspan_object(span, mspan_index(span, addr)))
		report_inside(p, span, caller);
	else
		free_in_class(span, (void *)p, caller);
}
