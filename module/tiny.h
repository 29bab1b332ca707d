/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tiny: several objects under 8 bytes in one block of 16. Upper layer, beside mcache.
 *
 * A block has eight granules of 2 bytes. An object begins on a granule and ends with one. Beside
 * the span's other bits a block has 16: one a granule where a live object begins (the last granule
 * never is one; its bit says instead that some mcache holds the block to pack more into it), and
 * one a granule where it ends. Whoever clears the last of the first eight bits frees the block.
 * They are only ever changed by atomic operations on the word, so a second free, or a free of an
 * address where no object begins, is seen at once whichever CPUs are involved.
 */
#ifndef _KSPAN_TINY_H
#define _KSPAN_TINY_H

#include "mspan.h"
#include "params.h"

struct mcache;

#define TINY_GRANULE		2
#define TINY_BLOCK_BITS		16
#define TINY_BLOCKS_PER_WORD	(BITS_PER_LONG / TINY_BLOCK_BITS)
#define TINY_WORDS		((unsigned int)(KSPAN_PAGE_SIZE / TINY_BLOCK / \
						TINY_BLOCKS_PER_WORD))

/*
 * From 8 bytes on an object has a class of its own: of 9 to 15 bytes a block would hold one, and
 * seldom something beside it.
 */
static inline bool size_is_tiny(size_t size)
{
	return size < KSPAN_TINY_SIZE && param_tiny();
}

/* What a C type of a size under 8 bytes may need; a granule at the least. */
static inline unsigned int tiny_align(size_t size)
{
	return max_t(unsigned int, TINY_GRANULE, 1U << __ffs(size));
}

void *tiny_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp);
void tiny_free(struct mspan *span, const void *p, unsigned long caller);
size_t tiny_size(struct mspan *span, const void *p);
void tiny_leave(struct mcache *mc);

#endif /* _KSPAN_TINY_H */
