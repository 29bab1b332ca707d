// SPDX-License-Identifier: GPL-2.0
/*
 * kick: see kick.h. The caller queues an irq_work, which queues the worker: so any context may
 * call, NMI included.
 */
#include <linux/bitops.h>
#include <linux/irq_work.h>
#include "base/kspan_internal.h"
#include "base/kick.h"

static void (*queue_worker)(bool at_once);	/* constant from kick_init() on */
static unsigned long wants;			/* enum kick_want, atomic bits */
static bool paused;				/* no lock: see kick_pause() */

bool kick_asleep;				/* no lock: see kick_if_asleep() */

static void wake(struct irq_work *work)
{
	if (!READ_ONCE(paused))
		queue_worker(READ_ONCE(wants));
}

/*
 * In the interrupt itself on PREEMPT_RT, too: the thread that runs other irq_works there waits
 * behind any real-time task. Queueing takes raw locks only, and wakes another thread.
 */
static struct irq_work wake_work = IRQ_WORK_INIT_HARD(wake);

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
 * kick_for() - ask the worker to do something at once
 * @want: the request
 *
 * Context: Any, NMI included.
 */
void kick_for(enum kick_want want)
{
	if (!test_and_set_bit(want, &wants))
		irq_work_queue(&wake_work);
}

/* Clear a request, so that it may be made again. Return: whether it was pending. */
bool kick_take(enum kick_want want)
{
	return test_and_clear_bit(want, &wants);
}

/**
 * kick_go_to_sleep() - from here on kick_if_asleep() wakes the worker
 *
 * Only the worker calls it, before it looks whether there is anything to look after.
 */
void kick_go_to_sleep(void)
{
	smp_store_mb(kick_asleep, true);	/* pairs with kick_if_asleep() */
}

/* The worker will look again by itself. */
void kick_stay_awake(void)
{
	WRITE_ONCE(kick_asleep, false);
}

/**
 * kick_init() - register the worker
 * @queue: queues the worker, at once or after a delay; called in hardirq context
 */
void kick_init(void (*queue)(bool at_once))
{
	queue_worker = queue;
}

/**
 * kick_pause() - stop queueing the worker
 *
 * Wake-ups are ignored until kick_resume(); requests stay pending.
 *
 * Context: Process context.
 */
void kick_pause(void)
{
	/* A wake() that irq_work_sync() does not wait for sees this. Pairs with irq_work. */
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

/* Wait until no wake-up is pending or running. */
void kick_sync(void)
{
	irq_work_sync(&wake_work);
}
