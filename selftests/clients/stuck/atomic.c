// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: allocations that may not sleep, after the reserve was used up, and while memory is
 * given back.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include "compat.h"
#include "stuck.h"

#define NAP_MS		10
#define SPREAD_STRIDE	64	/* one in half a megabyte at most */
#define FIRE_PERIOD	(100 * NSEC_PER_USEC)

/* Use up the reserve; then @count objects of @size, each as soon as it can be had. */
static int served_run(const struct request *r)
{
	unsigned int n = 0, burst = 0, naps = STUCK_MS / NAP_MS;
	struct held *held = NULL;

	while (burst < 10000 && held_take(&held, kspan_default_heap(), r->size, GFP_ATOMIC))
		burst++;
	while (n < r->count) {
		if (held_take(&held, kspan_default_heap(), r->size, GFP_ATOMIC)) {
			n++;
		} else if (naps) {
			naps--;
			msleep(NAP_MS);
		} else {
			break;
		}
	}
	held_free(&held);
	result_add("burst %u\nserved %u\n", burst, n);
	return 0;
}

/**
 * struct fire - a timer that allocates
 * @timer: it
 * @size: bytes of an object
 * @left: how many are still to be allocated
 * @nr_failed: how many could not be had
 * @held: those that could
 * @delay: until the first
 */
static struct fire {
	struct hrtimer timer;
	size_t size;
	unsigned int left;
	unsigned int nr_failed;
	struct held *held;
	u64 delay;
} fire;

static struct held *kept;	/* live while everything else is given back */
static u64 trim_ns;		/* how long the last trim took */

static enum hrtimer_restart fire_once(struct hrtimer *timer)
{
	if (!fire.left)
		return HRTIMER_NORESTART;
	fire.left--;
	fire.nr_failed += !held_take(&fire.held, kspan_default_heap(), fire.size, GFP_ATOMIC);
	hrtimer_forward_now(timer, FIRE_PERIOD);
	return HRTIMER_RESTART;
}

static void fire_start(void *unused)
{
	hrtimer_start(&fire.timer, ns_to_ktime(fire.delay), HRTIMER_MODE_REL_PINNED_SOFT);
}

/* @size megabytes of segments in which only one object lives. */
static int fill_run(const struct request *r)
{
	struct held *held = NULL;
	unsigned int i;
	int err = 0;

	held_free(&fire.held);
	if (!kept && !held_take(&kept, kspan_default_heap(), 40000, GFP_KERNEL))
		return -ENOMEM;
	for (i = 0; i < r->size && !err; i++)
		if (!held_take(&held, kspan_default_heap(), SZ_1M - 8192, GFP_KERNEL))
			err = -ENOMEM;
	held_free(&held);
	return err;
}

/*
 * A trim, and meanwhile on another CPU, if there is one, @count allocations of @size in a timer.
 * "fire 3" begins after three fifths of the time that the last trim took.
 */
static int fire_run(const struct request *r)
{
	unsigned int fifths = 0;
	int cpu;
	u64 ns;

	if (kstrtouint(r->what, 10, &fifths))
		return -EINVAL;
	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (cpu >= nr_cpu_ids)
		cpu = raw_smp_processor_id();
	hrtimer_setup(&fire.timer, fire_once, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_SOFT);
	fire.size = r->size;
	fire.left = r->count;
	fire.nr_failed = 0;
	fire.delay = div_u64(trim_ns * fifths, 5);
	ns = ktime_get_ns();
	smp_call_function_single(cpu, fire_start, NULL, 1);
	kspan_trim();
	trim_ns = ktime_get_ns() - ns;
	hrtimer_cancel(&fire.timer);
	result_add("tried %u\nfailed %u\nmicroseconds %llu\n", r->count - fire.left, fire.nr_failed,
		   div_u64(trim_ns, NSEC_PER_USEC));
	held_free(&fire.held);
	return 0;
}

/*
 * @size megabytes of segments in which nothing lives. The caches of several classes hold objects of
 * all of them, many enough that draining takes a while.
 */
static int spread_run(const struct request *r)
{
	static const size_t sizes[] = { 256, 512, 1024, 2048 };
	size_t size, taken, share = r->size * SZ_1M / ARRAY_SIZE(sizes);
	struct held *held = NULL;
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size = sizes[i];
		for (taken = 0; taken < share && !err; taken += size) {
			if (!held_take(&held, kspan_default_heap(), size, GFP_KERNEL))
				err = -ENOMEM;
			cond_resched();
		}
	}
	held_free_spread(&held, SPREAD_STRIDE);
	return err;
}

static int cease_run(const struct request *r)
{
	held_free(&kept);
	return 0;
}

const struct action atomic_actions[] = {
	{ "served", served_run },
	{ "fill", fill_run },
	{ "fire", fire_run },
	{ "cease", cease_run },
	{ "spread", spread_run },
	{ }
};
