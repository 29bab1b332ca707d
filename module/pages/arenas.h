/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arenas: the table of all arenas, in struct mheap. arenas_return() takes mheap.lock, arenas_grow()
 * takes mheap.grow_lock and then mheap.lock; for the rest the caller holds mheap.lock.
 */
#ifndef _KSPAN_ARENAS_H
#define _KSPAN_ARENAS_H

#include <linux/llist.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include "pages/arena.h"

/**
 * struct mheap - the module's arenas and counters of spans; there is one
 * @lock: guards all that has no other comment
 * @grow_lock: held while an arena is being made, outside @lock
 * @return_lock: held while empty arenas are given back, outside @lock: reclaim waits for those that
 *	another caller is giving back
 * @arenas: by index; NULL where one was returned
 * @arenas_size: length of @arenas, a power of two
 * @tree: a tree over @arenas with the longest free run of each: the root is 1, the children of
 *	i are 2i and 2i + 1, the arenas are the last @arenas_size
 * @by_address: the arenas by address
 * @nr_arenas: number of arenas. This and the five below are also read without @lock, where a stale
 *	value does no harm
 * @nr_granules: granules of all arenas
 * @arena_bytes: vmalloc memory of all arenas
 * @created: arenas ever made
 * @returned: arenas ever given back
 * @walked: pages that mheap_walk() looked at, ever; for tests
 * @held_pages: pages in spans; atomic
 * @peak_pages: highest value of @held_pages; atomic
 * @nr_spans: number of spans; atomic
 * @idle: mcentrals that have empty spans; lock-free
 * @large_freed: large spans whose object was freed; lock-free
 * @late_spans: spans with late frees; lock-free
 */
struct mheap {
	struct mutex lock;
	struct mutex grow_lock;
	struct mutex return_lock;
	struct arena **arenas;
	unsigned long arenas_size;
	u32 *tree;
	struct rb_root by_address;
	unsigned long nr_arenas;
	unsigned long nr_granules;
	unsigned long arena_bytes;
	unsigned long created;
	unsigned long returned;
	unsigned long walked;
	atomic_long_t held_pages;
	atomic_long_t peak_pages;
	atomic_long_t nr_spans;
	struct llist_head idle;
	struct llist_head large_freed;
	struct llist_head late_spans;
};

extern struct mheap mheap;

static inline void mheap_assert_locked(void)
{
	lockdep_assert_held(&mheap.lock);
}

unsigned long arenas_take(unsigned long npages, unsigned long align, bool *dirty);
unsigned long arenas_take_beside_spans(unsigned long npages, bool *dirty);
void arenas_untake(unsigned long addr, unsigned long npages, bool dirty);
void arenas_give(unsigned long addr, unsigned long npages);
struct arena *arenas_find(unsigned long addr);
bool arenas_may_grow(gfp_t gfp);
struct arena *arenas_grow(unsigned long npages, unsigned long align, gfp_t gfp);
void arenas_unpin(struct arena *arena);
unsigned long arenas_return(unsigned long min_idle);
u64 arenas_metadata_bytes(void);
void arenas_exit(void);

#endif /* _KSPAN_ARENAS_H */
