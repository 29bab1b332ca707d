/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcache_drain: drain an mcache when its slots are idle, its CPU is dead, or its heap is emptied.
 */
#ifndef _KSPAN_MCACHE_DRAIN_H
#define _KSPAN_MCACHE_DRAIN_H

#include "cpu/mcache.h"

void mcache_drain(struct mcache *mc, bool idle_only);
bool mcache_drain_here(struct kspan_heap *heap);
bool mcache_look(struct mcache *mc);
bool mcache_holds(struct mcache *mc);
void mcache_retire(struct mcache *mc);
void mcache_destroy(struct kspan_heap *heap, int cpu);

#endif /* _KSPAN_MCACHE_DRAIN_H */
