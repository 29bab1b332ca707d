/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the suites that call kspan.h's functions, and so use the default heap: each test must free
 * all objects that it allocates.
 */
#ifndef _KSPAN_KUNIT_API_FIXTURE_H
#define _KSPAN_KUNIT_API_FIXTURE_H

#include "fixture.h"

int api_test_init(struct kunit *test);
void api_test_exit(struct kunit *test);

unsigned long api_live_objects(void);

/* Sizes around every kind of boundary, terminated by 0. */
extern const size_t api_sizes[];

#endif /* _KSPAN_KUNIT_API_FIXTURE_H */
