/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stats: sums of the counters that each layer keeps. Every event is counted once, and the fast path
 * uses no atomic operation to count. A sum is exact if nothing changes while it is read.
 */
#ifndef _KSPAN_STATS_H
#define _KSPAN_STATS_H

#include <kspan/kspan.h>
#include "cpu/mcache.h"

/**
 * struct class_stats - the figures of a class of a heap
 * @spans: number of spans
 * @held: bytes of their pages
 * @in_use: live objects
 * @free: free objects, in spans, mcaches and the depot
 * @cached: the part of @free in mcaches and the depot
 * @allocs: allocations so far
 * @frees: frees so far
 * @refills: times that an mcache claimed objects
 * @waste: bytes of @held that are not in live objects
 */
struct class_stats {
	unsigned long spans;
	unsigned long held;
	unsigned long in_use;
	unsigned long free;
	unsigned long cached;
	unsigned long allocs;
	unsigned long frees;
	unsigned long refills;
	unsigned long waste;
};

void stats_of_class(struct kspan_heap *heap, unsigned int class, struct class_stats *st);
void stats_of_large(struct kspan_heap *heap, struct class_stats *sum);
void stats_total(struct kspan_heap *heap, struct class_stats *sum);
void stats_add(struct class_stats *sum, const struct class_stats *st);
void stats_read(struct kspan_heap *heap, struct kspan_stats *stats);
void stats_forget_tiny(struct kspan_heap *heap);

#endif /* _KSPAN_STATS_H */
