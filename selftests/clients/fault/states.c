// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_fault: the memory that kspan holds when an operation begins. It decides which allocations
 * of kspan's own the operation needs: descriptions, maps, an arena, larger tables of arenas.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include "fault.h"

#define MAX_HELD	4096

static void *held[MAX_HELD];
static unsigned int nr_held;

static int hold(size_t size)
{
	void *p;

	if (nr_held == MAX_HELD)
		return -ENOSPC;
	p = kspan_alloc(size, GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	held[nr_held++] = p;
	return 0;
}

static unsigned long arenas(void)
{
	struct kspan_stats stats;

	kspan_get_stats(&stats);
	return stats.arenas;
}

/* No arena. The worker may be at one, which it gives back in a moment. */
static int enter_cold(void)
{
	unsigned int tries = 100;

	do {
		kspan_trim();
		if (!arenas())
			return 0;
		msleep(20);
	} while (--tries);
	return -EIO;
}

/* One arena, with room. */
static int enter_warm(void)
{
	kspan_trim();
	return hold(16);
}

/* Take pages until an arena is made for them. */
static int hold_until_one_more(unsigned long before)
{
	int err = 0;

	while (!err && arenas() == before)
		err = hold(8192);
	return err;
}

/*
 * Full arenas: an operation that needs pages needs one more. An arena that is made for the last of
 * the pages goes with it, unless the reserve found no room elsewhere; then it is filled, too. Most
 * of the first is taken with one object, as it is slow to read the number of arenas after each.
 */
static int enter_full(void)
{
	unsigned long before;
	int err;

	kspan_trim();
	err = hold(3 << 20);
	while (!err) {
		before = arenas();
		err = hold_until_one_more(before);
		if (err)
			break;
		kspan_free(held[--nr_held]);
		kspan_trim();
		if (arenas() == before)
			break;
	}
	return err;
}

void states_leave(void)
{
	while (nr_held)
		kspan_free(held[--nr_held]);
}

const struct state states[] = {
	{ "cold", enter_cold },
	{ "warm", enter_warm },
	{ "full", enter_full },
	{ }
};
