// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_page_alloc: small cases, from a table. page_alloc_random_test.c has long random ones.
 */
#include "fixture.h"
#include "pages/page_alloc.h"

#define MAX_RANGES	6

struct page_range {
	unsigned long page;
	unsigned long n;
};

struct find_case {
	const char *name;
	unsigned long npages;
	struct page_range used[MAX_RANGES];
	unsigned long n;
	unsigned long align;
	unsigned long first_page;
	unsigned long expected;
};

static const struct find_case find_cases[] = {
	{ "one page", 1, { }, 1, 1, 0, 0 },
	{ "one page, two wanted", 1, { }, 2, 1, 0, NO_PAGE },
	{ "one page, used", 1, { { 0, 1 } }, 1, 1, 0, NO_PAGE },
	{ "all of 511", 511, { }, 511, 1, 0, 0 },
	{ "one more than 511", 511, { }, 512, 1, 0, NO_PAGE },
	{ "a whole chunk", 512, { }, 512, 1, 0, 0 },
	{ "across the first two chunks", 1024, { { 0, 500 } }, 100, 1, 0, 500 },
	{ "all of 1000", 1000, { }, 1000, 1, 0, 0 },
	{ "the last page", 1000, { { 0, 999 } }, 1, 1, 0, 999 },
	{ "not past the last page", 1000, { { 0, 999 } }, 2, 1, 0, NO_PAGE },
	{ "the first of two holes", 512, { { 0, 10 }, { 12, 10 }, { 24, 488 } }, 2, 1, 0, 10 },
	{ "the hole that is long enough", 512, { { 0, 10 }, { 12, 10 }, { 25, 487 } }, 3, 1, 0,
	  22 },
	{ "a hole in the second chunk", 1024, { { 0, 600 }, { 610, 414 } }, 10, 1, 0, 600 },
	{ "a run over three chunks", 2048, { { 0, 511 }, { 1025, 1023 } }, 514, 1, 0, 511 },
	{ "a run over the middle of the tree", 4096, { { 0, 2047 }, { 2049, 2047 } }, 2, 1, 0,
	  2047 },
	{ "left before right", 4096, { { 0, 100 }, { 110, 1938 } }, 10, 1, 0, 100 },
	{ "right when left is too short", 4096, { { 0, 100 }, { 110, 1938 } }, 11, 1, 0, 2048 },
	{ "full", 4096, { { 0, 4096 } }, 1, 1, 0, NO_PAGE },
	{ "aligned to 2", 512, { { 0, 1 } }, 2, 2, 0, 2 },
	{ "aligned to 4 where page 0 is odd", 512, { }, 4, 4, 3, 1 },
	{ "aligned to 8 where page 0 is 5", 512, { { 0, 4 } }, 8, 8, 5, 11 },
	{ "aligned, fits only just", 8, { { 0, 4 } }, 4, 4, 0, 4 },
	{ "aligned, no room at that offset", 8, { { 0, 3 } }, 5, 4, 0, NO_PAGE },
	{ "aligned, long enough but askew", 8, { { 0, 1 }, { 7, 1 } }, 4, 4, 1, 3 },
	{ "aligned, none at all", 8, { { 0, 1 }, { 7, 1 } }, 4, 4, 2, 2 },
	{ "aligned, none fits", 8, { { 0, 1 }, { 5, 3 } }, 4, 4, 2, NO_PAGE },
	{ "a large alignment", 8192, { { 0, 1 } }, 512, 512, 100, 412 },
	{ "a large alignment at the end", 1024, { { 0, 513 } }, 411, 512, 100, NO_PAGE },
};

static void find_case_name(const struct find_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(find, find_cases, find_case_name);

static void pages_new(struct kunit *test, struct page_alloc *pa, unsigned long npages)
{
	void *mem = kunit_kzalloc(test, page_alloc_bytes(npages), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	page_alloc_begin(pa, npages, mem);
}

static void find_gives_the_first_run(struct kunit *test)
{
	const struct find_case *c = test->param_value;
	struct page_alloc pa;
	unsigned int i;

	pages_new(test, &pa, c->npages);
	for (i = 0; i < MAX_RANGES && c->used[i].n; i++)
		page_alloc_take(&pa, c->used[i].page, c->used[i].n);
	KUNIT_EXPECT_EQ(test, page_alloc_find(&pa, c->n, c->align, c->first_page), c->expected);
}

static const unsigned long sizes[] = { 1, 2, 511, 512, 513, 1000, 1024, 1537, 8192, 100000 };

static void size_name(const unsigned long *npages, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu pages", *npages);
}

KUNIT_ARRAY_PARAM(size, sizes, size_name);

static void new_pages_are_all_free(struct kunit *test)
{
	unsigned long npages = *(const unsigned long *)test->param_value;
	struct page_alloc pa;

	pages_new(test, &pa, npages);
	KUNIT_EXPECT_EQ(test, page_alloc_max(&pa), npages);
	KUNIT_EXPECT_EQ(test, page_alloc_find(&pa, npages, 1, 0), 0UL);
	KUNIT_EXPECT_EQ(test, page_alloc_find(&pa, npages + 1, 1, 0), NO_PAGE);
}

/* Single pages are allocated in order of address, until none is left, and freed. */
static void pages_come_in_order(struct kunit *test)
{
	unsigned long npages = *(const unsigned long *)test->param_value, i, wrong = 0;
	struct page_alloc pa;

	pages_new(test, &pa, npages);
	for (i = 0; i < npages; i++) {
		wrong += page_alloc_find(&pa, 1, 1, 0) != i;
		page_alloc_take(&pa, i, 1);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0UL);
	KUNIT_EXPECT_EQ(test, page_alloc_max(&pa), 0UL);
	KUNIT_EXPECT_EQ(test, page_alloc_find(&pa, 1, 1, 0), NO_PAGE);
	for (i = npages; i--; )
		page_alloc_free(&pa, i, 1);
	KUNIT_EXPECT_EQ(test, page_alloc_max(&pa), npages);
}

/* The lowest free run is found, wherever the last one was found: first fit, not next fit. */
static void freed_pages_are_found_again(struct kunit *test)
{
	struct page_alloc pa;

	pages_new(test, &pa, 2000);
	page_alloc_take(&pa, 0, 2000);
	page_alloc_free(&pa, 1500, 100);
	KUNIT_EXPECT_EQ(test, page_alloc_find(&pa, 50, 1, 0), 1500UL);
	page_alloc_free(&pa, 700, 50);
	KUNIT_EXPECT_EQ(test, page_alloc_find(&pa, 50, 1, 0), 700UL);
	KUNIT_EXPECT_EQ(test, page_alloc_find(&pa, 51, 1, 0), 1500UL);
	page_alloc_free(&pa, 750, 1);
	KUNIT_EXPECT_EQ(test, page_alloc_find(&pa, 51, 1, 0), 700UL);
	KUNIT_EXPECT_EQ(test, page_alloc_max(&pa), 100UL);
}

static void a_leaf_is_summarized(struct kunit *test)
{
	struct page_summary sum;
	struct page_alloc pa;

	pages_new(test, &pa, 1024);
	page_alloc_take(&pa, 3, 1);
	page_alloc_take(&pa, 100, 1);
	page_alloc_take(&pa, LEAF_PAGES - 7, 2);
	sum = page_alloc_summarize(&pa, 0);
	KUNIT_EXPECT_EQ(test, sum.start, 3U);
	KUNIT_EXPECT_EQ(test, sum.max, (u32)LEAF_PAGES - 7 - 101);
	KUNIT_EXPECT_EQ(test, sum.end, 5U);
	sum = page_alloc_summarize(&pa, 1);
	KUNIT_EXPECT_EQ(test, sum.start, (u32)LEAF_PAGES);
	KUNIT_EXPECT_EQ(test, sum.max, (u32)LEAF_PAGES);
	KUNIT_EXPECT_EQ(test, sum.end, (u32)LEAF_PAGES);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(find_gives_the_first_run, find_gen_params),
	KUNIT_CASE_PARAM(new_pages_are_all_free, size_gen_params),
	KUNIT_CASE_PARAM(pages_come_in_order, size_gen_params),
	KUNIT_CASE(freed_pages_are_found_again),
	KUNIT_CASE(a_leaf_is_summarized),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_page_alloc",
	.test_cases = cases,
};

kunit_test_suite(suite);
