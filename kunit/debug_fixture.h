/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the suites of debug modes: test->priv is a heap that kspan_heap_create() made, without any.
 */
#ifndef _KSPAN_KUNIT_DEBUG_FIXTURE_H
#define _KSPAN_KUNIT_DEBUG_FIXTURE_H

#include <kspan/heap.h>
#include "fixture.h"
#include "base/letters.h"
#include "upkeep/debug_mode.h"

int debug_test_init(struct kunit *test);
void debug_test_exit(struct kunit *test);

/* Switch to the mode that the letters say. */
void debug_test_set(struct kunit *test, const char *letters);

u8 *debug_test_get(struct kunit *test, size_t size);

/* How many mcaches a heap has. kspan.ko exports it for the tests. */
unsigned int kunit_nr_mcaches(struct kspan_heap *heap);

/* The same address, which the compiler does not know to be freed. */
static inline u8 *debug_test_again(void *p)
{
	return (u8 *)test_hidden((unsigned long)p);
}

#endif /* _KSPAN_KUNIT_DEBUG_FIXTURE_H */
