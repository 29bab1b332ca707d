/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stats: sums over the counters that the layers keep each for itself. Nothing is counted twice and
 * nothing atomically on the fast path: a sum is exact when nothing runs meanwhile.
 */
#ifndef _KSPAN_STATS_H
#define _KSPAN_STATS_H

#include <kspan/kspan.h>
#include "cpu/mcache.h"

/**
 * struct class_stats - a class of a heap
 * @spans: spans
 * @held: bytes of their pages
 * @in_use: objects that callers hold
 * @free: objects that are free in spans or cached by CPUs
 * @cached: of those, cached by CPUs
 * @allocs: ever
 * @frees: ever
 * @refills: times that a CPU was given objects
 * @waste: bytes held that are not in objects in use
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
