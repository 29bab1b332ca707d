/* SPDX-License-Identifier: GPL-2.0 */
/*
 * owner: the account that pages are charged to, and all that a span knows of its heap, which embeds
 * it. No lock: the counters are atomic.
 */
#ifndef _KSPAN_OWNER_H
#define _KSPAN_OWNER_H

#include <linux/atomic.h>
#include <linux/mm.h>
#include "base/kspan_internal.h"
#include "base/names.h"

struct owner;

/**
 * struct owner_ops - what this layer asks of a heap
 * @offer_empty: hand spans without live objects to mheap; any context that may take a spinlock
 * @drain_late: let the late frees of a span arrive; mheap.lock held. Returns false if one was
 *	announced and had not come yet: then the span is queued again.
 */
struct owner_ops {
	void (*offer_empty)(struct owner *owner);
	bool (*drain_late)(struct mspan *span);
};

/**
 * struct owner - the account of a heap
 * @mcaches: for each CPU its mcache, or mcache_absent() where there is none; first, as the fast
 *	path wants no offset
 * @ops: constant
 * @ctor: called for each object of a new span, or NULL; constant until the heap ends
 * @name: for messages; constant
 * @zero_on_free: objects are overwritten when they are freed; constant
 * @pages: in spans; atomic
 * @peak_pages: the most of those ever; atomic
 * @limit_pages: what @pages may be at most; changed at any time, in one store, and obeyed from the
 *	next charge on
 * @failures: allocations that returned NULL; atomic
 */
struct owner {
	struct mcache * __percpu *mcaches;
	const struct owner_ops *ops;
	void (*ctor)(void *obj);
	char name[NAME_BYTES];
	bool zero_on_free;
	atomic_long_t pages;
	atomic_long_t peak_pages;
	long limit_pages;
	atomic_long_t failures;
};

/* Whether freed objects are overwritten. Those of a constructor must stay as it made them. */
static inline bool owner_zeroes_freed(const struct owner *owner)
{
	return !owner->ctor && (owner->zero_on_free || want_init_on_free());
}

bool owner_charge(struct owner *owner, unsigned long npages);
void owner_uncharge(struct owner *owner, unsigned long npages);
size_t owner_limit(const struct owner *owner);
void owner_set_limit(struct owner *owner, size_t bytes);

#endif /* _KSPAN_OWNER_H */
