/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the suites of regions: a region for each test, and the books, which must be as before when it
 * is gone.
 */
#ifndef _KSPAN_KUNIT_REGION_FIXTURE_H
#define _KSPAN_KUNIT_REGION_FIXTURE_H

#include <linux/sizes.h>
#include <kspan/region.h>
#include "fixture.h"
#include "region/region.h"

/* Small, so that a test meets many of them. */
#define TEST_CHUNK	SZ_64K

/* For a suite's .init and .exit: the region is test_region(test). */
int region_test_init(struct kunit *test);
void region_test_exit(struct kunit *test);

/* In place of the test's region one that is like that; NULL for defaults. */
struct kspan_region *region_replace(struct kunit *test, const struct kspan_region_params *params);
void region_destroy(struct kunit *test);

/* An object, or the test ends. */
u8 *region_object(struct kunit *test, size_t size, gfp_t gfp);

struct region_test {
	struct kspan_region *region;
	long held_pages;
};

static inline struct kspan_region *test_region(struct kunit *test)
{
	return ((struct region_test *)test->priv)->region;
}

/* What kspan keeps behind the public part. */
static inline struct region *region_inside(struct kunit *test)
{
	return container_of(test_region(test), struct region, head);
}

static inline bool all_are(const void *p, u8 value, size_t n)
{
	return !memchr_inv(p, value, n);
}

#endif /* _KSPAN_KUNIT_REGION_FIXTURE_H */
