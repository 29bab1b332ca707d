// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: task context. Threads wander over the CPUs and now and then switch softirqs,
 * preemption or interrupts off around an operation.
 */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "torture.h"

struct thread {
	struct actor actor;
	struct task_struct *task;
};

static struct thread *threads;
static unsigned int nr_threads;
static atomic_t active;

void actor_init(struct actor *a, enum ctx context, int id)
{
	memset(a, 0, sizeof(*a));
	a->context = context;
	a->id = id;
	prandom_seed_state(&a->random, params.seed + ((u64)context << 32) + id);
}

/* A thread may stay on a CPU, or go wherever the scheduler likes. */
static void thread_move(struct actor *a)
{
	int cpu = cpumask_next(pick(a, nr_cpu_ids), cpu_online_mask);

	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	/* Fails when the CPU goes off-line at this moment: then the thread stays where it is. */
	set_cpus_allowed_ptr(current, one_in(a, 4) ? cpu_possible_mask : cpumask_of(cpu));
}

static void step_bh_off(struct actor *a)
{
	local_bh_disable();
	actor_step(a);
	local_bh_enable();
}

static void step_preempt_off(struct actor *a)
{
	preempt_disable();
	actor_step(a);
	preempt_enable();
}

static void step_irqs_off(struct actor *a)
{
	unsigned long flags;

	local_irq_save(flags);
	actor_step(a);
	local_irq_restore(flags);
}

static void thread_step(struct actor *a)
{
	static void (*const steps[])(struct actor *a) = {
		step_bh_off, step_preempt_off, step_irqs_off,
	};
	u32 way = pick(a, 32);

	if (way >= ARRAY_SIZE(steps)) {
		actor_step(a);
		return;
	}
	a->atomic = true;
	steps[way](a);
	a->atomic = false;
}

static void wait_for_stop(void)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

static int thread_main(void *data)
{
	struct actor *a = data;

	actor_tour(a);
	while (torture_running() && !kthread_should_stop()) {
		thread_step(a);
		if (one_in(a, 1024))
			thread_move(a);
		cond_resched();
	}
	atomic_dec(&active);
	wait_for_stop();
	return 0;
}

static int thread_start(unsigned int i)
{
	struct thread *t = &threads[i];

	actor_init(&t->actor, CONTEXT_TASK, i);
	t->task = kthread_create(thread_main, &t->actor, "kspan_torture/%u", i);
	if (IS_ERR(t->task))
		return PTR_ERR(t->task);
	nr_threads = i + 1;
	atomic_inc(&active);
	wake_up_process(t->task);
	return 0;
}

int threads_start(void)
{
	unsigned int i;
	int err = 0;

	threads = kvcalloc(params.threads, sizeof(*threads), GFP_KERNEL);
	if (!threads)
		return -ENOMEM;
	for (i = 0; i < params.threads && !err; i++)
		err = thread_start(i);
	return err;
}

/* After a start that failed half-way too. The counters stay until threads_free(). */
void threads_stop(void)
{
	unsigned int i;

	for (i = 0; i < nr_threads; i++)
		kthread_stop(threads[i].task);
}

void threads_free(void)
{
	kvfree(threads);
}

unsigned int threads_active(void)
{
	return atomic_read(&active);
}

u64 threads_count(enum ctx context, enum counter counter)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < nr_threads && context == CONTEXT_TASK; i++)
		sum += READ_ONCE(threads[i].actor.count[counter]);
	return sum;
}
