/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kick: wakes the worker in upkeep/scavenge.c. Lower folders wake it, so it registers a callback
 * that queues it. No locks; any context may wake it.
 */
#ifndef _KSPAN_KICK_H
#define _KSPAN_KICK_H

#include <linux/types.h>

/* Requests that the worker serves at once. */
enum kick_want {
	KICK_REFILL,	/* fill the reserve */
	KICK_ROOM,	/* a heap at its limit wants back the objects of its own caches */
	KICK_ALL,	/* memory is short: give back everything that is idle */
	KICK_PARAMS,	/* a parameter was changed: hold no more than it says from now on */
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
