// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: the contexts that interrupt. Every online CPU has a timer that fires in hard
 * interrupt context after random times, so it interrupts tasks at any point. Its handler performs
 * operations, schedules a tasklet that performs others in softirq context, and sends NMIs to other
 * CPUs.
 */
#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include "compat.h"
#include "torture.h"

#define GAP_MIN_NS	20000U
#define GAP_MAX_NS	200000U

/*
 * On PREEMPT_RT only a "hard" timer fires in hard interrupt context. Elsewhere all timers do, but
 * for a "hard" one lockdep would report each spinlock_t that the handler takes.
 */
#define TIMER_MODE	(IS_ENABLED(CONFIG_PREEMPT_RT) ? HRTIMER_MODE_REL_PINNED_HARD : \
							 HRTIMER_MODE_REL_PINNED)

struct cpu_actors {
	struct hrtimer timer;
	struct tasklet_struct tasklet;
	struct actor softirq, hardirq, nmi;
};

static struct cpu_actors __percpu *cpus;
static int hotplug_state;

static bool context_wanted(enum ctx context)
{
	return params.contexts & BIT(context);
}

static void softirq_run(struct tasklet_struct *t)
{
	struct cpu_actors *c = container_of(t, struct cpu_actors, tasklet);
	u32 n = 1 + pick(&c->softirq, 4);

	while (n--)
		actor_step(&c->softirq);
}

static void nmi_run(void)
{
	actor_step(&this_cpu_ptr(cpus)->nmi);
}

/*
 * The tasklet takes about as long as the handler, and on a slow machine both take longer than the
 * gap: it grows with them, so that tasks get half of the CPU on any machine.
 */
static u64 timer_gap(struct actor *a, ktime_t began)
{
	u64 took = ktime_to_ns(ktime_sub(ktime_get(), began));

	return max_t(u64, 4 * took, GAP_MIN_NS + pick(a, GAP_MAX_NS - GAP_MIN_NS));
}

static enum hrtimer_restart timer_fired(struct hrtimer *timer)
{
	struct cpu_actors *c = container_of(timer, struct cpu_actors, timer);
	ktime_t began = ktime_get();
	u32 n = 1 + pick(&c->hardirq, 3);

	if (!torture_running())
		return HRTIMER_NORESTART;
	while (context_wanted(CONTEXT_HARDIRQ) && n--)
		actor_step(&c->hardirq);
	if (context_wanted(CONTEXT_SOFTIRQ))
		tasklet_schedule(&c->tasklet);
	if (context_wanted(CONTEXT_NMI) && one_in(&c->hardirq, 4))
		nmi_send(pick(&c->hardirq, nr_cpu_ids));
	hrtimer_forward_now(timer, ns_to_ktime(timer_gap(&c->hardirq, began)));
	return HRTIMER_RESTART;
}

/* Both run on the CPU in question. */
static int cpu_up(unsigned int cpu)
{
	struct cpu_actors *c = per_cpu_ptr(cpus, cpu);

	nmi_cpu_up(cpu);
	hrtimer_start(&c->timer, ns_to_ktime(GAP_MAX_NS), TIMER_MODE);
	return 0;
}

static int cpu_down(unsigned int cpu)
{
	hrtimer_cancel(&per_cpu_ptr(cpus, cpu)->timer);
	nmi_cpu_down(cpu);
	return 0;
}

static void cpu_actors_init(int cpu)
{
	struct cpu_actors *c = per_cpu_ptr(cpus, cpu);

	actor_init(&c->softirq, CONTEXT_SOFTIRQ, cpu);
	actor_init(&c->hardirq, CONTEXT_HARDIRQ, cpu);
	actor_init(&c->nmi, CONTEXT_NMI, cpu);
	hrtimer_setup(&c->timer, timer_fired, CLOCK_MONOTONIC, TIMER_MODE);
	tasklet_setup(&c->tasklet, softirq_run);
}

/* A kernel without NMIs is no error. stress.sh reads the message. */
static int nmis_start(void)
{
	int err = nmi_start(nmi_run);

	if (!err)
		return 0;
	params.contexts &= ~BIT(CONTEXT_NMI);
	if (err != -ENODEV)
		return err;
	pr_info("kspan_torture: no NMIs here\n");
	return 0;
}

int irqs_start(void)
{
	int cpu, err;

	if (!(params.contexts & ~BIT(CONTEXT_TASK)))
		return 0;
	cpus = alloc_percpu(struct cpu_actors);
	if (!cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		cpu_actors_init(cpu);
	err = context_wanted(CONTEXT_NMI) ? nmis_start() : 0;
	if (err)
		return err;
	hotplug_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "kspan/torture:online",
					  cpu_up, cpu_down);
	return min(hotplug_state, 0);
}

/* Also after a start that failed half-way. The counters stay until irqs_free(). */
void irqs_stop(void)
{
	int cpu;

	if (!cpus)
		return;
	if (hotplug_state > 0)
		cpuhp_remove_state(hotplug_state);
	if (context_wanted(CONTEXT_NMI))
		nmi_stop();
	for_each_possible_cpu(cpu)
		tasklet_kill(&per_cpu_ptr(cpus, cpu)->tasklet);
}

void irqs_free(void)
{
	free_percpu(cpus);
}

u64 irqs_count(enum ctx context, enum counter counter)
{
	struct cpu_actors *c;
	u64 sum = 0;
	int cpu;

	if (!cpus)
		return 0;
	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(cpus, cpu);
		if (context == CONTEXT_SOFTIRQ)
			sum += READ_ONCE(c->softirq.count[counter]);
		else if (context == CONTEXT_HARDIRQ)
			sum += READ_ONCE(c->hardirq.count[counter]);
		else if (context == CONTEXT_NMI)
			sum += READ_ONCE(c->nmi.count[counter]);
	}
	return sum;
}
