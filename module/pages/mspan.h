/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mspan: a run of pages that is cut into objects, and the bits that say which are free.
 * mheap makes and ends spans (mheap.lock, or nobody else knows the span yet); mcentral owns their
 * free bits (mcentral.lock); the late bits are set from any context without a lock.
 *
 * Everything here lies outside the objects: nothing that is written past an object's end can
 * reach it.
 */
#ifndef _KSPAN_MSPAN_H
#define _KSPAN_MSPAN_H

#include <linux/bitmap.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/llist.h>
#include "base/size_class.h"
#include "pages/owner.h"

/* Set in the address of an object that is handed to object_alloc(): it still holds zeros. */
#define OBJ_FRESH	1UL

/* mspan.state: two flags, and above them a count of late frees that have not arrived */
#define MSPAN_LATE	BIT(0)	/* on mheap's list of spans with late frees */
#define MSPAN_FREED	BIT(1)	/* large only: its object was freed, the span is on its way back */
#define MSPAN_LATE_ONE	BIT(2)

/**
 * struct mspan - a span in use
 * @base: address of the first object
 * @mcaches: the mcaches of the heap that the span belongs to
 * @magic: as size_class.magic
 * @limit: what the low half of offset * @magic is below just when an object begins there; 0 in
 *	spans that the fast path of a free does not know
 * @slot: byte offset of the class's slot in an mcache
 * @class: size class, CLASS_LARGE or CLASS_TINY
 * @dirty: large only: the memory may have been written to before
 * @npages: pages
 * @owner: the account of the heap that the span belongs to
 * @nr_free: objects whose free bit is set; mcentral.lock
 * @fresh: objects from this index on were never handed out and hold zeros; mcentral.lock
 * @region: large only: a region cuts objects from it, so that no pointer into it can be freed
 * @list: on a list of mcentral's; mcentral.lock
 * @late_node: on mheap's list of late frees, or of large spans to be taken back
 * @state: flags and a count, see MSPAN_LATE; atomic
 * @callers: who allocated each object, while that is tracked; written by the object's owner, read
 *	by reports while it changes
 * @bits: free bits (mcentral.lock), then as many late bits (atomic), then in tiny spans the
 *	words that tiny.c describes (atomic)
 *
 * The fields up to @class do not change while an object of the span is live, and are all that the
 * fast path of a free reads. A span that nobody uses stays a struct mspan (SLAB_TYPESAFE_BY_RCU):
 * looking up a foreign pointer may still see it.
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
	struct list_head list;
	struct llist_node late_node;
	atomic_long_t state;
	unsigned long *callers;
	unsigned long bits[];
};

/**
 * struct claim - free objects of one span that a slot has taken for itself
 * @first: address of the object that bit 0 stands for
 * @bits: the claimed objects
 * @n: how many those are
 * @fresh: objects from this bit on hold zeros
 */
struct claim {
	unsigned long first;
	unsigned long bits;
	unsigned int n;
	unsigned int fresh;
};

/*
 * Where an mcache has the slot of a class, in bytes. A span knows it for the fast path of a free;
 * cpu/mcache.h asserts that the two agree.
 */
#define MCACHE_HEAD_BYTES	64
#define MCACHE_SLOT_BYTES	64

static inline u16 mspan_slot_offset(unsigned int class)
{
	return MCACHE_HEAD_BYTES + class * MCACHE_SLOT_BYTES;
}

/* Tiny spans: 16 bits for each block of 16 bytes; cpu/tiny.h says what they mean. */
#define TINY_BLOCK_BITS		16
#define TINY_BLOCKS_PER_WORD	(BITS_PER_LONG / TINY_BLOCK_BITS)
#define TINY_WORDS		((unsigned int)(KSPAN_PAGE_SIZE / TINY_BLOCK / \
						TINY_BLOCKS_PER_WORD))

static inline unsigned long mspan_bytes(const struct mspan *span)
{
	return (unsigned long)span->npages << KSPAN_PAGE_SHIFT;
}

static inline bool mspan_covers(const struct mspan *span, unsigned long addr)
{
	return addr - span->base < mspan_bytes(span);
}

/* The index of the object that an address within a class span lies in. */
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

/* Whether an object begins at an address within a class span: behind the last one none does. */
static inline bool mspan_begins_at(const struct mspan *span, unsigned long addr)
{
	unsigned int index = mspan_index(span, addr);

	return index < size_classes[span->class].nr_objs && addr == mspan_object(span, index);
}

/* With track=1 each span has an array for who allocated its objects; see callers.h. */
DECLARE_STATIC_KEY_FALSE(mspan_tracking_key);

static inline bool mspan_tracking(void)
{
	return static_branch_unlikely(&mspan_tracking_key);
}

/* Objects that a span has room for. */
static inline unsigned int mspan_nr_objs(const struct mspan *span)
{
	return span->class == CLASS_LARGE ? 1 : size_classes[span->class].nr_objs;
}

/*
 * What the pagemap gives for an address without a span, and for one of kspan's whose span ended. No
 * object starts there, and neither covers anything.
 */
extern struct mspan no_span, ended_span;

struct mspan *mspan_new(unsigned int class, gfp_t gfp);
void mspan_delete(struct mspan *span);
void mspan_begin(struct mspan *span, struct owner *owner, unsigned long base, unsigned int npages,
		 bool dirty);

void mspan_claim(struct mspan *span, struct claim *claim, unsigned int max);
unsigned long mspan_claim_one(struct mspan *span);
bool mspan_put(struct mspan *span, unsigned int index);
void mspan_construct(struct mspan *span);
unsigned int mspan_reset(struct mspan *span);
u64 mspan_metadata_bytes(void);

int mspan_caches_create(void);
void mspan_caches_destroy(void);

#endif /* _KSPAN_MSPAN_H */
