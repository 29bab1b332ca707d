// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: an operation in a shrinker. Lockdep is told what it is told in direct reclaim, which
 * drop_caches does not tell it.
 */
#include <linux/atomic.h>
#include <linux/sched/mm.h>
#include "compat.h"
#include "stuck.h"

static struct shrinker *shrinker;
static operation_fn armed;	/* taken by whoever shrinks next */
static atomic_t nr_done = ATOMIC_INIT(0);

static unsigned long count(struct shrinker *s, struct shrink_control *sc)
{
	/* Enough that shrinkers are asked for some of it whatever the priority. */
	return READ_ONCE(armed) ? 1UL << 20 : SHRINK_EMPTY;
}

static unsigned long scan(struct shrinker *s, struct shrink_control *sc)
{
	operation_fn operation = xchg(&armed, NULL);
	unsigned int noreclaim;

	if (!operation)
		return SHRINK_STOP;
	fs_reclaim_acquire(GFP_KERNEL);
	noreclaim = memalloc_noreclaim_save();
	operation();
	memalloc_noreclaim_restore(noreclaim);
	fs_reclaim_release(GFP_KERNEL);
	atomic_inc(&nr_done);
	return SHRINK_STOP;
}

/* Have the next shrinking call perform the operation. */
static int reclaim_run(const struct request *r)
{
	operation_fn operation = operation_find(r->what);
	int err;

	if (!operation)
		return -EINVAL;
	err = operations_prepare();
	if (!err)
		WRITE_ONCE(armed, operation);
	return err;
}

/* How many operations have returned. */
static int reclaimed_run(const struct request *r)
{
	result_add("done %d\n", atomic_read(&nr_done));
	return 0;
}

const struct action reclaim_actions[] = {
	{ "reclaim", reclaim_run },
	{ "reclaimed", reclaimed_run },
	{ }
};

int reclaim_start(void)
{
	shrinker = shrinker_start(count, scan);
	return shrinker ? 0 : -ENOMEM;
}

void reclaim_stop(void)
{
	shrinker_stop(shrinker);
}
