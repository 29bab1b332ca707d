// SPDX-License-Identifier: GPL-2.0
/*
 * magazine: the arrays of the mcaches' slots, how large they are and how they grow. Upper layer,
 * part of mcache, whose rules hold here.
 */
#include <linux/log2.h>
#include <linux/slab.h>
#include "magazine.h"
#include "params.h"

/* A magazine begins with about this many bytes of objects, within these counts. */
#define FIRST_MAGAZINE_BYTES	2048
#define MIN_CAPACITY		3U
#define FIRST_MAX_CAPACITY	15U
#define MAX_CAPACITY		4095U

static void *no_objs[1];

/**
 * magazine_install() - give a slot an array
 * @slot: a slot of an mcache that the caller has entered
 * @base: the array, or NULL: then the slot is empty and full at once
 * @capacity: objects it has room for
 * @n: objects that are in it
 */
void magazine_install(struct mcache_slot *slot, void **base, unsigned int capacity, unsigned int n)
{
	slot->base = base;
	slot->capacity = capacity;
	slot->top = base ? base + 1 + n : no_objs + 1;
	slot->end = base ? base + 1 + capacity : no_objs + 1;
}

static void **magazine_alloc(unsigned int capacity)
{
	void **base = kmalloc_array(capacity + 1, sizeof(*base), GFP_NOWAIT | __GFP_NOWARN);

	if (base)
		base[0] = NULL;
	return base;
}

/* Of the largest objects one is kept. */
static unsigned int min_capacity(unsigned int class)
{
	return class >= CLASS_POWER ? 1 : MIN_CAPACITY;
}

static unsigned int first_capacity(unsigned int class)
{
	return clamp(FIRST_MAGAZINE_BYTES / size_classes[class].size, min_capacity(class),
		     FIRST_MAX_CAPACITY);
}

static unsigned int max_capacity(unsigned int class)
{
	return clamp_t(unsigned long, param_magazine_bytes() / size_classes[class].size,
		       min_capacity(class), MAX_CAPACITY);
}

/**
 * magazine_grow() - make a magazine twice as large, within its limit
 * @slot: a slot of an mcache that the caller has entered
 * @class: its class
 *
 * On failure it stays as it is, which costs speed only.
 */
void magazine_grow(struct mcache_slot *slot, unsigned int class)
{
	unsigned int n = mcache_slot_len(slot);
	/* With the NULL a power of two of words, of which kmalloc wastes none. */
	unsigned int capacity = min(2 * slot->capacity + 1, max_capacity(class));
	void **base;

	if (capacity <= slot->capacity)
		return;
	base = magazine_alloc(capacity);
	if (!base)
		return;
	memcpy(base, slot->base, (n + 1) * sizeof(*base));
	kfree(slot->base);
	magazine_install(slot, base, capacity, n);
}

/**
 * magazine_create() - give a slot its first magazine
 * @slot: a slot of an mcache that the caller has entered
 * @class: its class
 *
 * Return: false if there is no memory for it.
 */
bool magazine_create(struct mcache_slot *slot, unsigned int class)
{
	unsigned int capacity = first_capacity(class);
	void **base = magazine_alloc(capacity);

	if (!base)
		return false;
	magazine_install(slot, base, capacity, 0);
	return true;
}
