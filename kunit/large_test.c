// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_large: objects over 32 KB, up to more than a segment. Powers of two have size classes,
 * other sizes have none.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include "fixture.h"
#include "heap/large.h"
#include "base/params.h"
#include "pages/reserve.h"

static const unsigned long sizes[] = {
	KSPAN_MAX_SMALL + 1, 40000, 40960, 40961, SZ_64K, 100000, SZ_128K, SZ_512K, SZ_1M - 1,
	SZ_1M, SZ_1M + 1, 3 * SZ_1M, SZ_4M, SZ_4M + 1, SZ_8M,
};

static void size_name(const unsigned long *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu bytes", *size);
}

KUNIT_ARRAY_PARAM(size, sizes, size_name);

static unsigned long size_of(struct kunit *test)
{
	return *(const unsigned long *)test->param_value;
}

static u8 *large(struct kunit *test, size_t size, gfp_t gfp)
{
	u8 *p = test_alloc(test, size, gfp);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static void expect_live(struct kunit *test, unsigned long n)
{
	struct class_stats sum;

	stats_total(test_heap(test), &sum);
	KUNIT_EXPECT_EQ(test, sum.in_use, n);
}

/* Objects without a class, and what they hold when this CPU keeps nothing. */
static void expect_large(struct kunit *test, unsigned long n, unsigned long bytes)
{
	struct class_stats st;

	test_drain(test);
	stats_of_class(test_heap(test), CLASS_LARGE, &st);
	KUNIT_EXPECT_EQ(test, st.in_use, n);
	KUNIT_EXPECT_EQ(test, st.held, bytes);
	expect_live(test, n);
}

static void expect_usable(struct kunit *test, u8 *p, size_t size)
{
	size_t usable = round_up(size, KSPAN_PAGE_SIZE), align = KSPAN_PAGE_SIZE;

	if (is_power_of_2(size))
		align = min_t(size_t, size, KSPAN_MAX_ALIGN);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, align));
	KUNIT_EXPECT_EQ(test, kspan_size(p), usable);
	KUNIT_EXPECT_TRUE(test, kspan_owns(p));
	KUNIT_EXPECT_TRUE(test, kspan_owns(p + usable - 1));
	memset(p, 0x5a, usable);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x5a, usable));
}

static void an_object_of_each_size(struct kunit *test)
{
	size_t size = size_of(test);
	u8 *p = large(test, size, GFP_KERNEL);

	expect_usable(test, p, size);
	expect_live(test, 1);
	kspan_free(p);
	expect_live(test, 0);
}

static void beyond_a_segment(struct kunit *test)
{
	size_t size = param_segment_bytes() + param_segment_bytes() / 2 + 12345;
	u8 *p = test_alloc(test, size, GFP_KERNEL | __GFP_NOWARN);

	if (!p)
		kunit_skip(test, "no memory for it");
	expect_usable(test, p, size);
	kspan_free(p);
	test_drain(test);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, test_span_of(p)->npages, 0U);
}

/* While the segment exists kspan owns the address, and reports a second free. */
static void a_second_free_after_the_span_went(struct kunit *test)
{
	u8 *p = large(test, 100000, GFP_KERNEL);

	kspan_free(p);
	test_drain(test);
	mheap_drain();
	KUNIT_EXPECT_TRUE(test, kspan_owns(p));
	test_report_begin("is not (a|the start of a live) kspan object");
	kspan_free((void *)test_hidden((unsigned long)p));
	KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)0);
	KUNIT_EXPECT_EQ(test, test_report_end(), 2UL);
	expect_live(test, 0);
}

/* An object of segment_mb does not fit into a segment: it gets an area of its own. */
static void exactly_a_segment(struct kunit *test)
{
	u8 *p = test_alloc(test, param_segment_bytes(), GFP_KERNEL | __GFP_NOWARN);

	if (!p)
		kunit_skip(test, "no memory for it");
	expect_usable(test, p, param_segment_bytes());
	kspan_free(p);
}

/* From a segment's fresh pages first, then from the same pages with the first object's bytes. */
static void zeroed_from_fresh_and_from_dirty_memory(struct kunit *test)
{
	size_t size = size_of(test), usable = round_up(size, KSPAN_PAGE_SIZE);
	unsigned int round, dirty = 0;
	u8 *p;

	for (round = 0; round < 3; round++) {
		p = large(test, size, GFP_KERNEL | __GFP_ZERO);
		kspan_size(p);
		dirty += !!memchr_inv(p, 0, usable);
		memset(p, 0xff, usable);
		kspan_free(p);
	}
	KUNIT_EXPECT_EQ(test, dirty, 0U);
}

static void pointers_into_it_are_refused(struct kunit *test)
{
	u8 *p = large(test, 100000, GFP_KERNEL), *q = large(test, SZ_128K, GFP_KERNEL);

	expect_live(test, 2);
	test_report_begin("points inside an object of ");
	kspan_free((void *)test_hidden((unsigned long)p + 8));
	kspan_free((void *)test_hidden((unsigned long)p + KSPAN_PAGE_SIZE));
	kspan_free((void *)test_hidden((unsigned long)p + 106496 - 1));
	kspan_free((void *)test_hidden((unsigned long)q + 8));
	kspan_free((void *)test_hidden((unsigned long)q + SZ_128K - 1));
	KUNIT_EXPECT_EQ(test, test_report_end(), 5UL);
	expect_live(test, 2);
	kspan_free(q);
	expect_large(test, 1, 106496);
	kspan_free(p);
	expect_large(test, 0, 0);
}

/* Until its pages are drained it is a double free; after that the address has no object. */
static void a_second_free_is_refused(struct kunit *test)
{
	u8 *p = large(test, 100000, GFP_KERNEL), *q = large(test, SZ_128K, GFP_KERNEL);

	kspan_free(p);
	kspan_free(q);
	test_report_begin("double free of|is not a kspan object");
	kspan_free((void *)test_hidden((unsigned long)p));
	kspan_free((void *)test_hidden((unsigned long)q));
	mheap_drain();
	kspan_free((void *)test_hidden((unsigned long)p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 3UL);
	expect_large(test, 0, 0);
}

static void too_large_gives_null(struct kunit *test)
{
	const size_t too_large[] = {
		SIZE_MAX, SIZE_MAX - 4096, (size_t)LONG_MAX + 1, LONG_MAX, LARGE_MAX_BYTES + 1,
		LARGE_MAX_BYTES, totalram_pages() * PAGE_SIZE * 4,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(too_large); i++)
		KUNIT_EXPECT_NULL(test, test_alloc(test, test_hidden(too_large[i]),
						   GFP_KERNEL | __GFP_NOWARN));
	expect_large(test, 0, 0);
}

static void atomic_from_the_reserve(struct kunit *test)
{
	unsigned long npages = min(param_reserve_pages() / 4, 5UL);
	void *p;

	if (!npages)
		kunit_skip(test, "reserve_kb=0");
	reserve_refill(GFP_KERNEL);
	p = test_alloc(test, npages * KSPAN_PAGE_SIZE, GFP_NOWAIT);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
	KUNIT_EXPECT_NULL(test, test_alloc(test, SZ_64M, GFP_NOWAIT | __GFP_NOWARN));
	expect_large(test, 0, 0);
}

static void natural_alignment(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, large_align(SZ_64K), (size_t)SZ_64K);
	KUNIT_EXPECT_EQ(test, large_align(SZ_4M), (size_t)SZ_4M);
	KUNIT_EXPECT_EQ(test, large_align(SZ_8M), (size_t)SZ_4M);
	KUNIT_EXPECT_EQ(test, large_align(SZ_64K + 1), (size_t)KSPAN_PAGE_SIZE);
}

#define LIVE		24
#define MAX_BYTES	SZ_512K

/* No two objects overlap: each is filled with a byte of its own. */
static void random_objects_keep_their_bytes(struct kunit *test)
{
	unsigned int step, i, broken = 0;
	size_t sizes[LIVE];
	u8 *objs[LIVE] = { };
	struct rnd_state rnd;

	test_seed(test, &rnd, 3000);
	for (step = 0; step < 400; step++) {
		i = test_random(&rnd, LIVE);
		if (objs[i]) {
			broken += !!memchr_inv(objs[i], i + 1, sizes[i]);
			kspan_free(objs[i]);
			objs[i] = NULL;
			continue;
		}
		sizes[i] = KSPAN_MAX_SMALL + 1 + test_random(&rnd, MAX_BYTES);
		objs[i] = large(test, sizes[i], GFP_KERNEL);
		memset(objs[i], i + 1, sizes[i]);
	}
	KUNIT_EXPECT_EQ(test, broken, 0U);
	test_free_many((void **)objs, LIVE);
	expect_large(test, 0, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(an_object_of_each_size, size_gen_params),
	KUNIT_CASE(beyond_a_segment),
	KUNIT_CASE(a_second_free_after_the_span_went),
	KUNIT_CASE(exactly_a_segment),
	KUNIT_CASE_PARAM(zeroed_from_fresh_and_from_dirty_memory, size_gen_params),
	KUNIT_CASE(pointers_into_it_are_refused),
	KUNIT_CASE(a_second_free_is_refused),
	KUNIT_CASE(too_large_gives_null),
	KUNIT_CASE(atomic_from_the_reserve),
	KUNIT_CASE(natural_alignment),
	KUNIT_CASE(random_objects_keep_their_bytes),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_large",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
