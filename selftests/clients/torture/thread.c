// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: task context. Threads move between the CPUs. Around some operations they disable
 * softirqs, preemption or interrupts, or hold a raw spinlock.
 */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "torture.h"

struct thread {
	struct actor actor;
	raw_spinlock_t lock;	/* guards nothing: it is held around operations */
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
	/* If the CPU goes offline at this moment this fails, and the thread stays on its CPU. */
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

/* Each thread has its own lock, so that threads do not wait for each other. */
static void step_raw_locked(struct actor *a)
{
	struct thread *t = container_of(a, struct thread, actor);
	unsigned long flags;

	count(a, COUNT_RAW_LOCK);
	if (one_in(a, 2)) {
		raw_spin_lock(&t->lock);
		actor_step(a);
		raw_spin_unlock(&t->lock);
	} else {
		raw_spin_lock_irqsave(&t->lock, flags);
		actor_step(a);
		raw_spin_unlock_irqrestore(&t->lock, flags);
	}
}

static void step_atomic(struct actor *a, void (*step)(struct actor *a))
{
	a->atomic = true;
	step(a);
	a->atomic = false;
}

static void thread_step(struct actor *a)
{
	static void (*const steps[])(struct actor *a) = {
		step_bh_off, step_preempt_off, step_irqs_off, step_raw_locked,
	};
	u32 way = pick(a, 32);

	if (way < ARRAY_SIZE(steps))
		step_atomic(a, steps[way]);
	else
		actor_step(a);
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

	step_atomic(a, step_raw_locked);
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
	raw_spin_lock_init(&t->lock);
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

/* Also after a start that failed half-way. The counters stay until threads_free(). */
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
