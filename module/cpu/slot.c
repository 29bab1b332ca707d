// SPDX-License-Identifier: GPL-2.0
/*
 * slot: giving a slot its magazine, and a larger one. See slot.h for what must hold.
 */
#include <linux/slab.h>
#include "cpu/slot.h"

static void *no_objs[1];

/**
 * slot_install() - give a slot a magazine
 * @slot: a slot of an mcache that the caller has entered
 * @mag: with @mag->n objects, or NULL: then the slot is empty and full at once
 */
void slot_install(struct mcache_slot *slot, struct magazine *mag)
{
	slot->base = mag ? mag->objs : NULL;
	slot->capacity = mag ? mag->capacity : 0;
	slot->top = mag ? mag->objs + 1 + mag->n : no_objs + 1;
	slot->end = mag ? mag->objs + 1 + mag->capacity : no_objs + 1;
}

/**
 * slot_create_magazine() - give a slot its first magazine
 * @slot: a slot of an mcache that the caller has entered
 * @class: its class
 *
 * Return: false if there is no memory for it.
 */
bool slot_create_magazine(struct mcache_slot *slot, unsigned int class)
{
	struct magazine *mag = magazine_alloc(magazine_first_capacity(class));

	if (!mag)
		return false;
	slot_install(slot, mag);
	return true;
}

/**
 * slot_grow() - make a slot's magazine twice as large, within its limit
 * @slot: a slot of an mcache that the caller has entered
 * @class: its class
 * @max_bytes: see magazine_next_capacity()
 *
 * On failure it stays as it is, which costs speed only.
 */
void slot_grow(struct mcache_slot *slot, unsigned int class, unsigned long max_bytes)
{
	unsigned int n = slot_len(slot);
	unsigned int capacity = magazine_next_capacity(slot->capacity, class, max_bytes);
	struct magazine *mag;

	if (capacity <= slot->capacity)
		return;
	mag = magazine_alloc(capacity);
	if (!mag)
		return;
	mag->n = n;
	memcpy(mag->objs + 1, slot->base + 1, n * sizeof(*mag->objs));
	kfree(slot_magazine(slot));
	slot_install(slot, mag);
}

/**
 * slot_another_magazine() - make an empty magazine for a slot that gives its own away
 * @slot: a slot with a magazine
 * @class: its class
 * @max_bytes: see magazine_next_capacity()
 * @spare: an empty magazine that is at hand, or NULL
 *
 * It is larger, within the limit: objects move from CPU to CPU in magazines, and the more go in one
 * the cheaper each is. So a spare one that has stayed small is replaced.
 *
 * Return: the magazine, which may be @spare, or NULL.
 */
struct magazine *slot_another_magazine(const struct mcache_slot *slot, unsigned int class,
				       unsigned long max_bytes, struct magazine *spare)
{
	unsigned int capacity = max_t(unsigned int, slot->capacity,
				      magazine_next_capacity(slot->capacity, class, max_bytes));
	struct magazine *mag;

	if (spare && spare->capacity >= capacity)
		return spare;
	mag = magazine_alloc(capacity);
	if (!mag)
		return spare;
	kfree(spare);
	return mag;
}
