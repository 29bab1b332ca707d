/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heaps: the list of all heaps; creates and destroys heaps. heaps_lock, a mutex, inside the CPU
 * hotplug lock and outside mheap.lock. Its holder may touch all CPUs' mcaches of a heap that nobody
 * uses.
 */
#ifndef _KSPAN_HEAPS_H
#define _KSPAN_HEAPS_H

#include <linux/mutex.h>
#include "central/heap.h"

extern struct mutex heaps_lock;
extern struct list_head heaps;
extern unsigned long heaps_ended_allocs, heaps_ended_failures;

#define for_each_heap(heap)	list_for_each_entry(heap, &heaps, list)

struct kspan_heap *heap_create(const char *name, const struct kspan_heap_params *params,
			       void (*ctor)(void *obj));
void heap_destroy(struct kspan_heap *heap);
void heap_reset(struct kspan_heap *heap);
void heaps_offer_empty(void);
void heaps_init(void);
void heaps_exit(void);

#endif /* _KSPAN_HEAPS_H */
