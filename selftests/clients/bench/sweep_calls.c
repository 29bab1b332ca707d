// SPDX-License-Identifier: GPL-2.0
/*
 * sweep_calls: the loops that a sweep measures. A turn makes one call and frees what it returned.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kspan/heap.h>
#include <kspan/kspan.h>
#include <kspan/pool.h>
#include "bench.h"
#include "sweep.h"

/* A loop that allocates by @take and frees by @give. */
#define SWEEP_LOOP(name, take, give)						\
static noinline bool name(const struct sweep_job *job)				\
{										\
	unsigned long n;							\
	void *p;								\
										\
	for (n = job->ops; n; n--) {						\
		p = take;							\
		if (unlikely(!p))						\
			return false;						\
		give;								\
	}									\
	return true;								\
}

/* What the loop itself takes. */
noinline bool sweep_nothing(const struct sweep_job *job)
{
	unsigned long n;
	void *p;

	for (n = job->ops; n; n--) {
		p = job->src;
		OPTIMIZER_HIDE_VAR(p);
		if (unlikely(!p))
			return false;
	}
	return true;
}

/* The string of job->size characters. */
static __always_inline const char *text_of(const struct sweep_job *job)
{
	return job->src + SWEEP_MAX - 1 - job->size;
}

SWEEP_LOOP(kspan_one, kspan_alloc(job->size, job->gfp), kspan_free(p))
SWEEP_LOOP(slab_one, kmalloc(job->size, job->gfp), kfree(p))
SWEEP_LOOP(large_one, kvmalloc(job->size, job->gfp), kvfree(p))
SWEEP_LOOP(kspan_array, kspan_calloc(2, job->size / 2, job->gfp), kspan_free(p))
SWEEP_LOOP(slab_array, kcalloc(2, job->size / 2, job->gfp), kfree(p))
SWEEP_LOOP(large_array, kvcalloc(2, job->size / 2, job->gfp), kvfree(p))
SWEEP_LOOP(kspan_copy, kspan_memdup(job->src, job->size, job->gfp), kspan_free(p))
SWEEP_LOOP(slab_copy, kmemdup(job->src, job->size, job->gfp), kfree(p))
SWEEP_LOOP(kspan_text, kspan_strdup(text_of(job), job->gfp), kspan_free(p))
SWEEP_LOOP(slab_text, kstrdup(text_of(job), job->gfp), kfree(p))
SWEEP_LOOP(heap_one, kspan_heap_alloc(job->heap, job->size, job->gfp), kspan_free(p))
SWEEP_LOOP(pool_one, kspan_pool_alloc(job->pool, job->gfp), kspan_pool_free(job->pool, p))
SWEEP_LOOP(cache_one, kmem_cache_alloc(job->cache, job->gfp), kmem_cache_free(job->cache, p))

static noinline bool kspan_resize(const struct sweep_job *job)
{
	unsigned long n;
	void *p, *q;

	for (n = job->ops; n; n--) {
		p = kspan_alloc(job->size, job->gfp);
		q = kspan_realloc(p, job->to, job->gfp);
		if (unlikely(!p || !q))
			return false;
		kspan_free(q);
	}
	return true;
}

static noinline bool slab_resize(const struct sweep_job *job)
{
	unsigned long n;
	void *p, *q;

	for (n = job->ops; n; n--) {
		p = kmalloc(job->size, job->gfp);
		q = krealloc(p, job->to, job->gfp);
		if (unlikely(!p || !q))
			return false;
		kfree(q);
	}
	return true;
}

/* As kvrealloc(), whose arguments are others in other kernels, is in 6.1. */
static __always_inline void *large_realloc(void *p, size_t from, size_t to, gfp_t gfp)
{
	void *q;

	if (from >= to)
		return p;
	q = kvmalloc(to, gfp);
	if (!q)
		return NULL;
	memcpy(q, p, from);
	kvfree(p);
	return q;
}

static noinline bool large_resize(const struct sweep_job *job)
{
	unsigned long n;
	void *p, *q;

	for (n = job->ops; n; n--) {
		p = kvmalloc(job->size, job->gfp);
		q = p ? large_realloc(p, job->size, job->to, job->gfp) : NULL;
		if (unlikely(!q))
			return false;
		kvfree(q);
	}
	return true;
}

static __always_inline void *large_dup(const struct sweep_job *job)
{
	void *p = kvmalloc(job->size, job->gfp);

	if (p)
		memcpy(p, job->src, job->size);
	return p;
}

SWEEP_LOOP(large_copy, large_dup(job), kvfree(p))

#define ONE	.least = 0, .most = SWEEP_MAX, .slab = slab_one, .large = large_one
#define RESIZE(percent)								\
	.gfp = BENCH_GFP, .least = 1, .most = SWEEP_MAX, .resize = (percent),	\
	.kspan = kspan_resize, .slab = slab_resize, .large = large_resize
#define POOL	.least = 8, .most = KSPAN_MAX_SMALL, .kspan = pool_one, .slab = cache_one

const struct sweep_call sweep_calls[] = {
	{ .name = "alloc", .gfp = BENCH_GFP, ONE, .kspan = kspan_one },
	{ .name = "zalloc", .gfp = BENCH_GFP | __GFP_ZERO, ONE, .kspan = kspan_one },
	{ .name = "calloc", .gfp = BENCH_GFP, .least = 2, .most = SWEEP_MAX, .kspan = kspan_array,
	  .slab = slab_array, .large = large_array },
	{ .name = "memdup", .gfp = BENCH_GFP, .least = 0, .most = SWEEP_MAX, .kspan = kspan_copy,
	  .slab = slab_copy, .large = large_copy },
	{ .name = "strdup", .gfp = BENCH_GFP, .least = 0, .most = 64, .kspan = kspan_text,
	  .slab = slab_text },
	{ .name = "grow1.25", RESIZE(125) },
	{ .name = "grow2", RESIZE(200) },
	{ .name = "shrink1.25", RESIZE(80) },
	{ .name = "shrink2", RESIZE(50) },
	{ .name = "heap_alloc", .gfp = BENCH_GFP, ONE, .kspan = heap_one },
	{ .name = "heap_zalloc", .gfp = BENCH_GFP | __GFP_ZERO, ONE, .kspan = heap_one },
	{ .name = "pool_alloc", .gfp = BENCH_GFP, POOL },
	{ .name = "pool_zalloc", .gfp = BENCH_GFP | __GFP_ZERO, POOL },
};

const unsigned int sweep_nr_calls = ARRAY_SIZE(sweep_calls);
