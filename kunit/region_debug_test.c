// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_region_debug: regions in debug modes. Where KASAN is, it reports the accesses themselves.
 */
#include "region_fixture.h"
#include "base/letters.h"

#define SIZE	100U

/* A region of the modes that the test wants. Nothing is allocated from it yet. */
static int region_debug_init(struct kunit *test)
{
	int err;

	if (KSPAN_KASAN)
		kunit_skip(test, "the kernel checks each access");
	if (want_init_on_free())
		kunit_skip(test, "freed memory is zeroed");
	err = region_test_init(test);
	if (!err)
		region_inside(test)->debug.letters = DEBUG_LETTERS;
	return err;
}

/* The same address, which the compiler does not know the size of. */
static u8 *get(struct kunit *test, size_t size)
{
	return (u8 *)test_hidden((unsigned long)region_object(test, size, GFP_KERNEL));
}

/* All that is freed by @end is checked. */
static void expect_report(struct kunit *test, const char *text, void (*end)(struct kunit *test))
{
	unsigned long before = report_bad_frees();

	test_report_begin(text);
	end(test);
	test_report_end();
	KUNIT_EXPECT_EQ(test, report_bad_frees() - before, 1UL);
}

static void end_nothing(struct kunit *test, void (*end)(struct kunit *test))
{
	unsigned long before = report_bad_frees();

	end(test);
	KUNIT_EXPECT_EQ(test, report_bad_frees(), before);
}

static void reset(struct kunit *test)
{
	kspan_region_reset(test_region(test));
}

static void reset_and_fill(struct kunit *test)
{
	unsigned int i;

	reset(test);
	for (i = 0; i < 100; i++)
		get(test, SIZE);
}

static void reset_and_trim(struct kunit *test)
{
	reset(test);
	kspan_trim();
}

static const size_t sizes[] = { 1, 7, 8, 9, 64, 100, 4096, TEST_BLOCK - 500, 2 * TEST_BLOCK };

/* Who keeps to his size is not reported, in one block, in many, and in one of its own. */
static void nothing_wrong_nothing_said(struct kunit *test)
{
	unsigned int i, round;

	for (round = 0; round < 50; round++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			memset(get(test, sizes[i]), 1, sizes[i]);
	end_nothing(test, reset_and_fill);
	end_nothing(test, region_destroy);
}

/* By one byte, behind an object of each size, which is not the last one. */
static void a_write_past_the_end_is_found(struct kunit *test)
{
	unsigned int i;
	u8 *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		get(test, SIZE);
		p = get(test, sizes[i]);
		get(test, SIZE);
		p[sizes[i]] = 1;
		expect_report(test, "write past the end of .*, at byte .* in region", reset);
	}
}

/* Over the red zone itself: it cannot be told whose it was, but nothing else is believed of it. */
static void a_long_write_is_found(struct kunit *test)
{
	u8 *p = get(test, SIZE);

	memset(p, 0xff, SIZE + REGION_RED_BYTES);
	expect_report(test, "write past the end of .*, in region", reset);
}

/* A release checks what it frees, and what stays is checked later. */
static void a_release_checks_what_it_frees(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	unsigned long before = report_bad_frees();
	struct kspan_region_mark mark;
	u8 *kept = get(test, SIZE), *freed;

	kspan_region_mark(region, &mark);
	freed = get(test, SIZE);
	kept[SIZE] = 1;
	test_report_begin("write past the end");
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &mark), 0);
	KUNIT_EXPECT_EQ(test, report_bad_frees(), before);
	kspan_region_mark(region, &mark);
	KUNIT_EXPECT_PTR_EQ(test, get(test, SIZE), freed);
	freed[SIZE] = 1;
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &mark), 0);
	KUNIT_EXPECT_EQ(test, report_bad_frees(), before + 1);
	reset(test);
	test_report_end();
	KUNIT_EXPECT_EQ(test, report_bad_frees(), before + 2);
}

/* When the memory is used again, and when it goes back. */
static void a_write_after_release_is_found(struct kunit *test)
{
	u8 *p = get(test, SIZE);

	reset(test);
	p[SIZE / 2] = 1;
	expect_report(test, "write after release of .*, in region", reset_and_fill);
	reset(test);
	p[SIZE / 2] = 1;
	expect_report(test, "write after release of .*, in region", reset_and_trim);
}

static void memory_is_filled(struct kunit *test)
{
	u8 *p = get(test, SIZE);

	if (!want_init_on_alloc(0))
		KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0x5a, SIZE), (void *)NULL);
	reset(test);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0x6b, SIZE), (void *)NULL);
	p = region_object(test, SIZE, GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0, SIZE), (void *)NULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_wrong_nothing_said),
	KUNIT_CASE(a_write_past_the_end_is_found),
	KUNIT_CASE(a_long_write_is_found),
	KUNIT_CASE(a_release_checks_what_it_frees),
	KUNIT_CASE(a_write_after_release_is_found),
	KUNIT_CASE(memory_is_filled),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_region_debug",
	.init = region_debug_init,
	.exit = region_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
