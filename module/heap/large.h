/* SPDX-License-Identifier: GPL-2.0 */
/*
 * large: objects over 32 KB, each with a span of its own. No lock of its own.
 */
#ifndef _KSPAN_LARGE_H
#define _KSPAN_LARGE_H

#include "heap/large_span.h"

/* Whether a live object, which is no region block, begins at an address within a large span. */
static inline bool large_begins_at(const struct mspan *span, unsigned long addr)
{
	return addr == span->base && !span->region &&
	       !(atomic_long_read(&span->state) & MSPAN_FREED);
}

void *large_alloc(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
bool large_grow(struct mspan *span, size_t size, gfp_t gfp);
bool large_shrink(struct mspan *span, size_t size, gfp_t gfp);
void large_free(struct mspan *span, const void *p, unsigned long caller);
size_t large_align(size_t size);

#endif /* _KSPAN_LARGE_H */
