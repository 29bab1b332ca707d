// SPDX-License-Identifier: GPL-2.0
/*
 * span_alloc: the way of all layers above to a span.
 */
#include "pages/mheap.h"
#include "pages/reserve.h"
#include "pages/span_alloc.h"

/**
 * span_alloc() - get a span from mheap, or where the caller cannot wait from the reserve
 * @owner: the account of the heap that gets it
 * @class: size class, CLASS_TINY or CLASS_LARGE
 * @npages: pages
 * @align: alignment in pages
 * @gfp: what may be done
 *
 * Context: Any that may take a spinlock.
 * Return: the span, all of its objects free and known to nobody else, or NULL, as also over the
 *	owner's limit.
 */
struct mspan *span_alloc(struct owner *owner, unsigned int class, unsigned long npages,
			 unsigned long align, gfp_t gfp)
{
	struct mspan *span = NULL;

	gfp &= ~__GFP_ACCOUNT;		/* spans are shared */
	if (gfpflags_allow_blocking(gfp))
		span = mheap_alloc_span(owner, class, npages, align, gfp);
	if (!span && !arenas_may_grow(gfp))
		span = reserve_alloc_span(owner, class, npages, align, gfp);
	return span;
}
