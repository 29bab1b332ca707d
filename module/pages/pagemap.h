/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pagemap: finds the span of an address, without a lock and without accessing the address.
 * Written under mheap.lock; read with preemption off, in any context.
 *
 * The address space is divided into granules of 2 MB. A granule that holds pages of a segment has a
 * map, an array of span pointers, one a page. A hash table leads from a granule to its map. vmalloc
 * hands out neighbouring addresses, but every second granule only where it makes huge mappings: the
 * table has a slot for each granule between the first and the last, unless they lie far apart. So a
 * map is nearly always at its home slot, and the fast path looks only there. Segments need no
 * alignment: two within one granule share its map.
 *
 * A reader may still use a table or a map that was just removed. So a table is freed after a grace
 * period. Maps come from a SLAB_TYPESAFE_BY_RCU cache, and the reader compares their granule. A map
 * may become that of another granule after the comparison, but only if the reader's address has no
 * live object. pagemap_probe() therefore compares twice, and pagemap_lookup_foreign().
 * pagemap_lookup_home() does not: its caller must use only a span that covers the address.
 */
#ifndef _KSPAN_PAGEMAP_H
#define _KSPAN_PAGEMAP_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include "pages/mspan.h"

#define GRANULE_PAGES		BIT(GRANULE_SHIFT - KSPAN_PAGE_SHIFT)

/**
 * struct pagemap_map - the spans of one granule
 * @spans: the span of each page; &ended_span after its span ended, else &no_span
 * @granule: address >> GRANULE_SHIFT, or a value no address has; lookups may read it while it
 *	changes
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
 * @max_probe: largest distance of a map from its home slot
 * @maps: never NULL: an empty slot points to a map that matches no address
 */
struct pagemap_table {
	struct rcu_head rcu;
	unsigned long mask;
	unsigned long max_probe;
	struct pagemap_map *maps[];
};

extern struct pagemap_table *pagemap;

struct mspan *pagemap_probe(unsigned long addr);

#ifdef KSPAN_DEBUG
extern void (*pagemap_pause)(void);	/* for tests; called when a map was found, before its use */
#endif

/**
 * pagemap_lookup_home() - the span that covers an address, if its granule is at its home slot
 * @addr: any value
 * @span: set to the span, or &no_span
 *
 * The plain reads race with mheap only for an address that no caller may use. Any result is right
 * for such an address, and each pointer that is read is valid. Volatile reads would cost the fast
 * path an instruction each.
 *
 * Context: Any, with preemption off.
 * Return: false if pagemap_probe() must look it up.
 */
static __always_inline bool pagemap_lookup_home(unsigned long addr, struct mspan **span)
{
	unsigned long page = addr >> KSPAN_PAGE_SHIFT, granule;
	struct pagemap_table *table = READ_ONCE(pagemap);
	struct pagemap_map *map;

	OPTIMIZER_HIDE_VAR(page);	/* else the compiler shifts the address twice */
	granule = page >> (GRANULE_SHIFT - KSPAN_PAGE_SHIFT);
	map = data_race(table->maps[granule & table->mask]);	/* old or new, it is complete */
	if (unlikely(data_race(map->granule) != granule))	/* stays while an object is live */
		return false;
	*span = data_race(map->spans[page % GRANULE_PAGES]);	/* so is this */
	return true;
}

/**
 * pagemap_lookup_foreign() - pagemap_lookup_home() for an address that others may have
 * @addr: any value
 * @span: set to the span, or &no_span
 *
 * It compares twice, as pagemap_probe(): the map of memory that is not kspan's may become that of
 * another granule at any time.
 *
 * Context: Any, with preemption off.
 * Return: false if pagemap_probe() must look it up.
 */
static __always_inline bool pagemap_lookup_foreign(unsigned long addr, struct mspan **span)
{
	unsigned long page = addr >> KSPAN_PAGE_SHIFT, granule;
	struct pagemap_table *table = READ_ONCE(pagemap);
	struct pagemap_map *map;

	OPTIMIZER_HIDE_VAR(page);	/* as above */
	granule = page >> (GRANULE_SHIFT - KSPAN_PAGE_SHIFT);
	map = READ_ONCE(table->maps[granule & table->mask]);
	if (unlikely(READ_ONCE(map->granule) != granule))
		return false;
	*span = READ_ONCE(map->spans[page % GRANULE_PAGES]);
	smp_rmb();	/* pairs with pagemap_set(): a map gets its granule before it gets spans */
	return likely(READ_ONCE(map->granule) == granule);
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

bool pagemap_has_homes(unsigned long first, unsigned long n);
struct pagemap_table *pagemap_table_alloc(unsigned long nr_granules, unsigned long range,
					  gfp_t gfp);
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
