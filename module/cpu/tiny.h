/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tiny: several objects under 8 bytes in one block of 16.
 *
 * A block has eight units of 2 bytes. An object occupies whole units. The span has 16 bits for each
 * block: eight mark the units where a live object begins, eight mark the units where one ends. No
 * object begins at the last unit: that begin bit is set while an mcache packs objects into the
 * block. The operation that clears the last begin bit also frees the block. The bits are changed
 * only by atomic operations on their word. So a second free, or a free of an address where no
 * object begins, is detected at once, on whichever CPU it happens.
 */
#ifndef _KSPAN_TINY_H
#define _KSPAN_TINY_H

#include "pages/mspan.h"
#include "base/params.h"

struct mcache;

/* Objects begin and end on multiples of this; bytes. */
#define TINY_UNIT		2

/*
 * Objects of 8 bytes or more have a size class. A block could hold only one object of 9 to 15
 * bytes, and seldom another object beside it.
 */
static inline bool size_is_tiny(size_t size)
{
	return size < KSPAN_TINY_SIZE && param_tiny();
}

/* The alignment that a C type of @size bytes, under 8, may need; at least a unit. */
static inline unsigned int tiny_align(size_t size)
{
	return max_t(unsigned int, TINY_UNIT, 1U << __ffs(size));
}

void *tiny_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp);
void tiny_free(struct mspan *span, const void *p, unsigned long caller);
size_t tiny_size(struct mspan *span, const void *p);
void tiny_leave(struct mcache *mc);

#endif /* _KSPAN_TINY_H */
