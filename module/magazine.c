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
#define FIRST_MAX_CAPACITY	13U
#define MAX_CAPACITY		4093U

static void *no_objs[1];

/**
 * magazine_install() - give a slot a magazine
 * @slot: a slot of an mcache that the caller has entered
 * @mag: with @mag->n objects, or NULL: then the slot is empty and full at once
 */
void magazine_install(struct mcache_slot *slot, struct magazine *mag)
{
	slot->base = mag ? mag->objs : NULL;
	slot->capacity = mag ? mag->capacity : 0;
	slot->top = mag ? mag->objs + 1 + mag->n : no_objs + 1;
	slot->end = mag ? mag->objs + 1 + mag->capacity : no_objs + 1;
}

static struct magazine *magazine_alloc(unsigned int capacity)
{
	struct magazine *mag = kmalloc(magazine_bytes(capacity), CACHE_GFP);

	if (!mag)
		return NULL;
	mag->capacity = capacity;
	mag->n = 0;
	mag->objs[0] = NULL;
	return mag;
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

static unsigned int max_capacity(const struct kspan_heap *heap, unsigned int class)
{
	unsigned long bytes = heap->magazine_bytes ?: param_magazine_bytes();

	return clamp_t(unsigned long, bytes / size_classes[class].size, min_capacity(class),
		       MAX_CAPACITY);
}

/* Twice as many words. */
static unsigned int next_capacity(const struct kspan_heap *heap, const struct mcache_slot *slot,
				  unsigned int class)
{
	unsigned int twice = 2 * (slot->capacity + MAGAZINE_EXTRA) - MAGAZINE_EXTRA;

	return min(twice, max_capacity(heap, class));
}

/**
 * magazine_grow() - make a magazine twice as large, within its limit
 * @heap: whose
 * @slot: a slot of an mcache that the caller has entered
 * @class: its class
 *
 * On failure it stays as it is, which costs speed only.
 */
void magazine_grow(struct kspan_heap *heap, struct mcache_slot *slot, unsigned int class)
{
	unsigned int n = mcache_slot_len(slot), capacity = next_capacity(heap, slot, class);
	struct magazine *mag;

	if (capacity <= slot->capacity)
		return;
	mag = magazine_alloc(capacity);
	if (!mag)
		return;
	mag->n = n;
	memcpy(mag->objs + 1, slot->base + 1, n * sizeof(*mag->objs));
	kfree(magazine_of(slot));
	magazine_install(slot, mag);
}

/**
 * magazine_another() - make an empty magazine for a slot that gives its own away
 * @heap: whose
 * @slot: a slot with a magazine
 * @class: its class
 * @spare: an empty magazine that is at hand, or NULL
 *
 * It is larger, within the limit: objects wander from CPU to CPU in magazines, and the more go in
 * one the cheaper each is. So a spare one that has stayed small is replaced.
 *
 * Return: the magazine, which may be @spare, or NULL.
 */
struct magazine *magazine_another(struct kspan_heap *heap, const struct mcache_slot *slot,
				  unsigned int class, struct magazine *spare)
{
	unsigned int capacity = max_t(unsigned int, slot->capacity,
				      next_capacity(heap, slot, class));
	struct magazine *mag;

	if (spare && spare->capacity >= capacity)
		return spare;
	mag = magazine_alloc(capacity);
	if (!mag)
		return spare;
	kfree(spare);
	return mag;
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
	struct magazine *mag = magazine_alloc(first_capacity(class));

	if (!mag)
		return false;
	magazine_install(slot, mag);
	return true;
}
