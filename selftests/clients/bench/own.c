// SPDX-License-Identifier: GPL-2.0
/*
 * kspan's heaps, pools and regions as compared allocators, created for each cell.
 */
#include <linux/module.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include <kspan/region.h>
#include "bench.h"
#include "loops.h"

static __always_inline void *take_heap(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kspan_heap_alloc(job->heap, size, gfp);
}

static __always_inline void give_heap(struct bench_job *job, void *p)
{
	kspan_free(p);
}

BENCH_LOOPS_DEFINE(heap)

static int heap_open(struct bench_cell *cell)
{
	struct kspan_heap *heap = kspan_heap_create("bench", NULL);
	unsigned int t;

	for (t = 0; t < cell->threads; t++)
		cell->jobs[t].heap = heap;
	return PTR_ERR_OR_ZERO(heap);
}

static void heap_close(struct bench_cell *cell)
{
	kspan_heap_destroy(cell->jobs->heap);
}

const struct bench_alloc bench_heap = {
	.name = "heap",
	.max_size = SIZE_MAX,
	.open = heap_open,
	.close = heap_close,
	BENCH_LOOPS_OF(heap),
};

static __always_inline void *take_pool(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kspan_pool_alloc(job->own_pool, gfp);
}

static __always_inline void give_pool(struct bench_job *job, void *p)
{
	kspan_pool_free(job->own_pool, p);
}

static __always_inline bool take_bulk_pool(struct bench_job *job, void **objs, unsigned int n)
{
	return kspan_pool_alloc_bulk(job->own_pool, BENCH_GFP, n, objs);
}

static __always_inline void give_bulk_pool(struct bench_job *job, void **objs, unsigned int n)
{
	kspan_free_bulk(n, objs);
}

BENCH_LOOPS_DEFINE(pool)
BENCH_BULK_DEFINE(pool)

static int pool_open(struct bench_cell *cell)
{
	struct kspan_pool *pool = kspan_pool_create("bench pool", cell->jobs->size, NULL);
	unsigned int t;

	for (t = 0; t < cell->threads; t++)
		cell->jobs[t].own_pool = pool;
	return PTR_ERR_OR_ZERO(pool);
}

static void pool_close(struct bench_cell *cell)
{
	kspan_pool_destroy(cell->jobs->own_pool);
}

const struct bench_alloc bench_pool = {
	.name = "pool",
	.max_size = 32 << 10,
	.fixed = true,
	.open = pool_open,
	.close = pool_close,
	.loop[LOOP_BULK] = pool_bulk,
	BENCH_LOOPS_OF(pool),
};

/* A region frees no single object, so it grows while the cell is measured. */
#define REGION_MAX_SIZE	1024

static __always_inline void *take_region(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kspan_region_alloc(job->region, size, gfp);
}

static __always_inline void give_region(struct bench_job *job, void *p)
{
	OPTIMIZER_HIDE_VAR(p);
}

BENCH_LOOPS_DEFINE(region)

static void region_close(struct bench_cell *cell)
{
	unsigned int t;

	for (t = 0; t < cell->threads; t++) {
		kspan_region_destroy(cell->jobs[t].region);
		cell->jobs[t].region = NULL;
	}
}

static int region_open(struct bench_cell *cell)
{
	char name[KSPAN_NAME_LEN];
	unsigned int t;
	int err;

	for (t = 0; t < cell->threads; t++) {
		snprintf(name, sizeof(name), "bench %u", t);
		cell->jobs[t].region = kspan_region_create(name, NULL);
		err = PTR_ERR_OR_ZERO(cell->jobs[t].region);
		if (err) {
			cell->jobs[t].region = NULL;
			region_close(cell);
			return err;
		}
	}
	return 0;
}

const struct bench_alloc bench_region = {
	.name = "region",
	.max_size = REGION_MAX_SIZE,
	.fixed = true,
	.open = region_open,
	.close = region_close,
	BENCH_LOOPS_OF(region),
};
