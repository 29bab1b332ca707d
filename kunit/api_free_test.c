// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_api_free: the other ways to free of kspan.h, whole batches, and mempools.
 */
#include <linux/delay.h>
#include <linux/mempool.h>
#include <linux/slab.h>
#include "api_fixture.h"
#include "base/params.h"
#include "pages/object.h"
#include "pages/reserve.h"
#include "upkeep/scavenge.h"

#define BATCH	100

static void free_of_a_known_size(struct kunit *test)
{
	kspan_free_sized(kspan_alloc(100, GFP_KERNEL), 100);
	kspan_free_sized(kspan_alloc(100, GFP_KERNEL), 112);
	kspan_free_sized(kspan_alloc(5, GFP_KERNEL), 5);
	kspan_free_sized(kspan_alloc(100000, GFP_KERNEL), 100000);
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv);
}

static void free_of_a_wrong_size(struct kunit *test)
{
	void *objs[3];

	objs[0] = kspan_alloc(100, GFP_KERNEL);
	objs[1] = kspan_alloc(5, GFP_KERNEL);
	objs[2] = kspan_alloc(100000, GFP_KERNEL);
	test_report_begin("size mismatch");
	kspan_free_sized(objs[0], test_hidden(113));
	kspan_free_sized(objs[1], test_hidden(4096));
	kspan_free_sized(objs[2], test_hidden(1 << 20));
	KUNIT_EXPECT_EQ(test, test_report_end(), 3UL);
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv);
}

/* The freed object's bytes can still be read, except under KASAN. */
static void sensitive_memory_is_wiped(struct kunit *test)
{
	static const size_t sizes[] = { 24, 200, 5000 };
	unsigned int i, left = 0;
	u8 *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kspan_alloc(sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0x99, sizes[i]);
		kspan_free_sensitive(p);
		p = (u8 *)test_hidden((unsigned long)p);
		if (!KSPAN_KASAN)
			left += !!memchr_inv(p, 0, sizes[i]);
	}
	kspan_free_sensitive(kspan_alloc(5, GFP_KERNEL));
	kspan_free_sensitive(kspan_alloc(50000, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, left, 0U);
}

struct rcu_object {
	char before[40];
	struct rcu_head rcu;
	char after[20];
};

/* The objects are freed after a grace period; kspan_rcu_barrier() waits for that. */
static void free_after_a_grace_period(struct kunit *test)
{
	struct rcu_object *none = NULL, *p = kspan_alloc(sizeof(*p), GFP_KERNEL);
	struct rcu_object *large = kspan_alloc(100000, GFP_KERNEL);
	unsigned long live = api_live_objects();

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KUNIT_EXPECT_EQ(test, live, (unsigned long)test->priv + 2);
	rcu_read_lock();
	kspan_free_rcu(p, rcu);
	kspan_free_rcu(large, rcu);
	kspan_free_rcu(none, rcu);
	p->before[0] = 1;
	large->after[0] = 1;
	rcu_read_unlock();
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, api_live_objects(), live - 2);
}

/* This CPU freed it, or its span is gone. */
static void a_freed_object_has_no_size(struct kunit *test)
{
	unsigned long objs[5];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, test_pin(test), 0);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		objs[i] = (unsigned long)kspan_alloc(200, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		kspan_free((void *)test_hidden(objs[i]));
	test_report_begin("bad pointer: .* is not the start of a live|use after free");
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		KUNIT_EXPECT_EQ(test, kspan_size((void *)test_hidden(objs[i])), (size_t)0);
	kspan_trim();
	KUNIT_EXPECT_EQ(test, kspan_size((void *)test_hidden(objs[0])), (size_t)0);
	KUNIT_EXPECT_EQ(test, test_report_end(), ARRAY_SIZE(objs) + 1);
}

/* More than a batch holds, of several sizes, freed in two grace periods at most. */
static void many_after_a_grace_period(struct kunit *test)
{
	unsigned long live = api_live_objects(), bad = report_bad_frees();
	struct rcu_object *p;
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		p = kspan_alloc(sizeof(*p) + i % 7 * 100, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0xff, sizeof(*p));	/* nothing of it is used meanwhile */
		kspan_free_rcu(p, rcu);
		memset(p, 0xff, sizeof(*p));
	}
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, api_live_objects(), live);
	KUNIT_EXPECT_EQ(test, report_bad_frees(), bad);
}

/* By itself, without a barrier: the worker lets the grace period begin. */
static void soon_after_a_grace_period(struct kunit *test)
{
	struct rcu_object *p = kspan_alloc(sizeof(*p), GFP_KERNEL);
	unsigned long live = api_live_objects();
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	scavenge_resume();
	kspan_free_rcu(p, rcu);
	for (i = 0; i < 500 && api_live_objects() == live; i++)
		msleep(20);
	scavenge_pause();
	KUNIT_EXPECT_EQ(test, api_live_objects(), live - 1);
}

/* Without a struct rcu_head, and none of them waits for a grace period of its own. */
static void without_an_rcu_head(struct kunit *test)
{
	unsigned long live = api_live_objects(), bad = report_bad_frees();
	unsigned int i;
	void *p;

	for (i = 0; i < 50; i++) {
		p = kspan_alloc(1 + i * 50, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		kspan_free_rcu_mightsleep(p);
	}
	kspan_free_rcu_mightsleep(NULL);
	kspan_free_rcu_mightsleep(ZERO_SIZE_PTR);
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, api_live_objects(), live);
	KUNIT_EXPECT_EQ(test, report_bad_frees(), bad);
}

/* Packed with others: each frees itself, not the first one of its block. */
static void packed_without_an_rcu_head(struct kunit *test)
{
	unsigned long live = api_live_objects(), bad = report_bad_frees();
	void *objs[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = kspan_alloc(1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		kspan_free_rcu_mightsleep(objs[i]);
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, api_live_objects(), live);
	KUNIT_EXPECT_EQ(test, report_bad_frees(), bad);
}

static void a_foreign_object_after_a_grace_period(struct kunit *test)
{
	struct rcu_object *p = kzalloc(sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	test_report_begin("is not a kspan object");
	kspan_free_rcu(p, rcu);
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kfree(p);
}

static const size_t bulk_sizes[] = { 0, 5, 8, 64, 1000, 8192, 40000 };

static void bulk_size_name(const size_t *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", *size);
}

KUNIT_ARRAY_PARAM(bulk, bulk_sizes, bulk_size_name);

static void many_at_once(struct kunit *test)
{
	size_t size = *(const size_t *)test->param_value;
	void **objs = test_pointers(test, BATCH);
	unsigned int i, broken = 0;

	KUNIT_ASSERT_EQ(test, kspan_alloc_bulk(size, GFP_KERNEL, BATCH, objs),
			(unsigned int)BATCH);
	for (i = 0; i < BATCH; i++) {
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		if (size)
			memset(objs[i], i, size);
		else
			broken += objs[i] != ZERO_SIZE_PTR;
	}
	for (i = 0; i < BATCH && size; i++)
		broken += !!memchr_inv(objs[i], i, size);
	KUNIT_EXPECT_EQ(test, broken, 0U);
	kspan_free_bulk(BATCH, objs);
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv);
}

static void zeroed_many_at_once(struct kunit *test)
{
	void *objs[20];
	unsigned int i, round, dirty = 0;

	for (round = 0; round < 2; round++) {
		i = kspan_alloc_bulk(200, GFP_KERNEL | __GFP_ZERO, 20, objs);
		KUNIT_ASSERT_EQ(test, i, 20U);
		for (i = 0; i < 20; i++) {
			dirty += !!memchr_inv(objs[i], 0, 200);
			memset(objs[i], 0xff, 200);
		}
		kspan_free_bulk(20, objs);
	}
	KUNIT_EXPECT_EQ(test, dirty, 0U);
}

/* An atomic caller asks for more than the reserve holds: it gets none, and none is lost. */
static void all_or_nothing(struct kunit *test)
{
	unsigned int n = 4 * param_reserve_pages() + 4000;
	void **objs = test_pointers(test, n);

	mutex_lock(&mheap.lock);	/* keeps the reserve from being filled */
	KUNIT_EXPECT_EQ(test, kspan_alloc_bulk(8192, GFP_NOWAIT | __GFP_NOWARN, n, objs), 0U);
	mutex_unlock(&mheap.lock);
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv);
	KUNIT_EXPECT_EQ(test, kspan_alloc_bulk(test_hidden(SIZE_MAX / 2), GFP_KERNEL | __GFP_NOWARN,
					       3, objs), 0U);
	KUNIT_EXPECT_EQ(test, kspan_alloc_bulk(64, GFP_KERNEL, 0, objs), 0U);
}

static void a_mixed_batch_is_freed(struct kunit *test)
{
	void *objs[8];

	objs[0] = kspan_alloc(64, GFP_KERNEL);
	objs[1] = NULL;
	objs[2] = kspan_alloc(5, GFP_KERNEL);
	objs[3] = ZERO_SIZE_PTR;
	objs[4] = kspan_alloc(100000, GFP_KERNEL);
	objs[5] = kspan_alloc(64, GFP_KERNEL);
	objs[6] = kspan_alloc(30000, GFP_KERNEL);
	objs[7] = NULL;
	kspan_free_bulk(8, objs);
	kspan_free_bulk(0, objs);
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv);
}

/* The wrong pointer in a batch is reported, the other objects are freed. */
static void a_batch_with_a_wrong_pointer(struct kunit *test)
{
	void *objs[3];

	KUNIT_ASSERT_EQ(test, kspan_alloc_bulk(64, GFP_KERNEL, 3, objs), 3U);
	swap(objs[1], objs[2]);
	objs[1] = (void *)test_hidden((unsigned long)objs[1] + 8);
	test_report_begin("points inside an object");
	kspan_free_bulk(3, objs);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	kspan_free(objs[1] - 8);
}

/* The second free of the object is reported and ignored. */
static void a_batch_with_an_object_twice(struct kunit *test)
{
	void *objs[4];

	KUNIT_ASSERT_EQ(test, kspan_alloc_bulk(64, GFP_KERNEL, 3, objs), 3U);
	objs[3] = objs[2];
	test_report_begin("double free of");
	kspan_free_bulk(4, objs);
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
}

/* As from an interrupt handler that interrupted an allocation. */
static void a_batch_past_a_busy_mcache(struct kunit *test)
{
	void **objs = test_pointers(test, BATCH);
	unsigned int n, i, twice = 0;
	struct mcache *mc;

	KUNIT_ASSERT_EQ(test, kspan_alloc_bulk(64, GFP_KERNEL, BATCH, objs), (unsigned int)BATCH);
	migrate_disable();
	mc = mcache_try_enter(&default_heap);
	kspan_free_bulk(BATCH, objs);
	n = kspan_alloc_bulk(64, GFP_NOWAIT, BATCH, objs);
	if (mc)
		mcache_exit(mc);
	migrate_enable();
	KUNIT_ASSERT_EQ(test, n, (unsigned int)BATCH);
	for (i = 0; i < BATCH; i++)
		*(void **)objs[i] = objs[i];
	for (i = 0; i < BATCH; i++)
		twice += *(void **)objs[i] != objs[i];
	KUNIT_EXPECT_EQ(test, twice, 0U);
	kspan_free_bulk(BATCH, objs);
}

static void a_mempool_of_objects(struct kunit *test)
{
	mempool_t *pool = mempool_create(4, kspan_mempool_alloc, kspan_mempool_free, (void *)200);
	void *objs[10];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	/* A mempool asks without sleeping first. The worker, which fills the reserve, is paused. */
	reserve_refill(GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv + 4);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = mempool_alloc(pool, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, kspan_size(objs[i]), (size_t)208);
	}
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv + 14);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		mempool_free(objs[i], pool);
	mempool_destroy(pool);
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(free_of_a_known_size),
	KUNIT_CASE(free_of_a_wrong_size),
	KUNIT_CASE(sensitive_memory_is_wiped),
	KUNIT_CASE(a_freed_object_has_no_size),
	KUNIT_CASE(free_after_a_grace_period),
	KUNIT_CASE(many_after_a_grace_period),
	KUNIT_CASE(soon_after_a_grace_period),
	KUNIT_CASE(without_an_rcu_head),
	KUNIT_CASE(packed_without_an_rcu_head),
	KUNIT_CASE(a_foreign_object_after_a_grace_period),
	KUNIT_CASE_PARAM(many_at_once, bulk_gen_params),
	KUNIT_CASE(zeroed_many_at_once),
	KUNIT_CASE(all_or_nothing),
	KUNIT_CASE(a_mixed_batch_is_freed),
	KUNIT_CASE(a_batch_with_a_wrong_pointer),
	KUNIT_CASE(a_batch_with_an_object_twice),
	KUNIT_CASE(a_batch_past_a_busy_mcache),
	KUNIT_CASE(a_mempool_of_objects),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_api_free",
	.init = api_test_init,
	.exit = api_test_exit,
	.suite_init = test_pause_worker,
	.suite_exit = test_resume_worker,
	.test_cases = cases,
};

kunit_test_suite(suite);
