// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: makes a real-time task of a process that never ends. Not every guest has a program
 * for that.
 */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include "stuck.h"

/* @size: the process. */
static int fifo_run(const struct request *r)
{
	struct task_struct *task;

	rcu_read_lock();
	task = get_pid_task(find_vpid(r->size), PIDTYPE_PID);
	rcu_read_unlock();
	if (!task)
		return -ESRCH;
	sched_set_fifo(task);
	put_task_struct(task);
	return 0;
}

const struct action spin_actions[] = {
	{ "fifo", fifo_run },
	{ }
};
