/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcache_memory: what mcaches are made of. A pool's has a slot for one class, a heap's for each,
 * and behind them a struct kept; of each kind there is a slab cache of exactly that size.
 */
#ifndef _KSPAN_MCACHE_MEMORY_H
#define _KSPAN_MCACHE_MEMORY_H

#include "central/heap.h"
#include "cpu/kept.h"

/* Bytes of an mcache with slots for so many classes, and for CLASS_LARGE. A pool keeps no spans. */
static inline size_t mcache_bytes(unsigned int nr_classes)
{
	return MCACHE_HEAD_BYTES + (nr_classes + 1) * MCACHE_SLOT_BYTES +
	       (nr_classes > 1 ? sizeof(struct kept) : 0);
}

void *mcache_memory_alloc(bool of_pool, int node, gfp_t gfp);
void mcache_memory_free(bool of_pool, void *mc);
int mcache_caches_create(void);
void mcache_caches_destroy(void);

#endif /* _KSPAN_MCACHE_MEMORY_H */
