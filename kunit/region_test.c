// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_region: a plain region's objects: alignment, blocks, limit, zeroing, copies.
 */
#include "contexts.h"
#include "base/params.h"
#include "region_fixture.h"
#include "pages/reserve.h"

static const size_t sizes[] = {
	1, 7, 8, 9, 15, 16, 24, 63, 64, 65, 100, 1000, 4096, 8191, 8192, 30000, TEST_BLOCK - 8,
	TEST_BLOCK - 1, TEST_BLOCK, TEST_BLOCK + 1, 3 * TEST_BLOCK, SZ_1M + 100,
};

static void size_name(const size_t *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", *size);
}

KUNIT_ARRAY_PARAM(size, sizes, size_name);

static size_t size_of(struct kunit *test)
{
	return *(const size_t *)test->param_value;
}

#define MANY	40

/* All live at once; each is filled with a byte of its own. */
static void many_objects_of_each_size(struct kunit *test)
{
	size_t size = size_of(test);
	unsigned int i, broken = 0;
	u8 *objs[MANY];

	for (i = 0; i < MANY; i++) {
		objs[i] = region_object(test, size, GFP_KERNEL);
		broken += !IS_ALIGNED((unsigned long)objs[i], KSPAN_REGION_ALIGN);
		memset(objs[i], i + 1, size);
	}
	for (i = 0; i < MANY; i++)
		broken += !all_are(objs[i], i + 1, size);
	KUNIT_EXPECT_EQ(test, broken, 0U);
	KUNIT_EXPECT_EQ(test, test_region(test)->allocs, (unsigned long)MANY);
	KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), MANY * round_up(size, 8));
	KUNIT_EXPECT_TRUE(test, kspan_owns(objs[MANY - 1] + size - 1));
}

static void objects_of_a_block_lie_side_by_side(struct kunit *test)
{
	u8 *p = region_object(test, 100, GFP_KERNEL);

	KUNIT_EXPECT_PTR_EQ(test, region_object(test, 8, GFP_KERNEL), p + 104);
	KUNIT_EXPECT_PTR_EQ(test, region_object(test, 1, GFP_KERNEL), p + 112);
	KUNIT_EXPECT_PTR_EQ(test, region_object(test, 1, GFP_KERNEL), p + 120);
}

/* A block is used to its last byte; an object that does not fit begins the next block. */
static void the_border_of_a_block(struct kunit *test)
{
	u8 *p = region_object(test, TEST_BLOCK - 16, GFP_KERNEL);

	KUNIT_EXPECT_PTR_EQ(test, region_object(test, 16, GFP_KERNEL), p + TEST_BLOCK - 16);
	KUNIT_EXPECT_EQ(test, region_blocks(test), 1UL);
	p = region_object(test, TEST_BLOCK - 16, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, region_blocks(test), 2UL);
	region_object(test, 17, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, region_blocks(test), 3UL);
	KUNIT_EXPECT_EQ(test, region_held(test), 3UL * TEST_BLOCK);
}

/* It gets a block of its own: the next small object still comes from the current one. */
static void an_object_larger_than_a_block(struct kunit *test)
{
	u8 *p = region_object(test, 8, GFP_KERNEL), *q;

	q = region_object(test, TEST_BLOCK + 1, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, region_object(test, 8, GFP_KERNEL), p + 8);
	KUNIT_EXPECT_EQ(test, region_held(test), 2UL * TEST_BLOCK + KSPAN_PAGE_SIZE);
	memset(q, 1, TEST_BLOCK + 1);
}

static void each_alignment(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	unsigned int broken = 0;
	size_t align, size;
	u8 *p;

	for (align = 1; align <= KSPAN_MAX_ALIGN; align *= 2)
		for (size = 1; size <= SZ_128K; size *= 5) {
			p = kspan_region_alloc_aligned(region, size, align, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p);
			broken += !IS_ALIGNED((unsigned long)p, max(align, KSPAN_REGION_ALIGN));
			memset(p, 0xff, size);
		}
	KUNIT_EXPECT_EQ(test, broken, 0U);
}

/* An alignment known at compile time is inlined. */
static void a_constant_alignment(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	unsigned int i, broken = 0;
	u8 *p;

	for (i = 0; i < 3 * TEST_BLOCK / SZ_4K; i++) {
		region_object(test, 8, GFP_KERNEL);
		p = kspan_region_alloc_aligned(region, 33, 64, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		broken += !IS_ALIGNED((unsigned long)p, 64);
		p = kspan_region_alloc_aligned(region, 3000, SZ_4K, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		broken += !IS_ALIGNED((unsigned long)p, SZ_4K) || !all_are(p, 0, 3000);
	}
	KUNIT_EXPECT_EQ(test, broken, 0U);
}

static void nothing_asked_for(struct kunit *test)
{
	struct kspan_region *region = test_region(test);

	KUNIT_EXPECT_PTR_EQ(test, kspan_region_alloc(region, test_hidden(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	region_object(test, 8, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, kspan_region_zalloc(region, test_hidden(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kspan_region_calloc(region, test_hidden(0), 8, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, region->allocs, 1UL);
}

static void too_large_gives_null(struct kunit *test)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	struct kspan_region *region = test_region(test);
	const size_t too_large[] = { SIZE_MAX, SIZE_MAX - 7, SIZE_MAX / 2, SIZE_MAX - TEST_BLOCK };
	unsigned int i;

	region_object(test, 8, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(too_large); i++)
		KUNIT_EXPECT_NULL(test, kspan_region_alloc(region, test_hidden(too_large[i]), gfp));
	KUNIT_EXPECT_NULL(test, kspan_region_alloc_array(region, test_hidden(SIZE_MAX / 8), 16,
							 gfp));
	KUNIT_EXPECT_NULL(test, kspan_region_calloc(region, test_hidden(SIZE_MAX / 2), 3, gfp));
	KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), 8UL);
}

/* The limit counts the bytes of objects in all blocks, and is reached exactly. */
static void the_limit(struct kunit *test)
{
	const struct kspan_region_params params = { .block_size = TEST_BLOCK, .limit = 300004 };
	struct kspan_region *region = region_replace(test, &params);
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	unsigned int round, n;

	for (round = 0; round < 3; round++) {
		region_object(test, 200000, GFP_KERNEL);
		for (n = 0; kspan_region_alloc(region, 1000, gfp); n++)
			;
		KUNIT_EXPECT_EQ(test, n, 100U);
		KUNIT_EXPECT_NULL(test, kspan_region_alloc(region, 8, gfp));
		KUNIT_EXPECT_NULL(test, kspan_region_alloc(region, SZ_1M, gfp));
		KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), 300000UL);
		kspan_region_reset(region);
	}
	KUNIT_EXPECT_GE(test, atomic_long_read(&region_inside(test)->failures), 9L);
}

static void a_limit_under_a_block(struct kunit *test)
{
	const struct kspan_region_params params = { .limit = 20000 };
	struct kspan_region *region = region_replace(test, &params);

	region_object(test, 20000, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, region_held(test), 24576UL);
	KUNIT_EXPECT_NULL(test, kspan_region_alloc(region, 1, GFP_KERNEL | __GFP_NOWARN));
}

/* Bytes skipped for alignment count, but an object with a block of its own skips none. */
static void aligned_under_a_limit(struct kunit *test)
{
	const struct kspan_region_params params = {
		.block_size = TEST_BLOCK, .limit = 5 * SZ_1M + 64,
	};
	struct kspan_region *region = region_replace(test, &params);
	unsigned int i;
	void *p;

	region_object(test, 5 * SZ_1M, GFP_KERNEL);
	kspan_region_reset(region);	/* makes its block a spare one */
	for (i = 0; i < 5 * SZ_1M / 32768; i++)
		region_object(test, 32768, GFP_KERNEL);
	p = kspan_region_alloc_aligned(region, 64, SZ_4M, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, SZ_4M));
	KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), 5UL * SZ_1M + 64);
}

/* From fresh memory first, then from the same memory with the bytes of earlier rounds. */
static void zeroed_objects(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	unsigned int round, i, dirty = 0;
	size_t size = size_of(test);
	u8 *p;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 5; i++) {
			p = kspan_region_zalloc(region, size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p);
			dirty += !all_are(p, 0, size);
			memset(p, 0xff, size);
			p = region_object(test, size, GFP_KERNEL);
			memset(p, 0xee, size);
		}
		kspan_region_reset(region);
	}
	KUNIT_EXPECT_EQ(test, dirty, 0U);
}

/* From pages that held other objects before they became a block. */
static void zeroed_objects_from_used_pages(struct kunit *test)
{
	unsigned int i, dirty = 0;
	u8 *p;

	for (i = 0; i < 4; i++) {
		p = kspan_alloc(TEST_BLOCK + 100, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0xff, TEST_BLOCK);
		kspan_free(p);
		mheap_drain();
		p = kspan_region_zalloc(test_region(test), TEST_BLOCK / 2 + 8, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		dirty += !all_are(p, 0, TEST_BLOCK / 2 + 8);
	}
	KUNIT_EXPECT_EQ(test, dirty, 0U);
}

static void copies(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	char *s;

	s = kspan_region_strdup(region, "a string", GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_STREQ(test, s, "a string");
	s = kspan_region_strndup(region, "a string", 3, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_STREQ(test, s, "a s");
	s = kspan_region_strndup(region, "ab", SIZE_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_STREQ(test, s, "ab");
	s = kspan_region_memdup(region, "12345678", 8, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, memcmp(s, "12345678", 8), 0);
	KUNIT_EXPECT_NULL(test, kspan_region_strdup(region, NULL, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_region_strndup(region, NULL, 3, GFP_KERNEL));
}

struct atomic_case {
	struct kspan_region *region;
	u8 *objs[MANY];
};

static void alloc_atomic(void *arg)
{
	struct atomic_case *c = arg;
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		c->objs[i] = kspan_region_alloc(c->region, 3000, GFP_ATOMIC | __GFP_NOWARN);
		if (c->objs[i])
			memset(c->objs[i], i + 1, 3000);
	}
}

/* Only the reserve has blocks for them: contexts that may take its lock get usable objects. */
static void where_nobody_may_sleep(struct kunit *test)
{
	struct atomic_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	const struct context *context;
	unsigned int i, broken = 0;

	KUNIT_ASSERT_NOT_NULL(test, c);
	if (param_reserve_pages() < 32)
		kunit_skip(test, "reserve_kb is too small");
	for (context = atomic_contexts; context < atomic_contexts + NR_ATOMIC_CONTEXTS; context++) {
		c->region = region_replace(test, NULL);
		reserve_refill(GFP_KERNEL);
		context->run(alloc_atomic, c);
		for (i = 0; i < MANY; i++)
			broken += c->objs[i] && !all_are(c->objs[i], i + 1, 3000);
		KUNIT_EXPECT_EQ_MSG(test, !!c->objs[0], context->lockable, "%s", context->name);
	}
	KUNIT_EXPECT_EQ(test, broken, 0U);
}

/* In an NMI the rest of the current block serves. */
static void an_nmi_uses_the_block_that_is_there(struct kunit *test)
{
	struct atomic_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	unsigned int i, broken = 0;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->region = region_replace(test, NULL);
	region_object(test, 8, GFP_KERNEL);
	atomic_contexts[NR_ATOMIC_CONTEXTS - 1].run(alloc_atomic, c);
	for (i = 0; i < MANY; i++)
		broken += !c->objs[i] || !all_are(c->objs[i], i + 1, 3000);
	KUNIT_EXPECT_EQ(test, broken, 0U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(many_objects_of_each_size, size_gen_params),
	KUNIT_CASE(objects_of_a_block_lie_side_by_side),
	KUNIT_CASE(the_border_of_a_block),
	KUNIT_CASE(an_object_larger_than_a_block),
	KUNIT_CASE(each_alignment),
	KUNIT_CASE(a_constant_alignment),
	KUNIT_CASE(nothing_asked_for),
	KUNIT_CASE(too_large_gives_null),
	KUNIT_CASE(the_limit),
	KUNIT_CASE(a_limit_under_a_block),
	KUNIT_CASE(aligned_under_a_limit),
	KUNIT_CASE_PARAM(zeroed_objects, size_gen_params),
	KUNIT_CASE(zeroed_objects_from_used_pages),
	KUNIT_CASE(copies),
	KUNIT_CASE(where_nobody_may_sleep),
	KUNIT_CASE(an_nmi_uses_the_block_that_is_there),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_region",
	.init = region_test_init,
	.exit = region_test_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
