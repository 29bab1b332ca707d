// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_api_obj: allocations that take a type.
 */
#include <kspan/obj.h>
#include "api_fixture.h"

struct small {
	u64 a, b, c;
};

struct flexible {
	size_t n;
	u32 array[];
};

/* That each has the type asked for, the compiler says. */
static void objects_of_a_type(struct kunit *test)
{
	struct small *p = kspan_alloc_obj(*p, GFP_KERNEL);
	struct small *zeroed = kspan_zalloc_obj(struct small, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, zeroed);
	KUNIT_EXPECT_EQ(test, kspan_size(p), kspan_size_roundup(sizeof(*p)));
	KUNIT_EXPECT_NULL(test, memchr_inv(zeroed, 0, sizeof(*zeroed)));
	kspan_free(p);
	kspan_free(zeroed);
}

static void arrays_of_a_type(struct kunit *test)
{
	u32 *p = kspan_alloc_objs(*p, test_hidden(100), GFP_KERNEL);
	u32 *zeroed = kspan_zalloc_objs(u32, 100, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, zeroed);
	KUNIT_EXPECT_EQ(test, kspan_size(p), kspan_size_roundup(400));
	KUNIT_EXPECT_NULL(test, memchr_inv(zeroed, 0, 400));
	kspan_free(p);
	kspan_free(zeroed);
	KUNIT_EXPECT_NULL(test, kspan_alloc_objs(u32, test_hidden(SIZE_MAX / 2), GFP_KERNEL));
}

static void flexible_arrays(struct kunit *test)
{
	struct flexible *p = kspan_alloc_flex(*p, array, test_hidden(50), GFP_KERNEL);
	struct flexible *zeroed = kspan_zalloc_flex(struct flexible, array, 50, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, zeroed);
	KUNIT_EXPECT_EQ(test, kspan_size(p), kspan_size_roundup(struct_size(p, array, 50)));
	KUNIT_EXPECT_NULL(test, memchr_inv(zeroed, 0, struct_size(zeroed, array, 50)));
	kspan_free(p);
	kspan_free(zeroed);
	p = kspan_alloc_flex(*p, array, test_hidden(SIZE_MAX / 2), GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, p);
}

static void objects_of_a_heap(struct kunit *test)
{
	struct kspan_heap *heap = kspan_heap_create("kunit objects", NULL);
	struct small *p;
	u32 *array;
	struct flexible *flexible;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	p = kspan_heap_alloc_obj(heap, *p, GFP_KERNEL);
	array = kspan_heap_alloc_objs(heap, *array, 9, GFP_KERNEL);
	flexible = kspan_heap_alloc_flex(heap, *flexible, array, 9, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(p)), heap);
	KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(array)), heap);
	KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(flexible)), heap);
	kspan_heap_reset(heap);
	kspan_heap_destroy(heap);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(objects_of_a_type),
	KUNIT_CASE(arrays_of_a_type),
	KUNIT_CASE(flexible_arrays),
	KUNIT_CASE(objects_of_a_heap),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_api_obj",
	.init = api_test_init,
	.exit = api_test_exit,
	.suite_exit = test_trim,
	.test_cases = cases,
};

kunit_test_suite(suite);
