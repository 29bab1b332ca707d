/* SPDX-License-Identifier: GPL-2.0 */
/*
 * magazine: the array of a slot. Upper layer, part of mcache: the caller has entered the mcache and
 * is in a slow section.
 */
#ifndef _KSPAN_MAGAZINE_H
#define _KSPAN_MAGAZINE_H

#include "mcache.h"

/**
 * struct magazine - an array that a slot works on, or that waits at an mcentral
 * @next: at the mcentral
 * @capacity: objects it has room for
 * @n: objects in it; only kept up to date at the mcentral
 * @objs: NULL, which ends a pop, then the objects
 */
struct magazine {
	struct magazine *next;
	u16 capacity;
	u16 n;
	void *objs[];
};

/* Words that a magazine has beside its objects: with them it is what kmalloc wastes nothing of. */
#define MAGAZINE_EXTRA	(sizeof(struct magazine) / sizeof(void *) + 1)

static inline size_t magazine_bytes(unsigned int capacity)
{
	return (capacity + MAGAZINE_EXTRA) * sizeof(void *);
}

static inline struct magazine *magazine_of(struct mcache_slot *slot)
{
	return container_of(slot->base, struct magazine, objs[0]);
}

void magazine_install(struct mcache_slot *slot, struct magazine *mag);
bool magazine_create(struct mcache_slot *slot, unsigned int class);
void magazine_grow(struct kspan_heap *heap, struct mcache_slot *slot, unsigned int class);
struct magazine *magazine_another(struct kspan_heap *heap, const struct mcache_slot *slot,
				  unsigned int class, struct magazine *spare);

#endif /* _KSPAN_MAGAZINE_H */
