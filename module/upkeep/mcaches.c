// SPDX-License-Identifier: GPL-2.0
/*
 * mcaches: CPU hotplug, and drains of all mcaches. Takes cpus_read_lock() to walk the online CPUs.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/workqueue.h>
#include "cpu/mcache_drain.h"
#include "heap/heaps.h"
#include "upkeep/mcaches.h"

struct drain {
	struct work_struct work;
	bool idle_only;
};

static DEFINE_PER_CPU(struct drain, drains);
static enum cpuhp_state hp_state;

static void drain_here(struct kspan_heap *heap, bool idle_only)
{
	struct mcache *mc;

	slow_section_begin();
	mc = mcache_try_enter(heap);
	if (mc) {
		mcache_drain(mc, idle_only);
		mcache_exit(mc);
	}
	slow_section_end();
}

/* The caller that waits for this work holds heaps_lock. */
static void drain_this_cpu(struct work_struct *work)
{
	bool idle_only = container_of(work, struct drain, work)->idle_only;
	struct kspan_heap *heap;

	for_each_heap(heap)
		drain_here(heap, idle_only);
}

/* Return: whether the CPU has something to drain. */
static bool look(int cpu)
{
	struct kspan_heap *heap;
	struct mcache *mc;
	bool idle = false;

	for_each_heap(heap) {
		mc = mcache_of(heap, cpu);
		if (mc)
			idle |= mcache_look(mc);
	}
	return idle;
}

/* Callers hold scavenge_lock, so only one of them uses the CPUs' work items. */
static void drain(bool idle_only)
{
	struct kspan_heap *heap;
	struct drain *d;
	int cpu;

	cpus_read_lock();
	mutex_lock(&heaps_lock);
	for_each_online_cpu(cpu) {
		d = per_cpu_ptr(&drains, cpu);
		if (idle_only && !look(cpu))
			continue;
		d->idle_only = idle_only;
		schedule_work_on(cpu, &d->work);
	}
	for_each_online_cpu(cpu)
		flush_work(&per_cpu_ptr(&drains, cpu)->work);
	for_each_heap(heap)
		heap_drain_depots(heap, idle_only);
	mutex_unlock(&heaps_lock);
	cpus_read_unlock();
}

/**
 * mcaches_drain_all() - drain all mcaches and depots
 *
 * Context: Process context, scavenge_lock held.
 */
void mcaches_drain_all(void)
{
	drain(false);
}

/**
 * mcaches_drain_idle() - drain the slots and depots that were not used since the last call
 *
 * No work runs on a CPU without such a slot.
 *
 * Context: Process context, scavenge_lock held.
 */
void mcaches_drain_idle(void)
{
	drain(true);
}

/* Create the default heap's mcache before the CPU is up. Other heaps create theirs on first use. */
static int cpu_prepare(unsigned int cpu)
{
	struct mcache *mc = mcache_create(&default_heap, cpu_to_node(cpu), GFP_KERNEL);

	if (!mc)
		return -ENOMEM;
	*per_cpu_ptr(default_heap.owner.mcaches, cpu) = mc;
	return 0;
}

/* Runs on another CPU. Nobody uses the dead CPU's mcaches any more. */
static int cpu_dead(unsigned int cpu)
{
	struct kspan_heap *heap;

	mutex_lock(&heaps_lock);
	for_each_heap(heap)
		mcache_destroy(heap, cpu);
	mutex_unlock(&heaps_lock);
	return 0;
}

int mcaches_init(void)
{
	int cpu, err;

	for_each_possible_cpu(cpu)
		INIT_WORK(&per_cpu_ptr(&drains, cpu)->work, drain_this_cpu);
	err = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "mm/kspan:prepare", cpu_prepare, cpu_dead);
	if (err < 0)
		return err;
	hp_state = err;
	return 0;
}

/* Nobody calls kspan any more. cpu_dead() is called for each CPU and destroys its mcaches. */
void mcaches_exit(void)
{
	struct kspan_heap *heap;

	cpuhp_remove_state(hp_state);
	for_each_heap(heap)
		heap_drain_depots(heap, false);
}
