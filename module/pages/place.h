/* SPDX-License-Identifier: GPL-2.0 */
/*
 * place: what kind of memory pages are made of, and on which memory node.
 */
#ifndef _KSPAN_PLACE_H
#define _KSPAN_PLACE_H

#include <linux/gfp.h>
#include <linux/numa.h>
#include "base/kspan_internal.h"

/* BACKING_DIRECT and what follows: blocks of the direct map, of any zone or of the one named. */
enum backing {
	BACKING_VMALLOC,
	BACKING_DIRECT,
	BACKING_DMA32,
	BACKING_DMA,
	NR_BACKINGS
};

/**
 * struct place - where pages come from
 * @backing: the kind of memory
 * @node: the memory node, its number; NUMA_NO_NODE: any
 */
struct place {
	enum backing backing;
	int node;
};

static inline bool backing_is_direct(enum backing backing)
{
	return backing != BACKING_VMALLOC;
}

extern bool place_by_node;	/* several nodes have memory; constant once kspan is loaded */

void place_init(void);
const char *backing_name(enum backing backing);

/* The same memory, on any node. */
static inline struct place place_anywhere(struct place place)
{
	return (struct place) { place.backing, NUMA_NO_NODE };
}

static inline bool place_has(struct place place, int node)
{
	return place.node == NUMA_NO_NODE || place.node == node;
}

/* The zone flag of a backing, or 0. */
static inline gfp_t backing_zone(enum backing backing)
{
	switch (backing) {
	case BACKING_DMA32:
		return __GFP_DMA32;
	case BACKING_DMA:
		return __GFP_DMA;
	default:
		return 0;
	}
}

#endif /* _KSPAN_PLACE_H */
