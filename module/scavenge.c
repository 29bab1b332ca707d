// SPDX-License-Identifier: GPL-2.0
/*
 * scavenge: gives back what nobody uses, and fills the reserve. Beside the layers, under
 * scavenge_lock. It is woken through an irq_work, so that any context can, NMI included; as long
 * as there is an arena it also wakes by itself.
 */
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include "heaps.h"
#include "mcaches.h"
#include "mheap.h"
#include "params.h"
#include "reserve.h"
#include "scavenge.h"

/* Frees come in bursts: pages that just became free are wanted again more often than not. */
#define KICK_DELAY	(HZ / 20)
#define IDLE_PERIOD	HZ

enum want {
	WANT_REFILL,	/* of the reserve, at once */
	WANT_ALL,	/* everything that is idle back, at once: memory is short */
};

static DEFINE_MUTEX(scavenge_lock);
static struct workqueue_struct *scavenge_wq;
static struct shrinker *shrinker;
static unsigned long wants;		/* enum want, atomic bits; a look takes a hint */
static bool stopped;			/* no lock: scavenge_pause() waits for who missed it */
static unsigned long last_look;		/* scavenge_lock; jiffies */
static unsigned long last_refill;	/* scavenge_lock; jiffies */

static void scavenge(struct work_struct *work);
static DECLARE_DELAYED_WORK(scavenge_work, scavenge);

static void wake(struct irq_work *work)
{
	if (READ_ONCE(stopped))
		return;
	if (READ_ONCE(wants))
		mod_delayed_work(scavenge_wq, &scavenge_work, 0);
	else
		queue_delayed_work(scavenge_wq, &scavenge_work, KICK_DELAY);
}

static DEFINE_IRQ_WORK(wake_work, wake);

/**
 * scavenge_kick() - there is something to give back
 *
 * Context: Any, NMI included.
 */
void scavenge_kick(void)
{
	irq_work_queue(&wake_work);
}

/**
 * scavenge_refill() - the reserve was used
 *
 * Context: Any, NMI included.
 */
void scavenge_refill(void)
{
	if (!test_and_set_bit(WANT_REFILL, &wants))
		irq_work_queue(&wake_work);
}

/**
 * scavenge_start() - there is an arena: its reserve is filled, its idleness watched
 *
 * Context: Any.
 */
void scavenge_start(void)
{
	scavenge_refill();
}

/*
 * The reserve may be all that lies in an arena: it is given back, too, and as long as there are
 * spans it is taken anew, as far as the arenas that are left have room.
 */
static u64 give_all_back(void)
{
	u64 bytes;

	mcaches_drain_all();
	heaps_offer_empty();
	mheap_drain();
	reserve_drop();
	bytes = mheap_return_arenas(0, false);
	if (atomic_long_read(&mheap.nr_spans))
		reserve_refill(GFP_NOWAIT);
	return bytes;
}

static unsigned long period(void)
{
	return clamp(param_decay_jiffies() / 2, (unsigned long)KICK_DELAY,
		     (unsigned long)IDLE_PERIOD);
}

static void look_for_idle(void)
{
	if (time_before(jiffies, last_look + IDLE_PERIOD))
		return;
	last_look = jiffies;
	mcaches_drain_idle();
}

/* The reserve goes with the last span, unless someone wanted it a moment ago. */
static void look_after_reserve(gfp_t gfp)
{
	if (test_and_clear_bit(WANT_REFILL, &wants)) {
		last_refill = jiffies;
		reserve_refill(gfp);
	} else if (!atomic_long_read(&mheap.nr_spans) &&
		   time_after_eq(jiffies, last_refill + param_decay_jiffies())) {
		reserve_drop();
	}
}

static void scavenge(struct work_struct *work)
{
	bool all;

	mutex_lock(&scavenge_lock);
	all = test_and_clear_bit(WANT_ALL, &wants);
	if (all)
		give_all_back();
	else
		look_for_idle();
	if (mheap_has_idle())
		mheap_drain();
	look_after_reserve(all ? GFP_NOWAIT : GFP_KERNEL);	/* no arena while memory is short */
	mheap_return_arenas(param_decay_jiffies(), false);
	if (READ_ONCE(mheap.nr_arenas) && !READ_ONCE(stopped))
		queue_delayed_work(scavenge_wq, &scavenge_work, period());
	mutex_unlock(&scavenge_lock);
}

/**
 * scavenge_trim() - give everything back that holds no live object, now
 *
 * Context: Process context.
 * Return: bytes given back to the kernel.
 */
u64 scavenge_trim(void)
{
	u64 bytes;

	mutex_lock(&scavenge_lock);
	clear_bit(WANT_REFILL, &wants);		/* or the worker takes an arena anew, for nobody */
	bytes = give_all_back();
	mutex_unlock(&scavenge_lock);
	return bytes;
}

/* What draining may free cannot be told without doing it: all that is not in spans counts. */
static unsigned long shrink_count(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long held = atomic_long_read(&mheap.held_pages) << KSPAN_PAGE_SHIFT;
	unsigned long bytes = READ_ONCE(mheap.arena_bytes);

	return bytes > held ? (bytes - held) >> PAGE_SHIFT : SHRINK_EMPTY;
}

/* Reclaim must not wait for the CPUs' mcaches: the worker drains them. */
static unsigned long shrink_scan(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long bytes = mheap_return_arenas(0, true);

	if (!test_and_set_bit(WANT_ALL, &wants))
		irq_work_queue(&wake_work);
	return bytes ? bytes >> PAGE_SHIFT : SHRINK_STOP;
}

int scavenge_init(void)
{
	scavenge_wq = alloc_workqueue("kspan", WQ_UNBOUND, 1);
	if (!scavenge_wq)
		return -ENOMEM;
	shrinker = shrinker_start(shrink_count, shrink_scan);
	if (!shrinker) {
		destroy_workqueue(scavenge_wq);
		return -ENOMEM;
	}
	return 0;
}

/**
 * scavenge_pause() - no worker from here on
 *
 * Pages that become idle stay on mheap's lists, and the reserve is what its users leave. What the
 * worker is asked for meanwhile is remembered.
 *
 * Context: Process context, no lock held.
 */
void scavenge_pause(void)
{
	/* Before irq_work_sync() looks: a wake() that it misses sees this. Pairs with irq_work. */
	smp_store_mb(stopped, true);
	irq_work_sync(&wake_work);
	cancel_delayed_work_sync(&scavenge_work);
}

/* The opposite; for KUnit tests. */
void scavenge_resume(void)
{
	WRITE_ONCE(stopped, false);
	scavenge_kick();
}

void scavenge_stop(void)
{
	shrinker_stop(shrinker);
	scavenge_pause();
	destroy_workqueue(scavenge_wq);
}

/* After the last free: none of this code runs any more. */
void scavenge_exit(void)
{
	irq_work_sync(&wake_work);
}
