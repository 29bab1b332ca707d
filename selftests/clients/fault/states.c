// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_fault: the memory that kspan holds when an operation begins. It decides which allocations
 * of kspan's own the operation needs: descriptions, maps, an arena, larger tables of arenas.
 */
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

/* No arena. */
static int enter_cold(void)
{
	kspan_trim();
	return arenas() == 0 ? 0 : -EIO;
}

/* One arena, with room. */
static int enter_warm(void)
{
	kspan_trim();
	return hold(16);
}

/*
 * One full arena: an operation that needs pages needs a second one. Most of the arena is taken with
 * one object, as it is slow to read the number of arenas after each object.
 */
static int enter_full(void)
{
	int err;

	kspan_trim();
	err = hold(3 << 20);
	while (!err && arenas() < 2)
		err = hold(8192);
	if (err)
		return err;
	kspan_free(held[--nr_held]);
	kspan_trim();
	return arenas() == 1 ? 0 : -EIO;
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
