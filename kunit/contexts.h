/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contexts that kspan may be called from: contexts.c calls a function in each; the suite is in
 * contexts_test.c.
 */
#ifndef _KSPAN_KUNIT_CONTEXTS_H
#define _KSPAN_KUNIT_CONTEXTS_H

#include "fixture.h"

/**
 * struct context - a context that may not sleep
 * @name: printed in the results
 * @lockable: kspan may take its spinlocks there; if not, only the mcache serves allocations
 * @run: calls a function in the context and waits until it has returned
 */
struct context {
	const char *name;
	bool lockable;
	void (*run)(void (*fn)(void *arg), void *arg);
};

/* All contexts that may not sleep; NMI is the last. */
#define NR_ATOMIC_CONTEXTS	8
extern const struct context atomic_contexts[NR_ATOMIC_CONTEXTS];

void interrupt_here(void (*fn)(void *arg), void *arg);

#endif /* _KSPAN_KUNIT_CONTEXTS_H */
