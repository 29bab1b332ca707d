/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the suites of regions: each test gets a region, and kspan must hold as many pages after its
 * end as before.
 */
#ifndef _KSPAN_KUNIT_REGION_FIXTURE_H
#define _KSPAN_KUNIT_REGION_FIXTURE_H

#include <linux/sizes.h>
#include <kspan/region.h>
#include "fixture.h"
#include "region/region.h"

/* Small, so that a test uses many blocks. */
#define TEST_BLOCK	SZ_64K

/* For a suite's .init and .exit: the region is test_region(test). */
int region_test_init(struct kunit *test);
void region_test_exit(struct kunit *test);

/* Replace the test's region by a new one; NULL: default params. */
struct kspan_region *region_replace(struct kunit *test, const struct kspan_region_params *params);
void region_destroy(struct kunit *test);

/* Allocate an object; without one the test fails and ends. */
u8 *region_object(struct kunit *test, size_t size, gfp_t gfp);

struct region_test {
	struct kspan_region *region;
	long held_pages;
};

static inline struct kspan_region *test_region(struct kunit *test)
{
	return ((struct region_test *)test->priv)->region;
}

/* The private part of the region. */
static inline struct region *region_inside(struct kunit *test)
{
	return container_of(test_region(test), struct region, head);
}

static inline unsigned long region_held(struct kunit *test)
{
	return atomic_long_read(&region_inside(test)->held);
}

static inline unsigned long region_blocks(struct kunit *test)
{
	return atomic_long_read(&region_inside(test)->nr_blocks);
}

static inline unsigned long region_spares(struct kunit *test)
{
	return atomic_long_read(&region_inside(test)->nr_spare);
}

static inline bool all_are(const void *p, u8 value, size_t n)
{
	return !memchr_inv(p, value, n);
}

#endif /* _KSPAN_KUNIT_REGION_FIXTURE_H */
