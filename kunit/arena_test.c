// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_arena: one vmalloc area and its pages. Each test creates its own arenas, which mheap does
 * not know.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include "pages/arena.h"
#include "fixture.h"

#define ARENA_BYTES	SZ_4M

static int arena_test_init(struct kunit *test)
{
	test->priv = arena_create(ARENA_BYTES, ARENA_BYTES, GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void arena_test_exit(struct kunit *test)
{
	if (test->priv)
		arena_destroy(test->priv);
}

static void a_new_arena_is_described(struct kunit *test)
{
	struct arena *arena = test->priv;
	unsigned long end = (unsigned long)arena->vm + ARENA_BYTES;

	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(arena->base, KSPAN_PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, arena->vm_bytes, (unsigned long)ARENA_BYTES);
	KUNIT_EXPECT_GE(test, arena->base, (unsigned long)arena->vm);
	KUNIT_EXPECT_LE(test, arena->base + arena->npages * KSPAN_PAGE_SIZE, end);
	KUNIT_EXPECT_GE(test, arena->npages, ARENA_BYTES / KSPAN_PAGE_SIZE - 1);
	KUNIT_EXPECT_GE(test, arena->header_pages * KSPAN_PAGE_SIZE, arena_metadata_bytes(arena));
	KUNIT_EXPECT_EQ(test, arena->free_pages, arena->npages - arena->header_pages);
	KUNIT_EXPECT_EQ(test, page_alloc_max(&arena->pages), arena->free_pages);
	KUNIT_EXPECT_TRUE(test, arena_is_empty(arena));
}

static void it_covers_its_pages_alone(struct kunit *test)
{
	struct arena *arena = test->priv;
	unsigned long end = arena->base + arena->npages * KSPAN_PAGE_SIZE;

	KUNIT_EXPECT_TRUE(test, arena_covers(arena, arena->base));
	KUNIT_EXPECT_TRUE(test, arena_covers(arena, end - 1));
	KUNIT_EXPECT_FALSE(test, arena_covers(arena, end));
	KUNIT_EXPECT_FALSE(test, arena_covers(arena, arena->base - 1));
	KUNIT_EXPECT_FALSE(test, arena_covers(arena, 0));
	KUNIT_EXPECT_FALSE(test, arena_covers(arena, ~0UL));
}

static void the_header_is_never_handed_out(struct kunit *test)
{
	struct arena *arena = test->priv;
	unsigned long room = arena->free_pages, addr;
	bool dirty;

	addr = arena_take(arena, room, 1, &dirty);
	KUNIT_EXPECT_EQ(test, addr, arena->base + arena->header_pages * KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, arena->free_pages, 0UL);
	KUNIT_EXPECT_FALSE(test, arena_is_empty(arena));
	KUNIT_EXPECT_EQ(test, arena_take(arena, 1, 1, &dirty), 0UL);
	arena_give(arena, addr, room);
	KUNIT_EXPECT_EQ(test, arena->free_pages, room);
	KUNIT_EXPECT_TRUE(test, arena_is_empty(arena));
}

/* New pages are zeroed; pages that were given back may hold anything. */
static void pages_are_dirty_after_use(struct kunit *test)
{
	struct arena *arena = test->priv;
	unsigned long addr, next;
	bool dirty = true;

	addr = arena_take(arena, 4, 1, &dirty);
	KUNIT_EXPECT_FALSE(test, dirty);
	arena_give(arena, addr + KSPAN_PAGE_SIZE, 2);
	KUNIT_EXPECT_EQ(test, arena_take(arena, 1, 1, &dirty), addr + KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, dirty);
	next = arena_take(arena, 1, 1, &dirty);
	KUNIT_EXPECT_EQ(test, next, addr + 2 * KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, dirty);
	KUNIT_EXPECT_EQ(test, arena_take(arena, 1, 1, &dirty), addr + 4 * KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_FALSE(test, dirty);
	arena_give(arena, addr, 5);
	KUNIT_EXPECT_EQ(test, arena_take(arena, 6, 1, &dirty), addr);
	KUNIT_EXPECT_TRUE(test, dirty);
	arena_give(arena, addr, 6);
}

static unsigned int nonzero_pages(unsigned long addr, unsigned long npages)
{
	unsigned int n = 0;

	for (; npages--; addr += KSPAN_PAGE_SIZE) {
		kasan_unpoison_object((void *)addr, KSPAN_PAGE_SIZE);
		n += !!memchr_inv((void *)addr, 0, KSPAN_PAGE_SIZE);
	}
	return n;
}

static void a_new_arena_is_zeroed(struct kunit *test)
{
	struct arena *arena = test->priv;
	unsigned long addr;
	bool dirty;

	addr = arena_take(arena, arena->free_pages, 1, &dirty);
	KUNIT_ASSERT_NE(test, addr, 0UL);
	KUNIT_EXPECT_EQ(test, nonzero_pages(addr, arena->npages - arena->header_pages), 0U);
}

static void runs_are_aligned_by_address(struct kunit *test)
{
	struct arena *arena = test->priv;
	unsigned long align, addr;
	bool dirty;

	for (align = 1; align <= 128; align *= 2) {
		addr = arena_take(arena, 3, align, &dirty);
		KUNIT_EXPECT_NE(test, addr, 0UL);
		KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED(addr, align * KSPAN_PAGE_SIZE), "to %lu",
				      align);
	}
}

static const unsigned long object_sizes[] = {
	40000, SZ_128K, SZ_1M - 1, SZ_4M, SZ_8M + 1, SZ_32M, SZ_64M,
};

static void object_size_name(const unsigned long *bytes, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu bytes", *bytes);
}

KUNIT_ARRAY_PARAM(object_size, object_sizes, object_size_name);

/* arena_overhead() adds enough, whatever the address of the vmalloc area. */
static void an_arena_for_an_object_has_room_for_it(struct kunit *test)
{
	unsigned long bytes = *(const unsigned long *)test->param_value;
	unsigned long vm_bytes = PAGE_ALIGN(bytes + arena_overhead(bytes));
	struct arena *arena = arena_create(vm_bytes, vm_bytes, GFP_KERNEL);

	if (!arena)
		kunit_skip(test, "no memory for it");
	KUNIT_EXPECT_GE(test, arena->free_pages, BYTES_TO_PAGES(bytes));
	KUNIT_EXPECT_LE(test, arena_overhead(bytes), bytes / 256 + 5 * KSPAN_PAGE_SIZE);
	arena_destroy(arena);
}

static void more_than_the_machine_has_is_refused(struct kunit *test)
{
	unsigned long bytes = totalram_pages() * PAGE_SIZE * 4;

	KUNIT_EXPECT_NULL(test, arena_create(bytes, bytes, GFP_KERNEL));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_new_arena_is_described),
	KUNIT_CASE(it_covers_its_pages_alone),
	KUNIT_CASE(the_header_is_never_handed_out),
	KUNIT_CASE(pages_are_dirty_after_use),
	KUNIT_CASE(a_new_arena_is_zeroed),
	KUNIT_CASE(runs_are_aligned_by_address),
	KUNIT_CASE_PARAM(an_arena_for_an_object_has_room_for_it, object_size_gen_params),
	KUNIT_CASE(more_than_the_machine_has_is_refused),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_arena",
	.init = arena_test_init,
	.exit = arena_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
