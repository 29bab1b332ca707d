/* SPDX-License-Identifier: GPL-2.0 */
/*
 * page_alloc: tracks the free pages of one segment. Under mheap.lock.
 *
 * A bit a page, 256 pages a leaf: 2 MB. Each leaf has a summary of its free runs. A binary tree
 * over the summaries finds the first run of a length, also across leaves, in time logarithmic in
 * the segment's size. First fit by address: low pages fill first, so that high pages drain.
 */
#ifndef _KSPAN_PAGE_ALLOC_H
#define _KSPAN_PAGE_ALLOC_H

#include "base/kspan_internal.h"

#define LEAF_PAGES	256UL

#define NO_PAGE		(~0UL)

/**
 * struct page_summary - the free runs of a part of a segment
 * @start: free pages at its start
 * @max: pages of its longest free run
 * @end: free pages at its end
 */
struct page_summary {
	u32 start;
	u32 max;
	u32 end;
};

/**
 * struct page_alloc - the free pages of a segment
 * @npages: number of pages
 * @nr_leaves: number of leaves, rounded up to a power of two
 * @used: a bit a page, set if it is in use; padded to whole leaves with set bits
 * @tree: summaries; the root is 1, the children of i are 2i and 2i + 1, the leaves are the
 *	last @nr_leaves
 */
struct page_alloc {
	unsigned long npages;
	unsigned long nr_leaves;
	unsigned long *used;
	struct page_summary *tree;
};

size_t page_alloc_bytes(unsigned long npages);
void page_alloc_begin(struct page_alloc *pa, unsigned long npages, void *mem);
unsigned long page_alloc_find(const struct page_alloc *pa, unsigned long n, unsigned long align,
			      unsigned long first_page);
void page_alloc_take(struct page_alloc *pa, unsigned long page, unsigned long n);
void page_alloc_free(struct page_alloc *pa, unsigned long page, unsigned long n);
struct page_summary page_alloc_summarize(const struct page_alloc *pa, unsigned long leaf);

/* The longest free run, in pages. */
static inline unsigned long page_alloc_max(const struct page_alloc *pa)
{
	return pa->tree[1].max;
}

#endif /* _KSPAN_PAGE_ALLOC_H */
