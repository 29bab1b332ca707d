// SPDX-License-Identifier: GPL-2.0
/*
 * scavenge: a worker that gives idle memory back and fills the reserve. It runs under
 * scavenge_lock. kick() queues it; as long as there is an arena it also queues itself.
 */
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include "base/kick.h"
#include "base/params.h"
#include "heap/heaps.h"
#include "pages/mheap.h"
#include "pages/reserve.h"
#include "upkeep/mcaches.h"
#include "upkeep/scavenge.h"

/* Frees come in bursts, and pages that just became free are usually soon allocated again. */
#define KICK_DELAY	(HZ / 20)
#define IDLE_PERIOD	HZ

static DEFINE_MUTEX(scavenge_lock);
static struct workqueue_struct *scavenge_wq;
static struct shrinker *shrinker;
static unsigned long last_look;		/* scavenge_lock; jiffies */
static unsigned long last_refill;	/* scavenge_lock; jiffies */

static void scavenge(struct work_struct *work);
static DECLARE_DELAYED_WORK(scavenge_work, scavenge);

static void queue(bool at_once)
{
	if (at_once)
		mod_delayed_work(scavenge_wq, &scavenge_work, 0);
	else
		queue_delayed_work(scavenge_wq, &scavenge_work, KICK_DELAY);
}

/*
 * The reserve's pages alone may keep an arena, so the reserve is given back, too. If there are
 * spans, it is refilled from the remaining arenas, as far as they have room.
 */
static u64 give_all_back(void)
{
	u64 bytes;

	mcaches_drain_all();
	heaps_offer_empty();
	mheap_drain();
	reserve_drop();
	bytes = arenas_return(0, false);
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

/* Drop the reserve when there are no spans and no refill was requested for arena_decay_ms. */
static void look_after_reserve(gfp_t gfp)
{
	if (kick_take(KICK_REFILL)) {
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
	all = kick_take(KICK_ALL);
	if (all)
		give_all_back();
	else
		look_for_idle();
	if (mheap_has_idle())
		mheap_drain();
	look_after_reserve(all ? GFP_NOWAIT : GFP_KERNEL);	/* no arena if memory is short */
	arenas_return(param_decay_jiffies(), false);
	if (READ_ONCE(mheap.nr_arenas) && !kick_is_paused())
		queue_delayed_work(scavenge_wq, &scavenge_work, period());
	mutex_unlock(&scavenge_lock);
}

/**
 * scavenge_trim() - give back all memory without live objects, now
 *
 * Context: Process context.
 * Return: bytes given back to the kernel.
 */
u64 scavenge_trim(void)
{
	u64 bytes;

	mutex_lock(&scavenge_lock);
	kick_take(KICK_REFILL);		/* or the worker would create an arena that nobody needs */
	bytes = give_all_back();
	mutex_unlock(&scavenge_lock);
	return bytes;
}

/* How much a drain would free is unknown. Count all arena memory that is not in spans. */
static unsigned long shrink_count(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long held = atomic_long_read(&mheap.held_pages) << KSPAN_PAGE_SHIFT;
	unsigned long bytes = READ_ONCE(mheap.arena_bytes);

	return bytes > held ? (bytes - held) >> PAGE_SHIFT : SHRINK_EMPTY;
}

/* Reclaim must not wait until the CPUs have drained their mcaches: the worker does that. */
static unsigned long shrink_scan(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long bytes = arenas_return(0, true);

	kick_for(KICK_ALL);
	return bytes ? bytes >> PAGE_SHIFT : SHRINK_STOP;
}

int scavenge_init(void)
{
	scavenge_wq = alloc_workqueue("kspan", WQ_UNBOUND, 1);
	if (!scavenge_wq)
		return -ENOMEM;
	kick_init(queue);
	shrinker = shrinker_start(shrink_count, shrink_scan);
	if (!shrinker) {
		destroy_workqueue(scavenge_wq);
		return -ENOMEM;
	}
	return 0;
}

/**
 * scavenge_pause() - stop the worker
 *
 * Idle pages then stay on mheap's lists, and the reserve is not refilled. Requests to the worker
 * are kept until scavenge_resume().
 *
 * Context: Process context, no lock held.
 */
void scavenge_pause(void)
{
	kick_pause();
	cancel_delayed_work_sync(&scavenge_work);
}

/* Restart the worker; for KUnit tests. */
void scavenge_resume(void)
{
	kick_resume();
}

void scavenge_stop(void)
{
	shrinker_stop(shrinker);
	scavenge_pause();
	destroy_workqueue(scavenge_wq);
}

/* Called after the last free. When it returns, none of this code runs any more. */
void scavenge_exit(void)
{
	kick_sync();
}
