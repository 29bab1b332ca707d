// SPDX-License-Identifier: GPL-2.0
/*
 * page_alloc: the bitmap of a segment's pages and the tree of summaries over it. The caller holds
 * mheap.lock.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include "pages/page_alloc.h"

static unsigned long leaves_for(unsigned long npages)
{
	return roundup_pow_of_two(DIV_ROUND_UP(npages, LEAF_PAGES));
}

static size_t bitmap_bytes(unsigned long npages)
{
	return round_up(npages, LEAF_PAGES) / BITS_PER_BYTE;
}

/**
 * page_alloc_bytes() - memory that page_alloc_begin() needs
 * @npages: pages of the segment
 *
 * Return: bytes.
 */
size_t page_alloc_bytes(unsigned long npages)
{
	return bitmap_bytes(npages) + 2 * leaves_for(npages) * sizeof(struct page_summary);
}

/**
 * page_alloc_summarize() - compute the summary of a leaf from its bits
 * @pa: the segment's pages
 * @leaf: index of the leaf
 *
 * Return: the summary.
 */
struct page_summary page_alloc_summarize(const struct page_alloc *pa, unsigned long leaf)
{
	const unsigned long *bits = pa->used + BIT_WORD(leaf * LEAF_PAGES);
	unsigned long from = find_first_zero_bit(bits, LEAF_PAGES), to;
	struct page_summary sum = { };

	while (from < LEAF_PAGES) {
		to = find_next_bit(bits, LEAF_PAGES, from);
		sum.max = max_t(u32, sum.max, to - from);
		if (!from)
			sum.start = to;
		if (to == LEAF_PAGES)
			sum.end = to - from;
		from = find_next_zero_bit(bits, LEAF_PAGES, to);
	}
	return sum;
}

/* Merge the summaries of two neighbours of @width pages each. */
static struct page_summary merge(const struct page_summary *left, const struct page_summary *right,
				 unsigned long width)
{
	return (struct page_summary) {
		.start = left->start < width ? left->start : width + right->start,
		.max = max3(left->max, right->max, left->end + right->start),
		.end = right->end < width ? right->end : width + left->end,
	};
}

/* Recompute the leaves that a range of pages touches, and their ancestors in the tree. */
static void update(struct page_alloc *pa, unsigned long page, unsigned long n)
{
	unsigned long first = page / LEAF_PAGES, last = (page + n - 1) / LEAF_PAGES;
	unsigned long i, width = LEAF_PAGES;

	for (i = first; i <= last; i++)
		pa->tree[pa->nr_leaves + i] = page_alloc_summarize(pa, i);
	first = (pa->nr_leaves + first) / 2;
	last = (pa->nr_leaves + last) / 2;
	for (; first; first /= 2, last /= 2, width *= 2)
		for (i = first; i <= last; i++)
			pa->tree[i] = merge(&pa->tree[2 * i], &pa->tree[2 * i + 1], width);
}

/**
 * page_alloc_begin() - initialize with all pages free
 * @pa: the segment's pages
 * @npages: pages of the segment
 * @mem: page_alloc_bytes(@npages) bytes, zeroed
 */
void page_alloc_begin(struct page_alloc *pa, unsigned long npages, void *mem)
{
	pa->npages = npages;
	pa->nr_leaves = leaves_for(npages);
	pa->used = mem;
	pa->tree = mem + bitmap_bytes(npages);
	bitmap_set(pa->used, npages, round_up(npages, LEAF_PAGES) - npages);
	update(pa, 0, npages);
}

static unsigned long find_in_leaf(const struct page_alloc *pa, unsigned long page, unsigned long n)
{
	return bitmap_find_next_zero_area(pa->used, page + LEAF_PAGES, page, n, 0);
}

static unsigned long find_first(const struct page_alloc *pa, unsigned long n)
{
	unsigned long i = 1, page = 0, width = pa->nr_leaves * LEAF_PAGES;
	const struct page_summary *left, *right;

	if (pa->tree[1].max < n)
		return NO_PAGE;
	while (i < pa->nr_leaves) {
		left = &pa->tree[2 * i];
		right = left + 1;
		width /= 2;
		if (left->max >= n) {
			i = 2 * i;
			continue;
		}
		if (left->end + right->start >= n)
			return page + width - left->end;
		i = 2 * i + 1;
		page += width;
	}
	return find_in_leaf(pa, page, n);
}

/**
 * page_alloc_find() - find the first free run of a length
 * @pa: the segment's pages
 * @n: pages
 * @align: alignment of the run's address in pages, a power of two
 * @first_page: address of the segment's first page, in pages
 *
 * The tree is searched for a run of @n + @align - 1 pages, which holds an aligned run at any
 * offset. If there is none, the bitmap is searched bit by bit.
 *
 * Return: index of the first page, or NO_PAGE.
 */
unsigned long page_alloc_find(const struct page_alloc *pa, unsigned long n, unsigned long align,
			      unsigned long first_page)
{
	unsigned long page = find_first(pa, n + align - 1);

	if (page != NO_PAGE)
		return round_up(first_page + page, align) - first_page;
	if (align == 1 || page_alloc_max(pa) < n)
		return NO_PAGE;
	page = bitmap_find_next_zero_area_off(pa->used, pa->npages, 0, n, align - 1,
					      first_page & (align - 1));
	return page < pa->npages ? page : NO_PAGE;
}

/**
 * page_alloc_take() - mark a free run as in use
 * @pa: the segment's pages
 * @page: first page
 * @n: pages
 */
void page_alloc_take(struct page_alloc *pa, unsigned long page, unsigned long n)
{
	kspan_assert(find_next_bit(pa->used, page + n, page) >= page + n);
	bitmap_set(pa->used, page, n);
	update(pa, page, n);
}

/**
 * page_alloc_free() - mark a run in use as free
 * @pa: the segment's pages
 * @page: first page
 * @n: pages
 */
void page_alloc_free(struct page_alloc *pa, unsigned long page, unsigned long n)
{
	kspan_assert(find_next_zero_bit(pa->used, page + n, page) >= page + n);
	bitmap_clear(pa->used, page, n);
	update(pa, page, n);
}
