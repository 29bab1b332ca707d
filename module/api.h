/* SPDX-License-Identifier: GPL-2.0 */
/*
 * api: what the exported functions of the default heap and those of other heaps share.
 */
#ifndef _KSPAN_API_H
#define _KSPAN_API_H

#include "kspan_internal.h"

void *api_alloc_aligned(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
void *api_realloc(struct kspan_heap *heap, const void *p, size_t new_size, gfp_t gfp,
		  unsigned long caller);
unsigned int api_alloc_bulk(struct kspan_heap *heap, size_t size, gfp_t gfp, unsigned int n,
			    void **objs);

#endif /* _KSPAN_API_H */
