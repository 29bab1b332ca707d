// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_region_mark: what releases and resets free, what they keep, and which marks are refused.
 */
#include <linux/ktime.h>
#include "region_fixture.h"

static void release_frees_what_came_after(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	struct kspan_region_mark mark;
	u8 *before, *after;

	before = region_object(test, 100, GFP_KERNEL);
	memset(before, 1, 100);
	kspan_region_mark(region, &mark);
	after = region_object(test, 200, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &mark), 0);
	KUNIT_EXPECT_TRUE(test, all_are(before, 1, 100));
	KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), 104UL);
	KUNIT_EXPECT_PTR_EQ(test, region_object(test, 8, GFP_KERNEL), after);
}

#define DEPTH	12

/* Each level fills blocks, and one object has a block of its own. */
static void nested_marks_over_many_blocks(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	struct kspan_region_mark marks[DEPTH];
	unsigned long used[DEPTH];
	unsigned int i, broken = 0;
	u8 *objs[DEPTH], *large[DEPTH];

	for (i = 0; i < DEPTH; i++) {
		used[i] = region_used(region_inside(test));
		kspan_region_mark(region, &marks[i]);
		objs[i] = region_object(test, TEST_BLOCK / 2 + 8, GFP_KERNEL);
		memset(objs[i], i + 1, TEST_BLOCK / 2 + 8);
		large[i] = region_object(test, TEST_BLOCK + 8, GFP_KERNEL);
		memset(large[i], i + 1, TEST_BLOCK + 8);
	}
	while (i--) {
		broken += !all_are(objs[i], i + 1, TEST_BLOCK / 2 + 8);
		broken += !all_are(large[i], i + 1, TEST_BLOCK + 8);
		KUNIT_EXPECT_EQ(test, kspan_region_release(region, &marks[i]), 0);
		KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), used[i]);
	}
	KUNIT_EXPECT_EQ(test, broken, 0U);
	KUNIT_EXPECT_EQ(test, region_spares(test), 2UL * DEPTH);
}

static void expect_refused(struct kunit *test, const struct kspan_region_mark *mark)
{
	int err;

	test_report_begin("bad release: the mark is not the innermost of region kunit");
	err = kspan_region_release(test_region(test), mark);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
}

static void out_of_order_is_refused_and_loses_nothing(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	struct kspan_region_mark outer, inner;
	u8 *p, *q;

	kspan_region_mark(region, &outer);
	p = region_object(test, 1000, GFP_KERNEL);
	memset(p, 1, 1000);
	kspan_region_mark(region, &inner);
	q = region_object(test, 2 * TEST_BLOCK, GFP_KERNEL);
	memset(q, 2, 2 * TEST_BLOCK);
	expect_refused(test, &outer);
	KUNIT_EXPECT_TRUE(test, all_are(p, 1, 1000));
	KUNIT_EXPECT_TRUE(test, all_are(q, 2, 2 * TEST_BLOCK));
	KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), 1000UL + 2 * TEST_BLOCK);
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &inner), 0);
	expect_refused(test, &inner);
	KUNIT_EXPECT_TRUE(test, all_are(p, 1, 1000));
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &outer), 0);
	expect_refused(test, &outer);
	KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), 0UL);
}

static void marks_that_are_none_are_refused(struct kunit *test)
{
	struct kspan_region *region = test_region(test), *other;
	struct kspan_region_mark mark = { }, old;

	expect_refused(test, &mark);
	kspan_region_mark(region, &old);
	kspan_region_reset(region);
	expect_refused(test, &old);
	kspan_region_mark(region, &mark);
	expect_refused(test, &old);
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &mark), 0);
	other = kspan_region_create("kunit other", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	kspan_region_mark(other, &old);
	kspan_region_mark(region, &mark);
	expect_refused(test, &old);
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &mark), 0);
	kspan_region_destroy(other);
}

/* The same blocks serve each round, also those of objects larger than a block. */
static void reset_keeps_the_blocks(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	unsigned long held = 0, blocks = 0;
	unsigned int round, i;
	u8 *first = NULL, *p;

	for (round = 0; round < 4; round++) {
		p = region_object(test, 8, GFP_KERNEL);
		for (i = 0; i < 100; i++)
			region_object(test, 5000, GFP_KERNEL);
		region_object(test, 5 * TEST_BLOCK, GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, !round || p == first);
		KUNIT_EXPECT_TRUE(test, !round || held == region_held(test));
		KUNIT_EXPECT_TRUE(test, !round || blocks == region_blocks(test));
		held = region_held(test);
		blocks = region_blocks(test);
		first = p;
		kspan_region_reset(region);
		KUNIT_EXPECT_EQ(test, region_used(region_inside(test)), 0UL);
		KUNIT_EXPECT_EQ(test, region_spares(test), blocks);
	}
	KUNIT_EXPECT_EQ(test, region_inside(test)->peak, 500008UL + 5 * TEST_BLOCK);
}

/* The peak is right also in a region with large objects only. */
static void the_peak_of_large_objects(struct kunit *test)
{
	region_object(test, 5 * TEST_BLOCK, GFP_KERNEL);
	kspan_region_reset(test_region(test));
	KUNIT_EXPECT_EQ(test, region_inside(test)->peak, 5UL * TEST_BLOCK);
}

/* Each object is larger than the last: blocks that have become too small are freed. */
static void blocks_of_large_objects_do_not_pile_up(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	unsigned int i;

	for (i = 2; i < 12; i++) {
		region_object(test, i * TEST_BLOCK, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, region_held(test), (unsigned long)i * TEST_BLOCK);
		kspan_region_reset(region);
	}
}

/* KASAN allows access to exactly the bytes that were handed out. */
static void kasan_knows_what_is_handed_out(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	struct kspan_region_mark mark;
	u8 *p, *q;

	if (!KSPAN_KASAN)
		kunit_skip(test, "this kernel checks no accesses");
	p = region_object(test, 13, GFP_KERNEL);
	kspan_region_mark(region, &mark);
	q = region_object(test, TEST_BLOCK + 16, GFP_KERNEL);
	region_object(test, 24, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, test_shadow(p), 0);
	KUNIT_EXPECT_EQ(test, test_shadow(p + 8), 5);
	KUNIT_EXPECT_EQ(test, test_shadow(p + 32), 0);
	KUNIT_EXPECT_LT(test, test_shadow(p + 40), 0);
	KUNIT_EXPECT_EQ(test, test_shadow(q + TEST_BLOCK + 8), 0);
	KUNIT_EXPECT_LT(test, test_shadow(q + TEST_BLOCK + 16), 0);
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &mark), 0);
	KUNIT_EXPECT_EQ(test, test_shadow(p + 8), 5);
	KUNIT_EXPECT_LT(test, test_shadow(p + 16), 0);
	KUNIT_EXPECT_LT(test, test_shadow(q), 0);
	kspan_region_reset(region);
	KUNIT_EXPECT_LT(test, test_shadow(p), 0);
}

/* In user-mode Linux a page may take a mapping of the host's, of which a process has few. */
#define MUCH		(IS_ENABLED(CONFIG_UML) ? SZ_128M : SZ_1G)
#define RESETS		5

/* Return: how long it took, or 0 if there was no memory for it. */
static u64 fill_much_ns(struct kspan_region *region)
{
	u64 ns = ktime_get_ns();
	unsigned long bytes;
	void *p;

	for (bytes = 0; bytes < MUCH; bytes += SZ_64K) {
		p = kspan_region_alloc(region, SZ_64K, GFP_KERNEL | __GFP_NOWARN);
		if (!p)
			return 0;
		memset(p, 1, SZ_64K);
	}
	return ktime_get_ns() - ns;
}

static u64 reset_ns(struct kspan_region *region)
{
	u64 ns = ktime_get_ns();

	kspan_region_reset(region);
	return ktime_get_ns() - ns;
}

/*
 * The time of a reset depends on the number of blocks, not on the bytes in them: it is little
 * against the time that this machine needs to write the bytes. The shortest of several counts, as
 * another task may interrupt some.
 */
static void reset_of_much(struct kunit *test)
{
	u64 fill, fastest_fill = U64_MAX, fastest_reset = U64_MAX;
	struct kspan_region *region;
	unsigned int i;

	if (KSPAN_KASAN || want_init_on_free())
		kunit_skip(test, "this kernel touches each byte that is freed");
	if (si_mem_available() * PAGE_SIZE < MUCH + SZ_256M)
		kunit_skip(test, "no memory for it");
	region = region_replace(test, NULL);
	for (i = 0; i < RESETS; i++) {
		fill = fill_much_ns(region);
		if (!fill)
			kunit_skip(test, "no memory for it");
		fastest_fill = min(fastest_fill, fill);
		fastest_reset = min(fastest_reset, reset_ns(region));
	}
	kunit_info(test, "%lu bytes written in %llu ns, reset in %llu ns\n", MUCH + 0UL,
		   fastest_fill, fastest_reset);
	KUNIT_EXPECT_LT(test, fastest_reset, fastest_fill / 100);
}

#define MODEL_OBJECTS	400
#define MODEL_MARKS	10

/**
 * struct model - the expected contents of a region
 * @objs: the objects, oldest first; each is filled with its index
 * @sizes: their sizes
 * @nr: number of objects
 * @marks: marks not yet released, oldest first
 * @nr_at: number of objects when each mark was made
 * @nr_marks: number of marks
 * @broken: number of errors found
 */
struct model {
	u8 *objs[MODEL_OBJECTS];
	size_t sizes[MODEL_OBJECTS];
	unsigned int nr;
	struct kspan_region_mark marks[MODEL_MARKS];
	unsigned int nr_at[MODEL_MARKS];
	unsigned int nr_marks;
	unsigned int broken;
};

static void model_check_from(struct model *m, unsigned int first)
{
	unsigned int i;

	for (i = first; i < m->nr; i++)
		m->broken += !all_are(m->objs[i], (u8)i, m->sizes[i]);
}

static size_t random_size(struct rnd_state *rnd)
{
	switch (test_random(rnd, 20)) {
	case 0:
		return 1 + test_random(rnd, 2 * TEST_BLOCK);
	case 1:
	case 2:
		return 1 + test_random(rnd, TEST_BLOCK);
	}
	return 1 + test_random(rnd, 3000);
}

static void model_alloc(struct kunit *test, struct model *m, struct rnd_state *rnd)
{
	size_t size = random_size(rnd), align = test_random(rnd, 4) ? 8 : 1 << test_random(rnd, 15);
	gfp_t gfp = test_random(rnd, 2) ? GFP_KERNEL : GFP_KERNEL | __GFP_ZERO;
	u8 *p;

	if (m->nr == MODEL_OBJECTS)
		return;
	if (align == 8)
		p = kspan_region_alloc(test_region(test), size, gfp);
	else
		p = kspan_region_alloc_aligned(test_region(test), size, align, gfp);
	KUNIT_ASSERT_NOT_NULL(test, p);
	m->broken += !IS_ALIGNED((unsigned long)p, max_t(size_t, align, 8));
	m->broken += (gfp & __GFP_ZERO) && !all_are(p, 0, size);
	memset(p, (u8)m->nr, size);
	m->sizes[m->nr] = size;
	m->objs[m->nr++] = p;
}

static void model_mark(struct kunit *test, struct model *m)
{
	if (m->nr_marks == MODEL_MARKS)
		return;
	kspan_region_mark(test_region(test), &m->marks[m->nr_marks]);
	m->nr_at[m->nr_marks++] = m->nr;
}

static void model_release(struct kunit *test, struct model *m)
{
	if (!m->nr_marks)
		return;
	m->nr_marks--;
	model_check_from(m, m->nr_at[m->nr_marks]);
	m->nr = m->nr_at[m->nr_marks];
	m->broken += !!kspan_region_release(test_region(test), &m->marks[m->nr_marks]);
}

static void model_reset(struct kunit *test, struct model *m)
{
	model_check_from(m, 0);
	kspan_region_reset(test_region(test));
	m->nr = 0;
	m->nr_marks = 0;
}

static void random_steps_beside_a_model(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int step, dice;

	KUNIT_ASSERT_NOT_NULL(test, m);
	test_seed(test, &rnd, 7000);
	for (step = 0; step < 6000; step++) {
		dice = test_random(&rnd, 200);
		if (!dice)
			model_reset(test, m);
		else if (dice < 12)
			model_mark(test, m);
		else if (dice < 20)
			model_release(test, m);
		else
			model_alloc(test, m, &rnd);
	}
	model_check_from(m, 0);
	KUNIT_EXPECT_EQ(test, m->broken, 0U);
	KUNIT_EXPECT_EQ(test, region_inside(test)->nr_marks, (unsigned long)m->nr_marks);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(release_frees_what_came_after),
	KUNIT_CASE(nested_marks_over_many_blocks),
	KUNIT_CASE(out_of_order_is_refused_and_loses_nothing),
	KUNIT_CASE(marks_that_are_none_are_refused),
	KUNIT_CASE(reset_keeps_the_blocks),
	KUNIT_CASE(the_peak_of_large_objects),
	KUNIT_CASE(blocks_of_large_objects_do_not_pile_up),
	KUNIT_CASE(kasan_knows_what_is_handed_out),
	KUNIT_CASE(reset_of_much),
	KUNIT_CASE(random_steps_beside_a_model),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_region_mark",
	.init = region_test_init,
	.exit = region_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
