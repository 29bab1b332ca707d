/* SPDX-License-Identifier: GPL-2.0 */
/* kspan_fault: declarations that its files share. main.c describes its use. */
#ifndef _KSPAN_FAULT_H
#define _KSPAN_FAULT_H

#include <linux/types.h>
#include <kspan/heap.h>
#include <kspan/kspan.h>
#include <kspan/pool.h>
#include <kspan/region.h>
#include "nth.h"

#define BULK	64

/* The input and the results of an operation. */
struct attempt {
	void *old;		/* to be reallocated, if there is one */
	void *got[BULK];
	unsigned int n;		/* how many in got[] */
	unsigned int promised;	/* how many of them must not fail */
	void *passing;		/* from a region */
	/* to be destroyed, unless NULL or an error pointer */
	struct kspan_heap *heap;
	struct kspan_pool *pool;
	struct kspan_region *region;
	struct kspan_percpu_region *percpu_region;
};

static inline bool refused(const struct attempt *a)
{
	return !a->n && !a->passing;
}

static inline void got_one(struct attempt *a, void *p)
{
	a->got[0] = p;
	a->n = p ? 1 : 0;
}

struct operation {
	const char *name;
	size_t size;
	size_t align;		/* what the object must be aligned to */
	gfp_t gfp;
	size_t old_size;	/* of the object to be reallocated */
	void (*run)(const struct operation *op, struct attempt *a);
};

/* How much kspan holds before an operation. */
struct state {
	const char *name;
	int (*enter)(void);
};

extern const struct operation operations[];	/* both end with a name of NULL */
extern const struct state states[];

int operation_prepare(const struct operation *op, struct attempt *a);
int operation_check(const struct operation *op, struct attempt *a);
void operation_undo(struct attempt *a);
void states_leave(void);

void run_heap(const struct operation *op, struct attempt *a);
void run_pool(const struct operation *op, struct attempt *a);
void run_region(const struct operation *op, struct attempt *a);
void run_percpu_region(const struct operation *op, struct attempt *a);
void owners_undo(struct attempt *a);

#endif /* _KSPAN_FAULT_H */
