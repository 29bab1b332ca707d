// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_reserve: the pages set aside for callers that must not sleep. mheap.lock held keeps the
 * worker from filling it up while a test empties it.
 */
#include <linux/delay.h>
#include "fixture.h"
#include "params.h"
#include "reserve.h"

#define MAX_SPANS	4096

static int reserve_test_init(struct kunit *test)
{
	int err = test_heap_init(test);

	if (!err && !param_reserve_pages())
		kunit_skip(test, "reserve_kb=0");
	return err;
}

static struct mspan *span_new(struct kunit *test, unsigned long npages, unsigned long align)
{
	return reserve_alloc_span(test_heap(test), CLASS_LARGE, npages, align, GFP_NOWAIT);
}

static void spans_free(struct mspan **spans, unsigned int n)
{
	while (n--)
		mheap_free_large(spans[n]);
}

/* The worker may still have to fill it for a test before. */
static unsigned long pages_after_drop(void)
{
	unsigned int tries = 20;

	do {
		reserve_drop();
		if (!reserve_pages())
			return 0;
		msleep(20);
	} while (tries--);
	return reserve_pages();
}

static void it_is_filled_and_dropped(struct kunit *test)
{
	reserve_refill();
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
	KUNIT_EXPECT_LE(test, reserve_pages(), 2 * param_reserve_pages() + 64);
	KUNIT_EXPECT_EQ(test, pages_after_drop(), 0UL);
	KUNIT_EXPECT_EQ(test, pages_after_drop(), 0UL);
}

static void dropping_gives_the_pages_back(struct kunit *test)
{
	struct mspan *anchor = mheap_alloc_span(test_heap(test), CLASS_LARGE, 1, 1, GFP_KERNEL);
	unsigned long before, after;

	KUNIT_ASSERT_NOT_NULL(test, anchor);
	reserve_drop();
	mutex_lock(&mheap.lock);
	before = mheap.tree[1] + reserve_pages();
	mutex_unlock(&mheap.lock);
	reserve_refill();
	reserve_drop();
	mutex_lock(&mheap.lock);
	after = mheap.tree[1] + reserve_pages();
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_GE(test, after, before);
	mheap_free_large(anchor);
}

/* Page by page, each a span that is found, and then NULL. */
static void it_is_used_up(struct kunit *test)
{
	struct mspan **spans = (struct mspan **)test_pointers(test, MAX_SPANS);
	unsigned int n = 0, i, lost = 0;
	unsigned long pages;

	reserve_refill();
	mutex_lock(&mheap.lock);
	pages = reserve_pages();
	while (n < MAX_SPANS && (spans[n] = span_new(test, 1, 1)))
		n++;
	KUNIT_EXPECT_GE(test, (unsigned long)n, min_t(unsigned long, pages, MAX_SPANS));
	if (n < MAX_SPANS)
		KUNIT_EXPECT_EQ(test, reserve_pages(), 0UL);
	for (i = 0; i < n; i++)
		lost += test_span_of((void *)spans[i]->base) != spans[i];
	KUNIT_EXPECT_EQ(test, lost, 0U);
	spans_free(spans, n);
	mutex_unlock(&mheap.lock);
}

/* Where a run is cut in its midst, both ends stay. */
static void spans_are_aligned(struct kunit *test)
{
	unsigned long align, pages, last, run = max(16UL, param_reserve_pages() / 16);
	struct mspan *span, *spans[4];
	unsigned int n = 0;

	reserve_drop();
	reserve_refill();
	mutex_lock(&mheap.lock);
	for (align = 1; align <= 8 && 2 * align <= run; align *= 2) {
		pages = reserve_pages();
		span = span_new(test, align, align);
		last = reserve_pages();
		KUNIT_EXPECT_NOT_NULL(test, span);
		if (!span)
			break;
		spans[n++] = span;
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(span->base, align * KSPAN_PAGE_SIZE));
		KUNIT_EXPECT_EQ(test, pages - last, align);
	}
	spans_free(spans, n);
	mutex_unlock(&mheap.lock);
}

static void what_no_run_holds_gives_null(struct kunit *test)
{
	reserve_refill();
	KUNIT_EXPECT_NULL(test, span_new(test, 2 * reserve_pages() + 1000, 1));
	KUNIT_EXPECT_NULL(test, span_new(test, 1, 1UL << 30));
}

/*
 * Aligned cuts leave crumbs until no place for another run is left; a refill sees to it that there
 * are whole runs again.
 */
static void crumbs_are_swept_up(struct kunit *test)
{
	struct mspan **spans = (struct mspan **)test_pointers(test, MAX_SPANS);
	unsigned int n = 0, round;

	for (round = 0; round < 8 && n < MAX_SPANS - 64; round++) {
		reserve_refill();
		while (n < MAX_SPANS && (spans[n] = span_new(test, 3, 4)))
			n++;
	}
	KUNIT_EXPECT_GT(test, n, 8U);
	reserve_refill();
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
	spans[n] = span_new(test, 16, 1);
	KUNIT_EXPECT_NOT_NULL(test, spans[n]);
	spans_free(spans, n + !!spans[n]);
}

/* Whoever used it has it filled again without asking. */
static void the_worker_fills_it(struct kunit *test)
{
	struct mspan *span;
	unsigned int i;

	reserve_refill();
	span = span_new(test, 5, 1);
	KUNIT_ASSERT_NOT_NULL(test, span);
	for (i = 0; i < 100 && reserve_pages() < param_reserve_pages(); i++)
		msleep(20);
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
	mheap_free_large(span);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(it_is_filled_and_dropped),
	KUNIT_CASE(dropping_gives_the_pages_back),
	KUNIT_CASE(it_is_used_up),
	KUNIT_CASE(spans_are_aligned),
	KUNIT_CASE(what_no_run_holds_gives_null),
	KUNIT_CASE(crumbs_are_swept_up),
	KUNIT_CASE(the_worker_fills_it),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_reserve",
	.init = reserve_test_init,
	.exit = test_heap_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
