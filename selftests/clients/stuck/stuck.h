/* SPDX-License-Identifier: GPL-2.0 */
/* kspan_stuck: declarations that its files share. main.c describes how to run an action. */
#ifndef _KSPAN_STUCK_H
#define _KSPAN_STUCK_H

#include <linux/types.h>
#include <kspan/heap.h>

/* The arguments of an action: those that it does not take are empty or 0. */
struct request {
	char what[16];
	size_t size;
	unsigned int count;
};

struct action {
	const char *name;
	int (*run)(const struct request *r);	/* 0, or an error: it could not be tried */
};

extern const struct action reclaim_actions[];	/* all end with a name of NULL */
extern const struct action hotplug_actions[];
extern const struct action atomic_actions[];
extern const struct action limit_actions[];
extern const struct action irqs_off_actions[];
extern const struct action spin_actions[];
extern const struct action nofail_actions[];

typedef void (*operation_fn)(void);

/* Milliseconds after which a call counts as stuck: far more than any call takes on a busy host. */
#define STUCK_MS	10000U

void result_begin(void);
__printf(1, 2) void result_add(const char *format, ...);

int operations_prepare(void);
operation_fn operation_find(const char *name);
void operations_end(void);

/* Objects that a test holds: each begins with the address of the next. */
struct held {
	struct held *next;
};

bool held_take(struct held **list, struct kspan_heap *heap, size_t size, gfp_t gfp);
void held_free(struct held **list);
void held_free_spread(struct held **list, unsigned int stride);

int reclaim_start(void);
void reclaim_stop(void);
void hotplug_stop(void);
void limit_stop(void);

#endif /* _KSPAN_STUCK_H */
