/* SPDX-License-Identifier: GPL-2.0 */
/*
 * owner: the account that pages are charged to. A heap embeds an owner; a span refers to the owner,
 * not to the heap. No lock: the counters are atomic.
 */
#ifndef _KSPAN_OWNER_H
#define _KSPAN_OWNER_H

#include <linux/atomic.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include "base/kspan_internal.h"
#include "base/names.h"
#include "pages/place.h"

struct owner;

/**
 * struct owner_ops - callbacks of this folder into a heap
 * @make_room: the owner is at its limit and lacks some pages: let its caches go, and offer mheap
 *	spans without live objects; may sleep, or only ask for it
 * @tell: tell who owns the heap that it is at its limit, so that objects are freed; may sleep.
 *	Returns false if there is nobody to tell
 * @drain_late: return the late-freed objects of a span; mheap.lock held. Returns false if a counted
 *	late free has not set its bit yet: then the span is queued again.
 * @end_large: a large span that is not a region's is about to end; mheap.lock held
 */
struct owner_ops {
	void (*make_room)(struct owner *owner, unsigned long npages, bool may_sleep);
	bool (*tell)(struct owner *owner);
	bool (*drain_late)(struct mspan *span);
	void (*end_large)(struct mspan *span);
};

/**
 * struct owner - the account of a heap
 * @mcaches: each CPU's mcache, or mcache_absent(); first in the struct, which saves the fast path
 *	an offset
 * @ops: constant
 * @account: whose pages, limit and failures count: those of the whole heap if this is the part that
 *	has one node's memory; else the owner itself; constant
 * @ctor: called for each object of a new span, or NULL; constant until the heap ends
 * @name: for messages; constant
 * @place: where its pages are; constant
 * @or_vmalloc: where there is no block of the direct map, vmalloc's memory does; constant
 * @zero_on_free: objects are zeroed when they are freed; constant
 * @first_class: the first of its classes; constant
 * @nr_classes: how many it has, without CLASS_LARGE: all, or those of a pool: one; constant
 * @no_mcaches: reasons why no mcache may be made: NO_MCACHES_*; may change at any time
 * @debug: the heap's debug mode, or 0: letters, and above them the period; see record.h. May change
 *	at any time, with one store
 * @charged_pages: pages in spans, or about to be; atomic
 * @pages: pages in spans; atomic
 * @peak_pages: highest value of @pages; atomic
 * @limit_pages: limit of @charged_pages; may change at any time, with one store, and applies
 *	from the next charge on
 * @failures: allocations that returned NULL; atomic
 */
struct owner {
	struct mcache * __percpu *mcaches;
	const struct owner_ops *ops;
	struct owner *account;
	void (*ctor)(void *obj);
	char name[NAME_BYTES];
	struct place place;
	bool or_vmalloc;
	bool zero_on_free;
	u8 first_class;
	u8 nr_classes;
	u8 no_mcaches;
	u32 debug;
	atomic_long_t charged_pages;
	atomic_long_t pages;
	atomic_long_t peak_pages;
	long limit_pages;
	atomic_long_t failures;
};

/* There is a debug mode, or is about to be; a tracer wants to see each object. */
#define NO_MCACHES_DEBUG	BIT(0)
#define NO_MCACHES_TRACE	BIT(1)

/* Whether there is, or was, a heap in debug mode. */
DECLARE_STATIC_KEY_FALSE(debug_key);

/* The debug mode of a heap, or 0. */
static __always_inline u32 owner_debug(const struct owner *owner)
{
	return static_branch_unlikely(&debug_key) ? READ_ONCE(owner->debug) : 0;
}

/* Whether a free zeroes the object. An object with a constructor must stay constructed. */
static inline bool owner_zeroes_freed(const struct owner *owner)
{
	return !owner->ctor && (owner->zero_on_free || want_init_on_free());
}

static inline bool owner_has_class(const struct owner *owner, unsigned int class)
{
	return class == CLASS_LARGE || class - owner->first_class < owner->nr_classes;
}

/*
 * Which mcentral of a heap, and which slot of its mcaches, a class has. With all classes the index
 * is the class. A pool has CLASS_LARGE at 0, for a slot that is always empty, and its class at 1.
 */
static inline unsigned int owner_index(const struct owner *owner, unsigned int class)
{
	kspan_assert(owner_has_class(owner, class));
	return min_t(unsigned int, class, owner->nr_classes);
}

/* The reverse. */
static inline unsigned int owner_class(const struct owner *owner, unsigned int index)
{
	return index ? owner->first_class + index - 1 : CLASS_LARGE;
}

void owner_set_classes(struct owner *owner, unsigned int only_class);
bool owner_is_full(const struct owner *owner, unsigned long npages);
bool owner_charge(struct owner *owner, unsigned long npages);
bool owner_charge_flags(struct owner *owner, unsigned long npages, gfp_t gfp);
void owner_uncharge(struct owner *owner, unsigned long npages);
void owner_hold(struct owner *owner, unsigned long npages);
void owner_release(struct owner *owner, unsigned long npages);
size_t owner_limit(const struct owner *owner);
void owner_set_limit(struct owner *owner, size_t bytes);

#endif /* _KSPAN_OWNER_H */
