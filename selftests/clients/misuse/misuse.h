/* SPDX-License-Identifier: GPL-2.0 */
/* kspan_misuse: what its files share. main.c says how an action is asked for. */
#ifndef _KSPAN_MISUSE_H
#define _KSPAN_MISUSE_H

#include <linux/types.h>
#include <kspan/kspan.h>

/* The arguments of an action; each action has defaults of its own for what is 0. */
struct request {
	size_t size;
	unsigned int count;
};

struct action {
	const char *name;
	int (*run)(const struct request *r);	/* 0, or an error: kspan did not do what it must */
};

extern const struct action free_actions[];	/* all end with a name of NULL */
extern const struct action alloc_actions[];
extern const struct action own_actions[];
extern const struct action shortage_actions[];

int release_run(const struct request *r);
void own_close(void);

#endif /* _KSPAN_MISUSE_H */
