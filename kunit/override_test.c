// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_override: what slab_override.h calls: memory as kmalloc()'s, and frees that say whether it
 * was kspan's.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <kspan/heap.h>
#include "api_fixture.h"

static void objects_are_in_the_direct_map(struct kunit *test)
{
	const size_t *size;
	void *p;

	for (size = api_sizes; *size; size++) {
		p = __kspan_override_alloc(*size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
		if (!p && *size > KSPAN_MAX_SMALL)
			continue;	/* memory may be in pieces */
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, virt_addr_valid(p) && !is_vmalloc_addr(p));
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, *size));
		KUNIT_EXPECT_GE(test, kspan_size(p), *size);
		KUNIT_EXPECT_TRUE(test, __kspan_override_free(p));
	}
	KUNIT_EXPECT_EQ(test, api_live_objects(), 0UL);
}

static void the_other_ways_to_ask(struct kunit *test)
{
	void *p = __kspan_override_alloc_class(100, GFP_KERNEL, KSPAN_SIZE_CLASS(100));
	void *q = __kspan_override_alloc_aligned(3 * 4096, 4096, GFP_KERNEL);

	KUNIT_EXPECT_TRUE(test, p && !is_vmalloc_addr(p));
	KUNIT_EXPECT_TRUE(test, q && !is_vmalloc_addr(q) && IS_ALIGNED((unsigned long)q, 4096));
	KUNIT_EXPECT_TRUE(test, __kspan_override_free(p));
	KUNIT_EXPECT_TRUE(test, __kspan_override_free(q));
}

static void objects_of_the_default_heap(struct kunit *test)
{
	const size_t *size;

	for (size = api_sizes; *size; size++)
		KUNIT_EXPECT_TRUE(test, __kspan_override_free(kspan_alloc(*size, GFP_KERNEL)));
	KUNIT_EXPECT_EQ(test, api_live_objects(), 0UL);
}

static void memory_of_others(struct kunit *test)
{
	void *p = kmalloc(64, GFP_KERNEL), *q = kvmalloc(8 << 20, GFP_KERNEL);

	KUNIT_EXPECT_FALSE(test, __kspan_override_free(NULL));
	KUNIT_EXPECT_FALSE(test, __kspan_override_free(ZERO_SIZE_PTR));
	KUNIT_EXPECT_FALSE(test, __kspan_override_free(&p));
	KUNIT_EXPECT_FALSE(test, __kspan_override_free(p));
	KUNIT_EXPECT_FALSE(test, __kspan_override_free(q));
	kfree(p);
	kvfree(q);
}

static void misuse_is_reported(struct kunit *test)
{
	char *p = __kspan_override_alloc(64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	test_report_begin("inside an object");
	KUNIT_EXPECT_TRUE(test, __kspan_override_free(p + 8));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
	KUNIT_EXPECT_TRUE(test, __kspan_override_free(p));
	test_report_begin("double free");
	KUNIT_EXPECT_TRUE(test, __kspan_override_free(p));
	KUNIT_EXPECT_EQ(test, test_report_end(), 1UL);
}

/* Nothing is set aside before the first who may not sleep. */
static void those_who_may_not_sleep_are_served_soon(struct kunit *test)
{
	void *p = NULL;
	int tries;

	kspan_trim();
	for (tries = 0; !p && tries < 500; tries++) {
		p = __kspan_override_alloc(2000, GFP_ATOMIC | __GFP_NOWARN);
		if (!p)
			msleep(20);
	}
	KUNIT_EXPECT_TRUE(test, p && !is_vmalloc_addr(p));
	__kspan_override_free(p);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(objects_are_in_the_direct_map),
	KUNIT_CASE(the_other_ways_to_ask),
	KUNIT_CASE(objects_of_the_default_heap),
	KUNIT_CASE(memory_of_others),
	KUNIT_CASE(misuse_is_reported),
	KUNIT_CASE(those_who_may_not_sleep_are_served_soon),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_override",
	.init = api_test_init,
	.exit = api_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
