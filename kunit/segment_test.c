// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_segment: one vmalloc area and its pages. Each test creates its own segments, which mheap
 * does not know.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include "pages/segment.h"
#include "fixture.h"

#define SEGMENT_BYTES	SZ_4M

static int segment_test_init(struct kunit *test)
{
	test->priv = segment_create(SEGMENT_BYTES, SEGMENT_BYTES, NUMA_NO_NODE, GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void segment_test_exit(struct kunit *test)
{
	if (test->priv)
		segment_destroy(test->priv);
}

static void a_new_segment_is_described(struct kunit *test)
{
	struct segment *seg = test->priv;
	unsigned long end = (unsigned long)seg->vm + SEGMENT_BYTES;

	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(seg->base, KSPAN_PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, seg->bytes, (unsigned long)SEGMENT_BYTES);
	KUNIT_EXPECT_GE(test, seg->base, (unsigned long)seg->vm);
	KUNIT_EXPECT_LE(test, segment_end(seg), end);
	KUNIT_EXPECT_GE(test, seg->npages, (SEGMENT_BYTES - SEGMENT_SLACK) / KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, seg->free_pages, seg->npages);
	KUNIT_EXPECT_EQ(test, page_alloc_max(&seg->pages), seg->free_pages);
	KUNIT_EXPECT_TRUE(test, segment_is_empty(seg));
	KUNIT_EXPECT_EQ(test, seg->node, page_to_nid(vmalloc_to_page(seg->vm)));
}

static void it_covers_its_pages_alone(struct kunit *test)
{
	struct segment *seg = test->priv;
	unsigned long end = segment_end(seg);

	KUNIT_EXPECT_TRUE(test, segment_covers(seg, seg->base));
	KUNIT_EXPECT_TRUE(test, segment_covers(seg, end - 1));
	KUNIT_EXPECT_FALSE(test, segment_covers(seg, end));
	KUNIT_EXPECT_FALSE(test, segment_covers(seg, seg->base - 1));
	KUNIT_EXPECT_FALSE(test, segment_covers(seg, 0));
	KUNIT_EXPECT_FALSE(test, segment_covers(seg, ~0UL));
}

/* No write before the first object, nor behind the last, meets the description. */
static void the_description_lies_elsewhere(struct kunit *test)
{
	struct segment *seg = test->priv;
	unsigned long first = (unsigned long)seg, last = first + segment_metadata_bytes(seg) - 1;
	unsigned long area = (unsigned long)seg->vm;

	area -= PAGE_SIZE;
	KUNIT_EXPECT_TRUE(test, last < area || first > area + seg->bytes + 2 * PAGE_SIZE);
}

static unsigned long take(struct segment *seg, unsigned long n, unsigned long align, bool *dirty)
{
	unsigned long addr = segment_find(seg, n, align);

	if (addr)
		*dirty = segment_take(seg, addr, n);
	return addr;
}

static void all_pages_are_handed_out(struct kunit *test)
{
	struct segment *seg = test->priv;
	unsigned long room = seg->npages;
	bool dirty;

	KUNIT_EXPECT_EQ(test, take(seg, room, 1, &dirty), seg->base);
	KUNIT_EXPECT_EQ(test, seg->free_pages, 0UL);
	KUNIT_EXPECT_FALSE(test, segment_is_empty(seg));
	KUNIT_EXPECT_EQ(test, segment_find(seg, 1, 1), 0UL);
	segment_give(seg, seg->base, room);
	KUNIT_EXPECT_EQ(test, seg->free_pages, room);
	KUNIT_EXPECT_TRUE(test, segment_is_empty(seg));
}

/* New pages are zeroed; pages that were given back may hold anything. */
static void pages_are_dirty_after_use(struct kunit *test)
{
	struct segment *seg = test->priv;
	unsigned long addr, next;
	bool dirty = true;

	addr = take(seg, 4, 1, &dirty);
	KUNIT_EXPECT_FALSE(test, dirty);
	segment_give(seg, addr + KSPAN_PAGE_SIZE, 2);
	KUNIT_EXPECT_EQ(test, take(seg, 1, 1, &dirty), addr + KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, dirty);
	next = take(seg, 1, 1, &dirty);
	KUNIT_EXPECT_EQ(test, next, addr + 2 * KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, dirty);
	KUNIT_EXPECT_EQ(test, take(seg, 1, 1, &dirty), addr + 4 * KSPAN_PAGE_SIZE);
	KUNIT_EXPECT_FALSE(test, dirty);
	segment_give(seg, addr, 5);
	KUNIT_EXPECT_EQ(test, take(seg, 6, 1, &dirty), addr);
	KUNIT_EXPECT_TRUE(test, dirty);
	segment_give(seg, addr, 6);
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

static void a_new_segment_is_zeroed(struct kunit *test)
{
	struct segment *seg = test->priv;

	KUNIT_EXPECT_EQ(test, nonzero_pages(seg->base, seg->npages), 0U);
}

static void runs_are_aligned_by_address(struct kunit *test)
{
	struct segment *seg = test->priv;
	unsigned long align, addr;
	bool dirty;

	for (align = 1; align <= 128; align *= 2) {
		addr = take(seg, 3, align, &dirty);
		KUNIT_EXPECT_NE(test, addr, 0UL);
		KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED(addr, align * KSPAN_PAGE_SIZE), "to %lu",
				      align);
	}
}

static void more_than_the_machine_has_is_refused(struct kunit *test)
{
	unsigned long bytes = totalram_pages() * PAGE_SIZE * 4;

	KUNIT_EXPECT_NULL(test, segment_create(bytes, bytes, NUMA_NO_NODE, GFP_KERNEL));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_new_segment_is_described),
	KUNIT_CASE(it_covers_its_pages_alone),
	KUNIT_CASE(the_description_lies_elsewhere),
	KUNIT_CASE(all_pages_are_handed_out),
	KUNIT_CASE(pages_are_dirty_after_use),
	KUNIT_CASE(a_new_segment_is_zeroed),
	KUNIT_CASE(runs_are_aligned_by_address),
	KUNIT_CASE(more_than_the_machine_has_is_refused),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_segment",
	.init = segment_test_init,
	.exit = segment_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
