/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheap: all segments, and the spans cut from them. Its lock, mheap.lock, is a mutex, so callers
 * must be able to sleep; others use the reserve.
 *
 * A free never waits for the mutex. Lock-free lists take the mcentrals that have spans without live
 * objects, freed large spans, and spans with late frees. The next allocation of pages drains these
 * lists first, and makes a segment only if it still finds no pages. Without such an allocation the
 * scavenger drains the lists.
 */
#ifndef _KSPAN_MHEAP_H
#define _KSPAN_MHEAP_H

#include <linux/llist.h>
#include "pages/arenas.h"
#include "pages/mspan.h"

/**
 * struct mheap_idle - queues an mcentral that has spans without live objects
 * @node: on mheap's list
 * @take: moves some of those spans to a list; returns false if there are no more
 */
struct mheap_idle {
	struct llist_node node;
	bool (*take)(struct mheap_idle *idle, struct list_head *out);
};

struct mspan *mheap_alloc_span(struct owner *owner, struct place place, unsigned int class,
			       unsigned long npages, unsigned long align, gfp_t gfp);
void mheap_span_begin(struct mspan *span, struct owner *owner, unsigned long addr,
		      unsigned long npages, bool dirty);
unsigned long mheap_take_run(unsigned long npages, struct place place, gfp_t gfp, bool *dirty);
void mheap_give_run(unsigned long addr, unsigned long npages);
void mheap_free_large(struct mspan *span);
void mheap_free_large_list(struct llist_node *first, struct llist_node *last);
bool mheap_can_shrink(const struct mspan *span);
void mheap_shrink_span(struct mspan *span, unsigned long npages);
bool mheap_grow_span(struct mspan *span, unsigned long npages);
void mheap_count_pages(long npages);
void mheap_free_late(struct mspan *span, unsigned int index);
void mheap_offer_idle(struct mheap_idle *idle);
void mheap_walk(struct owner *owner, void (*fn)(struct mspan *span, void *arg), void *arg);
void mheap_free_late_word(struct mspan *span, unsigned int w, unsigned long bits);
void mheap_drain(void);
void mheap_drain_locked(void);
void mheap_drain_late(void);
bool mheap_has_idle(void);
u64 mheap_metadata_bytes(void);

int mheap_init(void);
bool mheap_exit(void);

#endif /* _KSPAN_MHEAP_H */
