// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_api_devm: objects that are freed with their device.
 */
#include <linux/device.h>
#include <linux/slab.h>
#include <kspan/devm.h>
#include "api_fixture.h"

static void free_device(struct device *dev)
{
	kfree(dev);
}

/* One that nobody else sees. What it has goes with the last reference, as when it is unbound. */
static struct device *new_device(struct kunit *test)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	device_initialize(dev);
	dev->release = free_device;
	return dev;
}

static void objects_go_with_their_device(struct kunit *test)
{
	struct device *dev = new_device(test);
	unsigned long live = api_live_objects();

	KUNIT_EXPECT_NOT_NULL(test, devm_kspan_alloc(dev, 64, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, memchr_inv(devm_kspan_zalloc(dev, 64, GFP_KERNEL), 0, 64));
	KUNIT_EXPECT_NOT_NULL(test, devm_kspan_alloc_array(dev, 10, 6400, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, memchr_inv(devm_kspan_calloc(dev, 10, 64, GFP_KERNEL), 0, 640));
	KUNIT_EXPECT_STREQ(test, devm_kspan_strdup(dev, "text", GFP_KERNEL), "text");
	KUNIT_EXPECT_STREQ(test, devm_kspan_asprintf(dev, GFP_KERNEL, "%d", 42), "42");
	KUNIT_EXPECT_STREQ(test, devm_kspan_memdup(dev, "text", 5, GFP_KERNEL), "text");
	KUNIT_EXPECT_EQ(test, api_live_objects(), live + 7);
	put_device(dev);
	KUNIT_EXPECT_EQ(test, api_live_objects(), live);
}

static void an_object_may_go_before(struct kunit *test)
{
	struct device *dev = new_device(test);
	unsigned long live = api_live_objects();
	void *p = devm_kspan_alloc(dev, 64, GFP_KERNEL);
	void *q = devm_kspan_alloc(dev, 64, GFP_KERNEL);

	devm_kspan_free(dev, p);
	KUNIT_EXPECT_EQ(test, api_live_objects(), live + 1);
	KUNIT_EXPECT_GT(test, kspan_size(q), (size_t)0);
	devm_kspan_free(dev, NULL);
	devm_kspan_free(dev, ZERO_SIZE_PTR);
	put_device(dev);
}

static void objects_change_their_size(struct kunit *test)
{
	struct device *dev = new_device(test);
	unsigned long live = api_live_objects();
	char *p = devm_kspan_realloc(dev, NULL, 8, GFP_KERNEL), *moved;

	KUNIT_ASSERT_NOT_NULL(test, p);
	strcpy(p, "text");
	moved = devm_kspan_realloc(dev, p, 5000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, moved);
	KUNIT_EXPECT_PTR_NE(test, moved, p);
	KUNIT_EXPECT_STREQ(test, moved, "text");
	KUNIT_EXPECT_EQ(test, api_live_objects(), live + 1);
	KUNIT_EXPECT_PTR_EQ(test, devm_kspan_realloc(dev, moved, test_hidden(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, api_live_objects(), live);
	KUNIT_EXPECT_NOT_NULL(test, devm_kspan_realloc(dev, NULL, 100, GFP_KERNEL));
	put_device(dev);
}

static void nothing_leaves_no_record(struct kunit *test)
{
	struct device *dev = new_device(test);
	size_t huge = test_hidden(SIZE_MAX / 2);

	KUNIT_EXPECT_PTR_EQ(test, devm_kspan_alloc(dev, test_hidden(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_NULL(test, devm_kspan_alloc(dev, huge, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, devm_kspan_calloc(dev, huge, 4, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, devm_kspan_strdup(dev, NULL, GFP_KERNEL));
	put_device(dev);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(objects_go_with_their_device),
	KUNIT_CASE(an_object_may_go_before),
	KUNIT_CASE(objects_change_their_size),
	KUNIT_CASE(nothing_leaves_no_record),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_api_devm",
	.init = api_test_init,
	.exit = api_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
