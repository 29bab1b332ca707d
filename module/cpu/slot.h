/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slot: an mcache's part for one class. The rules of mcache.h hold: the caller has entered the
 * mcache; what changes a slot's magazine is called in a slow section.
 *
 * A slot holds addresses of free objects in a magazine, and behind that a claim: free objects of
 * one span as bits, which become addresses when the magazine is empty.
 *
 *	magazine:  NULL  obj  obj  obj  ...        NULL ends a pop without comparing
 *	           base            ^top      ^end
 *
 * Without a magazine @top and @end point past a shared NULL: pop and push both find nothing to do.
 * As long as an object is in a claim it is known whether it still holds the zeros it was born with.
 */
#ifndef _KSPAN_SLOT_H
#define _KSPAN_SLOT_H

#include <linux/bitops.h>
#include "central/magazine.h"

/**
 * struct mcache_slot - an mcache's part for one class
 * @top: where the next freed object goes; the one below it is handed out next
 * @end: where @top is when the magazine is full
 * @frees: objects ever freed into the slot
 * @base: the magazine's array, or NULL
 * @bits: the claim: objects not yet in the magazine
 * @first: the claim: address of the object of bit 0
 * @got: objects that came from mcentral less those that went back
 * @capacity: objects the magazine can hold
 * @fresh: the claim: objects from this bit on hold zeros
 * @starved: the magazine ran empty since it last ran full
 * @idle: the scavenger found it unused; the scavenger's, as is the drain on its CPU that reads it
 * @seen: what slot_activity() was when the scavenger last looked; the scavenger's
 */
struct mcache_slot {
	void **top;
	void **end;
	unsigned long frees;
	void **base;
	unsigned long bits;
	unsigned long first;
	unsigned long got;
	u16 capacity;
	u16 seen;
	u8 fresh;
	bool starved;
	bool idle;
};

/**
 * slot_pop() - take the most recently freed object
 * @slot: a slot of an mcache that the caller has entered
 *
 * Return: the object, or NULL.
 */
static __always_inline void *slot_pop(struct mcache_slot *slot)
{
	void *obj = slot->top[-1];

	if (likely(obj)) {
		barrier();	/* one instruction that counts in memory */
		slot->top--;
	}
	return obj;
}

/* Objects in the magazine. */
static __always_inline unsigned int slot_len(const struct mcache_slot *slot)
{
	return slot->base ? slot->top - slot->base - 1 : 0;
}

/* Changes with each use of a slot; not more than that. */
static inline u16 slot_activity(const struct mcache_slot *slot)
{
	return peek(slot->frees) * 3 + peek(slot->got) * 5 +
	       ((unsigned long)peek(slot->top) >> 3);
}

static inline unsigned long slot_cached(const struct mcache_slot *slot)
{
	void **base = peek(slot->base), **top = peek(slot->top);
	unsigned long n = base ? top - base - 1 : 0;

	/* Read while the slot is in use the two need not belong together. */
	return (n <= peek(slot->capacity) ? n : 0) + hweight_long(peek(slot->bits));
}

/* The magazine of a slot that has one. */
static inline struct magazine *slot_magazine(const struct mcache_slot *slot)
{
	return container_of(slot->base, struct magazine, objs[0]);
}

void slot_install(struct mcache_slot *slot, struct magazine *mag);
bool slot_create_magazine(struct mcache_slot *slot, unsigned int class);
void slot_grow(struct mcache_slot *slot, unsigned int class, unsigned long max_bytes);
struct magazine *slot_another_magazine(const struct mcache_slot *slot, unsigned int class,
				       unsigned long max_bytes, struct magazine *spare);

#endif /* _KSPAN_SLOT_H */
