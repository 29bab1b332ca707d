/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heap_memory: the memory of a heap's description and of its parts.
 */
#ifndef _KSPAN_HEAP_MEMORY_H
#define _KSPAN_HEAP_MEMORY_H

#include "central/heap.h"

void heap_memory_init(void);
void heap_begin(struct kspan_heap *heap, unsigned int only_class);
struct kspan_heap *heap_new(const char *name, const struct kspan_heap_params *params,
			    void (*ctor)(void *obj), unsigned int only_class, unsigned long caller);
int heap_split(struct kspan_heap *heap);
void heap_sets_free(struct kspan_heap *heap);
void heap_free(struct kspan_heap *heap);
void heap_free_rcu(struct rcu_head *rcu);

#endif /* _KSPAN_HEAP_MEMORY_H */
