/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arenas: all arenas and segments, in struct mheap. arenas_return() takes mheap.lock, arenas_grow()
 * takes mheap.grow_lock and then mheap.lock; for the rest the caller holds mheap.lock.
 *
 * Of the segments of a place the fullest that has room serves first: see fill.h.
 */
#ifndef _KSPAN_ARENAS_H
#define _KSPAN_ARENAS_H

#include <linux/llist.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include "pages/arena.h"
#include "pages/fill.h"

/**
 * struct mheap - the module's arenas and counters of spans; there is one
 * @lock: guards all that has no other comment
 * @grow_lock: held while a segment is being made, outside @lock
 * @return_lock: held while empty segments are given back, outside @lock: reclaim waits for those
 *	that another caller is giving back
 * @arenas: the arenas, the oldest first
 * @by_address: the segments by address
 * @by_fill: for each backing and node the segments by free pages, those of large objects not among
 *	them
 * @empty: the segments without a page in use, in the order in which they were emptied
 * @nr_empty: length of @empty. This and the nine below are also read without @lock, where a stale
 *	value does no harm
 * @empty_bytes: memory of those in @empty, what a block gave back of it included
 * @loose_pages: free pages that can go back to the kernel although their segment stays
 * @nr_arenas: number of arenas
 * @nr_segments: number of segments
 * @nr_granules: granules of all segments
 * @arena_bytes: memory of all segments
 * @created: segments ever made
 * @returned: segments ever given back
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
	struct list_head arenas;
	struct rb_root by_address;
	struct fill *by_fill;
	struct list_head empty;
	unsigned long nr_empty;
	unsigned long empty_bytes;
	unsigned long loose_pages;
	unsigned long nr_arenas;
	unsigned long nr_segments;
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

/* The segments by address. */
static inline struct segment *arenas_first(void)
{
	return rb_entry_safe(rb_first(&mheap.by_address), struct segment, address_node);
}

static inline struct segment *arenas_next(const struct segment *seg)
{
	return rb_entry_safe(rb_next(&seg->address_node), struct segment, address_node);
}

/* Whether its pages can go back to the kernel one by one. */
static inline bool segment_is_loose(const struct segment *seg)
{
	return backing_is_direct(seg->backing) && !seg->arena->own;
}

unsigned long arenas_segment_bytes(enum backing backing);
bool arenas_in_segment(unsigned long npages, unsigned long align, enum backing backing);
struct segment *arenas_with_room(unsigned long npages, unsigned long align, struct place place);
unsigned long arenas_longest(struct place place);
unsigned long arenas_take(unsigned long npages, unsigned long align, struct place place,
			  bool *dirty);
unsigned long arenas_take_better(unsigned long npages, struct segment *than, bool *dirty);
bool arenas_take_behind(unsigned long end, unsigned long npages);
void arenas_give(unsigned long addr, unsigned long npages);
struct segment *arenas_find(unsigned long addr);
struct fill *arenas_fill(enum backing backing, int node);
struct rb_root *arenas_tree(const struct segment *seg);
void arenas_empty_add(struct segment *seg);
void arenas_empty_remove(struct segment *seg);
void arenas_change_begin(struct segment *seg);
void arenas_change_end(struct segment *seg);
u64 arenas_metadata_bytes(void);
int arenas_init(void);
void arenas_exit(void);

/* arenas_grow.c */
bool arenas_may_grow(gfp_t gfp);
bool arenas_limited(unsigned long npages, unsigned long align, enum backing backing);
bool arenas_over_limit(void);
void arenas_set_make_room(void (*fn)(bool tell));
void arenas_make_room(bool tell);
struct segment *arenas_grow(unsigned long npages, unsigned long align, struct place place,
			    gfp_t gfp);

/* arenas_return.c */
void arenas_insert(struct segment *seg, struct arena **spare);
void arenas_unpin(struct segment *seg);
unsigned long arenas_return(unsigned long min_idle);
void arenas_return_surplus(void);

#endif /* _KSPAN_ARENAS_H */
