/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan pools - private allocators for objects of one size.
 *
 * A pool is a heap with a single size class: <kspan/heap.h> describes its isolation, limit and
 * debugfs files. Heaps and pools share one set of names. kspan_free() and kspan_free_bulk() free
 * objects of a pool, too: they look up the pool.
 *
 * A pool costs 1 KB and a pointer for each possible CPU when it is created, then its spans, and for
 * each CPU that allocates from it 0.2 KB and the stack of free objects that the CPU keeps.
 */
#ifndef _KSPAN_POOL_API_H
#define _KSPAN_POOL_API_H

#include <kspan/heap.h>

struct kspan_pool;

/**
 * struct kspan_pool_params - options of a pool; zero in a field selects the default
 * @align: bytes, a power of two up to 32 KB; 0: 8 bytes, or as kspan_alloc() aligns the size
 * @ctor: constructor of the objects. kspan calls it for each object of the pages that an allocation
 *	adds to the pool, in the context of that allocation, and again in kspan_pool_reset() and
 *	kspan_free_sensitive(). It must not sleep or allocate. Callers must free an object in its
 *	constructed state. A pool with a constructor refuses __GFP_ZERO.
 * @limit: as kspan_heap_params.limit; at least a span of such objects
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
 * kspan_pool_create() - create a pool
 * @name: as for kspan_heap_create()
 * @size: bytes of an object, 1 to 32768
 * @params: options, or NULL for the defaults
 *
 * Context: Process context; may sleep.
 * Return: the pool, to be destroyed with kspan_pool_destroy(), or ERR_PTR(): -EINVAL for a bad
 *	name, size, alignment or flag and -EEXIST for a name in use (both with a message in the
 *	kernel log), -ENOMEM.
 */
struct kspan_pool *kspan_pool_create(const char *name, size_t size,
				     const struct kspan_pool_params *params) __must_check;

/**
 * kspan_pool_destroy() - destroy a pool and free its objects
 * @pool: the pool; NULL and error pointers are ignored
 *
 * Context, live objects, RCU: as kspan_heap_destroy().
 */
void kspan_pool_destroy(struct kspan_pool *pool);

/**
 * kspan_pool_reset() - free every object of a pool at once
 * @pool: the pool
 *
 * The constructor runs again on every object. The stock of kspan_pool_prefill() is filled again.
 *
 * Context: as kspan_heap_reset().
 * Return: 0, or -ENOMEM if the stock could not be filled again.
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
 * @pool: the pool of @p; an object of another pool or heap is reported and not freed
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
 * @objs: array that receives their addresses
 *
 * Context: as kspan_pool_alloc().
 * Return: @n, or 0 with nothing allocated. Free the objects with kspan_free_bulk().
 */
unsigned int kspan_pool_alloc_bulk(struct kspan_pool *pool, gfp_t gfp, unsigned int n, void **objs);

/**
 * kspan_pool_prefill() - keep a stock of objects for callers that must not fail
 * @pool: the pool
 * @n: objects in the stock afterwards, fewer than 2^28; if it has more, the rest is freed
 * @gfp: what the allocation of the stock may do, as for kspan_alloc()
 *
 * The next @n allocations succeed without free memory, with any flags that kspan_alloc() accepts,
 * in any context but NMI. The stock does not fill itself again: call this function again.
 *
 * Context: Process context, one caller at a time; may sleep.
 * Return: 0, or else the earlier stock remains: -ENOMEM; -EINVAL for flags that kspan_alloc()
 *	refuses, and for __GFP_ZERO; -E2BIG for 2^28 objects or more (with a message).
 */
int kspan_pool_prefill(struct kspan_pool *pool, unsigned int n, gfp_t gfp);

/**
 * kspan_pool_heap() - the heap behind a pool
 * @pool: the pool
 *
 * For kspan_heap_set_limit(), kspan_heap_limit() and kspan_heap_set_shortage(). An allocation from
 * it returns NULL and is reported, once for each caller. kspan_heap_reset() and
 * kspan_heap_destroy() of it do nothing and are reported: see kspan_pool_reset() and
 * kspan_pool_destroy().
 *
 * Context: Any.
 * Return: the heap; it belongs to the pool.
 */
struct kspan_heap *kspan_pool_heap(struct kspan_pool *pool);

/**
 * kspan_pool_mempool_alloc() - allocation function for a mempool of a pool's objects
 * @gfp: as for kspan_alloc()
 * @pool: the pool
 *
 * For mempool_create(n, kspan_pool_mempool_alloc, kspan_pool_mempool_free, pool).
 *
 * Context: as kspan_pool_alloc().
 * Return: the element, to be freed with kspan_pool_mempool_free(), or NULL.
 */
void *kspan_pool_mempool_alloc(gfp_t gfp, void *pool);

/**
 * kspan_pool_mempool_free() - free function for a mempool of a pool's objects
 * @element: from kspan_pool_mempool_alloc()
 * @pool: the pool
 *
 * Context: as kspan_pool_free().
 */
void kspan_pool_mempool_free(void *element, void *pool);

/**
 * kspan_pool_object_size() - the bytes that each object may use
 * @pool: the pool
 *
 * What lies between this size and kspan_size() of an object is not for use before kspan_size() was
 * called for that object: KASAN reports it.
 *
 * Context: Any.
 * Return: the size that the pool was created with.
 */
size_t kspan_pool_object_size(const struct kspan_pool *pool);

/**
 * kspan_pool_get_stats() - read the figures of a pool
 * @pool: the pool
 * @stats: as for kspan_heap_get_stats(); objects in the stock count as live
 *
 * Context: Process context; may sleep.
 */
void kspan_pool_get_stats(struct kspan_pool *pool, struct kspan_stats *stats);

/* __free(kspan_pool_destroy), as __free(kspan_heap_destroy) */
#ifdef DEFINE_FREE
DEFINE_FREE(kspan_pool_destroy, struct kspan_pool *, kspan_pool_destroy(_T))
#endif

#define KSPAN_ABI_SUM_POOL (						\
	KSPAN_ABI_SIZE(1, struct kspan_pool_params)			\
	+ KSPAN_ABI_FIELD(2, struct kspan_pool_params, align)		\
	+ KSPAN_ABI_FIELD(3, struct kspan_pool_params, ctor)		\
	+ KSPAN_ABI_FIELD(4, struct kspan_pool_params, limit)		\
	+ KSPAN_ABI_FIELD(5, struct kspan_pool_params, magazine_kb)	\
	+ KSPAN_ABI_FIELD(6, struct kspan_pool_params, flags))
KSPAN_ABI_CHECK(POOL);

#endif /* _KSPAN_POOL_API_H */
