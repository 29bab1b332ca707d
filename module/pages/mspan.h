/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mspan: a run of pages that is cut into objects, and a bitmap of the free ones. mheap begins and
 * ends spans, under mheap.lock or while only the caller knows the span. mcentral changes the free
 * bits under mcentral.lock. Any context sets late bits, without a lock.
 *
 * All of this is kept outside the objects' pages, out of reach of a write past an object's end.
 */
#ifndef _KSPAN_MSPAN_H
#define _KSPAN_MSPAN_H

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include "base/size_class.h"
#include "pages/owner.h"

/* Flag in the address passed to object_alloc(): the object still holds zeros. */
#define OBJ_FRESH	1UL

/* mspan.state: two flags, and above them the number of late frees not yet processed */
#define MSPAN_LATE	BIT(0)	/* on mheap's list of spans with late frees */
#define MSPAN_FREED	BIT(1)	/* large only: its object was freed, the span is to be taken back */
#define MSPAN_LATE_ONE	BIT(2)

/**
 * struct mspan - a span in use
 * @base: address of the first object
 * @mcaches: the mcaches of the heap that the span belongs to
 * @magic: as size_class.magic
 * @limit: an object begins at an offset exactly if the low half of offset * @magic is below this; 0
 *	if the fast path of a free must not handle the span: it never does, or the span is marked
 * @slot: byte offset of the class's slot in an mcache
 * @class: size class, CLASS_LARGE or CLASS_TINY
 * @dirty: large only: the memory may have been written to before
 * @npages: pages; of a large span it can become less while its object is live
 * @owner: the account of the heap that the span belongs to
 * @nr_free: objects whose free bit is set; mcentral.lock
 * @fresh: objects from this index on were never handed out and hold zeros; mcentral.lock
 * @region: large only: a region allocates from it, so no pointer into it may be freed
 * @keeps: large only: a CPU may keep it when its object is freed, see cpu/kept.h. Not one with
 *	@records, which its end checks, nor one that is marked
 * @nr_sampled: live objects that the profile sampled; not 0: the span is marked, see samples.h;
 *	samples_lock
 * @list: entry in a list of its mcentral, unless @region is set; mcentral.lock
 * @late_node: entry in mheap's list of spans with late frees, or of freed large spans
 * @state: flags and a count, see MSPAN_LATE; atomic
 * @records: what a debug mode knows of each object, or NULL; see record.h. Set once, atomic
 * @bits: free bits (mcentral.lock), then as many late bits (atomic), then in tiny spans the
 *	words that tiny.c describes (atomic)
 *
 * The fast path of a free reads only the fields up to @class. They do not change while an object of
 * the span is live, but for @limit, which a mark sets to 0: before the sampled object has a user.
 * The memory of a deleted span stays a struct mspan (SLAB_TYPESAFE_BY_RCU), as a lookup of a
 * foreign pointer may still find it.
 */
struct mspan {
	unsigned long base;
	struct mcache * __percpu *mcaches;
	u32 magic;
	u32 limit;
	u16 slot;
	u8 class;
	bool dirty;
	u32 npages;
	struct owner *owner;
	u16 nr_free;
	u16 fresh;
	bool region;
	bool keeps;
	u16 nr_sampled;
	struct list_head list;
	struct llist_node late_node;
	atomic_long_t state;
	struct record *records;
	unsigned long bits[];
};

/**
 * struct claim - free objects of one span that a slot has taken for itself
 * @first: address of the object of bit 0
 * @bits: one bit set for each claimed object
 * @n: number of claimed objects
 * @fresh: objects from this bit on hold zeros
 */
struct claim {
	unsigned long first;
	unsigned long bits;
	unsigned int n;
	unsigned int fresh;
};

/*
 * Byte offset of a slot in an mcache, by owner_index() of its class; 0 for the slot that is always
 * empty. A span stores it for the fast path of a free; cpu/mcache.h asserts that it matches struct
 * mcache, whose head has a lock that only debugging kernels make larger.
 */
#define MCACHE_SLOT_BYTES	64
#define MCACHE_HEAD_BYTES	ALIGN(60 + sizeof(raw_spinlock_t), MCACHE_SLOT_BYTES)

static inline u16 mspan_slot_offset(unsigned int index)
{
	return MCACHE_HEAD_BYTES + index * MCACHE_SLOT_BYTES;
}

/* Tiny spans: 16 bits for each block of 16 bytes; cpu/tiny.h explains them. */
#define TINY_BLOCK_BITS		16
#define TINY_BLOCKS_PER_WORD	(BITS_PER_LONG / TINY_BLOCK_BITS)
#define TINY_WORDS		((unsigned int)(KSPAN_PAGE_SIZE / TINY_BLOCK / \
						TINY_BLOCKS_PER_WORD))

/* Take a large object from its user: he frees it. Return: false if it was freed before. */
static __always_inline bool mspan_take_large(struct mspan *span)
{
	/* Of a large span no other flag is ever set. */
	return !test_and_set_bit(ilog2(MSPAN_FREED), (unsigned long *)&span->state.counter);
}

/* READ_ONCE(): a lookup of a foreign pointer may race with mheap_shrink_span(). */
static inline unsigned long mspan_bytes(const struct mspan *span)
{
	return (unsigned long)READ_ONCE(span->npages) << KSPAN_PAGE_SHIFT;
}

static inline bool mspan_covers(const struct mspan *span, unsigned long addr)
{
	return addr - span->base < mspan_bytes(span);
}

/* The index of the object that contains an address within a class span. */
static inline unsigned int mspan_index(const struct mspan *span, unsigned long addr)
{
	return ((addr - span->base) * (u64)span->magic) >> 32;
}

static inline unsigned long mspan_object(const struct mspan *span, unsigned int index)
{
	return span->base + index * (unsigned long)size_classes[span->class].size;
}

static inline unsigned long *mspan_late_bits(struct mspan *span)
{
	return span->bits + size_classes[span->class].words;
}

static inline atomic_long_t *mspan_tiny_words(struct mspan *span)
{
	return (atomic_long_t *)(span->bits + 2 * size_classes[CLASS_TINY].words);
}

/* Whether an object begins at an address within a class span; false behind the last object. */
static inline bool mspan_begins_at(const struct mspan *span, unsigned long addr)
{
	unsigned int index = mspan_index(span, addr);

	return index < size_classes[span->class].nr_objs && addr == mspan_object(span, index);
}

/* The number of objects in a span, free or live. */
static inline unsigned int mspan_nr_objs(const struct mspan *span)
{
	return span->class == CLASS_LARGE ? 1 : size_classes[span->class].nr_objs;
}

/*
 * The pagemap returns no_span for an address without a span, and ended_span for a page in a segment
 * after its span ended. Both cover no address, and no object begins in them.
 */
extern struct mspan no_span, ended_span;

struct mspan *mspan_new(unsigned int class, gfp_t gfp);
void mspan_delete(struct mspan *span);
void mspan_begin(struct mspan *span, struct owner *owner, unsigned long base, unsigned int npages,
		 bool dirty);

void mspan_become_large(struct mspan *span);
void mspan_mark(struct mspan *span, int n);
void mspan_claim(struct mspan *span, struct claim *claim, unsigned int max);
unsigned long mspan_claim_one(struct mspan *span);
bool mspan_put(struct mspan *span, unsigned int index);
void mspan_unput(struct mspan *span, unsigned int index);
void mspan_construct(struct mspan *span);
unsigned int mspan_reset(struct mspan *span);
u64 mspan_metadata_bytes(void);

int mspan_caches_create(void);
void mspan_caches_destroy(void);

#endif /* _KSPAN_MSPAN_H */
