/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan pools - objects of one size, for those who make and drop many of a kind.
 *
 * A pool is a heap with a single size class: what <kspan/heap.h> says of isolation, limits, costs
 * and debugfs holds here, and the names of both are the same set. Objects may also be freed with
 * kspan_free() and kspan_free_bulk(), which find the pool by themselves.
 */
#ifndef _KSPAN_POOL_API_H
#define _KSPAN_POOL_API_H

#include <kspan/heap.h>

struct kspan_pool;

/**
 * struct kspan_pool_params - what a pool is to be like; all zeros is a good choice
 * @align: bytes, a power of two up to 32 KB; 0: 8 bytes, or as kspan_alloc() aligns the size
 * @ctor: makes an object what every user expects to get. It is called when the object's pages
 *	become the pool's, in the context of whoever allocates, and again in kspan_pool_reset() and
 *	kspan_free_sensitive(); it must not sleep or allocate. Objects must be freed in the state
 *	in which it leaves them. With it, __GFP_ZERO is refused.
 * @limit: as kspan_heap_params.limit; enough for a span of such objects
 * @magazine_kb: as kspan_heap_params.magazine_kb
 * @flags: KSPAN_HEAP_ZERO_ON_FREE (not with @ctor), KSPAN_HEAP_KEEP_LEAKS
 */
struct kspan_pool_params {
	size_t align;
	void (*ctor)(void *obj);
	size_t limit;
	unsigned int magazine_kb;
	unsigned int flags;
};

/**
 * kspan_pool_create() - make a pool
 * @name: as for kspan_heap_create()
 * @size: bytes of an object, 1 to 32768
 * @params: what it is to be like, or NULL
 *
 * Context: Process context; may sleep.
 * Return: the pool, to be destroyed with kspan_pool_destroy(), or ERR_PTR(): -EINVAL for a bad
 *	name, size, alignment or flag and -EEXIST for a name in use (both with a message in the
 *	kernel log), -ENOMEM.
 */
struct kspan_pool *kspan_pool_create(const char *name, size_t size,
				     const struct kspan_pool_params *params) __must_check;

/**
 * kspan_pool_destroy() - throw a pool away
 * @pool: the pool; NULL and error pointers are passed over
 *
 * Context, live objects: as kspan_heap_destroy().
 */
void kspan_pool_destroy(struct kspan_pool *pool);

/**
 * kspan_pool_reset() - free every object of a pool at once
 * @pool: the pool
 *
 * Constructed objects are constructed anew. What kspan_pool_prefill() set aside is set aside again.
 *
 * Context: as kspan_heap_reset().
 * Return: 0, or -ENOMEM if the stock could not be had again.
 */
int kspan_pool_reset(struct kspan_pool *pool);

/**
 * kspan_pool_alloc() - allocate an object
 * @pool: the pool
 * @gfp: as for kspan_alloc()
 *
 * Context: Any that @gfp allows; from NMI as kspan_alloc().
 * Return: the object, or NULL. Free it with kspan_pool_free() or kspan_free().
 */
void *kspan_pool_alloc(struct kspan_pool *pool, gfp_t gfp) __malloc;

/**
 * kspan_pool_zalloc() - allocate a zeroed object
 * @pool: the pool, one without a constructor
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as kspan_pool_alloc().
 */
static inline void *kspan_pool_zalloc(struct kspan_pool *pool, gfp_t gfp)
{
	return kspan_pool_alloc(pool, gfp | __GFP_ZERO);
}

/**
 * kspan_pool_free() - free an object
 * @pool: the pool that it comes from; an object of another is reported and left alone
 * @p: the object, or NULL
 *
 * Context: Any, NMI included. Never sleeps.
 */
void kspan_pool_free(struct kspan_pool *pool, const void *p);

/**
 * kspan_pool_alloc_bulk() - allocate many objects
 * @pool: the pool
 * @gfp: as for kspan_alloc()
 * @n: how many
 * @objs: where their addresses go
 *
 * Context: as kspan_pool_alloc().
 * Return: @n, or 0, and then nothing is allocated. Free them with kspan_free_bulk().
 */
unsigned int kspan_pool_alloc_bulk(struct kspan_pool *pool, gfp_t gfp, unsigned int n, void **objs);

/**
 * kspan_pool_prefill() - set objects aside for callers that must not fail
 * @pool: the pool
 * @n: how many are to be there; fewer than there are: the rest is freed
 * @gfp: what may be done to get them
 *
 * So many allocations succeed from now on whatever memory there is, with any flags, in any context
 * but NMI. What they take is not made up for by itself: call this again.
 *
 * Context: Process context, one caller at a time; may sleep.
 * Return: 0; -ENOMEM, and then what was set aside before still is; -EINVAL for flags that
 *	kspan_alloc() refuses, and for __GFP_ZERO.
 */
int kspan_pool_prefill(struct kspan_pool *pool, unsigned int n, gfp_t gfp);

/**
 * kspan_pool_heap() - the heap behind a pool
 * @pool: the pool
 *
 * For kspan_heap_set_limit() and kspan_heap_limit(); nothing is to be allocated from it.
 *
 * Context: Any.
 * Return: the heap, which is the pool's.
 */
struct kspan_heap *kspan_pool_heap(struct kspan_pool *pool);

/**
 * kspan_pool_mempool_alloc() - allocating half of a mempool of a pool's objects
 * @gfp: as for kspan_alloc()
 * @pool: the pool
 *
 * For mempool_create(n, kspan_pool_mempool_alloc, kspan_pool_mempool_free, pool).
 *
 * Return: the element, or NULL.
 */
void *kspan_pool_mempool_alloc(gfp_t gfp, void *pool);

/**
 * kspan_pool_mempool_free() - freeing half of a mempool of a pool's objects
 * @element: what kspan_pool_mempool_alloc() returned
 * @pool: the pool
 */
void kspan_pool_mempool_free(void *element, void *pool);

/**
 * kspan_pool_object_size() - the bytes that each object may use
 * @pool: the pool
 *
 * Context: Any.
 * Return: bytes, at least what the pool was created with.
 */
size_t kspan_pool_object_size(const struct kspan_pool *pool);

/**
 * kspan_pool_get_stats() - read the figures of a pool
 * @pool: the pool
 * @stats: as for kspan_heap_get_stats(); objects that are set aside count as live
 *
 * Context: Process context; may sleep.
 */
void kspan_pool_get_stats(struct kspan_pool *pool, struct kspan_stats *stats);

#endif /* _KSPAN_POOL_API_H */
