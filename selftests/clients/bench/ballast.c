// SPDX-License-Identifier: GPL-2.0
/*
 * Ballast: live kspan objects that keep a number of arenas, each with many holes, so that any cost
 * that grows with the number of arenas becomes visible.
 */
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <kspan/kspan.h>
#include "bench.h"

#define BALLAST_SIZE	8192	/* a page of kspan's: a freed one is a hole of one page */
#define BALLAST_MAX	131072	/* objects: 1 GB */

/* ballast_lock guards these. */
static DEFINE_MUTEX(ballast_lock);
static void **ballast;
static unsigned int ballast_nr;

unsigned int ballast_arenas(void)
{
	struct kspan_stats stats;

	kspan_get_stats(&stats);
	return stats.arenas;
}

static void ballast_drop(void)
{
	while (ballast_nr)
		kspan_free(ballast[--ballast_nr]);
	vfree(ballast);
	ballast = NULL;
	kspan_trim();
}

static int ballast_grow(unsigned int arenas)
{
	while (ballast_arenas() < arenas) {
		if (ballast_nr == BALLAST_MAX)
			return -ENOSPC;
		ballast[ballast_nr] = kspan_alloc(BALLAST_SIZE, GFP_KERNEL);
		if (!ballast[ballast_nr])
			return -ENOMEM;
		ballast_nr++;
	}
	return 0;
}

/* Frees every second object, so that no arena becomes empty and each has free pages. */
static void ballast_riddle(void)
{
	unsigned int i;

	for (i = 0; i < ballast_nr; i += 2) {
		kspan_free(ballast[i]);
		ballast[i] = NULL;
	}
}

/* Frees the ballast and, unless @arenas is 0, makes kspan create that many arenas. */
int ballast_set(unsigned int arenas)
{
	int err = 0;

	mutex_lock(&ballast_lock);
	ballast_drop();
	if (arenas) {
		ballast = vzalloc(array_size(BALLAST_MAX, sizeof(*ballast)));
		err = ballast ? ballast_grow(arenas) : -ENOMEM;
		if (err)
			ballast_drop();
		else
			ballast_riddle();
	}
	mutex_unlock(&ballast_lock);
	return err;
}
