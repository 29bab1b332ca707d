// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_region_misuse: bad names, bad params and frees of a region's objects are refused. Per-CPU
 * regions have a suite of their own.
 */
#include "region_fixture.h"

static const char * const bad_names[] = {
	NULL, "", ".", "..", "/", "a/b", "a\n", "\x7f", "tab\there",
	"thirty-two characters are too many", "12345678901234567890123456789012",
};

static void bad_names_are_refused(struct kunit *test)
{
	unsigned int i;

	test_report_begin("region name \".*\" refused");
	for (i = 0; i < ARRAY_SIZE(bad_names); i++)
		KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_region_create(bad_names[i], NULL)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_percpu_region_create("..", NULL)), -EINVAL);
	test_report_end();
}

static const char * const good_names[] = {
	"a", "...", "a.b", "a b", "1234567890123456789012345678901", "\xc3\xa4",
};

static void good_names_are_not(struct kunit *test)
{
	struct kspan_region *region;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good_names); i++) {
		region = kspan_region_create(good_names[i], NULL);
		KUNIT_EXPECT_FALSE(test, IS_ERR(region));
		if (!IS_ERR(region))
			kspan_region_destroy(region);
	}
	kspan_region_destroy(NULL);
	kspan_percpu_region_destroy(NULL);
}

/* Both kinds share their names. A name can be used again after its region is destroyed. */
static void a_name_is_given_once(struct kunit *test)
{
	struct kspan_percpu_region *percpu;

	KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_region_create("kunit", NULL)), -EEXIST);
	KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_percpu_region_create("kunit", NULL)), -EEXIST);
	region_destroy(test);
	percpu = kspan_percpu_region_create("kunit", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(percpu));
	KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_region_create("kunit", NULL)), -EEXIST);
	kspan_percpu_region_destroy(percpu);
	region_replace(test, NULL);
}

static const size_t bad_block_sizes[] = {
	1, PAGE_SIZE - 1, PAGE_SIZE + 8, KSPAN_REGION_MAX_BLOCK + PAGE_SIZE, SIZE_MAX,
	SIZE_MAX - PAGE_SIZE + 1,
};

static void bad_block_sizes_are_refused(struct kunit *test)
{
	struct kspan_region_params params = { };
	unsigned int i;

	test_report_begin("region block_size .* refused: give a multiple of ");
	for (i = 0; i < ARRAY_SIZE(bad_block_sizes); i++) {
		params.block_size = bad_block_sizes[i];
		KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_region_create("bad", &params)), -EINVAL);
		KUNIT_EXPECT_EQ(test, PTR_ERR(kspan_percpu_region_create("bad", &params)), -EINVAL);
	}
	test_report_end();
}

/* Params, and the size of the blocks that they lead to. */
static const struct {
	struct kspan_region_params params;
	unsigned long block_bytes;
} good_params[] = {
	{ { 0, 0 }, SZ_8M - KSPAN_PAGE_SIZE },
	{ { PAGE_SIZE, 0 }, PAGE_SIZE > KSPAN_PAGE_SIZE ? PAGE_SIZE : KSPAN_PAGE_SIZE },
	{ { SZ_512K, 0 }, SZ_512K },
	{ { SZ_1M, 0 }, SZ_1M - KSPAN_PAGE_SIZE },
	{ { KSPAN_REGION_MAX_BLOCK, 0 }, KSPAN_REGION_MAX_BLOCK - KSPAN_PAGE_SIZE },
	{ { 0, 100000 }, 106496 },
	{ { 0, SZ_8M }, SZ_8M },
	{ { 0, SZ_8M + 1 }, SZ_8M },
	{ { 0, SZ_8M + 8 }, SZ_8M - KSPAN_PAGE_SIZE },
	{ { 0, SIZE_MAX }, SZ_8M - KSPAN_PAGE_SIZE },
	{ { SZ_1M, SZ_64K }, SZ_64K },
	{ { 0, 1 }, KSPAN_PAGE_SIZE },
};

static void good_params_are_not(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good_params); i++) {
		region_replace(test, &good_params[i].params);
		KUNIT_EXPECT_EQ(test, region_inside(test)->block_bytes, good_params[i].block_bytes);
		KUNIT_EXPECT_EQ(test, region_held(test), 0UL);
	}
}

/* An object at the start of a block looks like a large object, except for its span's mark. */
static void frees_are_refused(struct kunit *test)
{
	u8 *first = region_object(test, 100, GFP_KERNEL), *second, *large;

	second = region_object(test, 100, GFP_KERNEL);
	large = region_object(test, SZ_1M, GFP_KERNEL);
	memset(first, 1, 100);
	memset(large, 2, SZ_1M);
	test_report_begin("belongs to a region");
	kspan_free((void *)test_hidden((unsigned long)first));
	kspan_free((void *)test_hidden((unsigned long)second));
	kspan_free((void *)test_hidden((unsigned long)large));
	kspan_free((void *)test_hidden((unsigned long)large));
	kspan_free_sized((void *)test_hidden((unsigned long)first), 100);
	kspan_free_sensitive((void *)test_hidden((unsigned long)large));
	kspan_free_bulk(2, (void *[]){ first, large });
	__kspan_free_rcu((struct rcu_head *)test_hidden((unsigned long)second));
	__kspan_free_rcu((struct rcu_head *)test_hidden((unsigned long)large));
	KUNIT_EXPECT_EQ(test, test_report_end(), 10UL);
	KUNIT_EXPECT_TRUE(test, all_are(first, 1, 100));
	KUNIT_EXPECT_TRUE(test, all_are(large, 2, SZ_1M));
	KUNIT_EXPECT_TRUE(test, kspan_owns(first));
	KUNIT_EXPECT_PTR_EQ(test, region_object(test, 8, GFP_KERNEL), second + 104);
}

static void sizes_are_refused(struct kunit *test)
{
	u8 *first = region_object(test, 100, GFP_KERNEL), *large;

	large = region_object(test, SZ_1M, GFP_KERNEL);
	test_report_begin("is not the start of a live kspan object");
	KUNIT_EXPECT_EQ(test, kspan_size(first), (size_t)0);
	KUNIT_EXPECT_EQ(test, kspan_size(large), (size_t)0);
	KUNIT_EXPECT_NULL(test, kspan_realloc(first, 200, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_realloc(large, 200, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, test_report_end(), 4UL);
}

/* What the region refuses by its own limit is no failure of the heap that its blocks come from. */
static void its_limit_is_its_own(struct kunit *test)
{
	const struct kspan_region_params params = { .limit = SZ_64K };
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	unsigned long failures = atomic_long_read(&default_heap.owner.failures);
	struct kspan_percpu_region *percpu = kspan_percpu_region_create("kunit percpu", &params);

	KUNIT_ASSERT_FALSE(test, IS_ERR(percpu));
	region_replace(test, &params);
	KUNIT_EXPECT_NULL(test, kspan_region_alloc(test_region(test), SZ_128K, gfp));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&region_inside(test)->failures), 1L);
	KUNIT_EXPECT_NULL(test, kspan_percpu_region_alloc(percpu, SZ_128K, gfp));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&default_heap.owner.failures), failures);
	kspan_percpu_region_destroy(percpu);
}

/* A free is refused, both before and after mheap took the pages back. */
static void objects_of_a_region_that_is_gone(struct kunit *test)
{
	u8 *p = region_object(test, 100, GFP_KERNEL);

	region_destroy(test);
	test_report_begin("belongs to a region|is not a kspan object");
	kspan_free((void *)test_hidden((unsigned long)p));
	mheap_drain();
	kspan_free((void *)test_hidden((unsigned long)p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 2UL);
	KUNIT_EXPECT_EQ(test, test_span_of(p)->npages, 0U);
}

/* The kernel warns only once since boot, so the expected report is that of the free. */
static void bad_alignments_and_flags_are_refused(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	const size_t aligns[] = { 0, 3, 24, 2 * KSPAN_MAX_ALIGN, SIZE_MAX };
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	unsigned int i;

	region_object(test, 8, GFP_KERNEL);
	test_report_begin("unsupported alignment|unsupported gfp flags|belongs to a region");
	for (i = 0; i < ARRAY_SIZE(aligns); i++)
		KUNIT_EXPECT_NULL(test, kspan_region_alloc_aligned(region, 8, aligns[i], gfp));
	KUNIT_EXPECT_NULL(test, kspan_region_alloc_aligned(region, 8, 3, gfp));
	KUNIT_EXPECT_NULL(test, kspan_region_alloc(region, 8, gfp | __GFP_DMA));
	KUNIT_EXPECT_NULL(test, kspan_region_alloc(region, 8, gfp | __GFP_ZERO | __GFP_HIGHMEM));
	kspan_free((void *)test_hidden(region->cursor - 8));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), 8UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(bad_names_are_refused),
	KUNIT_CASE(good_names_are_not),
	KUNIT_CASE(a_name_is_given_once),
	KUNIT_CASE(bad_block_sizes_are_refused),
	KUNIT_CASE(good_params_are_not),
	KUNIT_CASE(frees_are_refused),
	KUNIT_CASE(sizes_are_refused),
	KUNIT_CASE(its_limit_is_its_own),
	KUNIT_CASE(objects_of_a_region_that_is_gone),
	KUNIT_CASE(bad_alignments_and_flags_are_refused),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_region_misuse",
	.init = region_test_init,
	.exit = region_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
