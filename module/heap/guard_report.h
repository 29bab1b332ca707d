/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_report: the places of guarded objects, and what is said of their misuse. No locks.
 */
#ifndef _KSPAN_GUARD_REPORT_H
#define _KSPAN_GUARD_REPORT_H

#include "central/heap.h"
#include "pages/stacks.h"

enum guard_state {
	GUARD_FREE,
	GUARD_BUSY,
	GUARD_LIVE,
};

/* What happened to an object. */
enum guard_misuse {
	GUARD_READ,	/* a read that faulted */
	GUARD_WRITE,	/* a write that faulted */
	GUARD_WROTE,	/* an earlier write outside it */
	GUARD_WROTE_FREED,
};

/**
 * struct guard_place - room for one object
 * @start: of its pages; constant
 * @bytes: of its pages; constant
 * @state: enum guard_state; who makes it GUARD_BUSY may change the rest
 * @count: how many objects it had
 * @obj: the object, also after it was freed
 * @size: its bytes
 * @heap: its heap, or the part of it
 * @root: its heap, with all parts; to be compared only, unless the object is live
 * @told: whether kmemleak knows @obj
 * @nr_allocated_by: entries of @allocated_by
 * @nr_freed_by: entries of @freed_by
 * @allocated_by: return addresses, innermost first
 * @freed_by: the same; not of a live object
 */
struct guard_place {
	unsigned long start;
	unsigned int bytes;
	unsigned int state;
	unsigned int count;
	unsigned long obj;
	size_t size;
	struct kspan_heap *heap;
	struct kspan_heap *root;
	bool told;
	unsigned int nr_allocated_by;
	unsigned int nr_freed_by;
	unsigned long allocated_by[STACKS_DEPTH];
	unsigned long freed_by[STACKS_DEPTH];
};

void guard_report(const struct guard_place *place, enum guard_misuse what, unsigned long addr);
void guard_report_free(const struct guard_place *place, unsigned long addr, unsigned long caller);
void guard_check_freed(const struct guard_place *place, u8 pattern);

#endif /* _KSPAN_GUARD_REPORT_H */
