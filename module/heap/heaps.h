/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heaps: all heaps there are, and how they come and go. heaps_lock, a mutex, guards the list (also
 * read under RCU), and which heap has an mcache for which CPU. Nothing under it waits for reclaim,
 * another CPU or debugfs. It is taken outside mheap.lock.
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
			       void (*ctor)(void *obj), unsigned int only_class,
			       unsigned long caller);
void heap_destroy(struct kspan_heap *heap);
void heap_reset(struct kspan_heap *heap);
void heaps_drain(bool idle_only);
void heaps_set_aside(bool on);
void heaps_set_special(struct kspan_heap *heap, gfp_t *special);
void heaps_set_flags(void);
bool heaps_have_depots(void);
void heaps_tell_owners(void);
void heaps_make_room(void (*ask)(struct kspan_heap *heap));
int heaps_init(void);
void heaps_forget_shared(void);
void heaps_exit(void);

#endif /* _KSPAN_HEAPS_H */
