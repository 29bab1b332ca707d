// SPDX-License-Identifier: GPL-2.0
/*
 * magazine: allocates magazines and determines their capacity. No locks.
 */
#include <linux/slab.h>
#include "base/params.h"
#include "base/size_class.h"
#include "central/magazine.h"

/* A slot's first magazine holds about this many bytes of objects, within these counts. */
#define FIRST_MAGAZINE_BYTES	2048
#define MIN_CAPACITY		3U
#define FIRST_MAX_CAPACITY	13U
#define MAX_CAPACITY		4093U

/* Return: an empty magazine, to be freed with kfree(), or NULL. */
struct magazine *magazine_alloc(unsigned int capacity)
{
	struct magazine *mag = slab_result(kmalloc(magazine_bytes(capacity), CACHE_GFP));

	if (!mag)
		return NULL;
	mag->capacity = capacity;
	mag->n = 0;
	mag->objs[0] = NULL;
	return mag;
}

/* A magazine of a power-of-two class may hold a single object. */
static unsigned int min_capacity(unsigned int class)
{
	return class >= CLASS_POWER ? 1 : MIN_CAPACITY;
}

/* Capacity of the first magazine of a slot, in objects. */
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
 * magazine_next_capacity() - the capacity a magazine grows to: twice the memory, within the limit
 * @capacity: present capacity
 * @class: size class
 * @max_bytes: bytes of objects that it may hold; 0: as the module's parameter magazine_kb
 *
 * Return: objects; less than @capacity if the limit was lowered.
 */
unsigned int magazine_next_capacity(unsigned int capacity, unsigned int class,
				    unsigned long max_bytes)
{
	unsigned int twice = 2 * (capacity + MAGAZINE_EXTRA) - MAGAZINE_EXTRA;

	return min(twice, max_capacity(class, max_bytes));
}
