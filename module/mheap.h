/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheap: all arenas, and the spans cut from them. One mutex, mheap.lock, so only for callers that
 * may sleep; those that may not have the reserve.
 *
 * Pages come back without anyone waiting for the mutex: an mcentral with spans that have no live
 * object puts itself on a lock-free list, and so do large spans and spans with late frees. The
 * next allocation of pages drains these lists before it takes pages, and it takes pages before it
 * makes an arena; else the scavenger drains them.
 */
#ifndef _KSPAN_MHEAP_H
#define _KSPAN_MHEAP_H

#include <linux/llist.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include "arena.h"
#include "mspan.h"

/**
 * struct mheap - the one of the module
 * @lock: guards all that has no other comment
 * @grow_lock: held while an arena is being made, outside @lock
 * @arenas: by index; NULL where one was returned
 * @arenas_size: length of @arenas, a power of two
 * @tree: a tree over @arenas with the longest free run of each: the root is 1, the children of
 *	i are 2i and 2i + 1, the arenas are the last @arenas_size
 * @by_address: the arenas by address
 * @nr_arenas: arenas. This and the four below are also looked at without @lock, by who can do
 *	with the value before or after
 * @nr_granules: granules of all of them
 * @arena_bytes: vmalloc memory of all of them
 * @created: arenas ever made
 * @returned: arenas ever given back
 * @held_pages: pages in spans; atomic
 * @peak_pages: the most of those ever; atomic
 * @nr_spans: spans; atomic
 * @idle_centrals: mcentrals that have empty spans; lock-free
 * @large_freed: large spans whose object was freed; lock-free
 * @late_spans: spans with late frees; lock-free
 */
struct mheap {
	struct mutex lock;
	struct mutex grow_lock;
	struct arena **arenas;
	unsigned long arenas_size;
	u32 *tree;
	struct rb_root by_address;
	unsigned long nr_arenas;
	unsigned long nr_granules;
	unsigned long arena_bytes;
	unsigned long created;
	unsigned long returned;
	atomic_long_t held_pages;
	atomic_long_t peak_pages;
	atomic_long_t nr_spans;
	struct llist_head idle_centrals;
	struct llist_head large_freed;
	struct llist_head late_spans;
};

extern struct mheap mheap;

static inline void mheap_assert_locked(void)
{
	lockdep_assert_held(&mheap.lock);
}

struct mspan *mheap_alloc_span(struct kspan_heap *heap, unsigned int class, unsigned long npages,
			       unsigned long align, gfp_t gfp);
void mheap_span_begin(struct mspan *span, struct kspan_heap *heap, unsigned long addr,
		      unsigned long npages, bool dirty);
unsigned long mheap_take_run(unsigned long npages, gfp_t gfp, bool *dirty);
void mheap_give_run(unsigned long addr, unsigned long npages);
void mheap_free_large(struct mspan *span);
void mheap_free_late(struct mspan *span, unsigned int index);
void mheap_walk(struct kspan_heap *heap, void (*fn)(struct mspan *span, void *arg), void *arg);
void mheap_drain(void);
void mheap_drain_late(void);
bool mheap_has_idle(void);
unsigned long mheap_return_arenas(unsigned long min_idle, bool try_only);
u64 mheap_metadata_bytes(void);

int mheap_init(void);
bool mheap_exit(void);

#endif /* _KSPAN_MHEAP_H */
