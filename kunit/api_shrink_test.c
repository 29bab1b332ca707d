// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_api_shrink: what a large object holds after kspan_realloc() made it smaller, and where it
 * is after that made it larger. The tests are skipped while another client has live objects.
 */
#include <linux/sizes.h>
#include "api_fixture.h"
#include "base/params.h"
#include "contexts.h"

#define QUIET	(GFP_KERNEL | __GFP_NOWARN)

static int shrink_test_init(struct kunit *test)
{
	kspan_trim();
	if (api_live_objects())
		kunit_skip(test, "kspan is in use");
	return api_test_init(test);
}

/* A word in each 4 KB depends on its place, and so do the last bytes. */
static void fill(u8 *p, size_t size)
{
	size_t i;

	for (i = 0; i + sizeof(u64) <= size; i += SZ_4K)
		*(u64 *)(p + i) = i ^ 0x5a5a5a5a;
	p[size - 1] = 0x77;
}

static bool is_filled(const u8 *p, size_t size)
{
	size_t i;

	for (i = 0; i + sizeof(u64) <= size; i += SZ_4K)
		if (*(const u64 *)(p + i) != (i ^ 0x5a5a5a5a))
			return false;
	return true;
}

static u8 *object(struct kunit *test, size_t size)
{
	u8 *p = kspan_alloc(size, QUIET);

	if (!p)
		kunit_skip(test, "no memory for it");
	fill(p, size);
	return p;
}

static unsigned long pages_for(size_t size)
{
	return round_up(size, KSPAN_PAGE_SIZE) >> KSPAN_PAGE_SHIFT;
}

/* The default heap has one object: it holds its pages and nothing else. */
static void expect_holds(struct kunit *test, const u8 *p, size_t size)
{
	struct class_stats st;
	struct kspan_stats all;

	kspan_trim();
	kspan_get_stats(&all);
	KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)pages_for(size) << KSPAN_PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, all.live_objects, 1UL);
	KUNIT_EXPECT_EQ(test, all.held_bytes, (u64)pages_for(size) << KSPAN_PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&default_heap.owner.pages), (long)pages_for(size));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&default_heap.owner.charged_pages),
			(long)pages_for(size));
	stats_total(&default_heap, &st);
	KUNIT_EXPECT_EQ(test, st.held, pages_for(size) << KSPAN_PAGE_SHIFT);
}

struct shrink_case {
	size_t from;
	size_t to;
	bool in_place;		/* with segments of 2 MB */
};

static const struct shrink_case shrink_cases[] = {
	{ 100 << 10, 50 << 10, true },		/* pages of a shared segment */
	{ 100 << 10, 87 << 10, true },
	{ 1000 << 10, 40 << 10, true },
	{ 1000 << 10, 32 << 10, false },	/* small: it moves to a class */
	{ 40 << 10, 24 << 10, false },
	{ SZ_64K, 50 << 10, true },		/* an object of a class */
	{ SZ_1M, 600 << 10, true },
	{ 3 * SZ_1M, SZ_1M, false },		/* an area of its own */
	{ 40 * SZ_1M, 23 * SZ_1M, false },
};

static void case_name(const struct shrink_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "from %zu to %zu bytes", c->from, c->to);
}

KUNIT_ARRAY_PARAM(shrink, shrink_cases, case_name);

/* Whether an object has an area of its own, as where memory is short. */
static bool is_alone(const void *p)
{
	bool own;

	mutex_lock(&mheap.lock);
	own = arenas_find((unsigned long)p)->arena->own;
	mutex_unlock(&mheap.lock);
	return own;
}

static void holds_what_it_needs(struct kunit *test)
{
	const struct shrink_case *c = test->param_value;
	u8 *p = object(test, c->from), *q;

	if (c->in_place && is_alone(p)) {
		kspan_free(p);
		kunit_skip(test, "it is in no segment with others");
	}
	q = kspan_realloc(p, c->to, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	if (param_segment_bytes() == SZ_2M)
		KUNIT_EXPECT_EQ(test, q == p, c->in_place);
	KUNIT_EXPECT_TRUE(test, is_filled(q, c->to));
	if (c->to > KSPAN_MAX_SMALL)
		expect_holds(test, q, c->to);
	else
		KUNIT_EXPECT_EQ(test, kspan_size(q), kspan_size_roundup(c->to));
	kspan_free(q);
	kspan_trim();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.held_pages), 0L);
}

/* An area may need a page more than another, to begin where a page of kspan's does. */
static void the_areas_go_too(struct kunit *test)
{
	u8 *p = object(test, 40 * SZ_1M), *q;
	u64 before = READ_ONCE(mheap.arena_bytes), after;

	q = kspan_realloc(p, 23 * SZ_1M, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_PTR_NE(test, q, p);
	KUNIT_EXPECT_TRUE(test, is_filled(q, 23 * SZ_1M));
	kspan_trim();
	after = READ_ONCE(mheap.arena_bytes);
	KUNIT_EXPECT_LE(test, after, before - 17 * SZ_1M + KSPAN_PAGE_SIZE);
	kspan_free(q);
}

/* An eighth is not worth a copy, and less than a page cannot go. */
static void a_little_less_stays(struct kunit *test)
{
	u8 *p = object(test, 50 << 13), *q;

	q = kspan_realloc(p, 44 << 13, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	KUNIT_EXPECT_EQ(test, kspan_size(q), (size_t)50 << 13);
	q = kspan_realloc(q, (43 << 13) - 100, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	KUNIT_EXPECT_EQ(test, kspan_size(q), (size_t)43 << 13);
	kspan_free(q);
}

/* The pages behind it are nobody's until another object gets them. */
static void others_get_its_tail(struct kunit *test)
{
	u8 *p = object(test, 1000 << 10), *tail = p + (504 << 10), *q;

	q = kspan_realloc(p, 500 << 10, GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, q, p);
	KUNIT_EXPECT_PTR_EQ(test, test_span_of(tail), &ended_span);
	test_report_begin("is not a kspan object");
	kspan_free((void *)test_hidden((unsigned long)tail));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	q = kspan_zalloc(400 << 10, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0, 400 << 10));
	memset(q, 0xff, 400 << 10);
	KUNIT_EXPECT_TRUE(test, is_filled(p, 500 << 10));
	kspan_free(p);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0xff, 400 << 10));
	kspan_free(q);
}

/* The pages behind it are free, as it had them itself. */
static void it_grows_where_it_is(struct kunit *test)
{
	u8 *p = object(test, 400 << 10), *q;

	KUNIT_ASSERT_PTR_EQ(test, kspan_realloc(p, 200 << 10, GFP_KERNEL), (void *)p);
	memset(p, 0x33, 200 << 10);
	q = kspan_realloc(p, 400 << 10, GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0x33, 200 << 10));
	KUNIT_EXPECT_NULL(test, memchr_inv(q + (200 << 10), 0, 200 << 10));
	KUNIT_EXPECT_PTR_EQ(test, test_span_of(q + (400 << 10) - 1), test_span_of(q));
	expect_holds(test, q, 400 << 10);
	kspan_free(q);
}

/* What is behind it belongs to another object: it moves. */
static void it_does_not_grow_into_others(struct kunit *test)
{
	u8 *p = object(test, 400 << 10), *q, *other;

	KUNIT_ASSERT_PTR_EQ(test, kspan_realloc(p, 200 << 10, GFP_KERNEL), (void *)p);
	fill(p, 200 << 10);
	other = object(test, 200 << 10);
	q = kspan_realloc(p, 440 << 10, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	if (other == p + (200 << 10))
		KUNIT_EXPECT_PTR_NE(test, q, p);
	KUNIT_EXPECT_TRUE(test, is_filled(q, 200 << 10));
	KUNIT_EXPECT_TRUE(test, is_filled(other, 200 << 10));
	kspan_free(q);
	kspan_free(other);
}

/* Neither does a heap get more than its limit by that. */
static void growing_keeps_the_limit(struct kunit *test)
{
	struct kspan_heap_params params = { .limit = 400 << 10 };
	struct kspan_heap *heap = kspan_heap_create("kunit-grow", &params);
	void *p;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	p = kspan_heap_alloc(heap, 360 << 10, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, kspan_heap_realloc(heap, p, 480 << 10, GFP_KERNEL | __GFP_NOWARN));
	kspan_free(p);
	kspan_heap_destroy(heap);
}

static void zeroed_when_it_grows_again(struct kunit *test)
{
	const size_t sizes[] = { 1000 << 10, 300 << 10, 900 << 10, 5 << 20, 3 << 20, 4 << 20 };
	u8 *p = kspan_zalloc(1000 << 10, GFP_KERNEL);
	unsigned int i, dirty = 0;

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kspan_realloc(p, sizes[i], GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		dirty += i && sizes[i] > sizes[i - 1] &&
			 memchr_inv(p + sizes[i - 1], 0, sizes[i] - sizes[i - 1]);
		memset(p, 0xff, sizes[i]);
	}
	KUNIT_EXPECT_EQ(test, dirty, 0U);
	kspan_free(p);
}

/* In all of these the promise of a power of two holds. */
static void a_power_of_two_is_aligned(struct kunit *test)
{
	u8 *shift = object(test, 40000), *p;
	size_t size;

	for (size = SZ_64K; size <= SZ_2M; size *= 2) {
		p = object(test, 5 * size);
		p = kspan_realloc(p, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, size));
		KUNIT_EXPECT_TRUE(test, is_filled(p, size));
		kspan_free(p);
	}
	kspan_free(shift);
}

struct shrink {
	u8 *p;
	size_t to;
};

static void shrink_there(void *arg)
{
	struct shrink *s = arg;

	s->p = kspan_realloc(s->p, s->to, GFP_ATOMIC | __GFP_NOWARN);
}

/* Where nobody may sleep it stays as it is. */
static void where_nobody_may_sleep(struct kunit *test)
{
	u8 *p = object(test, 1000 << 10);
	struct shrink s = { .p = p, .to = 600 << 10 };
	unsigned int i;

	for (i = 0; i < NR_ATOMIC_CONTEXTS; i++) {
		atomic_contexts[i].run(shrink_there, &s);
		KUNIT_ASSERT_PTR_EQ(test, s.p, p);
		KUNIT_EXPECT_EQ(test, kspan_size(p), (size_t)1000 << 10);
	}
	KUNIT_EXPECT_TRUE(test, is_filled(p, 600 << 10));
	kspan_free(p);
}

/* Eight objects of a tenth of 33,000 KB: each has an area, which is no larger than it. */
static void large_objects_hold_what_they_need(struct kunit *test)
{
	const size_t size = 3300 << 10;
	u64 before = READ_ONCE(mheap.arena_bytes), bytes;
	unsigned int i;
	u8 *objs[8];

	for (i = 0; i < 8; i++) {
		objs[i] = kspan_alloc(size, QUIET);
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	}
	bytes = READ_ONCE(mheap.arena_bytes) - before;
	kunit_info(test, "8 objects of %zu bytes take %llu bytes", size, bytes);
	KUNIT_EXPECT_LE(test, bytes, 8 * size / 100 * 105);
	for (i = 0; i < 8; i++)
		kspan_free(objs[i]);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(holds_what_it_needs, shrink_gen_params),
	KUNIT_CASE(the_areas_go_too),
	KUNIT_CASE(a_little_less_stays),
	KUNIT_CASE(others_get_its_tail),
	KUNIT_CASE(it_grows_where_it_is),
	KUNIT_CASE(it_does_not_grow_into_others),
	KUNIT_CASE(growing_keeps_the_limit),
	KUNIT_CASE(zeroed_when_it_grows_again),
	KUNIT_CASE(a_power_of_two_is_aligned),
	KUNIT_CASE(where_nobody_may_sleep),
	KUNIT_CASE(large_objects_hold_what_they_need),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_api_shrink",
	.init = shrink_test_init,
	.exit = api_test_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
