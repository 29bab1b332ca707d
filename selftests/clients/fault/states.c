// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_fault: the memory that kspan holds when an operation begins. It decides which allocations
 * of kspan's own the operation needs: descriptions, maps, a segment, a larger pagemap.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/sizes.h>
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

static u64 arena_bytes(void)
{
	struct kspan_stats stats;

	kspan_get_stats(&stats);
	return stats.arena_bytes;
}

/* No segment. The worker may be at one, which it gives back in a moment. */
static int enter_cold(void)
{
	unsigned int tries = 100;

	do {
		kspan_trim();
		if (!arena_bytes())
			return 0;
		msleep(20);
	} while (--tries);
	return -EIO;
}

/* One segment, with room. */
static int enter_warm(void)
{
	kspan_trim();
	return hold(16);
}

/*
 * Full segments: an operation that needs pages needs one more. Most of the first is taken with one
 * object, as it is slow to read the statistics after each.
 */
static int enter_full(void)
{
	u64 before;
	int err;

	kspan_trim();
	err = hold(SZ_1M);
	before = arena_bytes();
	while (!err && arena_bytes() == before)
		err = hold(8192);
	if (err)
		return err;
	kspan_free(held[--nr_held]);
	kspan_trim();
	return arena_bytes() == before ? 0 : -EIO;
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
