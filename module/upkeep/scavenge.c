// SPDX-License-Identifier: GPL-2.0
/*
 * scavenge: a worker that gives idle memory back and fills the reserve, the shrinker, and trim.
 * kick() queues the worker; as long as anything may become idle it also queues itself. No lock of
 * its own: the worker runs once at a time, and all that it calls may also be called by others.
 */
#include <linux/workqueue.h>
#include "base/kick.h"
#include "base/params.h"
#include "heap/free_rcu.h"
#include "heap/heaps.h"
#include "pages/mheap.h"
#include "pages/reserve.h"
#include "pages/span_alloc.h"
#include "pages/vault.h"
#include "region/region.h"
#include "upkeep/guard_sample.h"
#include "upkeep/mcaches.h"
#include "upkeep/profile_switch.h"
#include "upkeep/scavenge.h"

/* Frees come in bursts, and pages that just became free are usually soon allocated again. */
#define KICK_DELAY	(HZ / 20)
#define IDLE_PERIOD	HZ

static struct workqueue_struct *scavenge_wq;
static struct shrinker *shrinker;
static unsigned long last_look;		/* the worker's; jiffies */
static unsigned long runs;		/* the worker's, read by anybody */

static void scavenge(struct work_struct *work);
static DECLARE_DELAYED_WORK(scavenge_work, scavenge);

static void queue(bool at_once)
{
	if (at_once)
		mod_delayed_work(scavenge_wq, &scavenge_work, 0);
	else
		queue_delayed_work(scavenge_wq, &scavenge_work, KICK_DELAY);
}

/* The CPUs were asked for their mcaches. The reserve stays, in as few segments as can be. */
static u64 give_all_back(void)
{
	regions_trim();
	heaps_drain(false);
	mheap_drain();
	reserve_trim();
	reserve_pack();
	vault_look();
	return arenas_return(0);
}

static unsigned long period(void)
{
	return clamp(param_decay_jiffies() / 2, (unsigned long)KICK_DELAY,
		     (unsigned long)IDLE_PERIOD);
}

/* Return: whether it was time to look. */
static bool look_for_idle(void)
{
	if (time_before(jiffies, last_look + IDLE_PERIOD))
		return false;
	last_look = jiffies;
	mcaches_ask_idle();
	heaps_drain(true);
	vault_look();
	return true;
}

/*
 * Whether anything may become idle, or is idle and not yet given back. After this says no, the
 * worker is woken when that changes.
 */
static bool has_more_to_do(void)
{
	kick_go_to_sleep();
	return mcaches_in_use() || heaps_have_depots() || mheap_has_idle() ||
	       free_rcu_is_pending() || READ_ONCE(mheap.nr_empty) ||
	       READ_ONCE(mheap.loose_pages) || !reserve_is_settled();
}

/*
 * Slots start anew with magazines within magazine_kb, the reserve holds no more than reserve_kb,
 * and all that can be spared goes back if the segments take more than limit_mb.
 */
static void obey_params(void)
{
	guard_sample_obey();
	profile_obey();
	if (arenas_over_limit())
		heaps_tell_owners();
	mcaches_ask(NULL);
	heaps_drain(false);
	reserve_trim();
	reserve_refill(GFP_NOWAIT);
}

/* How often the worker ran. */
unsigned long scavenge_runs(void)
{
	return READ_ONCE(runs);
}

/* With everything else settled the reserve may still lie in more segments than it fills. */
static bool can_sleep(void)
{
	if (has_more_to_do())
		return false;
	reserve_pack();
	return !has_more_to_do();
}

static void scavenge(struct work_struct *work)
{
	bool all = kick_take(KICK_ALL), looked = false;

	WRITE_ONCE(runs, runs + 1);
	kick_stay_awake();
	free_rcu_flush();
	if (all) {
		mcaches_ask(NULL);
		give_all_back();
	} else {
		looked = look_for_idle();
	}
	if (kick_take(KICK_PARAMS))
		obey_params();
	if (kick_take(KICK_ROOM))
		heaps_make_room(mcaches_ask);
	if (mheap_has_idle())
		mheap_drain();
	kick_take(KICK_REFILL);
	reserve_refill(all ? GFP_NOWAIT : GFP_KERNEL);	/* no segment if memory is short */
	if (looked)
		reserve_look();		/* behind the refill, which reads what it clears */
	if (!span_alloc_serve())
		arenas_return(arenas_over_limit() ? 0 : param_decay_jiffies());
	if (!kick_is_paused() && !can_sleep()) {
		kick_stay_awake();
		queue_delayed_work(scavenge_wq, &scavenge_work, period());
	}
}

/**
 * scavenge_trim() - give back all memory without live objects, now
 *
 * Memory that a CPU keeps which does not answer for MCACHES_PATIENCE stays.
 *
 * Context: Process context.
 * Return: bytes given back to the kernel.
 */
u64 scavenge_trim(void)
{
	mcaches_call_in(NULL);
	return give_all_back();
}

/* An allocation met limit_mb. */
static void make_room(bool tell)
{
	if (tell)
		heaps_tell_owners();
	scavenge_trim();
}

/*
 * Empty segments, and all spans: how many of these a drain would empty is only known by trying,
 * which costs no more than it gives.
 */
static unsigned long shrink_count(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long bytes = READ_ONCE(mheap.arena_bytes);

	return bytes ? bytes >> PAGE_SHIFT : SHRINK_EMPTY;
}

/*
 * Reclaim waits for other CPUs a moment only, but for locks as long as it takes: their holders wait
 * for nothing, and may be just giving back what reclaim wants. Owners of heaps follow the same
 * rules.
 */
static unsigned long shrink_scan(struct shrinker *s, struct shrink_control *sc)
{
	u64 bytes;

	heaps_tell_owners();
	mcaches_ask_briefly();
	bytes = give_all_back();
	kick_for(KICK_ALL);		/* for CPUs that have not answered */
	return bytes ? bytes >> PAGE_SHIFT : SHRINK_STOP;
}

int scavenge_init(void)
{
	scavenge_wq = alloc_workqueue("kspan", WQ_UNBOUND | WQ_MEM_RECLAIM, 1);
	if (!scavenge_wq)
		return -ENOMEM;
	kick_init(queue);
	arenas_set_make_room(make_room);
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
