// SPDX-License-Identifier: GPL-2.0
/*
 * Calls a function in each context that may not sleep; see contexts.h.
 */
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include "contexts.h"

struct call {
	struct irq_work work;
	struct tasklet_struct tasklet;
	struct completion done;
	void (*fn)(void *arg);
	void *arg;
};

static void run_locked(void (*fn)(void *arg), void *arg)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	fn(arg);
	spin_unlock(&lock);
}

/* On PREEMPT_RT a spinlock_t sleeps, and may not be taken under a raw one. */
static void run_raw_locked(void (*fn)(void *arg), void *arg)
{
	static DEFINE_RAW_SPINLOCK(lock);

	raw_spin_lock(&lock);
	fn(arg);
	raw_spin_unlock(&lock);
}

static void run_raw_locked_irqs_off(void (*fn)(void *arg), void *arg)
{
	static DEFINE_RAW_SPINLOCK(lock);
	unsigned long irqflags;

	raw_spin_lock_irqsave(&lock, irqflags);
	fn(arg);
	raw_spin_unlock_irqrestore(&lock, irqflags);
}

static void run_preempt_off(void (*fn)(void *arg), void *arg)
{
	preempt_disable();
	fn(arg);
	preempt_enable();
}

static void run_irqs_off(void (*fn)(void *arg), void *arg)
{
	unsigned long irqflags;

	local_irq_save(irqflags);
	fn(arg);
	local_irq_restore(irqflags);
}

static void tasklet_run(struct tasklet_struct *t)
{
	struct call *call = container_of(t, struct call, tasklet);

	call->fn(call->arg);
	complete(&call->done);
}

static void run_softirq(void (*fn)(void *arg), void *arg)
{
	struct call call = { .fn = fn, .arg = arg };

	init_completion(&call.done);
	tasklet_setup(&call.tasklet, tasklet_run);
	tasklet_schedule(&call.tasklet);
	wait_for_completion(&call.done);
	tasklet_kill(&call.tasklet);
}

static void work_run(struct irq_work *work)
{
	struct call *call = container_of(work, struct call, work);

	call->fn(call->arg);
	complete(&call->done);
}

/*
 * Interrupt this CPU. On PREEMPT_RT only a "hard" irq_work runs in the interrupt; on other kernels
 * lockdep allows such a one no spinlock_t.
 */
static void call_from_interrupt(struct call *call)
{
	init_completion(&call->done);
	call->work = IS_ENABLED(CONFIG_PREEMPT_RT) ? IRQ_WORK_INIT_HARD(work_run) :
						     IRQ_WORK_INIT(work_run);
	irq_work_queue(&call->work);
}

static void run_hardirq(void (*fn)(void *arg), void *arg)
{
	struct call call = { .fn = fn, .arg = arg };

	call_from_interrupt(&call);
	wait_for_completion(&call.done);
	irq_work_sync(&call.work);
}

/**
 * interrupt_here() - let an interrupt of this CPU call a function, and spin until it has returned
 * @fn: the function
 * @arg: its argument
 *
 * Where a CPU cannot interrupt itself (user-mode Linux) the next timer interrupt makes the call.
 *
 * Context: Interrupts on, preemption off.
 */
void interrupt_here(void (*fn)(void *arg), void *arg)
{
	struct call call = { .fn = fn, .arg = arg };

	call_from_interrupt(&call);
	while (irq_work_is_busy(&call.work))
		cpu_relax();
}

/*
 * No real NMI: it makes in_nmi() true, which is all that kspan looks at. The torture module sends
 * real ones, which interrupt kspan anywhere.
 */
static void run_nmi(void (*fn)(void *arg), void *arg)
{
	unsigned long irqflags;

	local_irq_save(irqflags);
	__preempt_count_add(NMI_OFFSET);
	fn(arg);
	__preempt_count_sub(NMI_OFFSET);
	local_irq_restore(irqflags);
}

#define UNLESS_RT	(!IS_ENABLED(CONFIG_PREEMPT_RT))

const struct context atomic_contexts[NR_ATOMIC_CONTEXTS] = {
	{ "under a spinlock", true, run_locked },
	{ "under a raw spinlock", UNLESS_RT, run_raw_locked },
	{ "under a raw spinlock, interrupts off", UNLESS_RT, run_raw_locked_irqs_off },
	{ "preemption off", UNLESS_RT, run_preempt_off },
	{ "interrupts off", UNLESS_RT, run_irqs_off },
	{ "softirq", true, run_softirq },
	{ "hardirq", UNLESS_RT, run_hardirq },
	{ "NMI", false, run_nmi },
};
