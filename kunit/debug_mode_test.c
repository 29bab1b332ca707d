// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_debug_mode: debug modes that come and go while the heap is in use, resets, pools.
 */
#include <kspan/pool.h>
#include "debug_fixture.h"
#include "heap/debug.h"

/* Objects of before are freed as they were allocated: unknown to the mode. */
static void a_mode_comes_and_goes(struct kunit *test)
{
	unsigned long bad = report_bad_frees();
	void *old[100], *new[100];
	unsigned int i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 100; i++)
			old[i] = debug_test_get(test, 1 + i * 10);
		KUNIT_EXPECT_GT(test, kunit_nr_mcaches(test->priv), 0U);
		debug_test_set(test, "FZPUQ");
		KUNIT_EXPECT_EQ(test, kunit_nr_mcaches(test->priv), 0U);
		for (i = 0; i < 100; i++) {
			new[i] = debug_test_get(test, 1 + i * 10);
			if (i % 2)
				kspan_free(old[i]);
		}
		debug_test_set(test, "F");
		for (i = 0; i < 100; i += 4)
			kspan_free(new[i]);
		debug_test_set(test, "");
		for (i = 0; i < 100; i++) {
			if (i % 2 == 0)
				kspan_free(old[i]);
			if (i % 4)
				kspan_free(new[i]);
		}
	}
	debug_test_set(test, "FZPUQ");
	kspan_trim();
	KUNIT_EXPECT_EQ(test, report_bad_frees(), bad);
}

static void an_unknown_object_freed_twice_is_found(struct kunit *test)
{
	u8 *p = debug_test_get(test, 100), *stays = debug_test_get(test, 100);

	debug_test_set(test, "FZPUQ");
	kspan_free(p);
	test_report_begin("double free");
	kspan_free(debug_test_again(p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kspan_free(stays);
}

/* What is in quarantine is freed. */
static void figures_are_right(struct kunit *test)
{
	static const size_t sizes[] = { 64, 40000 };
	struct kspan_stats st;
	void *p[2];
	unsigned int i;

	debug_test_set(test, "Q");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p[0] = debug_test_get(test, sizes[i]);
		p[1] = debug_test_get(test, sizes[i]);
		kspan_free(p[0]);
		kspan_heap_get_stats(test->priv, &st);
		KUNIT_EXPECT_EQ(test, st.live_objects, 1UL);
		KUNIT_EXPECT_EQ(test, st.allocs - st.frees, 1ULL);
		kspan_free(p[1]);
		debug_flush(test->priv);
		kspan_heap_get_stats(test->priv, &st);
		KUNIT_EXPECT_EQ(test, st.live_objects, 0UL);
	}
}

static void a_reset_frees(struct kunit *test)
{
	void *small, *other;

	debug_test_set(test, "FPQ");
	small = debug_test_get(test, 100);
	other = debug_test_get(test, 100);
	kspan_heap_reset(test->priv);
	kspan_free(debug_test_get(test, 100));
	test_report_begin("free");
	kspan_free(debug_test_again(small));
	kspan_free(debug_test_again(other));
	KUNIT_EXPECT_GE(test, test_report_end(), 1UL);
}

/* A large object that is live at the end does not stay in the quarantine. */
static void an_end_frees_large_objects(struct kunit *test)
{
	struct kspan_heap *heap = kspan_heap_create("kunit_debug_end", NULL);
	long before;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	KUNIT_EXPECT_EQ(test, debug_mode_set(heap, DEBUG_LETTERS), 0);
	kspan_trim();
	before = atomic_long_read(&mheap.nr_spans);
	KUNIT_EXPECT_NOT_NULL(test, kspan_heap_alloc(heap, 100000, GFP_KERNEL));
	kspan_heap_destroy(heap);
	kspan_trim();
	KUNIT_EXPECT_LE(test, atomic_long_read(&mheap.nr_spans), before);
}

static void construct(void *obj)
{
	memset(obj, 0x77, 100);
}

static void a_pool_is_checked(struct kunit *test)
{
	static const struct kspan_pool_params params = { .ctor = construct };
	struct kspan_pool *pool = kspan_pool_create("kunit_debug_pool", 100, &params);
	unsigned int i;
	u8 *p;

	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	KUNIT_EXPECT_EQ(test, debug_mode_set(kspan_pool_heap(pool), DEBUG_LETTERS), 0);
	for (i = 0; i < 100; i++) {
		p = kspan_pool_alloc(pool, GFP_KERNEL);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x77, 100));
		kspan_pool_free(pool, p);
	}
	test_report_begin("double free");
	kspan_pool_free(pool, debug_test_again(p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	if (!KSPAN_KASAN) {
		p = kspan_pool_alloc(pool, GFP_KERNEL);
		debug_test_again(p)[100] = 0;
		test_report_begin("write past the end");
		kspan_pool_free(pool, p);
		KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	}
	kspan_pool_destroy(pool);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_mode_comes_and_goes),
	KUNIT_CASE(an_unknown_object_freed_twice_is_found),
	KUNIT_CASE(figures_are_right),
	KUNIT_CASE(a_reset_frees),
	KUNIT_CASE(an_end_frees_large_objects),
	KUNIT_CASE(a_pool_is_checked),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_debug_mode",
	.init = debug_test_init,
	.exit = debug_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
