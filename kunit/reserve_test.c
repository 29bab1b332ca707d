// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_reserve: the pages set aside for callers that may not sleep. The worker is paused, so that
 * only the tests fill and drop the reserve; one test resumes it.
 */
#include <linux/sizes.h>
#include "fixture.h"
#include "base/params.h"
#include "pages/reserve.h"
#include "upkeep/scavenge.h"

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
	return reserve_alloc_span(&test_heap(test)->owner, test_place(), CLASS_LARGE, npages, align,
				  GFP_NOWAIT);
}

static void spans_free(struct mspan **spans, unsigned int n)
{
	while (n--)
		mheap_free_large(spans[n]);
}

static void it_is_filled_and_dropped(struct kunit *test)
{
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
	KUNIT_EXPECT_LE(test, reserve_pages(), 2 * param_reserve_pages() + 64);
	reserve_drop();
	KUNIT_EXPECT_EQ(test, reserve_pages(), 0UL);
	reserve_drop();
	KUNIT_EXPECT_EQ(test, reserve_pages(), 0UL);
}

/* Return: free pages of all segments. */
static unsigned long free_pages_now(void)
{
	struct segment *seg;
	unsigned long n = 0;

	mutex_lock(&mheap.lock);
	for (seg = arenas_first(); seg; seg = arenas_next(seg))
		n += seg->free_pages;
	mutex_unlock(&mheap.lock);
	return n;
}

static void dropping_gives_the_pages_back(struct kunit *test)
{
	unsigned long before;

	reserve_refill(GFP_KERNEL);	/* makes the segments, before pages are counted */
	reserve_drop();
	before = free_pages_now();
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, free_pages_now() + reserve_pages(), before);
	reserve_drop();
	KUNIT_EXPECT_EQ(test, free_pages_now(), before);
}

/* Spans of one page use the reserve up, the pagemap finds each; then NULL. */
static void it_is_used_up(struct kunit *test)
{
	struct mspan **spans = (struct mspan **)test_pointers(test, MAX_SPANS);
	unsigned int n = 0, i, lost = 0;
	unsigned long pages;

	reserve_refill(GFP_KERNEL);
	pages = reserve_pages();
	while (n < MAX_SPANS && (spans[n] = span_new(test, 1, 1)))
		n++;
	KUNIT_EXPECT_EQ(test, (unsigned long)n, min_t(unsigned long, pages, MAX_SPANS));
	KUNIT_EXPECT_EQ(test, reserve_pages(), pages - n);
	for (i = 0; i < n; i++)
		lost += test_span_of((void *)spans[i]->base) != spans[i];
	KUNIT_EXPECT_EQ(test, lost, 0U);
	spans_free(spans, n);
}

/* A run that is cut in the middle leaves both ends in the reserve. */
static void spans_are_aligned(struct kunit *test)
{
	unsigned long align, pages, last, run = max(16UL, param_reserve_pages() / 16);
	struct mspan *span, *spans[4];
	unsigned int n = 0;

	reserve_drop();
	reserve_refill(GFP_KERNEL);
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
}

static void what_no_run_holds_gives_null(struct kunit *test)
{
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, span_new(test, 2 * reserve_pages() + 1000, 1));
	KUNIT_EXPECT_NULL(test, span_new(test, 1, 1UL << 30));
}

/*
 * Aligned cuts leave short runs, until the reserve has no place for another run. A refill gives
 * them back and takes long ones.
 */
static void crumbs_are_swept_up(struct kunit *test)
{
	struct mspan **spans = (struct mspan **)test_pointers(test, MAX_SPANS);
	unsigned int n = 0, round;

	for (round = 0; round < 8 && n < MAX_SPANS - 64; round++) {
		reserve_refill(GFP_KERNEL);
		while (n < MAX_SPANS && (spans[n] = span_new(test, 3, 4)))
			n++;
	}
	KUNIT_EXPECT_GT(test, n, 8U);
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
	spans[n] = span_new(test, 16, 1);
	KUNIT_EXPECT_NOT_NULL(test, spans[n]);
	spans_free(spans, n + !!spans[n]);
}

static unsigned long target_pages(void)
{
	return reserve_target_bytes() >> KSPAN_PAGE_SHIFT;
}

/* Spans of one page, whether there are so many or not. Return: how many there were. */
static unsigned int ask_for(struct kunit *test, struct mspan **spans, unsigned int n)
{
	unsigned int i, got = 0;

	for (i = 0; i < n; i++) {
		spans[got] = span_new(test, 1, 1);
		got += !!spans[got];
	}
	return got;
}

/*
 * A burst that is served is no reason to grow. One that is not makes it as large as the burst, what
 * a refill in the middle of the burst could add among it.
 */
static void it_grows_to_what_was_asked_for(struct kunit *test)
{
	struct mspan **spans = (struct mspan **)test_pointers(test, MAX_SPANS);
	unsigned int base, n, got;

	reserve_trim();
	reserve_refill(GFP_KERNEL);
	reserve_look();
	base = target_pages();
	if (base > MAX_SPANS / 16)
		kunit_skip(test, "reserve_kb is too large");
	n = ask_for(test, spans, base / 2);
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, target_pages(), (unsigned long)base);
	n += ask_for(test, spans + n, base);
	got = n;
	n += ask_for(test, spans + n, 5 * base);
	KUNIT_EXPECT_EQ(test, n, got);
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_GE(test, target_pages(), base / 2 + 6UL * base);
	KUNIT_EXPECT_GE(test, reserve_pages(), target_pages());
	KUNIT_EXPECT_EQ(test, ask_for(test, spans + n, 6 * base), 6 * base);
	spans_free(spans, n + 6 * base);
}

/* What of it is not needed goes back by halves, and a trim takes all of it. */
static void it_shrinks_when_it_is_not_needed(struct kunit *test)
{
	struct mspan **spans = (struct mspan **)test_pointers(test, MAX_SPANS);
	unsigned long base, grown;
	unsigned int n, looks;

	reserve_trim();
	reserve_refill(GFP_KERNEL);
	base = target_pages();
	if (base > MAX_SPANS / 16)
		kunit_skip(test, "reserve_kb is too large");
	n = ask_for(test, spans, 4 * base);
	reserve_refill(GFP_KERNEL);
	spans_free(spans, n);
	grown = target_pages();
	KUNIT_EXPECT_GT(test, grown, base);
	reserve_look();
	KUNIT_EXPECT_EQ(test, target_pages(), grown);
	for (looks = 0; looks < 200 && !reserve_is_settled(); looks++)
		reserve_look();
	KUNIT_EXPECT_GT(test, looks, 8U);
	KUNIT_EXPECT_TRUE(test, reserve_is_settled());
	KUNIT_EXPECT_EQ(test, reserve_pages(), base);
	n = ask_for(test, spans, 4 * base);
	reserve_refill(GFP_KERNEL);
	spans_free(spans, n);
	KUNIT_EXPECT_GT(test, target_pages(), base);
	reserve_trim();
	KUNIT_EXPECT_EQ(test, reserve_pages(), base);
}

/*
 * A refill adds whole runs, and one that began before a trim fills to the old size. The worker does
 * not rest before either is given back.
 */
static void what_a_refill_adds_too_much_goes_back(struct kunit *test)
{
	struct mspan *span;
	unsigned long base;

	reserve_trim();
	reserve_refill(GFP_KERNEL);
	reserve_look();
	base = target_pages();
	KUNIT_EXPECT_EQ(test, reserve_pages(), base);
	span = span_new(test, 1, 1);
	KUNIT_ASSERT_NOT_NULL(test, span);
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_GT(test, reserve_pages(), base);
	KUNIT_EXPECT_FALSE(test, reserve_is_settled());
	reserve_look();
	KUNIT_EXPECT_EQ(test, reserve_pages(), base);
	KUNIT_EXPECT_TRUE(test, reserve_is_settled());
	mheap_free_large(span);
}

/* Add a segment as it is made where memory is short. */
static void add_small_segment(struct kunit *test)
{
	struct segment *seg = segment_create(SZ_256K, SZ_256K, NUMA_NO_NODE, GFP_KERNEL);
	struct arena *arena = seg ? arena_create(1, false, seg, GFP_KERNEL) : NULL;
	struct pagemap_spare maps = { };
	bool filled;

	KUNIT_ASSERT_NOT_NULL(test, seg);
	KUNIT_ASSERT_NOT_NULL(test, arena);
	filled = pagemap_spare_alloc(&maps, seg->granules, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, filled);
	mutex_lock(&mheap.lock);
	pagemap_add_maps(seg->base, seg->npages, &maps);
	arenas_insert(seg, &arena);
	mutex_unlock(&mheap.lock);
	pagemap_spare_free(&maps);
	if (arena)
		arena_destroy(arena);
}

/* What lies in a small segment moves to the one that has room for all of it. */
static void it_is_packed_into_a_whole_segment(struct kunit *test)
{
	unsigned long small;

	if (param_reserve_pages() > (param_segment_bytes() >> KSPAN_PAGE_SHIFT) - 64)
		kunit_skip(test, "reserve_kb is too large for a segment");
	if (place_by_node)
		kunit_skip(test, "each node has a reserve");
	reserve_trim();
	reserve_drop();
	mheap_drain();
	arenas_return(0);
	KUNIT_ASSERT_EQ(test, READ_ONCE(mheap.nr_segments), 0UL);
	add_small_segment(test);
	reserve_refill(GFP_NOWAIT);
	small = reserve_pages();
	KUNIT_EXPECT_GT(test, small, 0UL);
	KUNIT_EXPECT_LT(test, small, param_reserve_pages());
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.nr_segments), 2UL);
	reserve_pack();
	arenas_return(0);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.nr_segments), 1UL);
	KUNIT_EXPECT_EQ(test, READ_ONCE(mheap.arena_bytes), param_segment_bytes());
	KUNIT_EXPECT_GE(test, reserve_pages(), param_reserve_pages());
}

static bool reserve_is_full(void *unused)
{
	return reserve_pages() >= param_reserve_pages();
}

/* An allocation from the reserve makes the worker fill it again. */
static void the_worker_fills_it(struct kunit *test)
{
	struct mspan *span;

	reserve_refill(GFP_KERNEL);
	span = span_new(test, 5, 1);
	KUNIT_ASSERT_NOT_NULL(test, span);
	reserve_drop();
	scavenge_resume();
	KUNIT_EXPECT_TRUE(test, test_wait(reserve_is_full, NULL));
	scavenge_pause();
	mheap_free_large(span);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(it_is_filled_and_dropped),
	KUNIT_CASE(dropping_gives_the_pages_back),
	KUNIT_CASE(it_is_used_up),
	KUNIT_CASE(spans_are_aligned),
	KUNIT_CASE(what_no_run_holds_gives_null),
	KUNIT_CASE(crumbs_are_swept_up),
	KUNIT_CASE(it_grows_to_what_was_asked_for),
	KUNIT_CASE(it_shrinks_when_it_is_not_needed),
	KUNIT_CASE(what_a_refill_adds_too_much_goes_back),
	KUNIT_CASE(it_is_packed_into_a_whole_segment),
	KUNIT_CASE(the_worker_fills_it),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_reserve",
	.init = reserve_test_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
