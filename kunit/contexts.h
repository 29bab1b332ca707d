/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contexts that kspan may be called from: contexts.c brings a function into one, the suite is
 * in contexts_test.c.
 */
#ifndef _KSPAN_KUNIT_CONTEXTS_H
#define _KSPAN_KUNIT_CONTEXTS_H

#include "fixture.h"

/**
 * struct context - one of them
 * @name: for the results
 * @lockable: whether kspan may take its spinlocks there; else an allocation has the mcache, no more
 * @run: calls a function there and returns when it has returned
 */
struct context {
	const char *name;
	bool lockable;
	void (*run)(void (*fn)(void *arg), void *arg);
};

/* All in which nobody may sleep; NMI is the last. */
#define NR_ATOMIC_CONTEXTS	8
extern const struct context atomic_contexts[NR_ATOMIC_CONTEXTS];

void interrupt_here(void (*fn)(void *arg), void *arg);

#endif /* _KSPAN_KUNIT_CONTEXTS_H */
