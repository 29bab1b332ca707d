// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_step: single-steps the instructions of kspan.ko. A function outside it runs at full speed:
 * at its first instruction stepping ends and its return address becomes step_resume(), which begins
 * it again. So nothing of the scheduler is ever stepped.
 */
#include <linux/bitmap.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <asm/debugreg.h>
#include "step.h"

#define SYMBOL_LEN	256

unsigned long step_return;	/* one function outside at a time */

/**
 * struct stepper - the one task that is stepped
 * @task: it, or NULL
 * @plan: what happens at its stops
 * @nr_stops: in kspan, since it was armed
 * @pending: the interrupt is to come before the next instruction
 */
static struct stepper {
	struct task_struct *task;
	struct plan plan;
	unsigned long nr_stops;
	bool pending;
} stepper;

static unsigned long text, text_bytes;	/* of kspan.ko */
static unsigned long *stopped_at;	/* a bit for each byte of it */
static u64 nr_steps;
static u64 nr_intrusions[NR_CONTEXTS];
static u64 nr_masked, nr_late;

static void in_softirq_run(struct tasklet_struct *unused)
{
	nr_intrusions[CONTEXT_SOFTIRQ]++;
	stepper.plan.intrude();
}

static DECLARE_TASKLET(tasklet, in_softirq_run);

static void in_hardirq_run(struct irq_work *unused)
{
	stepper.pending = false;
	if (stepper.plan.at == CONTEXT_SOFTIRQ) {
		tasklet_schedule(&tasklet);
		return;
	}
	nr_intrusions[CONTEXT_HARDIRQ]++;
	stepper.plan.intrude();
}

static struct irq_work interrupt = IRQ_WORK_INIT_HARD(in_hardirq_run);

static void stop(struct pt_regs *regs)
{
	unsigned long n = stepper.nr_stops++;

	__set_bit(regs->ip - text, stopped_at);
	nr_steps++;
	if (n >= stepper.plan.end || n % stepper.plan.period != stepper.plan.phase)
		return;
	if (stepper.plan.at == CONTEXT_NMI) {
		nr_intrusions[CONTEXT_NMI]++;
		stepper.plan.intrude();
	} else if (regs->flags & X86_EFLAGS_IF) {
		stepper.pending = true;
		irq_work_queue(&interrupt);
	} else {
		nr_masked++;
	}
}

static void run_to_return(struct pt_regs *regs)
{
	unsigned long *top = (unsigned long *)regs->sp;

	step_return = *top;
	*top = (unsigned long)step_resume;
	regs->flags &= ~X86_EFLAGS_TF;
}

static int stepped(struct notifier_block *unused, unsigned long event, void *data)
{
	struct die_args *args = data;
	unsigned long *dr6 = (unsigned long *)args->err;

	if (event != DIE_DEBUG || current != stepper.task || !(*dr6 & DR_STEP))
		return NOTIFY_DONE;
	nr_late += stepper.pending;
	if (args->regs->ip - text < text_bytes)
		stop(args->regs);
	else if (!within_module(args->regs->ip, THIS_MODULE))
		run_to_return(args->regs);
	return NOTIFY_STOP;
}

/* kprobes and hardware breakpoints leave it what is not theirs. */
static struct notifier_block notifier = { .notifier_call = stepped };

/* From here on this task is stepped, between step_on() and step_off(). */
void stepper_arm(const struct plan *plan)
{
	stepper.plan = *plan;
	stepper.nr_stops = 0;
	barrier();
	stepper.task = current;
}

/* Return: how many stops there were. Interrupts and tasklets have run. */
unsigned long stepper_disarm(void)
{
	stepper.task = NULL;
	irq_work_sync(&interrupt);
	tasklet_unlock_wait(&tasklet);
	return stepper.nr_stops;
}

void stepper_figures(void)
{
	pr_info("kspan_step: %llu steps at %u instructions; %llu intrusions in NMIs, %llu in interrupts, %llu in softirqs; %llu stops with interrupts off, %llu interrupts were late\n",
		nr_steps, bitmap_weight(stopped_at, text_bytes), nr_intrusions[CONTEXT_NMI],
		nr_intrusions[CONTEXT_HARDIRQ], nr_intrusions[CONTEXT_SOFTIRQ], nr_masked, nr_late);
}

/* The symbol of @addr if kspan.ko has one. Return: its start, or 0; *@end is behind it. */
static unsigned long symbol_of(unsigned long addr, unsigned long *end)
{
	char symbol[SYMBOL_LEN], *plus;
	unsigned long offset, size;

	snprintf(symbol, sizeof(symbol), "%pS", (void *)addr);
	plus = strrchr(symbol, '+');
	if (!plus || !strstr(plus, "[kspan]") || sscanf(plus, "+%lx/%lx", &offset, &size) != 2)
		return 0;
	*end = addr - offset + size;
	return addr - offset;
}

/* From an exported function to both sides, as far as symbols go. */
static int find_text(void)
{
	unsigned long start, end, other;

	start = symbol_of((unsigned long)kspan_free, &end);
	if (!start)
		return -ENOENT;
	while ((other = symbol_of(start - 1, &text)))
		start = other;
	while (symbol_of(end, &other) && other > end)
		end = other;
	text = start;
	text_bytes = end - start;
	return 0;
}

/*
 * The offset of each instruction that was stopped at, behind that of kspan_free(), which tells what
 * they count from. Return: the bytes.
 */
size_t stepper_list(char *buffer, size_t size)
{
	unsigned long bit;
	size_t len;

	len = scnprintf(buffer, size, "kspan_free %lx\n", (unsigned long)kspan_free - text);
	for_each_set_bit(bit, stopped_at, text_bytes)
		len += scnprintf(buffer + len, size - len, "%lx\n", bit);
	return len;
}

int stepper_start(void)
{
	int err = find_text();

	if (err)
		return err;
	stopped_at = vzalloc(BITS_TO_LONGS(text_bytes) * sizeof(long));
	if (!stopped_at)
		return -ENOMEM;
	return register_die_notifier(&notifier);
}

void stepper_stop(void)
{
	unregister_die_notifier(&notifier);
	tasklet_kill(&tasklet);
	vfree(stopped_at);
}
