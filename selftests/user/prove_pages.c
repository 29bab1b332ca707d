// SPDX-License-Identifier: GPL-2.0
/*
 * prove_pages: the page allocator of a segment, in all states of a window of pages, the others being
 * all free or all in use.
 */
#include "user/prove.h"
#include "pages/page_alloc.h"

#define WINDOW		12U

static unsigned char used[8 * LEAF_PAGES];
static unsigned long covered;

static struct page_summary plain_summary(unsigned long page, unsigned long width)
{
	struct page_summary sum = { };
	unsigned long i, len = 0;

	for (i = 0; i < width; i++) {
		len = used[page + i] ? 0 : len + 1;
		sum.max = max_t(u32, sum.max, len);
		if (len == i + 1)
			sum.start = len;
	}
	sum.end = len;
	return sum;
}

static void check_summaries(const struct page_alloc *pa, unsigned int state)
{
	unsigned long first, i, width = covered;
	struct page_summary sum;

	for (first = 1; first <= pa->nr_leaves; first *= 2, width /= 2)
		for (i = 0; i < first; i++) {
			sum = plain_summary(i * width, width);
			expect(!memcmp(&sum, &pa->tree[first + i], sizeof(sum)), "state %x node %lu", state, first + i);
		}
}

static unsigned long first_fit(unsigned long npages, unsigned long n, unsigned long align, unsigned long first_page)
{
	unsigned long page, len = 0, found = NO_PAGE;

	for (page = npages; page--; ) {
		len = used[page] ? 0 : len + 1;
		if (len >= n && !((first_page + page) & (align - 1)))
			found = page;
	}
	return found;
}

static unsigned long plain_find(unsigned long npages, unsigned long n, unsigned long align, unsigned long first_page)
{
	unsigned long page = first_fit(npages, n + align - 1, 1, 0);

	if (page == NO_PAGE)
		return first_fit(npages, n, align, first_page);
	while ((first_page + page) & (align - 1))
		page++;
	return page;
}

static void check_finds(const struct page_alloc *pa, unsigned int state)
{
	static const unsigned long extra[] = { LEAF_PAGES - 1, LEAF_PAGES, LEAF_PAGES + 1, 2 * LEAF_PAGES };
	unsigned long n, align;
	unsigned int i;

	for (n = 1; n <= WINDOW + 1; n++)
		for (align = 1; align <= 4; align *= 2)
			expect(page_alloc_find(pa, n, align, 5) == plain_find(pa->npages, n, align, 5),
			       "state %x n %lu align %lu", state, n, align);
	for (i = 0; i < ARRAY_SIZE(extra); i++)
		expect(page_alloc_find(pa, extra[i], 1, 0) == plain_find(pa->npages, extra[i], 1, 0),
		       "state %x n %lu", state, extra[i]);
}

/* Each run of the window that can be taken is taken and freed again, each that is in use the reverse. */
static void check_steps(struct page_alloc *pa, unsigned long at, unsigned int state)
{
	unsigned long page, n;
	unsigned char was;

	for (page = at; page < at + WINDOW; page++)
		for (n = 1; page + n <= at + WINDOW && used[page + n - 1] == used[page]; n++) {
			was = used[page];
			(was ? page_alloc_free : page_alloc_take)(pa, page, n);
			memset(used + page, !was, n);
			check_summaries(pa, state);
			(was ? page_alloc_take : page_alloc_free)(pa, page, n);
			memset(used + page, was, n);
		}
	check_summaries(pa, state);
}

static void window(unsigned long npages, unsigned long at, bool others)
{
	static char mem[16384] __aligned(8);
	struct page_alloc pa;
	unsigned int state, i;
	unsigned long rest = at + WINDOW;

	covered = roundup_pow_of_two(DIV_ROUND_UP(npages, LEAF_PAGES)) * LEAF_PAGES;
	memset(mem, 0, sizeof(mem));
	page_alloc_begin(&pa, npages, mem);
	memset(used, 0, npages);
	memset(used + npages, 1, covered - npages);
	if (others) {
		memset(used, 1, npages);
		if (at)
			page_alloc_take(&pa, 0, at);
		if (rest < npages)
			page_alloc_take(&pa, rest, npages - rest);
	}
	memset(used + at, 0, WINDOW);
	for (state = 0; state < BIT(WINDOW); state++) {
		for (i = 0; i < WINDOW; i++) {
			bool in_use = state & BIT(i);

			if (used[at + i] != in_use)
				(in_use ? page_alloc_take : page_alloc_free)(&pa, at + i, 1);
			used[at + i] = in_use;
		}
		check_steps(&pa, at, state);
		check_finds(&pa, state);
	}
}

void prove_pages(void)
{
	static const unsigned long at[] = { 0, 60, 128, LEAF_PAGES - WINDOW, LEAF_PAGES - 4, LEAF_PAGES, 2 * LEAF_PAGES - 5 };
	unsigned int i, others;

	for (others = 0; others < 2; others++) {
		window(WINDOW, 0, others);
		window(100, 100 - WINDOW, others);
		for (i = 0; i < ARRAY_SIZE(at); i++)
			window(2 * LEAF_PAGES + WINDOW + 3, at[i], others);
	}
}
