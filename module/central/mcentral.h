/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcentral: the spans of one class of one heap, shared by all CPUs. Each has a spinlock, taken with
 * interrupts off, never two at a time, and only where may_lock() returns true.
 */
#ifndef _KSPAN_MCENTRAL_H
#define _KSPAN_MCENTRAL_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include "pages/mheap.h"
#include "pages/mspan.h"

struct magazine;

/* Objects, or spans, that are worked on under one taking of the lock: interrupts are off. */
#define MCENTRAL_AT_ONCE	64U

#ifdef KSPAN_DEBUG
extern unsigned int mcentral_most_at_once;	/* objects; for tests */
#endif

/**
 * struct mcentral - the spans of a class
 * @lock: guards all fields without another comment, and the spans' lists, free bits and counts
 * @class: constant
 * @partial: spans with both free and live objects: those at least half in use, and the others
 * @rest: first the spans without live objects, which mheap may take, and then those without free
 *	ones; of CLASS_LARGE all spans but those of regions
 * @idle: entry in mheap's list, while @is_idle is set and no drain has taken it off
 * @is_idle: bit 0: @idle is on mheap's list or being drained; atomic
 * @owner: the account of the heap that this is part of; constant
 * @nr_spans: number of spans; not counted of CLASS_LARGE
 * @nr_free: number of free objects in those spans
 * @full: magazines with objects, for any CPU; see depot.h
 * @spare: empty ones
 * @nr_full: how many of @full
 * @nr_spare: how many of @spare
 * @exchanges: times that a magazine with objects came or went
 * @seen_exchanges: @exchanges when the scavenger last looked
 * @nr_depot: objects in @full
 * @returned: magazines that drains took from slots; lock-free
 * @settling: magazines whose objects are going back to their spans
 * @nr_returned: objects in @returned and @settling; atomic
 * @nr_unclaimed: objects of claims that drains gave back as late frees, which count as frees but
 *	were no allocations; atomic
 * @refills: number of times that an mcache claimed objects
 * @direct_allocs: objects allocated without an mcache, and those that mcaches counted which are
 *	gone
 * @direct_frees: the same of frees
 *
 * A heap has one for each class: three cache lines each, and it fits in 16 KB.
 */
struct mcentral {
	spinlock_t lock;
	unsigned int class;
	struct list_head partial[2];
	struct list_head rest;
	struct mheap_idle idle;
	unsigned long is_idle;
	struct owner *owner;
	unsigned long nr_spans;
	unsigned long nr_free;
	struct magazine *full;
	struct magazine *spare;
	u16 nr_full;
	u16 nr_spare;
	u32 exchanges;
	u32 seen_exchanges;
	unsigned int nr_depot;
	struct llist_head returned;
	struct magazine *settling;
	atomic_long_t nr_returned;
	atomic_long_t nr_unclaimed;
	unsigned long refills;
	unsigned long direct_allocs;
	unsigned long direct_frees;
} ____cacheline_aligned_in_smp;

void mcentral_init(struct mcentral *central, struct owner *owner, unsigned int class);
unsigned int mcentral_claim(struct mcentral *central, struct claim *claims, unsigned int max,
			    unsigned int nr_wanted);
unsigned int mcentral_claim_single(struct mcentral *central, void **objs, unsigned int n);
unsigned long mcentral_alloc_one(struct mcentral *central);
void mcentral_free_one(struct mcentral *central, struct mspan *span, unsigned int index);
unsigned int mcentral_put(struct mcentral *central, void *const *objs, unsigned int n);
unsigned int mcentral_put_locked(struct mcentral *central, void *const *objs, unsigned int n,
				 void **twice);
void mcentral_unclaim_late(struct mcentral *central, unsigned long first, unsigned long bits);
bool mcentral_drain_late(struct mcentral *central, struct mspan *span);
bool mcentral_grow(struct mcentral *central, gfp_t gfp);
void mcentral_reset_span(struct mcentral *central, struct mspan *span);
void mcentral_offer_empty(struct mcentral *central);
bool mcentral_detach(struct mcentral *central, struct mspan *span);
void mcentral_add_large(struct mcentral *central, struct mspan *span);
void mcentral_remove_large(struct mcentral *central, struct mspan *span);
void mcentral_walk(struct mcentral *central, void (*fn)(struct mspan *span, void *arg), void *arg);

#endif /* _KSPAN_MCENTRAL_H */
