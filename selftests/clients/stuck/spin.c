// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: makes a real-time task of a process that never ends. Not every guest has a program
 * for that.
 */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include "stuck.h"

static int set_policy(size_t pid, void (*set)(struct task_struct *task))
{
	struct task_struct *task;

	rcu_read_lock();
	task = get_pid_task(find_vpid(pid), PIDTYPE_PID);
	rcu_read_unlock();
	if (!task)
		return -ESRCH;
	set(task);
	put_task_struct(task);
	return 0;
}

/* @size: the process that is to come before all but real-time tasks. */
static int fifo_low_run(const struct request *r)
{
	return set_policy(r->size, sched_set_fifo_low);
}

/* @size: one that is to come before that. */
static int fifo_run(const struct request *r)
{
	return set_policy(r->size, sched_set_fifo);
}

const struct action spin_actions[] = {
	{ "fifo_low", fifo_low_run },
	{ "fifo", fifo_run },
	{ }
};
