// SPDX-License-Identifier: GPL-2.0
/*
 * For the suites of debug modes; see debug_fixture.h.
 */
#include "debug_fixture.h"

int debug_test_init(struct kunit *test)
{
	struct kspan_heap *heap = kspan_heap_create("kunit_debug", NULL);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	test->priv = heap;
	/* On another memory node the next object would come from another span. */
	return test_pin(test) ?: debug_mode_set(heap, 0);	/* where another is the default */
}

void debug_test_exit(struct kunit *test)
{
	kspan_heap_destroy(test->priv);
}

void debug_test_set(struct kunit *test, const char *text)
{
	u32 letters;

	KUNIT_ASSERT_EQ(test, letters_parse(text, &letters), 0);
	KUNIT_ASSERT_EQ(test, debug_mode_set(test->priv, letters), 0);
}

u8 *debug_test_get(struct kunit *test, size_t size)
{
	u8 *p = kspan_heap_alloc(test->priv, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}
