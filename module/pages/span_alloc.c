// SPDX-License-Identifier: GPL-2.0
/*
 * span_alloc: allocates spans for the higher folders. No allocation sleeps before it comes here.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include "base/kick.h"
#include "base/trace.h"
#include "pages/callers.h"
#include "pages/mheap.h"
#include "pages/report.h"
#include "pages/reserve.h"
#include "pages/span_alloc.h"

/* The longest run that a caller waits for; atomic. */
static unsigned long asked_pages;

/* Callers that wait for the worker, and when the last one went to look. */
static atomic_t nr_waiting;
static unsigned long last_wait = INITIAL_JIFFIES - HZ;

/* Jiffies that such a caller gets to look, on a busy machine. If it needs more, it asks again. */
#define TAKE_TIME	(HZ / 10)

static struct place vmalloc_near(struct place place)
{
	return (struct place) { BACKING_VMALLOC, place.node };
}

static struct mspan *alloc_on_node(struct owner *owner, struct place place, unsigned int class,
				   unsigned long npages, unsigned long align, gfp_t gfp)
{
	struct mspan *span = NULL;

	if (gfpflags_allow_blocking(gfp))
		span = mheap_alloc_span(owner, place, class, npages, align, gfp);
	if (span || arenas_may_grow(gfp))
		return span;
	spinning_begin_unless_blocking(gfp);
	span = reserve_alloc_span(owner, place, class, npages, align, gfp);
	spinning_end_unless_blocking(gfp);
	return span;
}

/* At its limit the owner was asked for room already: other memory does not help. */
static bool is_refused(const struct owner *owner, unsigned long npages, gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) && owner_is_full(owner, npages);
}

/* On the node; else, unless the caller insists, on any. */
static struct mspan *alloc_at(struct owner *owner, struct place place, unsigned int class,
			      unsigned long npages, unsigned long align, gfp_t gfp)
{
	struct mspan *span;

	if (place.node == NUMA_NO_NODE || (gfp & __GFP_THISNODE))
		return alloc_on_node(owner, place, class, npages, align, gfp);
	span = alloc_on_node(owner, place, class, npages, align, gfp & ~__GFP_NOFAIL);
	if (span || is_refused(owner, npages, gfp))
		return span;
	return alloc_on_node(owner, place_anywhere(place), class, npages, align, gfp);
}

/* Where the owner may have vmalloc's memory if it has no other. */
static struct mspan *alloc_as_allowed(struct owner *owner, unsigned int class,
				      unsigned long npages, unsigned long align, gfp_t gfp)
{
	struct mspan *span;

	if (!owner->or_vmalloc)
		return alloc_at(owner, owner->place, class, npages, align, gfp);
	span = alloc_at(owner, owner->place, class, npages, align, gfp & ~__GFP_NOFAIL);
	if (span || is_refused(owner, npages, gfp))
		return span;
	return alloc_at(owner, vmalloc_near(owner->place), class, npages, align, gfp);
}

/**
 * span_alloc() - get a span from mheap, or from the reserve if the caller may not make a segment
 * @owner: the account of the heap that gets it
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @npages: pages
 * @align: alignment in pages
 * @gfp: the caller's flags
 *
 * A caller whose flags allow to sleep in a context that does not is reported, and served as with
 * GFP_ATOMIC.
 *
 * Context: Any that may take a spinlock.
 * Return: the span, or NULL, also if the owner's limit is reached. All objects are free, and only
 *	the caller knows the span.
 */
struct mspan *span_alloc(struct owner *owner, unsigned int class, unsigned long npages,
			 unsigned long align, gfp_t gfp)
{
	struct mspan *span;

	gfp &= ~(__GFP_ACCOUNT | GFP_ZONEMASK);	/* spans are shared; the owner has a zone */
	if (gfpflags_allow_blocking(gfp) && unlikely(!may_sleep())) {
		report_sleep(gfp, _RET_IP_);
		gfp &= ~__GFP_DIRECT_RECLAIM;
	}
	if (!gfpflags_allow_blocking(gfp))
		gfp &= ~__GFP_NOFAIL;
	span = alloc_as_allowed(owner, class, npages, align, gfp);
	if (trace_span_alloc_enabled() && span)
		trace_span_alloc(callers_find(_RET_IP_), span->base, mspan_bytes(span),
				 size_classes[class].size, gfp, owner->name, owner->place.node);
	return span;
}

/*
 * A caller that may not make a segment itself has the worker make one, and waits a moment. Making
 * it kicks the worker, which so looks again before the caller does.
 */
static void ask(unsigned long npages)
{
	unsigned long asked = READ_ONCE(asked_pages);

	atomic_inc(&nr_waiting);
	while (npages > asked && !try_cmpxchg(&asked_pages, &asked, npages))
		;
	kick_for(KICK_REFILL);
	schedule_timeout_uninterruptible(1);
	WRITE_ONCE(last_wait, jiffies);
	atomic_dec(&nr_waiting);
}

static bool is_awaited(void)
{
	return atomic_read(&nr_waiting) || time_before(jiffies, READ_ONCE(last_wait) + TAKE_TIME);
}

/**
 * span_alloc_serve() - have the run ready that a caller waits for which may not make a segment
 *
 * Context: Process context; the worker.
 * Return: whether there is such a caller, or was just now. It takes the run when it looks again:
 *	until then no segment is to be given back.
 */
bool span_alloc_serve(void)
{
	unsigned long addr, npages = xchg(&asked_pages, 0);
	struct reserve *r;
	bool dirty;

	if (!npages)
		return is_awaited();
	for_each_reserve(r) {
		if (!atomic_read(&r->users))
			continue;
		addr = mheap_take_run(npages, place_anywhere(r->place), GFP_KERNEL | __GFP_NOFAIL,
				      &dirty);
		if (addr)
			mheap_give_run(addr, npages);
	}
	return true;
}

/* Whether the memory that an owner may have could hold a run at all. */
static bool can_be(const struct owner *owner, unsigned long npages, unsigned long align)
{
	unsigned long bytes = max(npages, align) << KSPAN_PAGE_SHIFT;

	if (backing_is_direct(owner->place.backing) && !owner->or_vmalloc &&
	    bytes > PAGE_SIZE << MAX_BLOCK_ORDER)
		return false;
	return npages + align - 1 <= (u64)totalram_pages() << PAGE_SHIFT >> KSPAN_PAGE_SHIFT;
}

/**
 * span_alloc_again() - whether a caller that got no memory must try again
 * @owner: the account that was to get it
 * @npages: pages that it tried to get
 * @align: their alignment in pages
 * @gfp: the caller's flags
 *
 * With __GFP_NOFAIL, where it may sleep, this waits a moment. For a task that may not make a
 * segment the worker makes one, and refills the reserve. What the machine has no memory for, and
 * what is larger than any block, fails anyway.
 *
 * Context: Any.
 * Return: true after the wait.
 */
bool span_alloc_again(const struct owner *owner, unsigned long npages, unsigned long align,
		      gfp_t gfp)
{
	if (likely(!(gfp & __GFP_NOFAIL)) || !gfpflags_allow_blocking(gfp) || !may_sleep() ||
	    !can_be(owner, npages, align))
		return false;
	if (arenas_may_grow(gfp))
		schedule_timeout_uninterruptible(1);
	else
		ask(npages + align - 1);
	return true;
}
