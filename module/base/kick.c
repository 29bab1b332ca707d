// SPDX-License-Identifier: GPL-2.0
/*
 * kick: see kick.h. An irq_work stands between the caller and the workqueue, so that any context
 * may call, NMI included.
 */
#include <linux/bitops.h>
#include <linux/irq_work.h>
#include "base/kspan_internal.h"
#include "base/kick.h"

static void (*queue_worker)(bool at_once);	/* constant from kick_init() on */
static unsigned long wants;			/* enum kick_want, atomic bits */
static bool paused;				/* no lock: see kick_pause() */

static void wake(struct irq_work *work)
{
	if (!READ_ONCE(paused))
		queue_worker(READ_ONCE(wants));
}

static DEFINE_IRQ_WORK(wake_work, wake);

/**
 * kick() - wake the worker soon: there is memory to give back
 *
 * Context: Any, NMI included.
 */
void kick(void)
{
	irq_work_queue(&wake_work);
}

/**
 * kick_for() - ask the worker for something, at once
 * @want: what
 *
 * Context: Any, NMI included.
 */
void kick_for(enum kick_want want)
{
	if (!test_and_set_bit(want, &wants))
		irq_work_queue(&wake_work);
}

/* Whether the worker was asked for it; from here on it may be asked again. */
bool kick_take(enum kick_want want)
{
	return test_and_clear_bit(want, &wants);
}

/**
 * kick_init() - register the worker
 * @queue: queues it, at once or in a while; called in hardirq context
 */
void kick_init(void (*queue)(bool at_once))
{
	queue_worker = queue;
}

/**
 * kick_pause() - queue the worker no more
 *
 * Wake-ups are ignored from here on; the wants are remembered.
 *
 * Context: Process context.
 */
void kick_pause(void)
{
	/* Before irq_work_sync() looks: a wake() that it misses sees this. Pairs with irq_work. */
	smp_store_mb(paused, true);
	kick_sync();
}

void kick_resume(void)
{
	WRITE_ONCE(paused, false);
	kick();
}

bool kick_is_paused(void)
{
	return READ_ONCE(paused);
}

/* Wait until no wake-up runs any more. */
void kick_sync(void)
{
	irq_work_sync(&wake_work);
}
