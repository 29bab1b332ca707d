/* SPDX-License-Identifier: GPL-2.0 */
/*
 * region_memory: what the memory of a region holds besides its objects' contents: zeros, KASAN's
 * poison, and what debug modes fill it with. A region has the debug modes that the default heap has
 * when the region is created.
 *
 * With Z an object is followed by a red zone, of at least REGION_RED_FILL bytes and a struct
 * region_red, which leads to the red zone before it in its block. A release checks and takes off
 * those that end behind its mark. With P released memory is filled, and is checked when it is
 * allocated again or goes back.
 *
 * No locks: the caller is the only user of the region, or has taken the block from it.
 */
#ifndef _KSPAN_REGION_MEMORY_H
#define _KSPAN_REGION_MEMORY_H

#include "base/letters.h"

/**
 * struct region_debug - the debug modes of a region
 * @name: the region's, for reports
 * @letters: see base/letters.h
 */
struct region_debug {
	const char *name;
	u32 letters;
};

/**
 * struct region_red - the end of a red zone
 * @before: the red zone before it in its block, or NULL
 * @size: requested bytes of the object, which begins so much before @gap
 * @gap: first byte behind the object
 * @stack: who allocated it, for stacks_print(), or 0
 * @check: see check_of()
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

/**
 * struct region_traces - what debug modes left in a block
 * @red: the last red zone, or NULL
 * @filled: all from the end of the used part to this address is filled; or 0
 */
struct region_traces {
	struct region_red *red;
	unsigned long filled;
};

/* Bytes that a red zone adds to each object. */
static inline size_t region_red_bytes(const struct region_debug *d)
{
	return d->letters & DEBUG_RED_ZONES ? REGION_RED_BYTES : 0;
}

void region_memory_take(const struct region_debug *d, struct region_traces *t, unsigned long from,
			unsigned long obj, size_t full);
void region_memory_end(const struct region_debug *d, struct region_traces *t, unsigned long from,
		       unsigned long to);
void region_memory_back(const struct region_debug *d, const struct region_traces *t,
			unsigned long base);
void *region_hand_out(const struct region_debug *d, unsigned long obj, size_t size, gfp_t gfp);

#endif /* _KSPAN_REGION_MEMORY_H */
