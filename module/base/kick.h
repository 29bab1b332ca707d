/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kick: wakes the worker in upkeep/scavenge.c. Lower folders wake it, so it registers a callback
 * that queues it. No locks; any context may wake it.
 *
 * The worker sleeps while it has nothing to look after. Then whoever gives a CPU's cache its first
 * objects wakes it.
 */
#ifndef _KSPAN_KICK_H
#define _KSPAN_KICK_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

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

extern bool kick_asleep;

/**
 * kick_if_asleep() - wake the worker unless it looks after the caches anyway
 *
 * Called after a slot got a magazine or a claim. Either the worker, which sets @kick_asleep before
 * it looks whether any slot has one, sees it, or this sees @kick_asleep.
 *
 * Context: Any, NMI included.
 */
static inline void kick_if_asleep(void)
{
	smp_mb();	/* pairs with kick_go_to_sleep() */
	if (unlikely(READ_ONCE(kick_asleep)))
		kick();
}

void kick_go_to_sleep(void);
void kick_stay_awake(void);

void kick_init(void (*queue)(bool at_once));
void kick_pause(void);
void kick_resume(void);
void kick_sync(void);
bool kick_is_paused(void);

#endif /* _KSPAN_KICK_H */
