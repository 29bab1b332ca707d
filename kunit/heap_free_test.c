// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_heap_free: a free that checks the heap, and heaps, pools and regions that end with a scope.
 */
#include <kspan/pool.h>
#include <kspan/region.h>
#include "api_fixture.h"

static void objects_of_the_heap(struct kunit *test)
{
	struct kspan_heap *heap = kspan_heap_create("kunit heap", NULL);
	const size_t *size;
	struct kspan_stats stats;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	for (size = api_sizes; *size; size++)
		kspan_heap_free(heap, kspan_heap_alloc(heap, *size, GFP_KERNEL));
	kspan_heap_free(heap, NULL);
	kspan_heap_free(heap, ZERO_SIZE_PTR);
	kspan_heap_get_stats(heap, &stats);
	KUNIT_EXPECT_EQ(test, stats.live_objects, 0ULL);
	KUNIT_EXPECT_GT(test, stats.frees, 50ULL);
	kspan_heap_free(kspan_default_heap(), kspan_alloc(64, GFP_KERNEL));
	kspan_heap_destroy(heap);
}

/* Small, packed where that is on, and large. */
static void objects_of_another(struct kunit *test)
{
	static const size_t sizes[] = { 4, 64, 100000 };
	struct kspan_heap *heap = kspan_heap_create("kunit heap", NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = kspan_alloc(sizes[i], GFP_KERNEL);

		test_report_begin("is not an object of heap \"kunit heap\"");
		kspan_heap_free(heap, p);
		KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
		KUNIT_EXPECT_GT(test, kspan_size(p), (size_t)0);
		kspan_free(p);
	}
	test_report_begin("is not an object of heap \"kunit heap\"");
	kspan_heap_free(heap, &heap);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kspan_heap_destroy(heap);
}

static void a_double_free(struct kunit *test)
{
	struct kspan_heap *heap = kspan_heap_create("kunit heap", NULL);
	void *p;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	p = kspan_heap_alloc(heap, 64, GFP_KERNEL);
	kspan_heap_free(heap, p);
	test_report_begin("double free");
	kspan_heap_free(heap, p);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kspan_heap_destroy(heap);
}

#ifdef DEFINE_FREE
static void scope(struct kunit *test)
{
	struct kspan_heap *heap __free(kspan_heap_destroy) = kspan_heap_create("kunit a", NULL);
	struct kspan_pool *pool __free(kspan_pool_destroy) = kspan_pool_create("kunit b", 64, NULL);
	struct kspan_region *region __free(kspan_region_destroy) =
		kspan_region_create("kunit c", NULL);
	struct kspan_percpu_region *percpu __free(kspan_percpu_region_destroy) =
		kspan_percpu_region_create("kunit d", NULL);
	struct kspan_heap *none __free(kspan_heap_destroy) = NULL;
	struct kspan_pool *failed __free(kspan_pool_destroy) = ERR_PTR(-ENOMEM);

	KUNIT_EXPECT_FALSE(test, IS_ERR(heap));
	KUNIT_EXPECT_FALSE(test, IS_ERR(pool));
	KUNIT_EXPECT_FALSE(test, IS_ERR(region));
	KUNIT_EXPECT_FALSE(test, IS_ERR(percpu));
	KUNIT_EXPECT_NULL(test, none);
	KUNIT_EXPECT_TRUE(test, IS_ERR(failed));
}

/* A name can be used again only when what had it is gone. */
static void allocators_end_with_a_scope(struct kunit *test)
{
	scope(test);
	scope(test);
}
#endif

static struct kunit_case cases[] = {
	KUNIT_CASE(objects_of_the_heap),
	KUNIT_CASE(objects_of_another),
	KUNIT_CASE(a_double_free),
#ifdef DEFINE_FREE
	KUNIT_CASE(allocators_end_with_a_scope),
#endif
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_heap_free",
	.init = api_test_init,
	.exit = api_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
