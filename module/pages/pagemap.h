/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pagemap: from an address to its span, without a lock and without touching the address.
 * Written under mheap.lock; read with preemption off, in any context.
 *
 * The address space is divided into granules of 2 MB. A granule that holds pages of an arena has a
 * map, an array of span pointers, one a page. A hash table leads from granule to map: vmalloc
 * hands out neighbouring addresses, so that a granule is nearly always found at its home slot,
 * which is all the fast path looks at. Arenas need no alignment: two that meet within a granule
 * share its map.
 *
 * A reader may hold a map or a table that was just replaced: tables are freed after a grace
 * period, maps come from a SLAB_TYPESAFE_BY_RCU cache and carry their granule.
 */
#ifndef _KSPAN_PAGEMAP_H
#define _KSPAN_PAGEMAP_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include "pages/mspan.h"

#define GRANULE_PAGES		BIT(GRANULE_SHIFT - KSPAN_PAGE_SHIFT)

/**
 * struct pagemap_map - the spans of one granule
 * @spans: for each page its span, &ended_span where there was one, &no_span elsewhere
 * @granule: address >> GRANULE_SHIFT, or a value no address has; lookups read it while it changes
 * @next: while in a struct pagemap_spare
 */
struct pagemap_map {
	struct mspan *spans[GRANULE_PAGES];
	unsigned long granule;
	struct pagemap_map *next;
};

/**
 * struct pagemap_spare - maps allocated before mheap.lock is taken
 * @first: the first of a chain, or NULL
 */
struct pagemap_spare {
	struct pagemap_map *first;
};

/**
 * struct pagemap_table - open addressing, linear probing
 * @rcu: to free it
 * @mask: slots - 1
 * @max_probe: the farthest that a map was put from its home slot
 * @maps: never NULL: an empty slot leads to a map that matches no address
 */
struct pagemap_table {
	struct rcu_head rcu;
	unsigned long mask;
	unsigned long max_probe;
	struct pagemap_map *maps[];
};

extern struct pagemap_table *pagemap;

struct mspan *pagemap_probe(unsigned long addr);

/**
 * pagemap_lookup_home() - the span that covers an address, if its granule is at its home slot
 * @addr: any value
 * @span: set to the span, or &no_span
 *
 * The plain reads may race with mheap only for an address that nobody may use; then any value
 * they give is as good as another, as what is read is never more than a pointer that leads
 * somewhere. A volatile read would cost the fast path an instruction each.
 *
 * Context: Any, with preemption off.
 * Return: false if it must be probed for.
 */
static __always_inline bool pagemap_lookup_home(unsigned long addr, struct mspan **span)
{
	unsigned long page = addr >> KSPAN_PAGE_SHIFT, granule;
	struct pagemap_table *table = READ_ONCE(pagemap);
	struct pagemap_map *map;

	OPTIMIZER_HIDE_VAR(page);	/* or else both parts are shifted from the address */
	granule = page >> (GRANULE_SHIFT - KSPAN_PAGE_SHIFT);
	map = data_race(table->maps[granule & table->mask]);	/* whichever it is, it is whole */
	if (unlikely(data_race(map->granule) != granule))	/* stays while an object lives */
		return false;
	*span = data_race(map->spans[page % GRANULE_PAGES]);	/* so does this */
	return true;
}

/**
 * pagemap_lookup() - the span that covers an address
 * @addr: any value
 *
 * Context: Any, with preemption off.
 * Return: the span, or &no_span.
 */
static __always_inline struct mspan *pagemap_lookup(unsigned long addr)
{
	struct mspan *span;

	return pagemap_lookup_home(addr, &span) ? span : pagemap_probe(addr);
}

/**
 * pagemap_find() - pagemap_lookup() for a caller that may be preempted
 * @addr: any value
 *
 * Context: Any. The span stays while an object of it is live.
 * Return: the span, or &no_span.
 */
static __always_inline struct mspan *pagemap_find(unsigned long addr)
{
	struct mspan *span;

	preempt_disable();
	span = pagemap_lookup(addr);
	preempt_enable();
	return span;
}

struct pagemap_table *pagemap_table_alloc(unsigned long nr_granules);
void pagemap_table_install(struct pagemap_table *table);

unsigned long pagemap_add_maps(unsigned long base, unsigned long npages,
			       struct pagemap_spare *spare);
void pagemap_remove_maps(unsigned long base, unsigned long npages);
void pagemap_set(unsigned long base, unsigned long npages, struct mspan *span);

bool pagemap_spare_alloc(struct pagemap_spare *spare, unsigned long n, gfp_t gfp);
void pagemap_spare_free(struct pagemap_spare *spare);
u64 pagemap_metadata_bytes(void);

int pagemap_init(struct mutex *lock);
void pagemap_exit(void);

#endif /* _KSPAN_PAGEMAP_H */
