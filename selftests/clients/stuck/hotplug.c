// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: an operation while a CPU goes, with the CPU hotplug lock held for writing. A thread
 * performs it and the callback waits for the thread, so that a call that cannot return before the
 * callback does is found, and the guest lives on.
 */
#include <linux/completion.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include "stuck.h"

static enum cpuhp_state state;		/* 0: not registered */
static operation_fn operation;		/* for the next CPU that goes */
static unsigned int head_start;		/* milliseconds */
static struct completion done;
static bool is_running;			/* a thread was started and not waited for */
static unsigned int nr_returned, nr_stuck;

static int thread(void *unused)
{
	operation();
	complete(&done);
	return 0;
}

/* A reader that is to be caught has a head start. */
static int going(unsigned int cpu)
{
	struct task_struct *task;

	if (!operation)
		return 0;
	msleep(head_start);
	init_completion(&done);
	task = kthread_run(thread, NULL, "kspan_stuck");
	if (IS_ERR(task))
		return PTR_ERR(task);
	is_running = !wait_for_completion_timeout(&done, msecs_to_jiffies(STUCK_MS));
	if (is_running)
		nr_stuck++;
	else
		nr_returned++;
	return 0;
}

static int coming(unsigned int cpu)
{
	return 0;
}

/* A thread that was stuck goes on as soon as the callback has returned. */
static void wait_for_thread(void)
{
	if (is_running)
		wait_for_completion(&done);
	is_running = false;
	operation = NULL;
}

static int hotplug_run(const struct request *r)
{
	operation_fn wanted = operation_find(r->what);
	int err;

	if (!wanted)
		return -EINVAL;
	wait_for_thread();
	err = operations_prepare();
	if (err)
		return err;
	if (!state) {
		err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "kspan_stuck", coming, going);
		if (err < 0)
			return err;
		state = err;
	}
	nr_returned = 0;
	nr_stuck = 0;
	head_start = r->size;
	operation = wanted;
	return 0;
}

static int hotplugged_run(const struct request *r)
{
	result_add("returned %u\nstuck %u\n", nr_returned, nr_stuck);
	wait_for_thread();
	return 0;
}

const struct action hotplug_actions[] = {
	{ "hotplug", hotplug_run },
	{ "hotplugged", hotplugged_run },
	{ }
};

void hotplug_stop(void)
{
	wait_for_thread();
	if (state)
		cpuhp_remove_state_nocalls(state);
}
