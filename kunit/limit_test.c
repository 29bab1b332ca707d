// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_limit: limit_mb bounds the memory of all segments.
 */
#include <linux/math.h>
#include <linux/sizes.h>
#include "fixture.h"
#include "base/params.h"
#include "limit_fixture.h"

static void limit_mb_refuses_and_recovers(struct kunit *test)
{
	void *objs[MOST], *p;
	unsigned int n;

	limit_to(test, 8);
	n = limit_take_all(objs, MOST);
	KUNIT_EXPECT_GE(test, n, (unsigned int)(7 * SZ_1M / LIMIT_OBJECT_BYTES));
	KUNIT_EXPECT_LT(test, n, (unsigned int)MOST);
	KUNIT_EXPECT_LE(test, READ_ONCE(mheap.arena_bytes), param_limit_bytes());
	KUNIT_EXPECT_NULL(test, kspan_alloc(SZ_8M, GFP_KERNEL | __GFP_NOWARN));
	test_report_begin("limit_mb is met");
	KUNIT_EXPECT_NULL(test, kspan_alloc(SZ_8M + 1, GFP_KERNEL));
	test_report_end();
	/* What was freed serves objects of any size at once. */
	test_free_many(objs, n);
	p = kspan_alloc(6 * SZ_1M, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
}

/* Where a whole segment exceeds the limit, a smaller one does not. */
static void what_is_left_is_used(struct kunit *test)
{
	unsigned long before;
	void *objs[MOST];
	unsigned int n;

	limit_to(test, 5);
	before = READ_ONCE(mheap.arena_bytes);
	n = limit_take_all(objs, MOST);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.arena_bytes), before + 4 * SZ_1M);
	KUNIT_EXPECT_LE(test, READ_ONCE(mheap.arena_bytes), param_limit_bytes());
	test_free_many(objs, n);
}

static void owners_are_told_at_limit_mb(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	unsigned int i, n;
	void *objs[MOST], *p;

	kspan_heap_set_limit(cache->heap, 0);
	for (i = 0; i < 8; i++) {
		kspan_free(cache->objs[i]);
		cache->objs[i] = kspan_heap_alloc(cache->heap, SZ_1M - SZ_64K, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, cache->objs[i]);
	}
	cache->gives = 0;
	limit_to(test, 2);
	n = limit_take_all(objs, MOST);
	cache->gives = MOST;
	cache->calls = 0;
	p = kspan_alloc(SZ_1M, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, cache->calls, 1U);
	KUNIT_EXPECT_EQ(test, cache->n, 0U);
	KUNIT_EXPECT_LE(test, READ_ONCE(mheap.arena_bytes), param_limit_bytes());
	kspan_free(p);
	test_free_many(objs, n);
	limit_end_cache(cache);
}

/* The owner's objects, and what is idle, go at once. */
static void lowering_limit_mb_gives_back(struct kunit *test)
{
	struct limit_cache *cache = limit_full_cache(test);
	unsigned long before;
	unsigned int n;
	void *objs[MOST];

	limit_to(test, 10);
	before = READ_ONCE(mheap.arena_bytes);
	n = limit_take_all(objs, 20);
	KUNIT_EXPECT_GT(test, READ_ONCE(mheap.arena_bytes), before + 4 * SZ_1M);
	test_free_many(objs, n);
	cache->gives = MOST;
	KUNIT_EXPECT_TRUE(test, limit_set(DIV_ROUND_UP(before, SZ_1M)));
	KUNIT_EXPECT_TRUE(test, test_wait(limit_is_kept, NULL));
	KUNIT_EXPECT_EQ(test, cache->n, 0U);
	limit_end_cache(cache);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(limit_mb_refuses_and_recovers),
	KUNIT_CASE(what_is_left_is_used),
	KUNIT_CASE(owners_are_told_at_limit_mb),
	KUNIT_CASE(lowering_limit_mb_gives_back),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_limit",
	.exit = limit_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
