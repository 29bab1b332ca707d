/* SPDX-License-Identifier: GPL-2.0 */
/*
 * large: objects over 32 KB, each with a span of its own. No lock of its own.
 */
#ifndef _KSPAN_LARGE_H
#define _KSPAN_LARGE_H

#include "central/heap.h"

/* A larger size would overflow a page count; no machine has that much memory. */
#define LARGE_MAX_BYTES		min_t(u64, (u64)LONG_MAX / 2, BIT_ULL(31 + KSPAN_PAGE_SHIFT - 1))

unsigned long large_take(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
void *large_alloc(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
bool large_shrink(struct mspan *span, size_t size, gfp_t gfp);
void large_give(struct mspan *span);
void large_free(struct mspan *span, const void *p, unsigned long caller);
size_t large_align(size_t size);

#endif /* _KSPAN_LARGE_H */
