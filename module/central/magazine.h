/* SPDX-License-Identifier: GPL-2.0 */
/*
 * magazine: an array of free objects of one class. A slot of an mcache uses one (cpu/slot.c); an
 * mcentral keeps others (depot.c). No locks of its own: the mcache or mcentral owns its magazines.
 *
 * Each CPU has a budget, cpu_cache_kb, for the magazines of all classes and heaps together, and for
 * the large spans of kept.h. A magazine counts with what it has room for: on the CPU that uses it,
 * or that left it full at an mcentral.
 */
#ifndef _KSPAN_MAGAZINE_H
#define _KSPAN_MAGAZINE_H

#include <linux/gfp.h>
#include <linux/llist.h>
#include "base/kspan_internal.h"

/**
 * struct magazine - a stack of free objects
 * @next: at the mcentral, in a list under its lock
 * @node: at the mcentral, in its lock-free list
 * @capacity: objects it has room for
 * @n: objects in it; only kept up to date at the mcentral
 * @class: their class
 * @cpu: whose budget it counts in, or NO_CPU
 * @objs: NULL, which ends a pop, then the objects
 */
struct magazine {
	union {
		struct magazine *next;
		struct llist_node node;
	};
	u16 capacity;
	u16 n;
	u16 class;
	u16 cpu;
	void *objs[];
};

/*
 * For the memory of caches: the allocation must neither sleep nor wake a thread, as the caller may
 * hold a lock of the scheduler. It fails instead.
 */
#define CACHE_GFP	__GFP_NOWARN

/* Words of a magazine beside its objects. Capacities allow for them: the vault wastes nothing. */
#define MAGAZINE_EXTRA	(sizeof(struct magazine) / sizeof(void *) + 1)

static inline size_t magazine_bytes(unsigned int capacity)
{
	return (capacity + MAGAZINE_EXTRA) * sizeof(void *);
}

struct magazine *magazine_alloc(unsigned int class, unsigned int capacity, unsigned int replaced);
void magazine_free(struct magazine *mag);
bool magazine_fits(unsigned int class, unsigned int capacity, unsigned int replaced);
void magazine_claim(struct magazine *mag);
void magazine_disclaim(struct magazine *mag);
bool magazine_has_room(unsigned long bytes);
bool magazine_charge(unsigned long bytes);
void magazine_uncharge(unsigned long bytes, unsigned int cpu);
u64 magazine_charged_bytes(void);
unsigned int magazine_first_capacity(unsigned int class);
unsigned int magazine_next_capacity(unsigned int capacity, unsigned int class,
				    unsigned long max_bytes);

#endif /* _KSPAN_MAGAZINE_H */
