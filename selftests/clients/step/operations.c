// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_step: the operations that are stepped. Only the calls of kspan are between step_on() and
 * step_off(); what they return is filled behind.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "step.h"

#define WARM		8U
#define RUN		40U	/* more than a first magazine has room for */
#define BULK		12U
#define CONSTANT_SIZE	64U
#define REALLOC_SIZE	200U
#define POOL_SIZE	64U
#define REGION_SIZE	48U
#define REGION_BLOCK	65536U

struct freed_later {
	struct rcu_head rcu;
};

struct kspan_heap *heap;
struct kspan_pool *pool;
struct objects ours;

static struct kspan_region *region;
static struct kspan_stats stats;

/* What a call that may sleep returned. */
static void got(void *p, size_t size)
{
	if (!p)
		step_error("no object of %zu bytes", size);
	objects_add(&ours, p, size);
}

/* ---- before an operation ---- */

static void hold_n(size_t size, unsigned int n)
{
	while (n--)
		got(kspan_alloc(size, GFP_KERNEL), size);
}

static void hold(size_t size)
{
	hold_n(size, 1);
}

static void hold_run(size_t size)
{
	hold_n(size, RUN);
	drain(NULL);
}

/* The caches have some. */
static void warm(size_t size)
{
	hold_n(size, WARM);
	objects_free(&ours);
}

static void warm_and_hold(size_t size)
{
	hold_n(size, WARM + 1);
	while (ours.n > 1)
		kspan_free(objects_take(&ours));
}

/* The caches of this CPU have none. */
static void drained(size_t size)
{
	drain(NULL);
}

static void heap_hold(size_t size)
{
	got(kspan_heap_alloc(heap, size, GFP_KERNEL), size);
}

static void pool_hold(size_t size)
{
	got(kspan_pool_alloc(pool, GFP_KERNEL), size);
}

static void bulk_hold(size_t size)
{
	hold_n(size, BULK);
}

static void heap_warm(size_t size)
{
	heap_hold(size);
	objects_free(&ours);
}

static void pool_warm(size_t size)
{
	pool_hold(size);
	objects_free(&ours);
}

/* No CPU has an mcache of it. */
static void heap_anew(size_t size)
{
	kspan_heap_destroy(heap);
	heap = kspan_heap_create("step", NULL);
	if (IS_ERR(heap)) {
		step_error("no heap");
		heap = kspan_default_heap();
	}
}

static void region_reset(size_t size)
{
	kspan_region_reset(region);
}

/* ---- the operations ---- */

static void alloc_run(size_t size)
{
	void *p;

	step_on();
	p = kspan_alloc(size, GFP_KERNEL);
	step_off();
	got(p, size);
}

static void alloc_constant_run(size_t size)
{
	void *p;

	step_on();
	p = kspan_alloc(CONSTANT_SIZE, GFP_KERNEL);
	step_off();
	got(p, CONSTANT_SIZE);
}

static void alloc_nothing_run(size_t size)
{
	void *p;

	step_on();
	p = kspan_alloc(size, GFP_KERNEL);
	kspan_free(p);
	step_off();
	if (p != ZERO_SIZE_PTR)
		step_error("0 bytes are not ZERO_SIZE_PTR");
}

static void alloc_many_run(size_t size)
{
	unsigned int i;

	for (i = 0; i < RUN; i++)
		alloc_run(size);
}

static void zalloc_run(size_t size)
{
	void *p;

	step_on();
	p = kspan_zalloc(size, GFP_KERNEL);
	step_off();
	check_zeros(p, size);
	got(p, size);
}

static void free_run(size_t size)
{
	void *p = objects_take(&ours);

	step_on();
	kspan_free(p);
	step_off();
}

static void free_many_run(size_t size)
{
	while (ours.n)
		free_run(size);
}

static void heap_alloc_run(size_t size)
{
	void *p;

	step_on();
	p = kspan_heap_alloc(heap, size, GFP_KERNEL);
	step_off();
	got(p, size);
}

static void heap_free_run(size_t size)
{
	void *p = objects_take(&ours);

	step_on();
	kspan_heap_free(heap, p);
	step_off();
}

static void pool_alloc_run(size_t size)
{
	void *p;

	step_on();
	p = kspan_pool_alloc(pool, GFP_KERNEL);
	step_off();
	got(p, size);
}

static void pool_free_run(size_t size)
{
	void *p = objects_take(&ours);

	step_on();
	kspan_pool_free(pool, p);
	step_off();
}

static void got_bulk(void **p, unsigned int n, size_t size)
{
	unsigned int i;

	if (n != BULK)
		step_error("%u objects of %zu bytes", n, size);
	for (i = 0; i < n; i++)
		got(p[i], size);
}

static void bulk_run(gfp_t gfp, size_t size)
{
	void *p[BULK];
	unsigned int i, n;

	step_on();
	n = kspan_alloc_bulk(size, gfp, BULK, p);
	step_off();
	for (i = 0; gfp & __GFP_ZERO && i < n; i++)
		check_zeros(p[i], size);
	got_bulk(p, n, size);
}

static void alloc_bulk_run(size_t size)
{
	bulk_run(GFP_KERNEL, size);
}

static void zalloc_bulk_run(size_t size)
{
	bulk_run(GFP_KERNEL | __GFP_ZERO, size);
}

static void pool_bulk_run(size_t size)
{
	void *p[BULK];
	unsigned int n;

	step_on();
	n = kspan_pool_alloc_bulk(pool, GFP_KERNEL, BULK, p);
	step_off();
	got_bulk(p, n, size);
}

static void free_bulk_run(size_t size)
{
	void *p[BULK];
	unsigned int i;

	for (i = 0; i < BULK; i++)
		p[i] = objects_take(&ours);
	step_on();
	kspan_free_bulk(BULK, p);
	step_off();
}

static void realloc_run(size_t size)
{
	void *old = objects_take(&ours), *p;

	memset(old, 0x5a, size);
	step_on();
	p = kspan_realloc(old, REALLOC_SIZE, GFP_KERNEL);
	step_off();
	if (p && memchr_inv(p, 0x5a, size))
		step_error("a resized object was not copied");
	got(p, REALLOC_SIZE);
}

static void free_rcu_run(size_t size)
{
	struct freed_later *p = objects_take(&ours);

	step_on();
	kspan_free_rcu(p, rcu);
	step_off();
}

static void region_alloc_run(size_t size)
{
	void *p, *q;

	step_on();
	p = kspan_region_alloc(region, size, GFP_KERNEL);
	q = kspan_region_zalloc(region, size, GFP_KERNEL);
	step_off();
	if (!p || !q)
		step_error("no object of a region");
	else
		memset(p, 0xaa, size);
	check_zeros(q, size);
}

static void size_run(size_t size)
{
	const void *p = ours.list[0].p;
	bool owned;

	step_on();
	owned = kspan_owns(p) && kspan_size(p) >= size;
	step_off();
	if (!owned)
		step_error("an object of %zu bytes is not known", size);
}

static void stats_run(size_t size)
{
	step_on();
	kspan_get_stats(&stats);
	step_off();
}

static void trim_run(size_t size)
{
	step_on();
	kspan_trim();
	step_off();
}

const struct operation operations[] = {
	{ "alloc 8", 8, warm, alloc_run },
	{ "alloc 64", 64, warm, alloc_run },
	{ "alloc 1500", 1500, warm, alloc_run },
	{ "alloc 16384", 16384, warm, alloc_run },
	{ "alloc 65536", 65536, warm, alloc_run },
	{ "alloc a constant", CONSTANT_SIZE, warm, alloc_constant_run },
	{ "alloc 0", 0, NULL, alloc_nothing_run },
	{ "alloc tiny", 3, warm, alloc_run },
	{ "alloc tiny, cold", 3, drained, alloc_run },
	{ "alloc cold", 64, drained, alloc_run },
	{ "alloc many", 64, drained, alloc_many_run },
	{ "zalloc 64", 64, warm, zalloc_run },
	{ "zalloc 16", 16, warm, zalloc_run },
	{ "zalloc 1500", 1500, warm, zalloc_run },
	{ "zalloc tiny", 3, warm, zalloc_run },
	{ "zalloc cold", 64, drained, zalloc_run },
	{ "alloc kept", 40000, warm, alloc_run },
	{ "alloc large", 40000, drained, alloc_run },
	{ "free 64", 64, warm_and_hold, free_run },
	{ "free 1500", 1500, warm_and_hold, free_run },
	{ "free cold", 64, hold_run, free_run },
	{ "free many", 64, hold_run, free_many_run },
	{ "free tiny", 3, hold, free_run },
	{ "free large", 40000, hold, free_run },
	{ "heap alloc", 64, heap_warm, heap_alloc_run },
	{ "heap alloc, cold", 64, drained, heap_alloc_run },
	{ "heap alloc, first", 64, heap_anew, heap_alloc_run },
	{ "heap free", 64, heap_hold, heap_free_run },
	{ "heap alloc 1500", 1500, heap_warm, heap_alloc_run },
	{ "heap alloc 40000", 40000, heap_warm, heap_alloc_run },
	{ "free of a heap", 64, heap_hold, free_run },
	{ "pool alloc", POOL_SIZE, pool_warm, pool_alloc_run },
	{ "pool alloc, cold", POOL_SIZE, drained, pool_alloc_run },
	{ "pool free", POOL_SIZE, pool_hold, pool_free_run },
	{ "pool bulk", POOL_SIZE, drained, pool_bulk_run },
	{ "alloc bulk", 64, warm, alloc_bulk_run },
	{ "alloc bulk, cold", 64, drained, alloc_bulk_run },
	{ "zalloc bulk", 64, warm, zalloc_bulk_run },
	{ "zalloc bulk 16", 16, warm, zalloc_bulk_run },
	{ "free bulk", 64, bulk_hold, free_bulk_run },
	{ "realloc", 64, hold, realloc_run },
	{ "free_rcu", 64, hold, free_rcu_run },
	{ "region", REGION_SIZE, NULL, region_alloc_run },
	{ "region, new block", REGION_SIZE, region_reset, region_alloc_run },
	{ "size", 64, hold, size_run },
	{ "statistics", 64, warm, stats_run },
	{ "trim", 64, warm, trim_run },
	{ }
};

int operations_start(void)
{
	struct kspan_region_params region_params = { .block_size = REGION_BLOCK };

	heap = kspan_heap_create("step", NULL);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	pool = kspan_pool_create("step pool", POOL_SIZE, NULL);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	region = kspan_region_create("step", &region_params);
	return PTR_ERR_OR_ZERO(region);
}

void operations_end(void)
{
	kspan_region_destroy(region);
	kspan_pool_destroy(pool);
	kspan_heap_destroy(heap);
}
