// SPDX-License-Identifier: GPL-2.0
/*
 * magazine: making magazines, and how large they are.
 */
#include <linux/slab.h>
#include "base/params.h"
#include "base/size_class.h"
#include "central/magazine.h"

/* A magazine begins with about this many bytes of objects, within these counts. */
#define FIRST_MAGAZINE_BYTES	2048
#define MIN_CAPACITY		3U
#define FIRST_MAX_CAPACITY	13U
#define MAX_CAPACITY		4093U

/* Return: an empty magazine, to be freed with kfree(), or NULL. */
struct magazine *magazine_alloc(unsigned int capacity)
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

/* Objects that the first magazine of a slot has room for. */
unsigned int magazine_first_capacity(unsigned int class)
{
	return clamp(FIRST_MAGAZINE_BYTES / size_classes[class].size, min_capacity(class),
		     FIRST_MAX_CAPACITY);
}

static unsigned int max_capacity(unsigned int class, unsigned long max_bytes)
{
	unsigned long bytes = max_bytes ?: param_magazine_bytes();

	return clamp_t(unsigned long, bytes / size_classes[class].size, min_capacity(class),
		       MAX_CAPACITY);
}

/**
 * magazine_next_capacity() - how large a magazine grows: twice as many words, within the limit
 * @capacity: what it has
 * @class: size class
 * @max_bytes: bytes of objects that it may hold; 0: as the module's parameter says
 *
 * Return: objects; may be less than @capacity where the limit was lowered.
 */
unsigned int magazine_next_capacity(unsigned int capacity, unsigned int class,
				    unsigned long max_bytes)
{
	unsigned int twice = 2 * (capacity + MAGAZINE_EXTRA) - MAGAZINE_EXTRA;

	return min(twice, max_capacity(class, max_bytes));
}
