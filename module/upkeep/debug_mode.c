// SPDX-License-Identifier: GPL-2.0
/*
 * debug_mode: see debug_mode.h.
 *
 * A heap enters a debug mode in three steps. Objects are recorded from the last one on, so no CPU
 * has a free object at hand then that the records do not follow.
 *	1. No mcache is made for the heap any more.
 *	2. Each CPU, in an interrupt, makes its mcache unusable, as soon as nobody is inside; then
 *	   the mcaches are destroyed, and all free objects go back to their spans.
 *	3. The mode is set.
 * Objects that are live then are unknown to the mode: their frees are checked as without it.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/smp.h>
#include "cpu/mcache_drain.h"
#include "heap/debug.h"
#include "heap/heaps.h"
#include "upkeep/debug_mode.h"

/* One change at a time. */
static DEFINE_MUTEX(debug_lock);

/* How long CPUs may be inside an mcache; milliseconds. */
#define PATIENCE_MS	5000

struct hold {
	struct kspan_heap *heap;
	bool all;
};

static void hold_here(void *arg)
{
	struct hold *hold = arg;
	struct kspan_heap *set;

	for_each_set(hold->heap, set)
		hold->all &= mcache_hold_here(set);
}

/* Return: false if a CPU was inside an mcache all the time. */
static bool hold_on(int cpu, struct kspan_heap *heap)
{
	struct hold hold = { .heap = heap };
	unsigned int left = PATIENCE_MS;

	do {
		hold.all = true;
		smp_call_function_single(cpu, hold_here, &hold, true);
		if (!hold.all)
			usleep_range(1000, 2000);
	} while (!hold.all && --left);
	return hold.all;
}

static void destroy_held(struct kspan_heap *heap)
{
	struct kspan_heap *set;
	struct mcache *mc;
	int cpu;

	mutex_lock(&heaps_lock);
	for_each_possible_cpu(cpu) {
		for_each_set(heap, set) {
			mc = mcache_of(set, cpu);
			if (mc && READ_ONCE(mc->held) == MCACHE_HELD)
				mcache_destroy(set, cpu);
		}
	}
	mutex_unlock(&heaps_lock);
}

/* Return: whether the heap has no mcaches now. */
static bool remove_mcaches(struct kspan_heap *heap)
{
	bool all = true;
	int cpu;

	debug_forbid_mcaches(heap, true);
	synchronize_rcu();	/* see create_here() */
	for_each_online_cpu(cpu)
		all &= hold_on(cpu, heap);
	destroy_held(heap);
	heap_drain_depots(heap, false);
	mheap_drain();
	if (!all)
		debug_forbid_mcaches(heap, false);
	return all;
}

static int set_mode(struct kspan_heap *heap, u32 letters)
{
	int err = debug_prepare(heap, letters);

	if (err)
		return err;
	if (letters && !debug_mode(heap) && !remove_mcaches(heap))
		return -EBUSY;
	debug_set(heap, letters);
	if (!letters)
		debug_forbid_mcaches(heap, false);
	if (!(letters & DEBUG_QUARANTINE))
		debug_flush(heap);
	return 0;
}

/**
 * debug_mode_set() - change the debug mode of a heap
 * @heap: the heap
 * @letters: the mode; 0: none
 *
 * Context: Process context; no lock of kspan's is held. Waits for interrupts on all CPUs.
 * Return: 0, -ENOMEM, or -EBUSY if a CPU did not leave its mcache.
 */
int debug_mode_set(struct kspan_heap *heap, u32 letters)
{
	int err;

	mutex_lock(&debug_lock);
	if (letters && !static_key_enabled(&debug_key))
		static_branch_enable(&debug_key);
	cpus_read_lock();
	err = set_mode(heap, letters);
	cpus_read_unlock();
	mutex_unlock(&debug_lock);
	return err;
}

/* The letters of a heap's debug mode. */
u32 debug_mode(struct kspan_heap *heap)
{
	return owner_debug(&heap->owner) & DEBUG_LETTERS;
}
