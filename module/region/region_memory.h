/* SPDX-License-Identifier: GPL-2.0 */
/*
 * region_memory: what the memory of a region holds besides its objects' contents: zeros, KASAN's
 * poison, and what debug modes fill it with. A region has the debug modes that the default heap has
 * when the region is created.
 *
 * With Z an object is followed by a red zone, of at least REGION_RED_FILL bytes and a struct
 * region_red, which leads to the red zone before it in its block. A release checks and takes off
 * those that end behind its mark. With P released memory is filled, and is checked when it is
 * allocated again or goes back: in a block, all from @used to @filled.
 *
 * No locks: the caller is the only user of the region, or has taken the block from it.
 */
#ifndef _KSPAN_REGION_MEMORY_H
#define _KSPAN_REGION_MEMORY_H

#include "region/region.h"

/**
 * struct region_red - the end of a red zone
 * @before: the red zone before it in its block, or NULL
 * @size: requested bytes of the object, which begins so much before @gap
 * @gap: first byte behind the object
 * @stack: who allocated it, for stacks_print(), or 0
 * @check: see check_of() in region_memory.c
 */
struct region_red {
	struct region_red *before;
	size_t size;
	unsigned long gap;
	u32 stack;
	u32 check;
};

#define REGION_RED_FILL		64U
#define REGION_RED_BYTES	(REGION_RED_FILL + sizeof(struct region_red))

/* Bytes that a red zone adds to each object. */
static inline size_t region_red_bytes(const struct region *r)
{
	return r->debug & DEBUG_RED_ZONES ? REGION_RED_BYTES : 0;
}

void region_memory_take(struct region *r, struct region_block *block, unsigned long from,
			unsigned long obj, size_t full);
void region_memory_end(struct region *r, struct region_block *block, unsigned long from,
		       unsigned long to);
void region_memory_back(const struct region *r, struct region_block *block);
void *region_hand_out(const struct region *r, unsigned long obj, size_t size, gfp_t gfp);

#endif /* _KSPAN_REGION_MEMORY_H */
