// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_step: stops at each instruction of kspan that an operation executes, and calls kspan there
 * as an interrupt would: in an NMI, in a hard interrupt, in a softirq. Each of some calls
 * (intruder.c) is made at each instruction of each operation (operations.c). An operation of few
 * instructions is interrupted once a run, and runs as often as it has instructions; in one of many
 * the interrupts come at intervals, and each run has them elsewhere. All objects are checked behind
 * each run, and kspan's count of live ones behind each operation.
 *
 * It runs while it is loaded, on CPU 0, and tells what came of it in the kernel log.
 * /sys/kernel/debug/kspan_step has the instructions that were stopped at.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include "step.h"

/* About as many steps are made for an operation, an intruder and a context. */
#define STEPS		10000U
#define LIST_BYTES	SZ_512K

static const char *const context_names[] = { "an NMI", "an interrupt", "a softirq" };

static unsigned long steps = STEPS;
module_param(steps, ulong, 0444);
MODULE_PARM_DESC(steps, "steps for an operation, an intruder and a context, about");

static struct debugfs_blob_wrapper list;
static struct dentry *file;

/* Return: how many instructions it has. */
static unsigned long run_once(const struct operation *op, enum context at,
			      void (*intrude)(void), unsigned long period, unsigned long phase,
			      unsigned long end)
{
	unsigned long n;

	intruder_prepare(op->size, GFP_KERNEL);
	if (op->prepare)
		op->prepare(op->size);
	stepper_arm(&(struct plan){ at, intrude, period, phase, end });
	op->run(op->size);
	n = stepper_disarm();
	objects_check(&ours);
	intruder_end();
	objects_free(&ours);
	cond_resched();
	return n;
}

/*
 * All runs of one operation with one intruder: @n is how many instructions it has. Where memory has
 * two owners anything may follow: the first run that goes wrong is the last.
 */
static void run_phases(const struct operation *op, enum context at,
		       const struct intruder *intruder, unsigned long n)
{
	unsigned long phase, period = clamp(steps / n, 1UL, n);

	for (phase = 0; phase < period && !nr_errors; phase++) {
		run_once(op, at, intruder->run, period, phase, 2 * n);
		if (nr_errors)
			pr_err("kspan_step: %s, with %s in %s at %lu of each %lu\n", op->name,
			       intruder->name, context_names[at], phase, period);
	}
}

static u64 live_objects(void)
{
	struct kspan_stats stats;

	kspan_rcu_barrier();
	kspan_trim();
	kspan_get_stats(&stats);
	return stats.live_objects;
}

static void run_operation(const struct operation *op, u64 live)
{
	const struct intruder *intruder;
	enum context at;
	u64 start = ktime_get_ns();
	unsigned long n;

	run_once(op, CONTEXT_NMI, NULL, 1, 0, 0);
	n = run_once(op, CONTEXT_NMI, NULL, 1, 0, 0);
	if (!n) {
		step_error("%s: no instruction was stopped at", op->name);
		return;
	}
	for (at = 0; at < NR_CONTEXTS; at++)
		for (intruder = intruders; intruder->name; intruder++)
			if (at != CONTEXT_NMI || !intruder->not_in_nmi)
				run_phases(op, at, intruder, n);
	if (live_objects() != live)
		step_error("%s: %llu objects are live, not %llu", op->name, live_objects(), live);
	pr_info("kspan_step: %s: %lu instructions, %llu ms\n", op->name, n,
		(ktime_get_ns() - start) / NSEC_PER_MSEC);
}

/* A function of kspan's own that the kernel's symbols know. */
static void *find_function(const char *name)
{
	struct kprobe probe = { .symbol_name = name };
	void *found;
	int err = register_kprobe(&probe);

	if (err)
		return ERR_PTR(err);
	found = probe.addr;
	unregister_kprobe(&probe);
	return found;
}

static int run_all(void)
{
	const struct operation *op;
	u64 live;

	live = live_objects();
	for (op = operations; op->name && !nr_errors; op++)
		run_operation(op, live);
	stepper_figures();
	if (nr_errors)
		pr_err("kspan_step: FAIL: %u errors\n", nr_errors);
	else
		pr_info("kspan_step: PASS\n");
	return 0;
}

static int __init kspan_step_init(void)
{
	int err;

	drain = find_function("mcaches_ask");
	if (IS_ERR(drain))
		return PTR_ERR(drain);
	list.data = vmalloc(LIST_BYTES);
	if (!list.data)
		return -ENOMEM;
	err = set_cpus_allowed_ptr(current, cpumask_of(0)) ?: operations_start();
	if (!err)
		err = stepper_start();
	if (err)
		goto err_free;
	run_all();
	list.size = stepper_list(list.data, LIST_BYTES);
	file = debugfs_create_blob("kspan_step", 0400, NULL, &list);
	stepper_stop();
	operations_end();
	return 0;

err_free:
	vfree(list.data);
	return err;
}
module_init(kspan_step_init);

static void __exit kspan_step_exit(void)
{
	debugfs_remove(file);
	vfree(list.data);
}
module_exit(kspan_step_exit);

MODULE_DESCRIPTION("Interrupts kspan at each of its instructions");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
