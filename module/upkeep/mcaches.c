// SPDX-License-Identifier: GPL-2.0
/*
 * mcaches: CPU hotplug, and drains of the mcaches of all CPUs.
 *
 * A CPU drains its own mcaches, in a hard interrupt that another CPU sends when it has marked them
 * (struct mcache's @asked). No lock is held and nobody waits for it: a CPU that does not answer,
 * because its interrupts are off or it is inside the mcache, keeps what it has until it is asked
 * again. The drained objects are at their mcentrals, where whoever needs memory takes them.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/smp.h>
#include "base/kick.h"
#include "cpu/mcache_drain.h"
#include "heap/debug.h"
#include "heap/heaps.h"
#include "upkeep/mcaches.h"

/**
 * struct drain - of a CPU
 * @csd: the interrupt that asks the CPU to drain
 * @sent: bit 0: @csd is on its way; atomic
 * @next: the CPU's interrupt to itself, as each drains one mcache only
 */
struct drain {
	call_single_data_t csd;
	unsigned long sent;
	struct irq_work next;
};

static DEFINE_PER_CPU(struct drain, drains);
static atomic_t holds;			/* readers of figures: no drain begins */
static enum cpuhp_state hp_state;

/* Drain one of this CPU's mcaches that was asked for. Return: whether there was one. */
static bool drain_next(void)
{
	struct kspan_heap *heap, *set;
	bool drained = false;

	if (atomic_read(&holds))
		return false;		/* the mark stays: it is asked for again */
	rcu_read_lock();
	list_for_each_entry_rcu(heap, &heaps, list)
		for_each_set(heap, set)
			drained = drained || mcache_drain_here(set);
	rcu_read_unlock();
	return drained;
}

static void drain_in_irq(void *unused)
{
	struct drain *d = this_cpu_ptr(&drains);

	clear_bit(0, &d->sent);
	smp_mb__after_atomic();		/* marks that are set from here on send another interrupt */
	if (drain_next())
		irq_work_queue(&d->next);
}

static void drain_again(struct irq_work *work)
{
	if (drain_next())
		irq_work_queue(work);
}

static void send(int cpu)
{
	struct drain *d = per_cpu_ptr(&drains, cpu);

	if (!test_and_set_bit(0, &d->sent) && smp_call_function_single_async(cpu, &d->csd))
		clear_bit(0, &d->sent);		/* it went offline */
}

/* This CPU's, without an interrupt. */
static void drain_here(void)
{
	bool drained;

	do {
		preempt_disable();
		drained = drain_next();
		preempt_enable();
	} while (drained);
}

/* Mark an mcache, if it has anything to drain. */
static bool mark(struct mcache *mc, enum mcache_ask ask)
{
	if (ask == MCACHE_ASK_IDLE ? !mcache_look(mc) : !mcache_holds(mc))
		return false;
	if (peek(mc->asked) < ask)
		WRITE_ONCE(mc->asked, ask);
	return true;
}

/* The mcaches of a CPU, of @only or of all heaps. */
static bool mark_all(int cpu, struct kspan_heap *only, enum mcache_ask ask)
{
	struct kspan_heap *heap, *set;
	struct mcache *mc;
	bool any = false;

	rcu_read_lock();
	list_for_each_entry_rcu(heap, &heaps, list) {
		if (only && heap != only)
			continue;
		for_each_set(heap, set) {
			mc = mcache_of(set, cpu);
			if (mc)
				any |= mark(mc, ask);
		}
	}
	rcu_read_unlock();
	return any;
}

/*
 * CPUs without anything to drain are not disturbed. Nor are isolated ones for what is merely idle:
 * that stays until memory is short or somebody trims.
 */
static bool leaves_alone(int cpu, enum mcache_ask ask)
{
	return ask == MCACHE_ASK_IDLE && cpu_is_isolated_from_noise(cpu);
}

static void ask_all(struct kspan_heap *only, enum mcache_ask ask)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (!leaves_alone(cpu, ask) && mark_all(cpu, only, ask) &&
		    cpu != raw_smp_processor_id())
			send(cpu);
	drain_here();
}

/**
 * mcaches_ask() - have all CPUs drain their mcaches
 * @heap: of this heap; NULL: of all
 *
 * This CPU's are drained on return; the others' soon.
 *
 * Context: Process context; a shrinker may call it.
 */
void mcaches_ask(struct kspan_heap *heap)
{
	ask_all(heap, MCACHE_ASK_ALL);
}

/**
 * mcaches_ask_idle() - have all CPUs drain slots that were not used since the last call
 *
 * Context: Process context; only the worker calls it.
 */
void mcaches_ask_idle(void)
{
	ask_all(NULL, MCACHE_ASK_IDLE);
}

static bool holds_any(struct kspan_heap *heap, int cpu)
{
	struct kspan_heap *set;
	struct mcache *mc;

	for_each_set(heap, set) {
		mc = mcache_of(set, cpu);
		if (mc && mcache_holds(mc))
			return true;
	}
	return false;
}

/* Whether any mcache has something that may become idle, and be drained then. */
bool mcaches_in_use(void)
{
	struct kspan_heap *heap;
	bool any = false;
	int cpu;

	rcu_read_lock();
	list_for_each_entry_rcu(heap, &heaps, list)
		for_each_online_cpu(cpu)
			any = any || (!leaves_alone(cpu, MCACHE_ASK_IDLE) && holds_any(heap, cpu));
	rcu_read_unlock();
	return any;
}

/* Whether a CPU has not answered for a heap. */
static bool is_asked(struct kspan_heap *heap, int cpu)
{
	struct kspan_heap *set;
	struct mcache *mc;

	for_each_set(heap, set) {
		mc = mcache_of(set, cpu);
		if (mc && smp_load_acquire(&mc->asked))		/* pairs with the answer */
			return true;
	}
	return false;
}

/* Whether an online CPU has not answered; it is asked again. */
static bool some_wait(struct kspan_heap *only)
{
	struct kspan_heap *heap;
	bool any = false;
	int cpu;

	rcu_read_lock();
	for_each_online_cpu(cpu) {
		list_for_each_entry_rcu(heap, &heaps, list) {
			if ((only && heap != only) || !is_asked(heap, cpu))
				continue;
			send(cpu);
			any = true;
			break;
		}
	}
	rcu_read_unlock();
	return any;
}

/**
 * mcaches_ask_briefly() - mcaches_ask(), and wait as long as the interrupts take that it sends
 *
 * Context: Process context; the shrinker.
 */
void mcaches_ask_briefly(void)
{
	unsigned int tries = 100;

	ask_all(NULL, MCACHE_ASK_ALL);
	while (some_wait(NULL) && --tries)
		udelay(1);
}

/**
 * mcaches_hold() - let no drain begin until mcaches_release()
 *
 * A claim on its way back to its span counts as live objects: figures are exact without any. Drains
 * that were asked for meanwhile are asked for again by the worker.
 */
void mcaches_hold(void)
{
	atomic_inc(&holds);
	smp_mb__after_atomic();		/* figures that are read from here on */
}

void mcaches_release(void)
{
	atomic_dec(&holds);
}

/**
 * mcaches_call_in() - have all CPUs drain their mcaches, and give them time to do so
 * @heap: of this heap; NULL: of all
 *
 * Nearly always they have when this returns. A CPU that never answers costs MCACHES_PATIENCE.
 *
 * Context: Process context; may sleep. No lock of kspan's may be held.
 */
void mcaches_call_in(struct kspan_heap *heap)
{
	unsigned long end = jiffies + MCACHES_PATIENCE;

	if (heap)
		debug_flush(heap);	/* of all heaps: heaps_drain() */
	ask_all(heap, MCACHE_ASK_ALL);
	while (some_wait(heap) && time_before(jiffies, end))
		usleep_range(20, 200);
}

/* The default heap has its mcaches before anyone asks; the others' come when they are used. */
static int cpu_prepare(unsigned int cpu)
{
	struct kspan_heap *set = heap_of_node(&default_heap, cpu_to_mem(cpu));
	struct mcache *mc;

	if (READ_ONCE(set->owner.no_mcaches))
		return 0;
	mc = mcache_create(set, cpu_to_node(cpu), GFP_KERNEL);
	if (!mc)
		return -ENOMEM;
	/* Initialized before statistics can read it: pairs with the dependency in mcache_of(). */
	smp_store_release(per_cpu_ptr(set->owner.mcaches, cpu), mc);
	/* The same for those that look in the root. */
	smp_store_release(per_cpu_ptr(default_heap.owner.mcaches, cpu), mc);
	return 0;
}

/* Runs on another CPU: nobody is inside the mcaches, and nobody will be. */
static int cpu_dead(unsigned int cpu)
{
	struct kspan_heap *heap, *set;

	mutex_lock(&heaps_lock);
	for_each_heap(heap)
		for_each_set(heap, set)
			mcache_destroy(set, cpu);
	mutex_unlock(&heaps_lock);
	kick();
	return 0;
}

int mcaches_init(void)
{
	struct drain *d;
	int cpu, err;

	for_each_possible_cpu(cpu) {
		d = per_cpu_ptr(&drains, cpu);
		INIT_CSD(&d->csd, drain_in_irq, NULL);
		d->next = IRQ_WORK_INIT_HARD(drain_again);
	}
	heap_set_call_in(mcaches_call_in);
	err = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "mm/kspan:prepare", cpu_prepare, cpu_dead);
	if (err < 0)
		return err;
	hp_state = err;
	return 0;
}

/* No drain runs from here on: the worker has ended, and no mcache is marked any more. */
static void wait_for_drains(void)
{
	struct drain *d;
	int cpu;

	for_each_possible_cpu(cpu) {
		d = per_cpu_ptr(&drains, cpu);
		while (test_bit(0, &d->sent) && cpu_online(cpu))
			cond_resched();
		irq_work_sync(&d->next);
	}
	synchronize_rcu();	/* the interrupt that cleared @sent may still run */
}

/* Nobody calls kspan any more: each CPU's mcache is drained as if the CPU had died. */
void mcaches_exit(void)
{
	struct kspan_heap *heap;

	cpuhp_remove_state(hp_state);
	wait_for_drains();
	for_each_heap(heap)
		heap_drain_depots(heap, false);
}
