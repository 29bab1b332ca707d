/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slot: an mcache's part for one class. The rules of mcache.h hold: the caller has entered the
 * mcache. Functions that replace a slot's magazine are called in a slow section.
 *
 * A slot holds free objects in two forms. The magazine is an array of their addresses. The claim is
 * a bitmap of free objects of one span; they move to the magazine when it is empty.
 *
 *	magazine:  NULL  obj  obj  obj  ...        NULL ends a pop without comparing
 *	           base            ^top      ^end
 *
 * Without a magazine @top and @end point past a shared NULL: a pop finds the slot empty, a push
 * finds it full. The claim also records which of its objects are fresh, that is, still zero; the
 * magazine does not.
 */
#ifndef _KSPAN_SLOT_H
#define _KSPAN_SLOT_H

#include <linux/bitops.h>
#include <linux/jump_label.h>
#include "central/magazine.h"
#include "central/mcentral.h"

/* What the scavenger finds that a slot may give back. */
enum slot_idle {
	SLOT_IN_USE,
	SLOT_UNUSED,	/* it was not used since the last look */
	SLOT_TOO_LARGE,	/* it has grown, and ran neither empty nor full since the last look */
};

/**
 * struct mcache_slot - an mcache's part for one class
 * @top: where the next freed object goes; the object below it is allocated next
 * @end: where @top is when the magazine is full
 * @frees: objects ever freed into the slot
 * @base: the magazine's array, or NULL
 * @bits: the claim: objects not yet in the magazine
 * @first: the claim: address of the object of bit 0
 * @got: objects received from mcentral, minus those given back
 * @capacity: objects the magazine can hold
 * @fresh: the claim: objects from this bit on hold zeros
 * @starved: the magazine ran empty since it last ran full
 * @idle: enum slot_idle: what the scavenger found; read by its drain on this CPU
 * @seen: slot_activity() when the scavenger last looked; accessed like @idle
 * @missed: it ran empty or full since the scavenger last looked, which clears it
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
	u8 idle;
	bool missed;
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
		barrier();	/* decrement in memory, in one instruction */
		slot->top--;
	}
	return obj;
}

/* Objects in the magazine. */
static __always_inline unsigned int slot_len(const struct mcache_slot *slot)
{
	return slot->base ? slot->top - slot->base - 1 : 0;
}

/* A number that changes with each use of a slot. It has no other meaning. */
static inline u16 slot_activity(const struct mcache_slot *slot)
{
	return peek(slot->frees) * 3 + peek(slot->got) * 5 +
	       ((unsigned long)peek(slot->top) >> 3);
}

static inline unsigned long slot_cached(const struct mcache_slot *slot)
{
	void **base = peek(slot->base), **top = peek(slot->top);
	unsigned long n = base ? top - base - 1 : 0;

	/* While the slot is in use, the two may not match. */
	return (n <= peek(slot->capacity) ? n : 0) + hweight_long(peek(slot->bits));
}

/* The magazine of a slot that has one. */
static inline struct magazine *slot_magazine(const struct mcache_slot *slot)
{
	return container_of(slot->base, struct magazine, objs[0]);
}

/* With randomize=1. */
DECLARE_STATIC_KEY_FALSE(slot_random_key);

void slot_init(void);
void slot_install(struct mcache_slot *slot, struct magazine *mag);
bool slot_create_magazine(struct mcache_slot *slot, unsigned int class);
void slot_grow(struct mcache_slot *slot, unsigned int class, unsigned long max_bytes);
struct magazine *slot_another_magazine(const struct mcache_slot *slot, unsigned int class,
				       unsigned long max_bytes, struct magazine *spare);
void *slot_pop_checked(struct mcache_slot *slot, const struct mcentral *central);
void slot_unpack(struct mcache_slot *slot, unsigned int class);
void slot_install_claim(struct mcache_slot *slot, const struct claim *claim);
void slot_refill(struct mcache_slot *slot, struct mcentral *central);
unsigned long slot_take_claimed(struct mcache_slot *slot, unsigned int class);
bool slot_exchange(struct mcache_slot *slot, struct mcentral *central);
void slot_drain(struct mcache_slot *slot, struct mcentral *central);

#endif /* _KSPAN_SLOT_H */
