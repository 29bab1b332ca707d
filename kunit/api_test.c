// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_api: allocating, freeing and asking, as kspan.h promises.
 */
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include "api_fixture.h"
#include "pages/object.h"

static void each_size(struct kunit *test)
{
	const size_t *size;
	u8 *p;

	for (size = api_sizes; *size; size++) {
		p = kspan_alloc(*size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, kspan_owns(p));
		KUNIT_EXPECT_TRUE(test, kspan_owns(p + *size - 1));
		KUNIT_EXPECT_GE(test, kspan_size(p), *size);
		KUNIT_EXPECT_EQ(test, kspan_size(p), kspan_size_roundup(*size));
		if (is_power_of_2(*size) && *size <= KSPAN_MAX_ALIGN)
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, *size));
		memset(p, 0xc3, *size);
		kspan_free(p);
	}
}

static void nothing_to_allocate_or_free(struct kunit *test)
{
	size_t zero = test_hidden(0);

	KUNIT_EXPECT_PTR_EQ(test, kspan_alloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kspan_alloc(zero, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kspan_zalloc(zero, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kspan_alloc_array(zero, 8, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kspan_calloc(8, zero, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kspan_alloc_aligned(zero, 64, GFP_KERNEL), ZERO_SIZE_PTR);
	kspan_free(NULL);
	kspan_free(ZERO_SIZE_PTR);
	kspan_free_sized(NULL, 5);
	kspan_free_sized(ZERO_SIZE_PTR, 0);
	kspan_free_sensitive(NULL);
	kspan_free_sensitive(ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, kspan_size(NULL), (size_t)0);
	KUNIT_EXPECT_EQ(test, kspan_size(ZERO_SIZE_PTR), (size_t)0);
	KUNIT_EXPECT_FALSE(test, kspan_owns(NULL));
	KUNIT_EXPECT_FALSE(test, kspan_owns(ZERO_SIZE_PTR));
}

/* The compiler finds the class of a constant size: it must be the one found at run time. */
static __always_inline void expect_constant(struct kunit *test, size_t size)
{
	void *p = kspan_alloc(size, GFP_KERNEL), *q = kspan_alloc(test_hidden(size), GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, kspan_size(p), kspan_size(q));
	kspan_free(p);
	kspan_free(q);
}

static void constant_small_sizes(struct kunit *test)
{
	expect_constant(test, 1);
	expect_constant(test, 8);
	expect_constant(test, 15);
	expect_constant(test, 16);
	expect_constant(test, 100);
	expect_constant(test, 1024);
}

static void constant_big_sizes(struct kunit *test)
{
	expect_constant(test, 1025);
	expect_constant(test, 5000);
	expect_constant(test, 32768);
	expect_constant(test, 32769);
}

/* All bytes that kspan_size() counts are zeroed, also in memory that was used before. */
static void zeroed_memory(struct kunit *test)
{
	unsigned int round, dirty = 0;
	const size_t *size;
	u8 *p;

	for (round = 0; round < 3; round++) {
		for (size = api_sizes; *size; size++) {
			p = round % 2 ? kspan_calloc(1, *size, GFP_KERNEL) :
					kspan_zalloc(*size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p);
			dirty += !!memchr_inv(p, 0, kspan_size(p));
			memset(p, 0xff, kspan_size(p));
			kspan_free(p);
		}
	}
	KUNIT_EXPECT_EQ(test, dirty, 0U);
}

static void arrays_that_overflow(struct kunit *test)
{
	size_t half = test_hidden(SIZE_MAX / 2 + 1), n = test_hidden(SIZE_MAX / 8 + 1);
	void *p;

	KUNIT_EXPECT_NULL(test, kspan_alloc_array(half, 2, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_alloc_array(2, half, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_calloc(n, 8, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_alloc(half, GFP_KERNEL | __GFP_NOWARN));
	p = kspan_alloc_array(7, 9, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)64);
	kspan_free(p);
}

static void roundup_is_what_one_gets(struct kunit *test)
{
	size_t size, wrong = 0;
	void *p;

	for (size = 1; size < 140000; size += size < 1100 ? 1 : 501) {
		p = kspan_alloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		wrong += kspan_size(p) != kspan_size_roundup(size);
		kspan_free(p);
	}
	KUNIT_EXPECT_EQ(test, wrong, (size_t)0);
	KUNIT_EXPECT_EQ(test, kspan_size_roundup(0), (size_t)0);
	KUNIT_EXPECT_EQ(test, kspan_size_roundup(SIZE_MAX), (size_t)SIZE_MAX);
	KUNIT_EXPECT_EQ(test, kspan_size_roundup(SIZE_MAX - 5), (size_t)SIZE_MAX - 5);
}

static void expect_aligned(struct kunit *test, size_t size, size_t align)
{
	u8 *p = kspan_alloc_aligned(size, align, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED((unsigned long)p, align), "%zu aligned to %zu", size,
			      align);
	KUNIT_EXPECT_GE(test, kspan_size(p), size);
	memset(p, 0xd2, size);
	kspan_free(p);
}

static void aligned_memory(struct kunit *test)
{
	const size_t sizes[] = { 1, 3, 8, 20, 100, 720, 1500, 5000, 9000, 20000, 32768, 50000 };
	unsigned int i;
	size_t align;

	for (align = 1; align <= SZ_4M; align *= 2)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			expect_aligned(test, sizes[i], align);
	KUNIT_EXPECT_NULL(test, kspan_alloc_aligned(test_hidden(SIZE_MAX), 64,
						    GFP_KERNEL | __GFP_NOWARN));
	/* Each caller is told once, so that the expected report may be that of the free. */
	test_report_begin("unsupported gfp flags|is not a kspan object");
	KUNIT_EXPECT_NULL(test, kspan_alloc_aligned(64, 64, GFP_KERNEL | __GFP_HIGHMEM));
	kspan_free((void *)test_hidden((unsigned long)test));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
}

/* Each caller is told once. */
static void alignments_that_are_none(struct kunit *test)
{
	test_report_begin("unsupported alignment");
	KUNIT_EXPECT_NULL(test, kspan_alloc_aligned(64, 0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_alloc_aligned(64, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_alloc_aligned(64, 48, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kspan_alloc_aligned(64, SZ_8M, GFP_KERNEL));
	test_report_end();
}

/* Each is reported, and the memory there is left unchanged. */
static void foreign_pointers(struct kunit *test)
{
	void *slab = kunit_kzalloc(test, 64, GFP_KERNEL), *area = vmalloc(PAGE_SIZE);
	u64 local = 0x1234567887654321ULL;
	const unsigned long addrs[] = {
		24, 0x400000, 0x8000123456789000UL, -8UL, ~0UL, (unsigned long)slab,
		(unsigned long)area, (unsigned long)&local, (unsigned long)foreign_pointers,
	};
	unsigned int i;

	test_report_begin("is not a kspan object");
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		kspan_free((void *)test_hidden(addrs[i]));
	KUNIT_EXPECT_EQ(test, test_report_end(), ARRAY_SIZE(addrs));
	KUNIT_EXPECT_NULL(test, memchr_inv(slab, 0, 64));
	KUNIT_EXPECT_EQ(test, local, 0x1234567887654321ULL);
	vfree(area);
}

/* To ask for the size of a pointer frees nothing, so it is no bad free. */
static void sizes_of_what_is_no_object(struct kunit *test)
{
	void *slab = kunit_kzalloc(test, 64, GFP_KERNEL);
	unsigned long bad_frees = report_bad_frees();
	u8 *p = kspan_alloc(100, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	test_report_begin("bad pointer: .* is not the start of a live kspan object");
	KUNIT_EXPECT_EQ(test, kspan_size(slab), (size_t)0);
	KUNIT_EXPECT_EQ(test, kspan_size((void *)test_hidden((unsigned long)p + 8)), (size_t)0);
	KUNIT_EXPECT_EQ(test, test_report_end(), 2UL);
	KUNIT_EXPECT_EQ(test, report_bad_frees(), bad_frees);
	kspan_free(p);
}

static void pointers_into_an_object(struct kunit *test)
{
	static const size_t sizes[] = { 24, 64, 200, 1024, 1152, 6528, 32768 };
	unsigned int i;
	u8 *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kspan_alloc(sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		test_report_begin("points inside an object of size class");
		kspan_free((void *)test_hidden((unsigned long)p + 8));
		kspan_free((void *)test_hidden((unsigned long)p + sizes[i] - 1));
		KUNIT_EXPECT_EQ(test, test_report_end(), 2UL);
		kspan_free(p);
	}
}

/* Most classes have unused bytes at the end of a span, where an object could begin. */
static void pointers_behind_the_last_object(struct kunit *test)
{
	static const size_t sizes[] = { 24, 48, 96, 1152, 6528 };
	const struct size_class *sc;
	unsigned int i;
	u8 *p, *behind;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		sc = &size_classes[size_to_class(sizes[i])];
		KUNIT_ASSERT_GT(test, sc->npages * KSPAN_PAGE_SIZE % sc->size, 0UL);
		p = kspan_alloc(sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		behind = (u8 *)test_span_of(p)->base + sc->nr_objs * sc->size;
		test_report_begin("points behind the objects of size class");
		kspan_free((void *)test_hidden((unsigned long)behind));
		KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
		test_report_begin("is not the start of a live kspan object");
		KUNIT_EXPECT_EQ(test, kspan_size((void *)test_hidden((unsigned long)behind)), 0UL);
		KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
		kspan_free(p);
	}
}

#ifdef DEFINE_FREE
static void freed_at_the_end_of_a_scope(struct kunit *test)
{
	unsigned long live = api_live_objects();

	{
		void *p __free(kspan_free) = kspan_alloc(100, GFP_KERNEL);
		void *none __free(kspan_free) = NULL;

		KUNIT_EXPECT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, none);
		KUNIT_EXPECT_EQ(test, api_live_objects(), live + 1);
	}
	KUNIT_EXPECT_EQ(test, api_live_objects(), live);
}
#else
static void freed_at_the_end_of_a_scope(struct kunit *test)
{
	kunit_skip(test, "this kernel has no __free()");
}
#endif

static struct kunit_case cases[] = {
	KUNIT_CASE(each_size),
	KUNIT_CASE(nothing_to_allocate_or_free),
	KUNIT_CASE(constant_small_sizes),
	KUNIT_CASE(constant_big_sizes),
	KUNIT_CASE(zeroed_memory),
	KUNIT_CASE(arrays_that_overflow),
	KUNIT_CASE(roundup_is_what_one_gets),
	KUNIT_CASE(aligned_memory),
	KUNIT_CASE(alignments_that_are_none),
	KUNIT_CASE(foreign_pointers),
	KUNIT_CASE(sizes_of_what_is_no_object),
	KUNIT_CASE(pointers_into_an_object),
	KUNIT_CASE(pointers_behind_the_last_object),
	KUNIT_CASE(freed_at_the_end_of_a_scope),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_api",
	.init = api_test_init,
	.exit = api_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
