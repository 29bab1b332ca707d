/* SPDX-License-Identifier: GPL-2.0 */
/*
 * api: helpers that the exported functions of heaps, including the default heap, and of pools
 * share.
 */
#ifndef _KSPAN_API_H
#define _KSPAN_API_H

#include <kspan/heap.h>
#include "base/kspan_internal.h"

void *api_alloc_node(struct kspan_heap *heap, size_t size, gfp_t gfp, int node);
void *api_alloc_aligned(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
void *api_realloc(struct kspan_heap *heap, const void *p, size_t new_size, gfp_t gfp,
		  unsigned long caller);
struct kspan_heap *api_heap_create(const char *name, const struct kspan_heap_params *params,
				   void (*ctor)(void *obj), unsigned int only_class,
				   unsigned long caller);
void api_heap_destroy(struct kspan_heap *heap);
bool api_comes_from(struct kspan_heap *heap, const void *p);
unsigned int api_alloc_bulk(struct kspan_heap *heap, size_t size, gfp_t gfp, unsigned int n,
			    void **objs);

#endif /* _KSPAN_API_H */
