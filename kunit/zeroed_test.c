// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_zeroed: zeroed objects: all of each, and nothing beside it.
 */
#include <linux/string.h>
#include "fixture.h"
#include "pages/object.h"

#define DIRT	0xa5
#define EDGE	64

/* Each class, with bytes before and behind that stay. */
static void clears_an_object_and_no_more(struct kunit *test)
{
	u8 *mem = kunit_kmalloc(test, KSPAN_MAX_SMALL + 2 * EDGE, GFP_KERNEL);
	unsigned int class, wrong = 0;
	size_t size;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	for (class = 1; class < CLASS_TINY; class++) {
		size = size_classes[class].size;
		memset(mem, DIRT, KSPAN_MAX_SMALL + 2 * EDGE);
		object_clear(mem + EDGE, size);
		wrong += !!memchr_inv(mem, DIRT, EDGE);
		wrong += !!memchr_inv(mem + EDGE, 0, size);
		wrong += !!memchr_inv(mem + EDGE + size, DIRT, EDGE);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

/* The object between two others was used before; they keep what they hold. */
static unsigned int zeroed_between(struct kunit *test, size_t size, gfp_t gfp)
{
	struct kspan_heap *heap = test->priv;
	unsigned int i, wrong = 0;
	u8 *p[3];

	for (i = 0; i < 3; i++) {
		p[i] = kspan_heap_alloc(heap, size, gfp);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		memset(p[i], DIRT, kspan_size(p[i]));
	}
	kspan_free(p[1]);
	p[1] = kspan_heap_zalloc(heap, size, gfp);
	KUNIT_ASSERT_NOT_NULL(test, p[1]);
	wrong += !!memchr_inv(p[1], 0, kspan_size(p[1]));
	wrong += !!memchr_inv(p[0], DIRT, kspan_size(p[0]));
	wrong += !!memchr_inv(p[2], DIRT, kspan_size(p[2]));
	for (i = 0; i < 3; i++)
		kspan_free(p[i]);
	return wrong;
}

static void zeroes_each_size(struct kunit *test)
{
	unsigned int wrong = 0;
	size_t size;

	for (size = 1; size <= 1200; size++)
		wrong += zeroed_between(test, size, GFP_KERNEL);
	for (; size <= 70000; size += 997)
		wrong += zeroed_between(test, size, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

/* Up to HOT_BYTES what was just freed is zeroed; above, what holds zeros is handed out first. */
static void hot_objects_first(struct kunit *test)
{
	struct kspan_heap *heap = test->priv;
	void *p = kspan_heap_zalloc(heap, 64, GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	if (OBJECT_HOOKS)
		kunit_skip(test, "objects take the long path");
	kspan_free(p);
	q = kspan_heap_zalloc(heap, 64, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	kspan_free(q);
	p = kspan_heap_zalloc(heap, 512, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, DIRT, 512);
	kspan_free(p);
	q = kspan_heap_zalloc(heap, 512, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_PTR_NE(test, q, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0, 512));
	kspan_free(q);
}

static int zeroed_test_init(struct kunit *test)
{
	test->priv = kspan_heap_create("kunit-zeroed", NULL);
	return PTR_ERR_OR_ZERO(test->priv);
}

static void zeroed_test_exit(struct kunit *test)
{
	kspan_heap_destroy(test->priv);
}

static struct kunit_case zeroed_cases[] = {
	KUNIT_CASE(clears_an_object_and_no_more),
	KUNIT_CASE(zeroes_each_size),
	KUNIT_CASE(hot_objects_first),
	{}
};

static struct kunit_suite kspan_zeroed_suite = {
	.name = "kspan_zeroed",
	.init = zeroed_test_init,
	.exit = zeroed_test_exit,
	.test_cases = zeroed_cases,
};

kunit_test_suite(kspan_zeroed_suite);
