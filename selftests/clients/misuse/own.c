// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: a private heap, pool and region, one of each at a time.
 */
#include <linux/err.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include <kspan/region.h>
#include "misuse.h"

static struct kspan_heap *heap;
static struct kspan_pool *pool;
static struct kspan_region *region;

static int heap_open_run(const struct request *r)
{
	struct kspan_heap_params params = { .limit = r->size };
	struct kspan_heap *new = kspan_heap_create("misuse", &params);

	if (IS_ERR(new))
		return PTR_ERR(new);
	heap = new;
	return 0;
}

/* Objects of @size bytes to which only the heap still has a reference. */
static int heap_fill_run(const struct request *r)
{
	unsigned int i;

	for (i = 0; i < max(r->count, 1U); i++)
		if (!kspan_heap_alloc(heap, r->size, GFP_KERNEL | __GFP_NOWARN))
			return -ENOMEM;
	return 0;
}

static int heap_reset_run(const struct request *r)
{
	kspan_heap_reset(heap);
	return 0;
}

static int heap_close_run(const struct request *r)
{
	kspan_heap_destroy(heap);
	heap = NULL;
	return 0;
}

static int heap_names_run(const struct request *r)
{
	static const char * const bad[] = { "", ".", "..", "a/b", "a\tb", "default" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (!IS_ERR(kspan_heap_create(bad[i], NULL)))
			return -EIO;
	return 0;
}

static int pool_open_run(const struct request *r)
{
	struct kspan_pool *new = kspan_pool_create("misuse pool", r->size, NULL);

	if (IS_ERR(new))
		return PTR_ERR(new);
	pool = new;
	return kspan_pool_prefill(pool, r->count, GFP_KERNEL);
}

static int pool_close_run(const struct request *r)
{
	kspan_pool_destroy(pool);
	pool = NULL;
	return 0;
}

/* An object of no pool at all. */
static int pool_wrong_run(const struct request *r)
{
	void *p = kspan_alloc(64, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	kspan_pool_free(pool, p);
	kspan_free(p);
	return 0;
}

/* What only the pool may do. */
static int pool_heap_reset_run(const struct request *r)
{
	kspan_heap_reset(kspan_pool_heap(pool));
	return 0;
}

static int pool_heap_close_run(const struct request *r)
{
	kspan_heap_destroy(kspan_pool_heap(pool));
	return 0;
}

static int region_open_run(const struct request *r)
{
	struct kspan_region *new = kspan_region_create("misuse", NULL);

	if (IS_ERR(new))
		return PTR_ERR(new);
	region = new;
	return kspan_region_alloc(region, r->size, GFP_KERNEL) ? 0 : -ENOMEM;
}

static int region_close_run(const struct request *r)
{
	kspan_region_destroy(region);
	region = NULL;
	return 0;
}

static int region_free_run(const struct request *r)
{
	void *p = kspan_region_alloc(region, 64, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	kspan_free(p);
	memset(p, 0, 64);
	return 0;
}

/* An object over the limit of a region of its own. */
static int region_limit_run(const struct request *r)
{
	struct kspan_region_params params = { .limit = 4096 };
	struct kspan_region *new = kspan_region_create("misuse limit", &params);
	void *p;

	if (IS_ERR(new))
		return PTR_ERR(new);
	p = kspan_region_alloc(new, 5000, GFP_KERNEL);
	kspan_region_destroy(new);
	return p ? -EIO : 0;
}

/* Lose a heap with 3 objects, a pool with a stock of 4 and a region: unloading leaves them. */
static int abandon_run(const struct request *r)
{
	const struct request fill = { .size = 64, .count = 3 }, stock = { .size = 200, .count = 4 };
	int err = heap_open_run(&(const struct request) { });

	err = err ?: heap_fill_run(&fill);
	err = err ?: pool_open_run(&stock);
	err = err ?: region_open_run(&fill);
	heap = NULL;
	pool = NULL;
	region = NULL;
	return err;
}

const struct action own_actions[] = {
	{ "abandon", abandon_run },
	{ "heap_open", heap_open_run },
	{ "heap_fill", heap_fill_run },
	{ "heap_reset", heap_reset_run },
	{ "heap_close", heap_close_run },
	{ "heap_names", heap_names_run },
	{ "pool_open", pool_open_run },
	{ "pool_close", pool_close_run },
	{ "pool_wrong", pool_wrong_run },
	{ "pool_heap_reset", pool_heap_reset_run },
	{ "pool_heap_close", pool_heap_close_run },
	{ "region_open", region_open_run },
	{ "region_close", region_close_run },
	{ "region_free", region_free_run },
	{ "region_limit", region_limit_run },
	{ }
};

void own_close(void)
{
	kspan_heap_destroy(heap);
	kspan_pool_destroy(pool);
	kspan_region_destroy(region);
}
