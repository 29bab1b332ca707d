/* SPDX-License-Identifier: GPL-2.0 */
/*
 * span_alloc: allocates spans from mheap or from the reserve. No lock of its own.
 */
#ifndef _KSPAN_SPAN_ALLOC_H
#define _KSPAN_SPAN_ALLOC_H

#include "pages/mspan.h"

struct mspan *span_alloc(struct owner *owner, unsigned int class, unsigned long npages,
			 unsigned long align, gfp_t gfp);
bool span_alloc_serve(void);
bool span_alloc_again(const struct owner *owner, unsigned long npages, unsigned long align,
		      gfp_t gfp);

#endif /* _KSPAN_SPAN_ALLOC_H */
