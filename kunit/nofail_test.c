// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_nofail: __GFP_NOFAIL exceeds limits, and waits, but for what cannot ever be served.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <kspan/pool.h>
#include <kspan/region.h>
#include "fixture.h"
#include "base/params.h"
#include "limit_fixture.h"

#define NOFAIL	(GFP_KERNEL | __GFP_NOFAIL)

/* Sizes of every kind: tiny, small, a class, large. */
static const size_t kinds[] = { 3, 200, 9000, 12345 };

/* A task that the kernel kills, as far as it can see. */
static void kill_me(bool kill)
{
	if (kill) {
		sigaddset(&current->pending.signal, SIGKILL);
		set_thread_flag(TIF_SIGPENDING);
	} else {
		sigdelset(&current->pending.signal, SIGKILL);
		clear_thread_flag(TIF_SIGPENDING);
	}
}

/* By all allocating functions. */
static void nofail_exceeds_the_limit_of_a_heap(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	unsigned int i, n = 0;
	void *objs[MOST];

	cache->gives = 0;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		objs[n++] = kspan_heap_alloc(cache->heap, kinds[i], NOFAIL);
	objs[n++] = kspan_heap_alloc_aligned(cache->heap, 100, SZ_64K, NOFAIL);
	objs[n++] = kspan_heap_zalloc(cache->heap, 20000, NOFAIL);
	objs[n++] = kspan_heap_realloc(cache->heap, NULL, 30000, NOFAIL);
	objs[n - 1] = kspan_realloc(objs[n - 1], 60000, NOFAIL);
	KUNIT_EXPECT_EQ(test, kspan_heap_alloc_bulk(cache->heap, 5000, NOFAIL, 40, objs + n), 40U);
	n += 40;
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	KUNIT_EXPECT_GE(test, cache->calls, (unsigned int)ARRAY_SIZE(kinds));
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 100000, GFP_KERNEL | __GFP_NOWARN));
	test_free_many(objs, n);
	limit_end_cache(cache);
}

static void nofail_of_a_pool(struct kunit *test)
{
	static const struct kspan_pool_params params = { .limit = KSPAN_PAGE_SIZE };
	struct kspan_pool *pool = kspan_pool_create("kunit pool", KSPAN_PAGE_SIZE, &params);
	unsigned int i;
	void *objs[8];

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	KUNIT_ASSERT_EQ(test, kspan_pool_prefill(pool, 1, GFP_KERNEL), 0);
	objs[0] = kspan_pool_alloc(pool, NOFAIL);
	/* It was in the stock. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&kspan_pool_heap(pool)->owner.pages), 1L);
	objs[1] = kspan_pool_alloc(pool, NOFAIL | __GFP_ZERO);
	KUNIT_EXPECT_EQ(test, kspan_pool_alloc_bulk(pool, NOFAIL, 6, objs + 2), 6U);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
		kspan_pool_free(pool, objs[i]);
	}
	kspan_pool_destroy(pool);
}

static void nofail_exceeds_limit_mb(struct kunit *test)
{
	unsigned int n, more = 0;
	void *objs[MOST];

	limit_to(test, 3);
	n = limit_take_all(objs, MOST - 3);
	objs[n + more++] = kspan_alloc(LIMIT_OBJECT_BYTES, NOFAIL);
	objs[n + more++] = kspan_alloc(3 * SZ_1M, NOFAIL);
	objs[n + more++] = kspan_alloc(SZ_4M, NOFAIL);
	KUNIT_EXPECT_NOT_NULL(test, objs[n]);
	KUNIT_EXPECT_NOT_NULL(test, objs[n + 1]);
	KUNIT_EXPECT_NOT_NULL(test, objs[n + 2]);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.arena_bytes), param_limit_bytes());
	test_free_many(objs, n + more);
	KUNIT_EXPECT_TRUE(test, test_wait(limit_is_kept, NULL));
}

/* A region's own limit holds: it bounds what the region was made for. */
static void nofail_of_a_region(struct kunit *test)
{
	static const struct kspan_region_params params = { .block_size = SZ_1M, .limit = SZ_4M };
	struct kspan_region *region = kspan_region_create("kunit limit", &params);
	unsigned int i, n;
	void *objs[MOST];

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, region);
	limit_to(test, 2);
	n = limit_take_all(objs, MOST);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_NOT_NULL(test, kspan_region_alloc(region, SZ_256K, NOFAIL));
	KUNIT_EXPECT_NULL(test, kspan_region_alloc(region, SZ_4M, NOFAIL | __GFP_NOWARN));
	kspan_region_destroy(region);
	test_free_many(objs, n);
}

/* Small ones, more than the reserve has; and one that the reserve has no run for. */
static void nofail_of_a_killed_task(struct kunit *test)
{
	unsigned int i, n = 2 * param_reserve_pages();
	void **objs = test_pointers(test, n + 2);

	kspan_trim();
	kill_me(true);
	for (i = 0; i < n; i++)
		objs[i] = kspan_alloc(KSPAN_PAGE_SIZE, NOFAIL);
	objs[n] = kspan_alloc(SZ_1M + 1, NOFAIL);
	objs[n + 1] = kspan_alloc(3 * SZ_1M + 1, NOFAIL);
	kill_me(false);
	for (i = 0; i < n + 2; i++)
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	test_free_many(objs, n + 2);
}

static void nofail_of_a_task_that_reclaims(struct kunit *test)
{
	unsigned int i, flags, n = 2 * param_reserve_pages();
	void **objs = test_pointers(test, n + 1);

	limit_to(test, 0);
	flags = memalloc_noreclaim_save();
	for (i = 0; i < n; i++)
		objs[i] = kspan_alloc(KSPAN_PAGE_SIZE, NOFAIL);
	objs[n] = kspan_alloc(SZ_1M + 1, NOFAIL);
	memalloc_noreclaim_restore(flags);
	for (i = 0; i < n + 1; i++)
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	test_free_many(objs, n + 1);
}

/* Where nobody may sleep, and what cannot ever be served. */
static void nofail_that_fails(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	const size_t huge = (totalram_pages() << PAGE_SHIFT) + 1;

	cache->gives = 0;
	KUNIT_EXPECT_NULL(test, kspan_heap_alloc(cache->heap, 200,
						 GFP_ATOMIC | __GFP_NOFAIL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kspan_alloc(test_hidden(SIZE_MAX / 2), NOFAIL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kspan_alloc(test_hidden(huge), NOFAIL | __GFP_NOWARN));
	test_report_begin("unsupported gfp flags");
	KUNIT_EXPECT_NULL(test, kspan_alloc(200, NOFAIL | __GFP_DMA));
	test_report_end();
	limit_end_cache(cache);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nofail_exceeds_the_limit_of_a_heap),
	KUNIT_CASE(nofail_of_a_pool),
	KUNIT_CASE(nofail_exceeds_limit_mb),
	KUNIT_CASE(nofail_of_a_region),
	KUNIT_CASE(nofail_of_a_killed_task),
	KUNIT_CASE(nofail_of_a_task_that_reclaims),
	KUNIT_CASE(nofail_that_fails),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_nofail",
	.exit = limit_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
