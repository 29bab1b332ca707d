/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reserve: pages for callers that must not sleep, for each place. A worker takes runs of pages from
 * mheap in advance. Callers cut spans from these runs under reserve.lock, a spinlock taken with
 * interrupts off, innermost of all.
 *
 * One is filled when the module is loaded, or when the first heap of its place is made, and kept
 * while there is one; for the heap of the override when that first asks, and for good. When it runs
 * dry it grows to what was asked for within a second, at least to twice its size. What of it is not
 * needed goes back by halves.
 */
#ifndef _KSPAN_RESERVE_H
#define _KSPAN_RESERVE_H

#include <linux/spinlock.h>
#include "pages/mspan.h"

#define RESERVE_RUNS	32

/* A refill adds about RESERVE_RUNS / 2 runs of at least this: more than a small class's span. */
#define MIN_RUN_PAGES	16UL

/**
 * struct reserve_run - a run of unused pages
 * @addr: address of the first page
 * @npages: number of pages; 0 if the entry is free
 * @dirty: whether the pages may hold anything but zeros
 */
struct reserve_run {
	unsigned long addr;
	unsigned long npages;
	bool dirty;
};

/**
 * struct reserve - the pages of one place that are set aside
 * @list: in @reserves
 * @lock: guards all fields without another comment
 * @place: where its pages are; constant
 * @users: heaps that need it; atomic
 * @runs: the runs, in no order
 * @npages: pages in all runs
 * @low: fewest pages since the last look
 * @asked: pages that callers asked for since the last look, whether they got them or not
 * @dry: one of them got none since the last refill
 * @extra: pages that it is to hold beyond reserve_kb; read without @lock as a hint
 * @looks: looks since it ran low or changed its size
 */
struct reserve {
	struct list_head list;
	spinlock_t lock;
	struct place place;
	atomic_t users;
	struct reserve_run runs[RESERVE_RUNS];
	unsigned long npages;
	unsigned long low;
	unsigned long asked;
	bool dry;
	unsigned long extra;
	unsigned int looks;
};

/* One of vmalloc's memory and one of blocks, for each node with memory. */
extern struct list_head reserves;	/* constant once kspan is loaded */

#define for_each_reserve(r)	list_for_each_entry(r, &reserves, list)

int reserve_init(void);
void reserve_exit(void);
void reserve_use(struct place place);
void reserve_unuse(struct place place);
struct mspan *reserve_alloc_span(struct owner *owner, struct place place, unsigned int class,
				 unsigned long npages, unsigned long align, gfp_t gfp);
bool reserve_put_run(struct reserve *r, unsigned long addr, unsigned long npages, bool dirty);
bool reserve_has_room(const struct reserve *r, unsigned int nr_runs);
void reserve_give_locked(const struct reserve_run *run);
void reserve_drop(void);

/* reserve_size.c */
void reserve_refill(gfp_t gfp);
void reserve_pack(void);
void reserve_trim(void);
void reserve_look(void);
bool reserve_is_settled(void);
unsigned long reserve_pages(void);
unsigned long reserve_target_bytes(void);

#endif /* _KSPAN_RESERVE_H */
