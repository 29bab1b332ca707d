// SPDX-License-Identifier: GPL-2.0
/*
 * slot: give a slot its first magazine, or a larger one. See slot.h for the rules.
 */
#include <linux/slab.h>
#include "base/kick.h"
#include "cpu/slot.h"

static void *no_objs[1];

/**
 * slot_install() - give a slot a magazine
 * @slot: a slot of an mcache that the caller has entered
 * @mag: a magazine with @mag->n objects; with NULL the slot counts as both empty and full
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
	kick_if_asleep();
	return true;
}

/**
 * slot_grow() - make a slot's magazine twice as large, within its limit
 * @slot: a slot of an mcache that the caller has entered
 * @class: its class
 * @max_bytes: see magazine_next_capacity()
 *
 * On failure the magazine keeps its size; this only costs speed.
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
 * slot_another_magazine() - get an empty magazine to replace a slot's full one
 * @slot: a slot with a magazine
 * @class: its class
 * @max_bytes: see magazine_next_capacity()
 * @spare: an empty magazine that may be used, or NULL
 *
 * The new magazine is larger, up to the limit: objects move between CPUs in magazines, and a larger
 * magazine lowers the cost of each object. A spare that is smaller than that is freed, if there is
 * memory for another.
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
