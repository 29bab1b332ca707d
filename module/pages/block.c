// SPDX-License-Identifier: GPL-2.0
/*
 * block: see block.h.
 */
#include <linux/mm.h>
#include <linux/page_ref.h>
#include "pages/block.h"
#include "pages/report.h"

#define OUR_REFERENCES	2	/* one to have the page, and one against stray frees */

/**
 * block_alloc() - allocate a block of the direct map
 * @place: zone and node
 * @bytes: a multiple of the machine's page
 * @align: alignment of its address in bytes, a power of two
 * @gfp: allocation flags
 *
 * Return: the block, or NULL; NULL also if the kernel has no blocks of that size at all.
 */
void *block_alloc(struct place place, unsigned long bytes, unsigned long align, gfp_t gfp)
{
	unsigned long i, n = bytes >> PAGE_SHIFT;
	unsigned int order = get_order(max(bytes, align));
	struct page *page;

	if (order > MAX_BLOCK_ORDER)
		return NULL;
	gfp |= backing_zone(place.backing) | (place.node == NUMA_NO_NODE ? 0 : __GFP_THISNODE);
	page = alloc_pages_node(place.node, gfp, order);
	if (!page)
		return NULL;
	split_page(page, order);
	for (i = 0; i < n; i++)
		page_ref_add(page + i, OUR_REFERENCES - 1);
	for (; i < 1UL << order; i++)
		__free_page(page + i);
	return page_address(page);
}

/* Return: whether a stray free took a reference. */
static bool page_is_short(const struct page *page, unsigned long addr)
{
	if (likely(page_ref_count(page) >= OUR_REFERENCES))
		return false;
	report_stray_free((void *)addr, page_ref_count(page) > 0);
	return true;
}

/* A reference that somebody else still has keeps the page until that is given up. */
static void page_give(struct page *page, unsigned long addr)
{
	set_page_private(page, 0);
	if (!page_is_short(page, addr))
		page_ref_sub(page, OUR_REFERENCES - 1);
	else if (!page_ref_count(page))
		return;		/* the kernel has it already */
	__free_page(page);
}

/**
 * block_free() - give pages of a block back to the kernel
 * @addr: their address
 * @bytes: a multiple of the machine's page
 */
void block_free(unsigned long addr, unsigned long bytes)
{
	unsigned long end = addr + bytes;

	for (; addr < end; addr += PAGE_SIZE)
		page_give(virt_to_page((void *)addr), addr);
}

/**
 * block_check() - report stray frees of pages of a block, and undo them
 * @addr: an address in the first page
 * @bytes: how far to look
 */
void block_check(unsigned long addr, unsigned long bytes)
{
	unsigned long end = addr + bytes;
	struct page *page;

	for (addr = round_down(addr, PAGE_SIZE); addr < end; addr += PAGE_SIZE) {
		page = virt_to_page((void *)addr);
		if (page_is_short(page, addr) && page_ref_count(page))
			page_ref_inc(page);
	}
}

/* Make the pages of a block lead to their segment. */
void block_set_segment(unsigned long addr, unsigned long bytes, struct segment *seg)
{
	unsigned long end = addr + bytes;

	for (; addr < end; addr += PAGE_SIZE)
		set_page_private(virt_to_page((void *)addr), (unsigned long)seg);
}

/* The segment of a page of a block. */
struct segment *block_segment(unsigned long addr)
{
	return (struct segment *)page_private(virt_to_page((void *)addr));
}
