/* SPDX-License-Identifier: GPL-2.0 */
/*
 * totals: the figures of all heaps together, and the locks for reading any heap's figures.
 */
#ifndef _KSPAN_TOTALS_H
#define _KSPAN_TOTALS_H

#include "heap/stats.h"

typedef void (*stats_fn)(struct kspan_heap *heap, struct class_stats *sum);

void totals_begin(void);
void totals_end(void);
void totals_of_class(struct kspan_heap *heap, unsigned int class, struct class_stats *sum);
void totals_of(struct kspan_heap *heap, stats_fn of, struct class_stats *sum);
void totals_read(struct kspan_heap *heap, struct kspan_stats *stats);
u64 totals_failures(struct kspan_heap *heap);

#endif /* _KSPAN_TOTALS_H */
