// SPDX-License-Identifier: GPL-2.0
/*
 * span_alloc: allocates spans for the higher folders. No allocation sleeps before it comes here.
 */
#include "pages/mheap.h"
#include "pages/report.h"
#include "pages/reserve.h"
#include "pages/span_alloc.h"

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

/* On the node; else, unless the caller insists, on any. */
static struct mspan *alloc_at(struct owner *owner, struct place place, unsigned int class,
			      unsigned long npages, unsigned long align, gfp_t gfp)
{
	struct mspan *span = alloc_on_node(owner, place, class, npages, align, gfp);

	if (span || place.node == NUMA_NO_NODE || (gfp & __GFP_THISNODE))
		return span;
	return alloc_on_node(owner, place_anywhere(place), class, npages, align, gfp);
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
		gfp &= ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
	}
	span = alloc_at(owner, owner->place, class, npages, align, gfp);
	if (!span && owner->or_vmalloc)
		span = alloc_at(owner, vmalloc_near(owner->place), class, npages, align, gfp);
	return span;
}
