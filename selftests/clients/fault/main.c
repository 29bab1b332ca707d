// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_fault: makes every allocation that kspan needs for an operation fail, one after the other,
 * on a kernel with CONFIG_FAULT_INJECTION:
 *
 *	echo "small cold" >/sys/module/kspan_fault/parameters/run
 *
 * performs the operation "small" in the state "cold" with the first allocation failing, then with
 * the second, until none is left to fail. Each time the operation must get a sane object or fail
 * without a leak, and the next operation without a fault must succeed. Otherwise the write fails,
 * and the log says why. Reading shows the number of faults, the number of operations that failed,
 * and then all operations and states.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include "fault.h"

#define MAX_FAULTS	5000

static DEFINE_MUTEX(run_lock);	/* guards all below, and what states.c holds */
static struct attempt attempt;
static unsigned int nr_faults, nr_refused;

static u64 live_objects(void)
{
	struct kspan_stats stats;

	kspan_get_stats(&stats);
	return stats.live_objects;
}

/* An allocation that may not sleep gets only memory that is free already. */
static bool may_wait(const struct operation *op)
{
	return op->gfp & __GFP_DIRECT_RECLAIM;
}

static int works(const struct operation *op)
{
	int err = operation_prepare(op, &attempt);

	if (err)
		return err;
	op->run(op, &attempt);
	err = refused(&attempt) ? -ENOMEM : operation_check(op, &attempt);
	operation_undo(&attempt);
	return err;
}

/* One attempt with the nth allocation failing. Return: 1 if there was no nth, or an error. */
static int fail_one(const struct operation *op, unsigned int n, const char **wrong)
{
	u64 live = live_objects();
	unsigned int left;
	int err;

	*wrong = "no memory for the test itself";
	err = operation_prepare(op, &attempt);
	if (err)
		return err;
	fail_nth_set(n);
	op->run(op, &attempt);
	left = fail_nth_left();
	fail_nth_set(0);
	nr_faults += !left;
	nr_refused += refused(&attempt);
	*wrong = "the result";
	err = operation_check(op, &attempt);
	if (refused(&attempt) && left && may_wait(op)) {
		*wrong = "refused without a fault";
		err = -EIO;
	}
	operation_undo(&attempt);
	if (!err && live_objects() != live) {
		*wrong = "an object was lost";
		err = -EIO;
	}
	return err ?: left > 0;
}

static int fail_each(const struct operation *op, const struct state *state)
{
	const char *wrong = "";
	unsigned int n;
	int ret = 0;

	nr_faults = 0;
	nr_refused = 0;
	for (n = 1; n < MAX_FAULTS && !ret; n++) {
		wrong = "the state";
		ret = state->enter();
		if (!ret)
			ret = fail_one(op, n, &wrong);
		if (!ret) {
			wrong = "the operation without a fault";
			ret = may_wait(op) ? works(op) : 0;
		}
		states_leave();
	}
	if (ret == 1)
		return 0;
	pr_err("kspan_fault: %s %s: fault %u: %s (%d)\n", op->name, state->name, n - 1, wrong, ret);
	return ret ?: -E2BIG;
}

static int run_set(const char *text, const struct kernel_param *unused)
{
	const struct operation *op;
	const struct state *state;
	char names[2][16];
	int err;

	if (sscanf(text, "%15s %15s", names[0], names[1]) != 2)
		return -EINVAL;
	for (op = operations; op->name && strcmp(op->name, names[0]); op++)
		;
	for (state = states; state->name && strcmp(state->name, names[1]); state++)
		;
	if (!op->name || !state->name)
		return -EINVAL;
	mutex_lock(&run_lock);
	err = fail_each(op, state);
	mutex_unlock(&run_lock);
	return err;
}

static int run_get(char *buffer, const struct kernel_param *unused)
{
	const struct operation *op;
	const struct state *state;
	int len;

	len = sysfs_emit(buffer, "faults %u\nrefused %u\noperations", nr_faults, nr_refused);
	for (op = operations; op->name; op++)
		len += sysfs_emit_at(buffer, len, " %s", op->name);
	len += sysfs_emit_at(buffer, len, "\nstates");
	for (state = states; state->name; state++)
		len += sysfs_emit_at(buffer, len, " %s", state->name);
	return len + sysfs_emit_at(buffer, len, "\n");
}

static const struct kernel_param_ops run_ops = {
	.set = run_set,
	.get = run_get,
};

module_param_cb(run, &run_ops, NULL, 0600);
MODULE_PARM_DESC(run, "an operation and a state: do it with each allocation failing in turn");

static int __init kspan_fault_init(void)
{
	return IS_ENABLED(CONFIG_FAULT_INJECTION) ? 0 : -EOPNOTSUPP;
}
module_init(kspan_fault_init);

static void __exit kspan_fault_exit(void)
{
}
module_exit(kspan_fault_exit);

MODULE_DESCRIPTION("Lets every allocation that kspan makes fail, one after the other");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
