// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: a real shortage of memory, until the kernel gets arenas back. Its pages are asked
 * for one by one at the end and with __GFP_NORETRY, so that the kernel reclaims what it can but
 * kills nobody for them.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include "misuse.h"

#define BLOCK_ORDER	8	/* what is taken at once as long as there is plenty */
#define TRIES		50	/* others may be about to give back what the kernel got */

static unsigned long arenas(void)
{
	struct kspan_stats stats;

	kspan_get_stats(&stats);
	return stats.arenas;
}

static bool take(struct list_head *pages, gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp | __GFP_NOWARN, order);

	if (page)
		list_add(&page->lru, pages);
	return page;
}

static void give_back(struct list_head *pages, unsigned int order)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_pages(page, order);
		cond_resched();
	}
}

/* Asks the kernel for more than it has, for as long as kspan keeps all its arenas. */
static int take_until_fewer(unsigned long before, struct list_head *pages)
{
	unsigned int failed = 0;

	while (arenas() >= before) {
		cond_resched();
		if (take(pages, GFP_KERNEL | __GFP_NORETRY, 0))
			continue;
		if (++failed == TRIES)
			return -ENOMEM;
		msleep(20);
	}
	return 0;
}

static int shortage_run(const struct request *r)
{
	unsigned long before = arenas();
	LIST_HEAD(blocks);
	LIST_HEAD(pages);
	int err;

	while (take(&blocks, 0, BLOCK_ORDER))
		cond_resched();
	err = take_until_fewer(before, &pages);
	give_back(&pages, 0);
	give_back(&blocks, BLOCK_ORDER);
	return err;
}

const struct action shortage_actions[] = {
	{ "shortage", shortage_run },
	{ }
};
