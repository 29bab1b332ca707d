// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_region_trim: blocks without objects go back, also those of regions in use. The blocks of a
 * CPU's part grow with their number.
 */
#include <linux/kthread.h>
#include "region_fixture.h"

/* A per-CPU region begins with its entry in the list of regions. */
static struct region *part_of(struct kspan_percpu_region *region)
{
	return raw_cpu_ptr(((struct region_entry *)region)->each);
}

static struct kspan_percpu_region *create(struct kunit *test, size_t block_size)
{
	const struct kspan_region_params params = { .block_size = block_size };
	struct kspan_percpu_region *region = kspan_percpu_region_create("kunit percpu", &params);

	KUNIT_ASSERT_FALSE(test, IS_ERR(region));
	return region;
}

static int trim_test_init(struct kunit *test)
{
	return test_pin(test) ?: region_test_init(test);
}

static void expect_blocks(struct kunit *test, unsigned long blocks, unsigned long spare)
{
	KUNIT_EXPECT_EQ(test, region_blocks(test), blocks);
	KUNIT_EXPECT_EQ(test, region_spares(test), spare);
}

/* Ordinary blocks and one of a single object. */
static void all_of_an_idle_region(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	struct region_test *rt = test->priv;
	unsigned int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 5; i++)
			region_object(test, TEST_BLOCK, GFP_KERNEL);
		region_object(test, 3 * TEST_BLOCK, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, region_held(test), 8UL * TEST_BLOCK);
		kspan_region_reset(region);
		expect_blocks(test, 6, 6);
		kspan_trim();
		expect_blocks(test, 0, 0);
		KUNIT_EXPECT_EQ(test, region_held(test), 0UL);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&mheap.held_pages), rt->held_pages);
	}
}

static void what_is_live_stays(struct kunit *test)
{
	struct kspan_region *region = test_region(test);
	struct kspan_region_mark outer, inner;
	u8 *p, *q, *own;

	p = region_object(test, 100, GFP_KERNEL);
	memset(p, 1, 100);
	kspan_region_mark(region, &outer);
	q = region_object(test, TEST_BLOCK, GFP_KERNEL);
	memset(q, 2, TEST_BLOCK);
	own = region_object(test, 2 * TEST_BLOCK, GFP_KERNEL);
	memset(own, 3, 2 * TEST_BLOCK);
	kspan_region_mark(region, &inner);
	region_object(test, TEST_BLOCK, GFP_KERNEL);
	region_object(test, 2 * TEST_BLOCK, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &inner), 0);
	expect_blocks(test, 5, 2);
	kspan_trim();
	expect_blocks(test, 3, 0);
	KUNIT_EXPECT_TRUE(test, all_are(p, 1, 100));
	KUNIT_EXPECT_TRUE(test, all_are(q, 2, TEST_BLOCK));
	KUNIT_EXPECT_TRUE(test, all_are(own, 3, 2 * TEST_BLOCK));
	KUNIT_EXPECT_EQ(test, kspan_region_release(region, &outer), 0);
	kspan_trim();
	expect_blocks(test, 1, 0);
	KUNIT_EXPECT_PTR_EQ(test, region_object(test, 8, GFP_KERNEL), p + 104);
}

static void zeroed_after_a_trim(struct kunit *test)
{
	unsigned int round, dirty = 0;
	u8 *p;

	for (round = 0; round < 5; round++) {
		p = kspan_region_zalloc(test_region(test), TEST_BLOCK / 2 + 8, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		dirty += !all_are(p, 0, TEST_BLOCK / 2 + 8);
		memset(p, 0xff, TEST_BLOCK / 2 + 8);
		kspan_region_reset(test_region(test));
		kspan_trim();
	}
	KUNIT_EXPECT_EQ(test, dirty, 0U);
}

static void all_parts_of_an_idle_region(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, TEST_BLOCK);
	struct region *part = part_of(region);
	unsigned int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NOT_NULL(test, kspan_percpu_region_alloc(region, TEST_BLOCK,
								      GFP_KERNEL));
	kspan_trim();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&part->held), 3L * TEST_BLOCK);
	kspan_percpu_region_reset(region);
	kspan_trim();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&part->held), 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&part->nr_blocks), 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&part->nr_spare), 0L);
	kspan_percpu_region_destroy(region);
}

/* Fill the blocks of a part until it has @n. Each byte is written. */
static void fill_blocks(struct kunit *test, struct kspan_percpu_region *region, long n)
{
	struct region *part = part_of(region);
	void *p;

	while (atomic_long_read(&part->nr_blocks) < n) {
		p = kspan_percpu_region_alloc(region, SZ_8K, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0x5a, SZ_8K);
	}
}

/* A block of 1 MB lacks a page, so that two fit in a segment. */
static const unsigned long grown[] = {
	SZ_64K, SZ_128K, SZ_256K, SZ_512K, SZ_1M - SZ_8K, SZ_1M - SZ_8K,
};

/* After a reset the blocks serve again. When they are gone, the first is small again. */
static void a_part_starts_small_and_doubles(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, SZ_1M);
	struct region *part = part_of(region);
	unsigned int round, i;
	unsigned long held;

	for (round = 0; round < 3; round++) {
		for (held = 0, i = 0; i < ARRAY_SIZE(grown); i++) {
			held += grown[i];
			fill_blocks(test, region, i + 1);
			KUNIT_EXPECT_EQ(test, mspan_bytes(part->blocks->span), grown[i]);
			KUNIT_EXPECT_EQ(test, atomic_long_read(&part->held), (long)held);
		}
		kspan_percpu_region_reset(region);
		while (atomic_long_read(&part->nr_spare)) {
			KUNIT_ASSERT_NOT_NULL(test, kspan_percpu_region_alloc(region, SZ_8K,
									      GFP_KERNEL));
			KUNIT_ASSERT_EQ(test, atomic_long_read(&part->held), (long)held);
		}
		kspan_percpu_region_reset(region);
		kspan_trim();
	}
	kspan_percpu_region_destroy(region);
}

/* The block is as large as its object needs; what is larger than block_size has its own. */
static void a_part_grows_to_its_object(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, SZ_1M);
	struct region *part = part_of(region);

	KUNIT_EXPECT_NOT_NULL(test, kspan_percpu_region_alloc(region, SZ_1M, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&part->held), (long)SZ_1M);
	KUNIT_EXPECT_NULL(test, part->blocks);
	KUNIT_EXPECT_NOT_NULL(test, kspan_percpu_region_alloc(region, 150000, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, mspan_bytes(part->blocks->span), (unsigned long)SZ_256K);
	KUNIT_EXPECT_NOT_NULL(test, kspan_percpu_region_alloc(region, SZ_1M - SZ_8K, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, mspan_bytes(part->blocks->span), (unsigned long)SZ_1M - SZ_8K);
	kspan_percpu_region_destroy(region);
}

static void a_plain_region_does_not_start_small(struct kunit *test)
{
	const struct kspan_region_params params = { .block_size = SZ_512K };

	region_replace(test, &params);
	region_object(test, 8, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, region_held(test), (unsigned long)SZ_512K);
}

#define TRIMS	30
#define OBJECTS	20

/**
 * struct trimmer - a thread that trims again and again
 * @task: the thread
 * @trims: how often it has; TRIMS are enough
 */
struct trimmer {
	struct task_struct *task;
	unsigned int trims;
};

static int trim_again_and_again(void *arg)
{
	struct trimmer *t = arg;

	while (!kthread_should_stop()) {
		kspan_trim();
		WRITE_ONCE(t->trims, t->trims + 1);
		cond_resched();
	}
	return 0;
}

static void trimmer_start(struct kunit *test, struct trimmer *t)
{
	t->trims = 0;
	t->task = kthread_run(trim_again_and_again, t, "kspan_kunit_trim");
	if (!IS_ERR(t->task))
		return;
	KUNIT_FAIL(test, "no thread");
	t->trims = TRIMS;
}

static bool trimmer_is_done(const struct trimmer *t)
{
	return READ_ONCE(t->trims) >= TRIMS;
}

static void trimmer_stop(struct trimmer *t)
{
	if (!IS_ERR(t->task))
		kthread_stop(t->task);
}

/* Objects of ordinary blocks, and some of their own. Return: number of faults. */
static unsigned int fill(struct kspan_region *region, struct kspan_percpu_region *percpu,
			 struct rnd_state *rnd, u8 **objs, size_t *sizes)
{
	unsigned int i, faults = 0;

	for (i = 0; i < OBJECTS; i++) {
		sizes[i] = 1 + test_random(rnd, i % 7 ? 20000 : 2 * TEST_BLOCK);
		objs[i] = region ? kspan_region_zalloc(region, sizes[i], GFP_KERNEL) :
				   kspan_percpu_region_zalloc(percpu, sizes[i], GFP_KERNEL);
		if (!objs[i] || !all_are(objs[i], 0, sizes[i])) {
			faults++;
			continue;
		}
		memset(objs[i], i + 1, sizes[i]);
		cond_resched();
	}
	return faults;
}

static unsigned int faults_in(u8 **objs, const size_t *sizes)
{
	unsigned int i, faults = 0;

	for (i = 0; i < OBJECTS; i++)
		faults += !objs[i] || !all_are(objs[i], i + 1, sizes[i]);
	return faults;
}

/* Run with trims beside it. An allocation must not fail because a trim took its block. */
static void use_beside_trims(struct kunit *test, struct kspan_region *region,
			     struct kspan_percpu_region *percpu)
{
	u8 *outer[OBJECTS], *inner[OBJECTS];
	size_t outer_sizes[OBJECTS], inner_sizes[OBJECTS];
	struct trimmer one, two;
	unsigned int faults = 0;
	struct kspan_region_mark mark;
	struct rnd_state rnd;

	test_seed(test, &rnd, 11);
	trimmer_start(test, &one);
	trimmer_start(test, &two);
	do {
		faults += fill(region, percpu, &rnd, outer, outer_sizes);
		if (region)
			kspan_region_mark(region, &mark);
		faults += fill(region, percpu, &rnd, inner, inner_sizes);
		faults += faults_in(inner, inner_sizes);
		if (region)
			faults += !!kspan_region_release(region, &mark);
		cond_resched();
		faults += faults_in(outer, outer_sizes);
		if (region)
			kspan_region_reset(region);
		else
			kspan_percpu_region_reset(percpu);
		cond_resched();
	} while (!trimmer_is_done(&one) || !trimmer_is_done(&two));
	trimmer_stop(&one);
	trimmer_stop(&two);
	KUNIT_EXPECT_EQ(test, faults, 0U);
}

static void in_use_beside_trims(struct kunit *test)
{
	use_beside_trims(test, test_region(test), NULL);
	kspan_trim();
	expect_blocks(test, 0, 0);
	KUNIT_EXPECT_EQ(test, region_held(test), 0UL);
}

static void a_part_in_use_beside_trims(struct kunit *test)
{
	struct kspan_percpu_region *region = create(test, 2 * TEST_BLOCK);

	use_beside_trims(test, NULL, region);
	kspan_trim();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&part_of(region)->held), 0L);
	kspan_percpu_region_destroy(region);
}

/* A region may be destroyed while a trim walks the list of regions. */
static void destroyed_beside_trims(struct kunit *test)
{
	struct trimmer trimmer;

	trimmer_start(test, &trimmer);
	do {
		region_replace(test, NULL);
		region_object(test, 100, GFP_KERNEL);
		kspan_region_reset(test_region(test));
		cond_resched();
	} while (!trimmer_is_done(&trimmer));
	trimmer_stop(&trimmer);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_of_an_idle_region),
	KUNIT_CASE(what_is_live_stays),
	KUNIT_CASE(zeroed_after_a_trim),
	KUNIT_CASE(all_parts_of_an_idle_region),
	KUNIT_CASE(a_part_starts_small_and_doubles),
	KUNIT_CASE(a_part_grows_to_its_object),
	KUNIT_CASE(a_plain_region_does_not_start_small),
	KUNIT_CASE(in_use_beside_trims),
	KUNIT_CASE(a_part_in_use_beside_trims),
	KUNIT_CASE(destroyed_beside_trims),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_region_trim",
	.init = trim_test_init,
	.exit = region_test_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
