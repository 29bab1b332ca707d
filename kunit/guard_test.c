// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_guard: sampled objects in memory of their own. selftests/tests/guard.sh tests what faults:
 * here a fault would end the kernel.
 */
#include <linux/log2.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <kspan/pool.h>
#include "fixture.h"
#include "cpu/mcache.h"
#include "heap/bounds.h"
#include "heap/guard.h"
#include "heap/guard_pages.h"
#include "pages/report.h"

#define MANY	200U

static int guard_init(struct kunit *test)
{
	struct kspan_heap *heap;

	if (KSPAN_KASAN)
		kunit_skip(test, "the kernel checks each access");
	heap = kspan_heap_create("kunit_guard", NULL);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	test->priv = heap;
	return test_pin(test) ?: guard_start();
}

static void guard_end(struct kunit *test)
{
	if (!IS_ERR_OR_NULL(test->priv))
		kspan_heap_destroy(test->priv);
}

static u8 *get(struct kunit *test, size_t size, size_t align)
{
	u8 *p = guard_alloc(test->priv, size, align, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static unsigned long live(struct kunit *test)
{
	struct kspan_stats st;

	kspan_heap_get_stats(test->priv, &st);
	return st.live_objects;
}

static u8 *again(u8 *p)
{
	OPTIMIZER_HIDE_VAR(p);
	return p;
}

static const size_t sizes[] = { 1, 8, 100, 4000, 4096, 5000, 16384, 65536 };

/* Every second time at the other end of its place. */
static void each_object_is_usable(struct kunit *test)
{
	size_t size, align;
	unsigned int i;
	u8 *p;

	for (i = 0; i < 4 * ARRAY_SIZE(sizes); i++) {
		size = sizes[i / 4];
		align = is_power_of_2(size) ? size : 8;
		p = get(test, size, align);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, align));
		KUNIT_EXPECT_TRUE(test, kspan_owns(p));
		KUNIT_EXPECT_EQ(test, kspan_size(p), size);
		KUNIT_EXPECT_EQ(test, live(test), 1UL);
		memset(p, 0x11, size);
		kspan_free(p);
		KUNIT_EXPECT_EQ(test, live(test), 0UL);
	}
}

static void what_does_not_fit_is_not_guarded(struct kunit *test)
{
	u8 *objs[MANY];
	unsigned int n = 0;

	KUNIT_EXPECT_NULL(test, guard_alloc(test->priv, 48 * PAGE_SIZE, 8, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, guard_alloc(test->priv, 16 * PAGE_SIZE, 32 * PAGE_SIZE,
					    GFP_KERNEL));
	/* With room for the alignment these are small numbers again. */
	KUNIT_EXPECT_NULL(test, guard_alloc(test->priv, SIZE_MAX, SZ_8K, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, guard_alloc(test->priv, SIZE_MAX - SZ_8K, SZ_64K, GFP_KERNEL));
	while (n < MANY && (objs[n] = guard_alloc(test->priv, 64, 64, GFP_KERNEL)))
		n++;
	KUNIT_EXPECT_GT(test, n, 10U);
	KUNIT_EXPECT_LT(test, n, MANY);
	KUNIT_EXPECT_EQ(test, live(test), (unsigned long)n);
	while (n)
		kspan_free(objs[--n]);
}

static void zeroed_and_constructed(struct kunit *test)
{
	u8 *p = get(test, 100, 4);

	memset(p, 0x22, 100);
	kspan_free(p);
	p = guard_alloc(test->priv, 100, 4, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 100));
	kspan_free(p);
}

static void bad_frees_are_refused(struct kunit *test)
{
	u8 *p = get(test, 100, 4);

	test_report_begin("bad free: .* in or beside a guarded object");
	kspan_free(again(p) + 1);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kspan_free(p);
	test_report_begin("double free of");
	kspan_free(again(p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_EQ(test, live(test), 0UL);
	test_report_begin("bad pointer");
	KUNIT_EXPECT_EQ(test, kspan_size(again(p)), (size_t)0);
	test_report_end();
}

/* In the bytes that the alignment leaves, or before the object. */
static void a_write_beside_it_is_found(struct kunit *test)
{
	unsigned long bad = report_bad_accesses();
	unsigned int i;
	u8 *p;

	for (i = 0; i < 4; i++) {
		p = get(test, 100, 16);
		test_report_begin("write out of bounds, found at the free");
		again(p)[100] ^= 0xff;
		kspan_free(p);
		test_report_end();
		KUNIT_EXPECT_EQ(test, report_bad_accesses(), bad + i + 1);
	}
}

static void a_write_after_the_free_is_found(struct kunit *test)
{
	unsigned long bad = report_bad_accesses();
	u8 *p = get(test, 100, 4), *objs[MANY];
	unsigned int n = 0;

	kspan_free(p);
	if (GUARD_HAS_PAGES)
		kunit_skip(test, "here it faults");
	again(p)[10] = 1;
	test_report_begin("write after free");
	while (n < MANY && (objs[n] = guard_alloc(test->priv, 64, 64, GFP_KERNEL)))
		n++;
	test_report_end();
	KUNIT_EXPECT_EQ(test, report_bad_accesses(), bad + 1);
	while (n)
		kspan_free(objs[--n]);
}

static void each_function_knows_it(struct kunit *test)
{
	u8 *p = get(test, 100, 4), *q;
	struct bounds b;

	memset(p, 0x33, 100);
	KUNIT_EXPECT_TRUE(test, bounds_find((unsigned long)p + 50, &b));
	KUNIT_EXPECT_EQ(test, b.start, (unsigned long)p);
	KUNIT_EXPECT_EQ(test, b.bytes, (size_t)100);
	q = kspan_heap_realloc(test->priv, p, 200, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0x33, 100));
	kspan_free(q);
	kspan_free_sized(get(test, 100, 4), 100);
	kspan_free_sensitive(get(test, 100, 4));
	kspan_free_rcu_mightsleep(get(test, 100, 4));
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, live(test), 0UL);
}

static void a_reset_frees_it(struct kunit *test)
{
	u8 *p = get(test, 100, 4);

	kspan_heap_reset(test->priv);
	KUNIT_EXPECT_EQ(test, live(test), 0UL);
	test_report_begin("double free of");
	kspan_free(again(p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
}

static void construct(void *obj)
{
	memset(obj, 0x77, 100);
}

static void so_does_a_pool(struct kunit *test)
{
	static const struct kspan_pool_params params = { .ctor = construct };
	struct kspan_pool *pool = kspan_pool_create("kunit_guard_pool", 100, &params);
	u8 *p;

	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	p = guard_alloc(kspan_pool_heap(pool), 100, 16, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x77, 100));
	kspan_pool_free(pool, p);
	p = get(test, 100, 16);
	test_report_begin("pool");
	kspan_pool_free(pool, again(p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kspan_free(p);
	kspan_pool_destroy(pool);
}

static void take_sample(void *heap)
{
	this_cpu_write(guard_due, true);
	mcache_sample_here(heap_here(heap));
}

/* The next allocation of the heap, whatever fast path it takes, and only that one. */
static void the_next_allocation_is_guarded(struct kunit *test)
{
	unsigned int i, guarded = 0;
	void *p;

	if (OBJECT_HOOKS)
		kunit_skip(test, "each allocation tells the kernel's own checkers");
	kspan_free(kspan_heap_alloc(test->priv, 64, GFP_KERNEL));
	for (i = 0; i < 10; i++) {
		smp_call_function_single(raw_smp_processor_id(), take_sample, test->priv, true);
		p = kspan_heap_alloc(test->priv, 64, GFP_KERNEL);
		guarded += guard_owns((unsigned long)p);
		kspan_free(p);
		p = kspan_heap_alloc(test->priv, 64, GFP_KERNEL);
		KUNIT_EXPECT_FALSE(test, guard_owns((unsigned long)p));
		kspan_free(p);
	}
	KUNIT_EXPECT_EQ(test, guarded, 10U);
}

/* A CPU that allocates no more is drained all the same. */
static void a_sampled_mcache_is_drained(struct kunit *test)
{
	long before;

	kspan_trim();
	before = atomic_long_read(&mheap.nr_spans);
	kspan_free(kspan_heap_alloc(test->priv, 64, GFP_KERNEL));
	KUNIT_EXPECT_GT(test, atomic_long_read(&mheap.nr_spans), before);
	smp_call_function_single(raw_smp_processor_id(), take_sample, test->priv, true);
	kspan_trim();
	KUNIT_EXPECT_LE(test, atomic_long_read(&mheap.nr_spans), before);
	this_cpu_write(guard_due, false);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_object_is_usable),
	KUNIT_CASE(what_does_not_fit_is_not_guarded),
	KUNIT_CASE(zeroed_and_constructed),
	KUNIT_CASE(bad_frees_are_refused),
	KUNIT_CASE(a_write_beside_it_is_found),
	KUNIT_CASE(a_write_after_the_free_is_found),
	KUNIT_CASE(each_function_knows_it),
	KUNIT_CASE(a_reset_frees_it),
	KUNIT_CASE(so_does_a_pool),
	KUNIT_CASE(the_next_allocation_is_guarded),
	KUNIT_CASE(a_sampled_mcache_is_drained),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_guard",
	.init = guard_init,
	.exit = guard_end,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
