// SPDX-License-Identifier: GPL-2.0
/*
 * gen_pool as a compared allocator: a pool over a vmalloc area of its own, with twice the room that
 * the live objects need.
 */
#include <linux/genalloc.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "bench.h"
#include "loops.h"

#if IS_REACHABLE(CONFIG_GENERIC_ALLOCATOR)

#define POOL_LIVE_MAX	10000	/* its search is linear: with more it takes minutes */

static __always_inline void *take_genpool(struct bench_job *job, size_t size, gfp_t gfp)
{
	void *p = (void *)gen_pool_alloc(job->pool, job->size);

	if (p && (gfp & __GFP_ZERO))
		memset(p, 0, job->size);
	return p;
}

static __always_inline void give_genpool(struct bench_job *job, void *p)
{
	gen_pool_free(job->pool, (unsigned long)p, job->size);
}

BENCH_LOOPS_DEFINE(genpool)

static void pool_free_area(struct gen_pool *pool, struct gen_pool_chunk *chunk, void *data)
{
	*(void **)data = (void *)chunk->start_addr;
}

static void genpool_close(struct bench_cell *cell)
{
	struct gen_pool *pool = cell->jobs->pool;
	void *area = NULL;

	if (!pool)
		return;
	gen_pool_for_each_chunk(pool, pool_free_area, &area);
	gen_pool_destroy(pool);
	vfree(area);
}

/* The unit is the largest power of two that divides the size, so that no bit is wasted. */
static int genpool_open(struct bench_cell *cell)
{
	struct bench_job *job = cell->jobs;
	int order = min_t(int, __ffs(job->size), PAGE_SHIFT);
	size_t bytes = 2 * job->size * job->live * cell->threads;
	struct gen_pool *pool;
	unsigned int t;
	void *area;

	if (job->live > POOL_LIVE_MAX)
		return -EFBIG;
	pool = gen_pool_create(order, NUMA_NO_NODE);
	area = vmalloc(bytes);
	if (!pool || !area || gen_pool_add(pool, (unsigned long)area, bytes, NUMA_NO_NODE))
		goto err_free;
	for (t = 0; t < cell->threads; t++)
		job[t].pool = pool;
	return 0;

err_free:
	if (pool)
		gen_pool_destroy(pool);
	vfree(area);
	return -ENOMEM;
}

const struct bench_alloc bench_genpool = {
	.name = "genpool",
	.max_size = 32 << 10,
	.min_cost = 1,
	.fixed = true,
	.open = genpool_open,
	.close = genpool_close,
	BENCH_LOOPS_OF(genpool),
};

#endif /* CONFIG_GENERIC_ALLOCATOR */
