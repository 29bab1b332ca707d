// SPDX-License-Identifier: GPL-2.0
/*
 * For the suites of regions; see region_fixture.h.
 */
#include "region_fixture.h"

/* Return: pages in spans, after all idle ones have been returned. */
static long held_pages(void)
{
	kspan_trim();
	return atomic_long_read(&mheap.held_pages);
}

int region_test_init(struct kunit *test)
{
	const struct kspan_region_params params = { .block_size = TEST_BLOCK };
	struct region_test *rt = kunit_kzalloc(test, sizeof(*rt), GFP_KERNEL);

	if (!rt)
		return -ENOMEM;
	rt->held_pages = held_pages();
	rt->region = kspan_region_create("kunit", &params);
	test->priv = rt;
	return PTR_ERR_OR_ZERO(rt->region);
}

void region_destroy(struct kunit *test)
{
	struct region_test *rt = test->priv;

	kspan_region_destroy(rt->region);
	rt->region = NULL;
}

void region_test_exit(struct kunit *test)
{
	struct region_test *rt = test->priv;

	if (!rt || IS_ERR(rt->region))
		return;
	region_destroy(test);
	KUNIT_EXPECT_EQ_MSG(test, held_pages(), rt->held_pages, "the region left pages behind");
}

struct kspan_region *region_replace(struct kunit *test, const struct kspan_region_params *params)
{
	struct region_test *rt = test->priv;
	struct kspan_region *region;

	region_destroy(test);
	region = kspan_region_create("kunit", params);
	KUNIT_ASSERT_FALSE(test, IS_ERR(region));
	rt->region = region;
	return region;
}

u8 *region_object(struct kunit *test, size_t size, gfp_t gfp)
{
	u8 *p = kspan_region_alloc(test_region(test), size, gfp);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}
