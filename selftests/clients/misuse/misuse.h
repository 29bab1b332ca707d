/* SPDX-License-Identifier: GPL-2.0 */
/* kspan_misuse: declarations that its files share. main.c describes how to run an action. */
#ifndef _KSPAN_MISUSE_H
#define _KSPAN_MISUSE_H

#include <linux/types.h>
#include <kspan/kspan.h>

/* The arguments of an action. For an argument of 0 each action has its own default. */
struct request {
	size_t size;
	unsigned int count;
};

struct action {
	const char *name;
	int (*run)(const struct request *r);	/* 0, or an error if kspan misbehaved */
};

extern const struct action free_actions[];	/* all end with a name of NULL */
extern const struct action alloc_actions[];
extern const struct action own_actions[];
extern const struct action memory_actions[];
extern const struct action core_actions[];
extern const struct action sampled_actions[];

int release_run(const struct request *r);
void own_close(void);

#endif /* _KSPAN_MISUSE_H */
