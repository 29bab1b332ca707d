/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcaches: create and destroy mcaches on CPU hotplug, and have CPUs drain theirs. A CPU's mcache of
 * the default heap is created before the CPU comes up. All its mcaches are destroyed after it is
 * dead.
 */
#ifndef _KSPAN_MCACHES_H
#define _KSPAN_MCACHES_H

#include <linux/jiffies.h>

struct kspan_heap;

/* How long a caller that wants all memory back waits for CPUs that do not answer. */
#define MCACHES_PATIENCE	(HZ / 5)

void mcaches_ask(struct kspan_heap *heap);
void mcaches_ask_briefly(void);
void mcaches_ask_idle(void);
bool mcaches_in_use(void);
void mcaches_hold(void);
void mcaches_release(void);
void mcaches_call_in(struct kspan_heap *heap);

int mcaches_init(void);
void mcaches_exit(void);

#endif /* _KSPAN_MCACHES_H */
