// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_tiny: several objects under 8 bytes in one block. Only the test uses the heap, and so fills
 * its blocks.
 */
#include <linux/smp.h>
#include "fixture.h"
#include "cpu/tiny.h"
#include "pages/mheap.h"

#define BLOCK	16UL

static int tiny_test_init(struct kunit *test)
{
	int err = test_heap_init(test);

	if (!err && !param_tiny())
		kunit_skip(test, "tiny=0");
	return err;
}

static unsigned long block_of(const void *p)
{
	return round_down((unsigned long)p, BLOCK);
}

static unsigned long tiny_in_use(struct kunit *test)
{
	struct class_stats st;

	stats_of_class(test_heap(test), CLASS_TINY, &st);
	return st.in_use;
}

/* Return: blocks that are neither free in their span nor cached. */
static unsigned long blocks_in_use(struct kunit *test)
{
	struct class_stats st;

	stats_of_class(test_heap(test), CLASS_TINY, &st);
	return st.spans * size_classes[CLASS_TINY].nr_objs - st.free;
}

struct pack_case {
	const char *name;
	u8 sizes[8];
	u8 offsets[8];	/* from the start of the first object's block */
};

static const struct pack_case pack_cases[] = {
	{ "two of 4", { 4, 4 }, { 0, 4 } },
	{ "seven of 2", { 2, 2, 2, 2, 2, 2, 2 }, { 0, 2, 4, 6, 8, 10, 12 } },
	{ "1 takes 2", { 1, 1, 1 }, { 0, 2, 4 } },
	{ "4 is aligned to 4", { 2, 4, 2, 4 }, { 0, 4, 8, 12 } },
	{ "6 is aligned to 2", { 6, 6, 2 }, { 0, 6, 12 } },
	{ "7 is aligned to 2", { 2, 7, 4 }, { 0, 2, 12 } },
	{ "odd sizes", { 3, 5, 5 }, { 0, 4, 10 } },
};

static void pack_case_name(const struct pack_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(pack, pack_cases, pack_case_name);

static void objects_are_packed(struct kunit *test)
{
	const struct pack_case *c = test->param_value;
	void *objs[8] = { };
	unsigned int i;

	for (i = 0; i < 8 && c->sizes[i]; i++) {
		test_alloc_many(test, c->sizes[i], &objs[i], 1);
		KUNIT_EXPECT_EQ(test, (unsigned long)objs[i],
				block_of(objs[0]) + c->offsets[i]);
	}
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), (unsigned long)i);
	test_free_many(objs, i);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 0UL);
}

/* An object that does not fit gets a new block, even if the old one has room for smaller ones. */
static void a_new_block_when_full(struct kunit *test)
{
	void *objs[4];

	test_alloc_many(test, 7, &objs[0], 1);
	test_alloc_many(test, 5, &objs[1], 1);
	test_alloc_many(test, 4, &objs[2], 1);
	test_alloc_many(test, 1, &objs[3], 1);
	KUNIT_EXPECT_EQ(test, block_of(objs[0]), block_of(objs[1]));
	KUNIT_EXPECT_NE(test, block_of(objs[1]), block_of(objs[2]));
	KUNIT_EXPECT_EQ(test, block_of(objs[2]), block_of(objs[3]));
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 2UL);
	test_free_many(objs, 4);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 1UL);
	test_drain(test);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 0UL);
}

static void from_8_bytes_on_there_are_classes(struct kunit *test)
{
	unsigned int size;
	void *p;

	for (size = 8; size <= BLOCK; size++) {
		test_alloc_many(test, size, &p, 1);
		KUNIT_EXPECT_EQ(test, (unsigned int)test_span_of(p)->class, size > 8 ? 2U : 1U);
		KUNIT_EXPECT_EQ(test, tiny_in_use(test), 0UL);
		kspan_free(p);
	}
}

static void each_size_is_aligned_and_ends(struct kunit *test)
{
	unsigned int size, round, align;
	void *objs[7 * 4], **p = objs;

	for (round = 0; round < 4; round++) {
		for (size = 1; size < KSPAN_TINY_SIZE; size++) {
			align = size % 4 == 0 ? 4 : size % 2 == 0 ? 2 : 1;
			test_alloc_many(test, size, p, 1);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)*p, align));
			KUNIT_EXPECT_EQ(test, block_of(*p), block_of(*p + size - 1));
			KUNIT_EXPECT_EQ(test, kspan_size(*p), (size_t)round_up(size, 2));
			p++;
		}
	}
	test_free_many(objs, p - objs);
}

static void the_last_place_is_used_again(struct kunit *test)
{
	void *objs[3];

	test_alloc_many(test, 4, objs, 2);
	kspan_free(objs[1]);
	test_alloc_many(test, 6, &objs[2], 1);
	KUNIT_EXPECT_PTR_EQ(test, objs[2], objs[1]);
	kspan_free(objs[0]);
	kspan_free(objs[2]);
	test_alloc_many(test, 2, &objs[0], 1);
	KUNIT_EXPECT_PTR_EQ(test, objs[0], objs[1]);
	kspan_free(objs[0]);
}

/* The current block is kept; any other block is freed with its last object. */
static void a_block_goes_with_its_last_object(struct kunit *test)
{
	void *objs[3], *other;

	test_alloc_many(test, 4, objs, 3);
	test_alloc_many(test, 6, &other, 1);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 2UL);
	kspan_free(objs[1]);
	kspan_free(objs[0]);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 2UL);
	kspan_free(objs[2]);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 1UL);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 1UL);
	kspan_free(other);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 0UL);
	test_drain(test);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 0UL);
}

/* Bad frees of the second of three objects of 4, 6 and 2 bytes. */
static const struct bad_case {
	const char *name;
	int offset;
	const char *report;
} bad_cases[] = {
	{ "one byte in", 1, "bad free: .* points inside an object" },
	{ "inside", 2, "points inside an object" },
	{ "at its end", 4, "points inside an object" },
	{ "behind all objects", 8, "points inside an object" },
	{ "the last granule", 10, "points inside an object" },
};

static void bad_case_name(const struct bad_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bad_cases, bad_case_name);

static void pointers_into_objects_are_refused(struct kunit *test)
{
	const struct bad_case *c = test->param_value;
	void *objs[3];

	test_alloc_many(test, 4, &objs[0], 1);
	test_alloc_many(test, 6, &objs[1], 1);
	test_alloc_many(test, 2, &objs[2], 1);
	test_report_begin(c->report);
	kspan_free((void *)test_hidden((unsigned long)objs[1] + c->offset));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 3UL);
	test_free_many(objs, 3);
}

static void a_second_free_is_refused(struct kunit *test)
{
	void *objs[3];

	test_alloc_many(test, 4, objs, 3);
	kspan_free(objs[0]);
	test_report_begin("double free of");
	kspan_free((void *)test_hidden((unsigned long)objs[0]));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 2UL);
	test_free_many(objs + 1, 2);
	test_drain(test);
	test_report_begin("double free of|is not a kspan object");
	kspan_free((void *)test_hidden((unsigned long)objs[1]));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 0UL);
}

static void size_of_what_is_no_object(struct kunit *test)
{
	void *p, *bad;

	test_alloc_many(test, 6, &p, 1);
	bad = (void *)test_hidden((unsigned long)p + 2);
	test_report_begin("is not the start of a live kspan object");
	KUNIT_EXPECT_EQ(test, kspan_size(bad), (size_t)0);
	KUNIT_EXPECT_EQ(test, kspan_size(bad + 1), (size_t)0);
	KUNIT_EXPECT_EQ(test, test_report_end(), 2UL);
	kspan_free(p);
}

/* If the mcache is busy an object gets a block of its own. */
static void alone_in_a_block_when_busy(struct kunit *test)
{
	void *first, *alone, *third;
	struct mcache *mc;

	test_alloc_many(test, 2, &first, 1);
	slow_section_begin();
	mc = mcache_try_enter(test_heap(test));
	alone = test_alloc(test, 2, GFP_NOWAIT);
	kspan_free(first);
	mcache_exit(mc);
	slow_section_end();
	KUNIT_ASSERT_NOT_NULL(test, alone);
	KUNIT_EXPECT_NE(test, block_of(alone), block_of(first));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&test_heap(test)->tiny_allocs), 1L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&test_heap(test)->tiny_frees), 1L);
	test_alloc_many(test, 2, &third, 1);
	KUNIT_EXPECT_NE(test, block_of(alone), block_of(third));
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 2UL);
	kspan_free(alone);
	kspan_free(third);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 0UL);
}

/* As an interrupt handler would, with no block in a span: those that wait in magazines serve it. */
static void from_the_depot_when_busy(struct kunit *test)
{
	struct mcentral *central = test_central(test, CLASS_TINY);
	unsigned int n = size_classes[CLASS_TINY].nr_objs, i, got = 0;
	unsigned long waiting;
	void **objs = test_pointers(test, n);
	struct mcache *mc;

	/* 6 and 7 bytes: a block each */
	for (i = 0; i < n; i++)
		test_alloc_many(test, 7, &objs[i], 1);
	for (i = 0; i < n; i++) {
		kspan_free(objs[i]);
		objs[i] = NULL;
	}
	waiting = central->nr_depot;
	KUNIT_EXPECT_GT(test, waiting, 0UL);
	objs = test_pointers(test, central->nr_free + waiting);
	mutex_lock(&mheap.lock);	/* keeps empty spans from being returned */
	n = central->nr_free + waiting;
	slow_section_begin();
	mc = mcache_try_enter(test_heap(test));
	for (i = 0; i < n; i++) {
		objs[got] = test_alloc(test, 2, GFP_NOWAIT | __GFP_NOWARN);
		got += !!objs[got];
	}
	mcache_exit(mc);
	slow_section_end();
	KUNIT_EXPECT_EQ(test, central->nr_depot, 0UL);
	KUNIT_EXPECT_EQ(test, got, n);
	mutex_unlock(&mheap.lock);
	test_free_many(objs, got);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 0UL);
	test_drain(test);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 0UL);
}

static void zeroed_if_asked(struct kunit *test)
{
	unsigned int i, size, dirty = 0;
	u8 *p;

	for (i = 0; i < 1000; i++) {
		size = 1 + i % 7;
		p = test_alloc(test, size, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		dirty += !!memchr_inv(p, 0, size);
		memset(p, 0xa5, size);
		kspan_free(p);
	}
	KUNIT_EXPECT_EQ(test, dirty, 0U);
}

static void free_remote(void *p)
{
	kspan_free(p);
}

/* Two CPUs free the objects of one block: the block is freed exactly once. */
static void objects_freed_on_another_cpu(struct kunit *test)
{
	unsigned int here = raw_smp_processor_id(), cpu = cpumask_any_but(cpu_online_mask, here), i;
	void *objs[64];

	if (cpu >= nr_cpu_ids)
		kunit_skip(test, "one CPU only");
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "the call would come in hard interrupt context");
	for (i = 0; i < 64; i++)
		test_alloc_many(test, 1 + i % 7, &objs[i], 1);
	for (i = 0; i < 64; i++) {
		if (i % 3)
			smp_call_function_single(cpu, free_remote, objs[i], 1);
		else
			kspan_free(objs[i]);
	}
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 0UL);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 1UL);
}

#define LIVE	200

/* No two objects overlap: each is filled with a byte of its own. */
static void random_objects_keep_their_bytes(struct kunit *test)
{
	u8 *objs[LIVE] = { }, sizes[LIVE];
	unsigned int i, step, broken = 0;
	struct rnd_state rnd;

	test_seed(test, &rnd, 2000);
	for (step = 0; step < 20000; step++) {
		i = test_random(&rnd, LIVE);
		if (objs[i]) {
			broken += !!memchr_inv(objs[i], i, sizes[i]);
			kspan_free(objs[i]);
			objs[i] = NULL;
			continue;
		}
		sizes[i] = 1 + test_random(&rnd, 7);
		objs[i] = test_alloc(test, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], i, sizes[i]);
	}
	KUNIT_EXPECT_EQ(test, broken, 0U);
	test_free_many((void **)objs, LIVE);
	KUNIT_EXPECT_EQ(test, tiny_in_use(test), 0UL);
	test_drain(test);
	KUNIT_EXPECT_EQ(test, blocks_in_use(test), 0UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(objects_are_packed, pack_gen_params),
	KUNIT_CASE(a_new_block_when_full),
	KUNIT_CASE(from_8_bytes_on_there_are_classes),
	KUNIT_CASE(each_size_is_aligned_and_ends),
	KUNIT_CASE(the_last_place_is_used_again),
	KUNIT_CASE(a_block_goes_with_its_last_object),
	KUNIT_CASE_PARAM(pointers_into_objects_are_refused, bad_gen_params),
	KUNIT_CASE(a_second_free_is_refused),
	KUNIT_CASE(size_of_what_is_no_object),
	KUNIT_CASE(alone_in_a_block_when_busy),
	KUNIT_CASE(from_the_depot_when_busy),
	KUNIT_CASE(zeroed_if_asked),
	KUNIT_CASE(objects_freed_on_another_cpu),
	KUNIT_CASE(random_objects_keep_their_bytes),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_tiny",
	.init = tiny_test_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
