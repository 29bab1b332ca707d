// SPDX-License-Identifier: GPL-2.0
/*
 * api_heap: the exported functions of include/kspan/heap.h, documented there. No locks.
 */
#include "api/api.h"
#include "heap/alloc.h"
#include "heap/guard.h"
#include "heap/heaps.h"
#include "pages/report.h"
#include "upkeep/debugfs.h"
#include "upkeep/totals.h"

notrace void *__kspan_heap_alloc(size_t size, gfp_t gfp, struct kspan_heap *heap)
{
	return alloc_object(heap, heap->alloc_mcaches, size, gfp);
}
EXPORT_SYMBOL_KSPAN(__kspan_heap_alloc);

void *kspan_heap_alloc_node(struct kspan_heap *heap, size_t size, gfp_t gfp, int node)
{
	return api_alloc_node(heap, size, gfp, node);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_alloc_node);

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

unsigned int kspan_heap_alloc_bulk(struct kspan_heap *heap, size_t size, gfp_t gfp, unsigned int n,
				   void **objs)
{
	return api_alloc_bulk(heap, size, gfp, n, objs);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_alloc_bulk);

/* Whether a pointer leads into memory of the heap, on whatever node. */
bool api_comes_from(struct kspan_heap *heap, const void *p)
{
	struct mcache * __percpu *mcaches = pagemap_find((unsigned long)p)->mcaches;
	struct kspan_heap *set;

	for_each_set(heap, set)
		if (set->owner.mcaches == mcaches)
			return true;
	/* The free itself tells of a guarded object that is not live. */
	return guard_owns((unsigned long)p) && (guard_heap(p) ?: heap) == heap;
}

static noinline void heap_free_other(struct kspan_heap *heap, const void *p, unsigned long caller)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	if (api_comes_from(heap, p))
		free_object(p);
	else
		report_wrong_heap(p, &heap->owner, caller);
}

notrace void kspan_heap_free(struct kspan_heap *heap, const void *p)
{
	if (unlikely(!free_at_hand(p, heap->owner.mcaches, true)))
		heap_free_other(heap, p, _RET_IP_);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_free);

struct kspan_heap *api_heap_create(const char *name, const struct kspan_heap_params *params,
				   void (*ctor)(void *obj), unsigned int only_class,
				   unsigned long caller)
{
	struct kspan_heap *heap = heap_create(name, params, ctor, only_class, caller);

	if (!IS_ERR(heap))
		debugfs_add_heap(heap);
	return heap;
}

void api_heap_destroy(struct kspan_heap *heap)
{
	heap_set_shortage(heap, NULL, NULL);	/* waits for a call */
	debugfs_remove_heap(heap);	/* waits for readers */
	heap_destroy(heap);
}

struct kspan_heap *kspan_heap_create(const char *name, const struct kspan_heap_params *params)
{
	return api_heap_create(name, params, NULL, 0, _RET_IP_);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_create);

/* A pool's heap is the pool's to empty and to end; what kspan_pool_heap() gave is not enough. */
static bool is_pools(struct kspan_heap *heap, unsigned long caller)
{
	if (likely(!heap->is_pool))
		return false;
	report_pool_heap_end(&heap->owner, caller);
	return true;
}

void kspan_heap_destroy(struct kspan_heap *heap)
{
	if (IS_ERR_OR_NULL(heap) || WARN_ON_ONCE(heap_is_shared(heap)) ||
	    is_pools(heap, _RET_IP_))
		return;
	api_heap_destroy(heap);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_destroy);

void kspan_heap_reset(struct kspan_heap *heap)
{
	if (!is_pools(heap, _RET_IP_))
		heap_reset(heap);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_reset);

void kspan_heap_set_limit(struct kspan_heap *heap, size_t bytes)
{
	owner_set_limit(&heap->owner, bytes);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_set_limit);

size_t kspan_heap_limit(struct kspan_heap *heap)
{
	return owner_limit(&heap->owner);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_limit);

void kspan_heap_set_shortage(struct kspan_heap *heap, kspan_shortage_fn fn, void *arg)
{
	if (WARN_ON_ONCE(heap_is_shared(heap)))
		return;
	heap_set_shortage(heap, fn, arg);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_set_shortage);

struct kspan_heap *kspan_default_heap(void)
{
	return &default_heap;
}
EXPORT_SYMBOL_KSPAN(kspan_default_heap);

void kspan_heap_get_stats(struct kspan_heap *heap, struct kspan_stats *stats)
{
	totals_read(heap, stats);
}
EXPORT_SYMBOL_KSPAN(kspan_heap_get_stats);
