// SPDX-License-Identifier: GPL-2.0
/*
 * pagemap: the updates of the address -> span lookup, and its slow path, which probes beyond the
 * home slot. Writers hold mheap.lock.
 */
#include <linux/log2.h>
#include <linux/slab.h>
#include "pages/pagemap.h"

#define NO_GRANULE	(~0UL)
#define MIN_SLOTS	64UL
#define SLOTS_PER_MAP	32UL	/* at most; 256 bytes beside the 2 KB of a map */

static struct pagemap_map empty_map;	/* ends a probe */
static struct pagemap_map dead_map;	/* in place of a removed map: a probe goes on */
static struct kmem_cache *map_cache;
static atomic_long_t nr_maps;
static struct mutex *writers_lock;	/* mheap.lock */

struct pagemap_table *pagemap;

#ifdef KSPAN_DEBUG
void (*pagemap_pause)(void);

static void pause_here(void)
{
	if (pagemap_pause)
		pagemap_pause();
}
#else
static void pause_here(void) { }
#endif

static unsigned long granule_of(unsigned long addr)
{
	return addr >> GRANULE_SHIFT;
}

static size_t table_bytes(const struct pagemap_table *table)
{
	return struct_size(table, maps, table->mask + 1);
}

static void map_init(void *p)
{
	struct pagemap_map *map = p;
	unsigned int i;

	map->granule = NO_GRANULE;
	map->next = NULL;
	for (i = 0; i < GRANULE_PAGES; i++)
		map->spans[i] = &no_span;
}

static struct pagemap_map *map_find(const struct pagemap_table *table, unsigned long granule)
{
	struct pagemap_map *map;
	unsigned long i;

	for (i = 0; i <= READ_ONCE(table->max_probe); i++) {
		map = READ_ONCE(table->maps[(granule + i) & table->mask]);
		if (READ_ONCE(map->granule) == granule)
			return map;
		if (map == &empty_map)
			break;
	}
	return NULL;
}

/**
 * pagemap_probe() - look up an address, in its home slot and beyond
 * @addr: any value
 *
 * For an address outside all segments max_probe bounds the search.
 *
 * Context: Any, with preemption off.
 * Return: the span, or &no_span.
 */
struct mspan *pagemap_probe(unsigned long addr)
{
	unsigned long granule = granule_of(addr);
	struct pagemap_map *map;
	struct mspan *span;

	smp_rmb();	/* the map was stored before the caller got the address: keep the order */
	map = map_find(READ_ONCE(pagemap), granule);
	if (!map)
		return &no_span;
	pause_here();
	span = READ_ONCE(map->spans[(addr >> KSPAN_PAGE_SHIFT) % GRANULE_PAGES]);
	/* Pairs with pagemap_set(): a map gets its granule before it gets spans. */
	smp_rmb();
	return READ_ONCE(map->granule) == granule ? span : &no_span;
}

/**
 * pagemap_has_homes() - whether the home slots of granules are free
 * @first: the first granule
 * @n: how many
 *
 * Context: mheap.grow_lock held, so that the table stays.
 * Return: false if a map of another granule is at one of them.
 */
bool pagemap_has_homes(unsigned long first, unsigned long n)
{
	struct pagemap_map *map;
	unsigned long i, granule;

	rcu_read_lock();	/* for maps that are removed meanwhile */
	for (i = first; i < first + n; i++) {
		map = READ_ONCE(pagemap->maps[i & pagemap->mask]);
		granule = READ_ONCE(map->granule);
		if (granule != NO_GRANULE && granule != i)
			break;
	}
	rcu_read_unlock();
	return i == first + n;
}

/**
 * pagemap_table_alloc() - allocate a larger table if one is needed
 * @nr_granules: granules that all segments will touch
 * @range: granules from the first of them to the last, those between them included
 * @gfp: as for kvmalloc()
 *
 * Context: Process context, mheap.grow_lock held, mheap.lock not.
 * Return: the table for pagemap_table_install(), NULL if the present one is large enough, or
 *	ERR_PTR(-ENOMEM).
 */
struct pagemap_table *pagemap_table_alloc(unsigned long nr_granules, unsigned long range, gfp_t gfp)
{
	unsigned long wanted = max(2 * nr_granules, min(range, SLOTS_PER_MAP * nr_granules));
	unsigned long slots = roundup_pow_of_two(max(MIN_SLOTS, wanted)), i;
	struct pagemap_table *table = pagemap;

	if (table && table->mask + 1 >= slots)
		return NULL;
	table = kvmalloc(struct_size(table, maps, slots), gfp & ~VMALLOC_UNKNOWN);
	if (!table)
		return ERR_PTR(-ENOMEM);
	table->mask = slots - 1;
	table->max_probe = 0;
	for (i = 0; i < slots; i++)
		table->maps[i] = &empty_map;
	return table;
}

static void table_insert(struct pagemap_table *table, struct pagemap_map *map)
{
	unsigned long i = map->granule;

	while (table->maps[i & table->mask]->granule != NO_GRANULE)
		i++;
	if (i - map->granule > table->max_probe)
		WRITE_ONCE(table->max_probe, i - map->granule);
	/* Pairs with the lookups' address dependency: the map is complete before it is seen. */
	smp_store_release(&table->maps[i & table->mask], map);
}

/**
 * pagemap_table_install() - replace the present table
 * @table: from pagemap_table_alloc()
 */
void pagemap_table_install(struct pagemap_table *table)
{
	struct pagemap_table *old = pagemap;
	unsigned long i;

	lockdep_assert_held(writers_lock);
	for (i = 0; old && i <= old->mask; i++)
		if (old->maps[i]->granule != NO_GRANULE)
			table_insert(table, old->maps[i]);
	/* Pairs with the address dependency of the lookups. */
	smp_store_release(&pagemap, table);
	if (old)
		kvfree_rcu(old, rcu);
}

/**
 * pagemap_add_maps() - add the maps that the granules of a range lack
 * @base: first address
 * @npages: pages
 * @spare: supplies the new maps
 *
 * Return: the number of maps that @spare lacked; 0 if the range has all its maps.
 */
unsigned long pagemap_add_maps(unsigned long base, unsigned long npages,
			       struct pagemap_spare *spare)
{
	unsigned long granule = granule_of(base), missing = 0;
	unsigned long last = granule_of(base + (npages << KSPAN_PAGE_SHIFT) - 1);
	struct pagemap_map *map;

	lockdep_assert_held(writers_lock);
	for (; granule <= last; granule++) {
		if (map_find(pagemap, granule))
			continue;
		map = spare->first;
		if (!map) {
			missing++;
			continue;
		}
		spare->first = map->next;
		map->next = NULL;
		WRITE_ONCE(map->granule, granule);
		table_insert(pagemap, map);
	}
	return missing;
}

static void map_release(struct pagemap_map *map)
{
	WRITE_ONCE(map->granule, NO_GRANULE);
	atomic_long_dec(&nr_maps);
	kmem_cache_free(map_cache, map);
}

static bool map_is_empty(const struct pagemap_map *map)
{
	unsigned int i;

	for (i = 0; i < GRANULE_PAGES; i++)
		if (map->spans[i] != &no_span)
			return false;
	return true;
}

static void map_remove(unsigned long granule)
{
	struct pagemap_map *map = map_find(pagemap, granule);
	unsigned long i;

	if (!map || !map_is_empty(map))
		return;	/* a map in use is shared with another segment */
	for (i = granule; pagemap->maps[i & pagemap->mask] != map; i++)
		;
	WRITE_ONCE(pagemap->maps[i & pagemap->mask], &dead_map);
	map_release(map);
}

/**
 * pagemap_remove_maps() - remove the maps of a range without spans
 * @base: first address
 * @npages: pages
 */
void pagemap_remove_maps(unsigned long base, unsigned long npages)
{
	unsigned long granule = granule_of(base);
	unsigned long last = granule_of(base + (npages << KSPAN_PAGE_SHIFT) - 1);

	lockdep_assert_held(writers_lock);
	for (; granule <= last; granule++)
		map_remove(granule);
}

/**
 * pagemap_set() - make a range of pages lead to a span
 * @base: first address
 * @npages: pages; a page without a map already leads to &no_span
 * @span: the span, &ended_span, or &no_span
 *
 * The caller owns the pages, so their entries need no lock. The maps must not be removed meanwhile:
 * mheap.lock is held, or the pages are from a run of the reserve.
 */
void pagemap_set(unsigned long base, unsigned long npages, struct mspan *span)
{
	unsigned long page = base >> KSPAN_PAGE_SHIFT, end = page + npages;
	struct pagemap_map *map = NULL;

	rcu_read_lock();	/* for the table */
	for (; page < end; page++) {
		if (!map || !(page % GRANULE_PAGES))
			map = map_find(pagemap, page / GRANULE_PAGES);
		kspan_assert(map || span == &no_span);
		if (!map)
			continue;
		/* Pairs with the address dependency of the lookups. */
		smp_store_release(&map->spans[page % GRANULE_PAGES], span);
	}
	rcu_read_unlock();
}

/**
 * pagemap_spare_alloc() - allocate maps in advance
 * @spare: receives the maps
 * @n: number of maps
 * @gfp: as for kmem_cache_alloc()
 *
 * Return: false if memory ran out; @spare keeps what it got.
 */
bool pagemap_spare_alloc(struct pagemap_spare *spare, unsigned long n, gfp_t gfp)
{
	struct pagemap_map *map;

	while (n--) {
		map = kmem_cache_alloc(map_cache, gfp & ~__GFP_ZERO);
		if (!map)
			return false;
		atomic_long_inc(&nr_maps);
		map->next = spare->first;
		spare->first = map;
	}
	return true;
}

void pagemap_spare_free(struct pagemap_spare *spare)
{
	struct pagemap_map *map;

	while ((map = spare->first)) {
		spare->first = map->next;
		map->next = NULL;
		map_release(map);
	}
}

/* Bytes of the table and the maps. */
u64 pagemap_metadata_bytes(void)
{
	u64 bytes = atomic_long_read(&nr_maps) * (u64)sizeof(struct pagemap_map);

	rcu_read_lock();
	bytes += table_bytes(READ_ONCE(pagemap));
	rcu_read_unlock();
	return bytes;
}

/**
 * pagemap_init() - make an empty pagemap
 * @lock: held by callers that add or remove maps
 *
 * Return: 0 or -ENOMEM.
 */
int pagemap_init(struct mutex *lock)
{
	struct pagemap_table *table;

	writers_lock = lock;
	map_init(&empty_map);
	map_init(&dead_map);
	map_cache = kmem_cache_create("kspan_pagemap", sizeof(struct pagemap_map), 0,
				      SLAB_TYPESAFE_BY_RCU, map_init);
	if (!map_cache)
		return -ENOMEM;
	table = pagemap_table_alloc(0, 0, GFP_KERNEL);
	if (IS_ERR(table)) {
		kmem_cache_destroy(map_cache);
		return -ENOMEM;
	}
	pagemap = table;
	return 0;
}

/* Only called when no span exists. */
void pagemap_exit(void)
{
	kvfree(pagemap);
	kmem_cache_destroy(map_cache);
}
