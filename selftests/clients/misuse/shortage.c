// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: a real shortage of memory, until kspan returns arenas to the kernel. It allocates
 * the last pages one by one and with __GFP_NORETRY, so that the kernel reclaims memory but kills no
 * process.
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

/* Allocates more than the kernel has, until kspan returns an arena. */
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
