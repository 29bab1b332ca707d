/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kick: wake-ups of the worker in upkeep/scavenge.c, which lies above everything that wakes it. It
 * registers a function that queues it. No locks; a wake-up may come from any context.
 */
#ifndef _KSPAN_KICK_H
#define _KSPAN_KICK_H

#include <linux/types.h>

/* What the worker is asked to do at once. */
enum kick_want {
	KICK_REFILL,	/* fill the reserve */
	KICK_ALL,	/* memory is short: give back everything that is idle */
};

void kick(void);
void kick_for(enum kick_want want);
bool kick_take(enum kick_want want);

void kick_init(void (*queue)(bool at_once));
void kick_pause(void);
void kick_resume(void);
void kick_sync(void);
bool kick_is_paused(void);

#endif /* _KSPAN_KICK_H */
