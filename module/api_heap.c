// SPDX-License-Identifier: GPL-2.0
/*
 * api_heap: what kspan exports for heaps; what each function promises stands in
 * include/kspan/heap.h. Top layer, no locks.
 */
#include <linux/cpu.h>
#include "alloc.h"
#include "api.h"
#include "heaps.h"
#include "mheap.h"
#include "stats.h"

notrace void *__kspan_heap_alloc(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	return alloc_object(heap, heap->mcaches, size, gfp);
}
EXPORT_SYMBOL_KSPAN(__kspan_heap_alloc);

void *kspan_heap_alloc_aligned(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
{
	return api_alloc_aligned(heap, size, align, gfp);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_alloc_aligned);

void *kspan_heap_realloc(struct kspan_heap *heap, const void *p, size_t new_size, gfp_t gfp)
{
	return api_realloc(heap, p, new_size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_realloc);

void *kspan_heap_memdup(struct kspan_heap *heap, const void *src, size_t len, gfp_t gfp)
{
	void *p = kspan_heap_alloc(heap, len, gfp & ~__GFP_ZERO);

	if (p)
		memcpy(p, src, len);
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_heap_memdup);

char *kspan_heap_memdup_nul(struct kspan_heap *heap, const char *s, size_t len, gfp_t gfp)
{
	char *p;

	if (!s || len == SIZE_MAX)
		return NULL;
	p = kspan_heap_alloc(heap, len + 1, gfp & ~__GFP_ZERO);
	if (p) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_heap_memdup_nul);

unsigned int kspan_heap_alloc_bulk(struct kspan_heap *heap, size_t size, gfp_t gfp, unsigned int n,
				   void **objs)
{
	return api_alloc_bulk(heap, size, gfp, n, objs);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_alloc_bulk);

struct kspan_heap *kspan_heap_create(const char *name, const struct kspan_heap_params *params)
{
	return heap_create(name, params, NULL);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_create);

void kspan_heap_destroy(struct kspan_heap *heap)
{
	if (!IS_ERR_OR_NULL(heap))
		heap_destroy(heap);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_destroy);

void kspan_heap_reset(struct kspan_heap *heap)
{
	heap_reset(heap);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_reset);

void kspan_heap_set_limit(struct kspan_heap *heap, size_t bytes)
{
	long pages = bytes >> KSPAN_PAGE_SHIFT;

	WRITE_ONCE(heap->limit_pages, bytes ? max(pages, 1L) : LONG_MAX);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_set_limit);

size_t kspan_heap_limit(struct kspan_heap *heap)
{
	long pages = READ_ONCE(heap->limit_pages);

	return pages == LONG_MAX ? 0 : pages << KSPAN_PAGE_SHIFT;
}
EXPORT_SYMBOL_KSPAN(kspan_heap_limit);

struct kspan_heap *kspan_default_heap(void)
{
	return &default_heap;
}
EXPORT_SYMBOL_KSPAN(kspan_default_heap);

void kspan_heap_get_stats(struct kspan_heap *heap, struct kspan_stats *stats)
{
	stats_read_heap(heap, stats);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_get_stats);
