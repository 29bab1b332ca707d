/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tiny: several objects under 8 bytes in one block of 16.
 *
 * A block has eight units of 2 bytes. An object begins with a unit and ends with one. Beside the
 * span's other bits a block has 16: one for each unit at which a live object begins, and one for
 * each unit with which a live object ends. No object begins at the last unit: its bit says instead
 * that some mcache holds the block to pack more into it. Clearing the last of the first eight bits
 * frees the block. The bits are only ever changed by atomic operations on the word, so a second
 * free, or a free of an address where no object begins, is seen at once whichever CPUs are involved.
 */
#ifndef _KSPAN_TINY_H
#define _KSPAN_TINY_H

#include "pages/mspan.h"
#include "base/params.h"

struct mcache;

/* Objects begin and end on multiples of this; bytes. */
#define TINY_UNIT		2

/*
 * From 8 bytes on an object has a class of its own: of 9 to 15 bytes a block would hold one, and
 * seldom something beside it.
 */
static inline bool size_is_tiny(size_t size)
{
	return size < KSPAN_TINY_SIZE && param_tiny();
}

/* What a C type of a size under 8 bytes may need; a unit at the least. */
static inline unsigned int tiny_align(size_t size)
{
	return max_t(unsigned int, TINY_UNIT, 1U << __ffs(size));
}

void *tiny_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp);
void tiny_free(struct mspan *span, const void *p, unsigned long caller);
size_t tiny_size(struct mspan *span, const void *p);
void tiny_leave(struct mcache *mc);

#endif /* _KSPAN_TINY_H */
