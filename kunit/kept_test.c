// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_kept: the large spans that a CPU keeps for the next object of as many pages.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include "contexts.h"
#include "fixture.h"
#include "base/params.h"
#include "central/magazine.h"
#include "heap/large.h"

#define BYTES		100000UL		/* 13 pages */
#define HELD		(13 * KSPAN_PAGE_SIZE)

static struct kept *kept_of(struct kunit *test)
{
	return mcache_kept(test_mcache(test));
}

static unsigned long nr_kept(struct kunit *test, unsigned long *bytes)
{
	*bytes = 0;
	return kept_count(kept_of(test), bytes);
}

static void expect_kept(struct kunit *test, unsigned long n, unsigned long bytes)
{
	unsigned long is;

	KUNIT_EXPECT_EQ(test, nr_kept(test, &is), n);
	KUNIT_EXPECT_EQ(test, is, bytes);
}

static void *object(struct kunit *test, size_t size)
{
	void *p = test_alloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

/* The worker looks, and this CPU drains what it found. Return: whether it found anything. */
static bool look_and_drain(struct kunit *test)
{
	bool any = mcache_look(test_mcache(test));

	test_drain_idle(test);
	return any;
}

static void as_many_pages_get_it(struct kunit *test)
{
	void *p = object(test, BYTES), *q, *other;

	kspan_free(p);
	expect_kept(test, 1, HELD);
	other = object(test, BYTES + KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_PTR_NE(test, other, p);
	expect_kept(test, 1, HELD);
	q = object(test, BYTES - 1000);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	KUNIT_EXPECT_EQ(test, kspan_size(q), (size_t)HELD);
	expect_kept(test, 0, 0);
	kspan_free(q);
	kspan_free(other);
	expect_kept(test, 2, 2 * HELD + KSPAN_PAGE_SIZE);
}

static void the_last_one_comes_first(struct kunit *test)
{
	void *objs[3];
	unsigned int i;

	test_alloc_many(test, BYTES, objs, 3);
	test_free_many(objs, 3);
	expect_kept(test, 3, 3 * HELD);
	for (i = 3; i--;)
		KUNIT_EXPECT_PTR_EQ(test, object(test, BYTES), objs[i]);
	test_free_many(objs, 3);
}

/* It is held and charged, but there is no object. */
static void what_it_counts_as(struct kunit *test)
{
	struct kspan_heap *heap = test_heap(test);
	struct class_stats st;

	test_use(test, BYTES);
	test_use(test, BYTES);
	stats_of_class(heap, CLASS_LARGE, &st);
	KUNIT_EXPECT_EQ(test, st.allocs, 2UL);
	KUNIT_EXPECT_EQ(test, st.frees, 2UL);
	KUNIT_EXPECT_EQ(test, st.in_use, 0UL);
	KUNIT_EXPECT_EQ(test, st.spans, 1UL);
	KUNIT_EXPECT_EQ(test, st.cached, 1UL);
	KUNIT_EXPECT_EQ(test, st.held, HELD);
	KUNIT_EXPECT_EQ(test, st.waste, HELD);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->owner.charged_pages), 13L);
	test_drain(test);
	mheap_drain();
	stats_of_class(heap, CLASS_LARGE, &st);
	KUNIT_EXPECT_EQ(test, st.held, 0UL);
	KUNIT_EXPECT_EQ(test, st.allocs, 2UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->owner.charged_pages), 0L);
}

static void zeroed_again(struct kunit *test)
{
	u8 *p = object(test, BYTES), *q;

	kspan_size(p);		/* from here on all of it may be used */
	memset(p, 0xff, HELD);
	kspan_free(p);
	q = test_alloc(test, BYTES, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_PTR_EQ(test, q, p);
	kspan_size(q);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0, HELD));
	kspan_free(q);
}

static void a_second_free_is_seen(struct kunit *test)
{
	void *p = object(test, BYTES);

	kspan_free(p);
	test_report_begin("double free of|is not the start of a live");
	kspan_free((void *)test_hidden((unsigned long)p));
	KUNIT_EXPECT_EQ(test, kspan_size((void *)test_hidden((unsigned long)p)), (size_t)0);
	KUNIT_EXPECT_EQ(test, test_report_end(), 2UL);
	expect_kept(test, 1, HELD);
}

static void a_drain_leaves_none(struct kunit *test)
{
	u64 before = magazine_charged_bytes();
	void *objs[5];

	test_alloc_many(test, BYTES, objs, 5);
	test_free_many(objs, 5);
	test_use(test, SZ_1M + 1);
	KUNIT_EXPECT_EQ(test, magazine_charged_bytes() - before,
			(u64)5 * HELD + SZ_1M + KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, mcache_holds(test_mcache(test)));
	test_drain(test);
	expect_kept(test, 0, 0);
	KUNIT_EXPECT_FALSE(test, mcache_holds(test_mcache(test)));
	KUNIT_EXPECT_EQ(test, magazine_charged_bytes(), before);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&test_heap(test)->large_objects), 0L);
	KUNIT_EXPECT_EQ(test, test_span_of(objs[0])->npages, 0U);
}

static void what_is_used_stays(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		test_use(test, BYTES);
		look_and_drain(test);
		expect_kept(test, 1, HELD);
	}
}

/* Of five, two were needed; then none. */
static void what_is_unused_goes(struct kunit *test)
{
	u64 before = magazine_charged_bytes();
	void *objs[5];

	test_alloc_many(test, BYTES, objs, 5);
	test_free_many(objs, 5);
	look_and_drain(test);
	test_alloc_many(test, BYTES, objs, 2);
	test_free_many(objs, 2);
	KUNIT_EXPECT_TRUE(test, look_and_drain(test));
	expect_kept(test, 2, 2 * HELD);
	KUNIT_EXPECT_EQ(test, magazine_charged_bytes() - before, (u64)2 * HELD);
	KUNIT_EXPECT_TRUE(test, look_and_drain(test));
	expect_kept(test, 0, 0);
	KUNIT_EXPECT_EQ(test, magazine_charged_bytes(), before);
	KUNIT_EXPECT_FALSE(test, look_and_drain(test));
}

/* What the worker found is needed before the drain comes. */
static void needed_after_the_look(struct kunit *test)
{
	void *p;

	test_use(test, BYTES);
	mcache_look(test_mcache(test));
	KUNIT_EXPECT_TRUE(test, mcache_look(test_mcache(test)));
	p = object(test, BYTES);
	kspan_free(p);
	test_drain_idle(test);
	expect_kept(test, 1, HELD);
}

/* An object that stays live leaves no room for another behind. */
static void room_goes_as_well(struct kunit *test)
{
	u64 before = magazine_charged_bytes();
	void *p;

	test_use(test, BYTES);
	p = object(test, BYTES);
	KUNIT_EXPECT_EQ(test, magazine_charged_bytes() - before, (u64)HELD);
	look_and_drain(test);
	KUNIT_EXPECT_TRUE(test, look_and_drain(test));
	KUNIT_EXPECT_EQ(test, magazine_charged_bytes(), before);
	kspan_free(p);
	expect_kept(test, 0, 0);
	test_use(test, BYTES);
	expect_kept(test, 1, HELD);
}

/* Who only frees would not use what he keeps. */
static void what_was_not_missed_is_not_kept(struct kunit *test)
{
	void *objs[3];
	unsigned int i;

	test_alloc_many(test, BYTES, objs, 3);
	test_drain(test);
	*kept_of(test) = (struct kept) { };
	for (i = 0; i < 2; i++)
		kspan_free(objs[i]);
	expect_kept(test, 0, 0);
	test_use(test, BYTES);
	expect_kept(test, 1, HELD);
	kspan_free(objs[2]);
	expect_kept(test, 1, HELD);
}

/* Of one number of pages at most magazine_kb, of all at most the budget. */
static void within_the_budget(struct kunit *test)
{
	unsigned int i, most = min(param_magazine_bytes(), param_cpu_cache_bytes() / 4) / HELD;
	unsigned int n = most + 5;
	u64 before = magazine_charged_bytes();
	void **objs = test_pointers(test, n);
	unsigned long bytes;

	if (!most || n > 1000)
		kunit_skip(test, "magazine_kb is too large or too small");
	test_alloc_many(test, BYTES, objs, n);
	test_free_many(objs, n);
	expect_kept(test, most, most * HELD);
	for (i = 0; i < 2 * KEPT_SLOTS; i++) {
		test_use(test, SZ_1M * 5 + i * KSPAN_PAGE_SIZE + 1);
		KUNIT_EXPECT_LE(test, magazine_charged_bytes() - before,
				(u64)param_cpu_cache_bytes());
	}
	nr_kept(test, &bytes);
	KUNIT_EXPECT_LE(test, bytes, param_cpu_cache_bytes() / 4);
	KUNIT_EXPECT_EQ(test, kept_of(test)->bytes, bytes);
	KUNIT_EXPECT_EQ(test, magazine_charged_bytes() - before, (u64)bytes);
}

/* Magazines that fill the budget make room for what is missed again. */
static void magazines_make_room(struct kunit *test)
{
	unsigned long most = min_t(unsigned long, param_cpu_cache_bytes(), SZ_32M + SZ_8M);
	void **objs = test_pointers(test, most / SZ_4K);
	unsigned int class, n, i;

	if (OBJECT_HOOKS)
		kunit_skip(test, "takes a minute where each object is told of");
	if (param_cpu_cache_bytes() / 4 < HELD)
		kunit_skip(test, "cpu_cache_kb is too small");
	for (class = CLASS_POWER - 1; magazine_has_room(HELD) && class > CLASS_POWER - 4; class--) {
		n = most / max_t(size_t, test_class_size(class), SZ_4K);
		for (i = 0; i < 8; i++) {
			test_alloc_many(test, test_class_size(class), objs, n);
			test_free_many(objs, n);
		}
	}
	if (magazine_has_room(HELD))
		kunit_skip(test, "cpu_cache_kb is too large to be filled");
	test_use(test, BYTES);
	test_use(test, BYTES);
	test_use(test, BYTES);
	expect_kept(test, 1, HELD);
}

/* More than magazine_kb is not kept at all. */
static void too_large_to_be_kept(struct kunit *test)
{
	void *p = test_alloc(test, param_magazine_bytes() + 1, GFP_KERNEL | __GFP_NOWARN);

	if (!p)
		kunit_skip(test, "no memory for it");
	kspan_free(p);
	expect_kept(test, 0, 0);
}

static void small_objects_get_the_room(struct kunit *test)
{
	struct kept *kept = kept_of(test);

	test_use(test, BYTES);
	KUNIT_EXPECT_TRUE(test, kept_shed(kept, NULL, false));
	expect_kept(test, 0, 0);
	KUNIT_EXPECT_FALSE(test, kept_shed(kept, NULL, false));
}

/* 8 MB are aligned to 4 MB, one byte less need not be. */
static void aligned_as_promised(struct kunit *test)
{
	void *objs[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		objs[i] = object(test, SZ_8M - 1);
	test_free_many(objs, 4);
	for (i = 0; i < 2; i++) {
		objs[i] = object(test, SZ_8M);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[i], SZ_4M));
	}
	test_free_many(objs, 2);
}

/* A number of pages in the same slot takes the place of the other. */
static void one_slot_one_number(struct kunit *test)
{
	unsigned long npages = 14;

	while (kept_slot(kept_of(test), npages) != kept_slot(kept_of(test), 13))
		npages++;
	test_use(test, BYTES);
	test_use(test, npages * KSPAN_PAGE_SIZE - 1);
	expect_kept(test, 1, npages * KSPAN_PAGE_SIZE);
	test_use(test, BYTES);
	expect_kept(test, 1, HELD);
}

struct intruder {
	struct kunit *test;
	void *given;
	void *taken;
};

static void intrude(void *arg)
{
	struct intruder *it = arg;

	it->taken = test_alloc(it->test, BYTES, GFP_ATOMIC | __GFP_NOWARN);
	kspan_free(it->given);
}

/* In each context that can break in while this CPU is inside its mcache. */
static void interrupted_inside(struct kunit *test)
{
	struct mcache *mc = test_mcache(test);
	struct intruder it = { .test = test };
	struct kept before;
	unsigned int i;
	void *p;

	for (i = 0; i < NR_ATOMIC_CONTEXTS; i++) {
		p = object(test, BYTES);
		it.given = object(test, BYTES);
		kspan_free(p);
		before = *kept_of(test);
		preempt_disable();
		KUNIT_EXPECT_TRUE(test, mcache_enter(mc));
		preempt_enable();
		atomic_contexts[i].run(intrude, &it);
		KUNIT_EXPECT_EQ(test, memcmp(&before, kept_of(test), sizeof(before)), 0);
		mcache_exit(mc);
		KUNIT_EXPECT_PTR_NE(test, it.taken, p);
		kspan_free(it.taken);
		p = object(test, BYTES);
		kspan_free(p);
	}
	test_drain(test);
	mheap_drain();
	KUNIT_EXPECT_EQ(test, atomic_long_read(&test_heap(test)->large_objects), 0L);
}

/* The same contexts while nobody is inside: they use what is kept. */
static void contexts_use_it(struct kunit *test)
{
	struct intruder it = { .test = test };
	unsigned int i;
	void *p;

	for (i = 0; i < NR_ATOMIC_CONTEXTS; i++) {
		p = object(test, BYTES);
		it.given = object(test, BYTES);
		kspan_free(p);
		atomic_contexts[i].run(intrude, &it);
		if (!OBJECT_HOOKS)
			KUNIT_EXPECT_PTR_EQ(test, it.taken, p);
		kspan_free(it.taken);
	}
}

/* kmemleak may not be told in NMI: who gets the span next would be a second object in one place. */
static void none_that_kmemleak_still_knows(struct kunit *test)
{
	struct intruder it = { .test = test };
	unsigned long bytes;

	test_use(test, BYTES);
	it.given = object(test, BYTES);
	atomic_contexts[NR_ATOMIC_CONTEXTS - 1].run(intrude, &it);
	KUNIT_EXPECT_EQ(test, nr_kept(test, &bytes), OBJECT_HOOKS ? 0UL : 1UL);
	kspan_free(it.taken);
	test_use(test, BYTES);
}

/* A heap whose limit is kept by spans without objects has room for others. */
static void no_limit_is_met_by_what_is_kept(struct kunit *test)
{
	struct kspan_heap_params params = { .limit = 16 * HELD };
	struct kspan_heap *heap = kspan_heap_create("kunit-kept", &params);
	void *objs[15], *p;
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	for (i = 0; i < 15; i++)
		objs[i] = kspan_heap_alloc(heap, BYTES, GFP_KERNEL);
	test_free_many(objs, 15);
	p = kspan_heap_alloc(heap, 15 * HELD, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
	kspan_heap_reset(heap);
	p = kspan_heap_alloc(heap, BYTES, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	kspan_free(p);
	kspan_heap_destroy(heap);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(as_many_pages_get_it),
	KUNIT_CASE(the_last_one_comes_first),
	KUNIT_CASE(what_it_counts_as),
	KUNIT_CASE(zeroed_again),
	KUNIT_CASE(a_second_free_is_seen),
	KUNIT_CASE(a_drain_leaves_none),
	KUNIT_CASE(what_is_used_stays),
	KUNIT_CASE(what_is_unused_goes),
	KUNIT_CASE(needed_after_the_look),
	KUNIT_CASE(room_goes_as_well),
	KUNIT_CASE(what_was_not_missed_is_not_kept),
	KUNIT_CASE(within_the_budget),
	KUNIT_CASE(magazines_make_room),
	KUNIT_CASE(too_large_to_be_kept),
	KUNIT_CASE(small_objects_get_the_room),
	KUNIT_CASE(aligned_as_promised),
	KUNIT_CASE(one_slot_one_number),
	KUNIT_CASE(interrupted_inside),
	KUNIT_CASE(contexts_use_it),
	KUNIT_CASE(none_that_kmemleak_still_knows),
	KUNIT_CASE(no_limit_is_met_by_what_is_kept),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_kept",
	.init = test_heap_init,
	.exit = test_heap_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
