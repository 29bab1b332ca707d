// SPDX-License-Identifier: GPL-2.0
/*
 * guard_sample: see guard_sample.h. A delayed work sends an interrupt to one CPU after the other,
 * but to none that is isolated. There an mcache is made unusable until its next slow section, so
 * the next allocation from it takes the slow path, where guard_due is set. Nobody waits for the
 * CPU; while it has not answered, nothing more is sent.
 */
#include <linux/cpumask.h>
#include <linux/rculist.h>
#include <linux/smp.h>
#include <linux/workqueue.h>
#include "base/params.h"
#include "cpu/mcache.h"
#include "heap/guard.h"
#include "heap/heaps.h"
#include "upkeep/guard_fault.h"
#include "upkeep/guard_sample.h"

static unsigned int last_cpu;
static unsigned int turn;
static bool sent;	/* the interrupt is on its way */

/*
 * Every second time the default heap, else each in turn: the same on each CPU, before the next. If
 * it changed with the CPU, one of two CPUs would never meet the default heap.
 */
static struct kspan_heap *heap_of_turn(void)
{
	unsigned int now = READ_ONCE(turn) / num_online_cpus();
	unsigned int n = 0, which;
	struct kspan_heap *heap;

	if (now % 2)
		return &default_heap;
	list_for_each_entry_rcu(heap, &heaps, list)
		n++;
	which = now / 2 % max(n, 1U);
	list_for_each_entry_rcu(heap, &heaps, list)
		if (!which--)
			return heap;
	return &default_heap;
}

static void sample_here(void *unused)
{
	rcu_read_lock();
	this_cpu_write(guard_due, true);
	mcache_sample_here(heap_here(heap_of_turn()));
	rcu_read_unlock();
	WRITE_ONCE(sent, false);
}

static call_single_data_t call = CSD_INIT(sample_here, NULL);

static unsigned int next_cpu(void)
{
	unsigned int cpu = last_cpu, i;

	for (i = 0; i < nr_cpu_ids; i++) {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		if (!cpu_is_isolated_from_noise(cpu))
			break;
	}
	return cpu;
}

static void send(void)
{
	last_cpu = next_cpu();
	WRITE_ONCE(turn, turn + 1);
	WRITE_ONCE(sent, true);
	if (smp_call_function_single_async(last_cpu, &call))
		WRITE_ONCE(sent, false);	/* it went offline */
}

/* What was due on some CPU is not any more. */
static void forget(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu(guard_due, cpu), false);
}

static void sample(struct work_struct *work);
static DECLARE_DELAYED_WORK(sample_work, sample);

static void sample(struct work_struct *work)
{
	unsigned long interval = param_guard_jiffies();

	if (!interval) {
		forget();
		return;
	}
	if (guard_start()) {
		pr_warn("no object is guarded, as there is no memory: set guard_interval_ms again later\n");
		return;
	}
	guard_fault_start();
	if (!READ_ONCE(sent))
		send();
	queue_delayed_work(system_unbound_wq, &sample_work, interval);
}

/**
 * guard_sample_obey() - begin to sample, go on at another interval, or end
 *
 * Context: Process context; the worker.
 */
void guard_sample_obey(void)
{
	static unsigned long before;
	unsigned long interval = param_guard_jiffies();

	if (interval == before)
		return;
	before = interval;
	if (!KSPAN_KASAN)
		mod_delayed_work(system_unbound_wq, &sample_work, 0);
	else if (interval)
		pr_info("guard_interval_ms has no effect here: the kernel checks each access\n");
}

/* No interrupt comes from here on. The worker is gone. */
void guard_sample_stop(void)
{
	cancel_delayed_work_sync(&sample_work);
	while (READ_ONCE(sent) && cpu_online(last_cpu))
		cond_resched();
	synchronize_rcu();	/* the interrupt that cleared @sent may still run */
	guard_fault_stop();
}
