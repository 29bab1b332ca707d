// SPDX-License-Identifier: GPL-2.0
/*
 * aside: see aside.h.
 *
 * Mcaches step aside in two steps, after which no CPU has a free object at hand.
 *	1. No mcache is made any more.
 *	2. Each CPU, in an interrupt, makes its mcache unusable, as soon as nobody is inside; then
 *	   the mcaches are destroyed, and all free objects go back to their spans.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/smp.h>
#include "base/trace.h"
#include "cpu/mcache_drain.h"
#include "heap/heaps.h"
#include "upkeep/aside.h"

DEFINE_MUTEX(debug_lock);

/* How long CPUs may be inside an mcache; milliseconds. */
#define PATIENCE_MS	5000

/**
 * struct hold - what CPUs are asked for
 * @only: of this heap; NULL: of all
 * @all: no mcache was in use
 */
struct hold {
	struct kspan_heap *only;
	bool all;
};

/* A heap may be about to end: its mcaches, and what of it is looked at, stay for a grace period. */
static void hold_here(void *arg)
{
	struct kspan_heap *heap, *set;
	struct hold *hold = arg;

	rcu_read_lock();
	list_for_each_entry_rcu(heap, &heaps, list)
		if (!hold->only || heap == hold->only)
			for_each_set(heap, set)
				hold->all &= mcache_hold_here(set);
	rcu_read_unlock();
}

/* Return: false if a CPU was inside an mcache all the time. */
static bool hold_on(int cpu, struct kspan_heap *only)
{
	struct hold hold = { .only = only };
	unsigned int left = PATIENCE_MS;

	do {
		hold.all = true;
		smp_call_function_single(cpu, hold_here, &hold, true);
		if (!hold.all)
			usleep_range(1000, 2000);
	} while (!hold.all && --left);
	return hold.all;
}

static void destroy_held_of(struct kspan_heap *heap)
{
	struct kspan_heap *set;
	struct mcache *mc;
	int cpu;

	for_each_possible_cpu(cpu) {
		for_each_set(heap, set) {
			mc = mcache_of(set, cpu);
			if (mc && READ_ONCE(mc->held) == MCACHE_HELD)
				mcache_destroy(set, cpu);
		}
	}
}

static void destroy_held(struct kspan_heap *only)
{
	struct kspan_heap *heap;

	mutex_lock(&heaps_lock);
	for_each_heap(heap)
		if (!only || heap == only)
			destroy_held_of(heap);
	mutex_unlock(&heaps_lock);
}

/**
 * aside_remove_mcaches() - destroy the mcaches of a heap that gets none any more
 * @heap: the heap; NULL: all
 *
 * Context: Process context, debug_lock and the lock against CPU hotplug are held. Waits for
 *	interrupts on all CPUs.
 * Return: false if a CPU did not leave its mcache: then some are left.
 */
bool aside_remove_mcaches(struct kspan_heap *heap)
{
	bool all = true;
	int cpu;

	lockdep_assert_held(&debug_lock);
	synchronize_rcu();	/* see create_here() */
	for_each_online_cpu(cpu)
		all &= hold_on(cpu, heap);
	destroy_held(heap);
	if (heap)
		heap_drain_depots(heap, false);
	else
		heaps_drain(false);
	mheap_drain();
	return all;
}

/* For a tracer that wants to see each object; called under trace_lock. */
static int set_aside(bool on)
{
	int err = 0;

	mutex_lock(&debug_lock);
	heaps_set_aside(on);
	if (on) {
		cpus_read_lock();
		if (!aside_remove_mcaches(NULL)) {
			heaps_set_aside(false);
			err = -EBUSY;
		}
		cpus_read_unlock();
	}
	mutex_unlock(&debug_lock);
	return err;
}

/* From here on tracers may have all mcaches step aside. */
void aside_start(void)
{
	trace_set_aside_fn(set_aside);
}

/* No tracer has them do so from here on. */
void aside_stop(void)
{
	trace_set_aside_fn(NULL);
}
