// SPDX-License-Identifier: GPL-2.0
/*
 * One pass over the recording: distributes the events to a worker for each CPU, runs the workers,
 * sums up their counters, and frees the objects that the recording left live.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>
#include "kspan_replay.h"

#define HOLD_NAP_MS	20

/*
 * CPU n of the recording is the n-th that is online here, modulo their number. A CPU that goes
 * offline meanwhile only makes its worker run elsewhere, and count that.
 */
static void workers_init(struct replay_pass *pass)
{
	unsigned int cpu, nr = 0;

	for_each_online_cpu(cpu) {
		if (nr == pass->nr_workers)
			break;
		worker_init(&pass->workers[nr++], pass, cpu);
	}
	pass->nr_workers = nr;
}

static struct replay_worker *cpu_worker(struct replay_pass *pass, u16 cpu)
{
	return &pass->workers[cpu % pass->nr_workers];
}

static struct replay_worker *event_worker(struct replay_pass *pass, u32 at)
{
	return cpu_worker(pass, pass->recording->events[at].cpu);
}

static int slots_deal(struct replay_pass *pass)
{
	struct replay_object *objects = pass->recording->objects;
	u32 id, nr_objects = pass->recording->nr_objects;
	size_t first = 0;

	for (id = 0; id < nr_objects; id++)
		objects[id].slot = cpu_worker(pass, objects[id].cpu)->nr_objects++;
	for (unsigned int i = 0; i < pass->nr_workers; i++) {
		pass->workers[i].first_slot = first;
		first += ALIGN(pass->workers[i].nr_objects, SMP_CACHE_BYTES / sizeof(void *));
	}
	for (id = 0; id < nr_objects; id++)
		objects[id].slot += cpu_worker(pass, objects[id].cpu)->first_slot;

	pass->slots = vcalloc(first + 1, sizeof(*pass->slots));
	return pass->slots ? 0 : -ENOMEM;
}

static int events_deal(struct replay_pass *pass)
{
	u32 nr_events = pass->recording->nr_events;
	struct replay_worker *worker;
	unsigned int i;

	for (u32 at = 0; at < nr_events; at++)
		event_worker(pass, at)->nr++;
	for (i = 0; i < pass->nr_workers; i++) {
		worker = &pass->workers[i];
		worker->order = vmalloc_array(worker->nr + 1, sizeof(*worker->order));
		if (!worker->order)
			return -ENOMEM;
		worker->nr = 0;
	}
	for (u32 at = 0; at < nr_events; at++) {
		worker = event_worker(pass, at);
		worker->order[worker->nr++] = at;
	}
	for (i = 0; i < pass->nr_workers; i++) {
		worker = &pass->workers[i];
		worker->cursor = worker->nr ? worker->order[0] : U32_MAX;
	}
	return 0;
}

static int threads_create(struct replay_pass *pass)
{
	for (unsigned int i = 0; i < pass->nr_workers; i++) {
		struct replay_worker *worker = &pass->workers[i];
		struct task_struct *task;

		task = kthread_create(worker_thread_fn, worker, "kspan_replay/%u", worker->cpu);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, worker->cpu);
		worker->task = task;
	}
	return 0;
}

/* Returns -EINTR if a signal came first. */
static int threads_await(struct replay_pass *pass)
{
	unsigned int i;

	for (i = 0; i < pass->nr_workers; i++)
		wake_up_process(pass->workers[i].task);
	complete_all(&pass->go);
	for (i = 0; i < pass->nr_workers; i++) {
		if (wait_for_completion_interruptible(&pass->workers[i].done)) {
			WRITE_ONCE(pass->stop, true);
			return -EINTR;
		}
	}
	return 0;
}

static void threads_stop(struct replay_pass *pass)
{
	for (unsigned int i = 0; i < pass->nr_workers; i++) {
		struct replay_worker *worker = &pass->workers[i];

		if (worker->task)
			kthread_stop(worker->task);
		irq_work_sync(&worker->irq_work);
		tasklet_kill(&worker->tasklet);
	}
}

static u64 worker_speed(const struct replay_worker *worker)
{
	u64 busy_ns = worker->duration_ns - worker->waited_ns;

	return busy_ns ? div64_u64((u64)worker->nr * NSEC_PER_SEC, busy_ns) : 0;
}

static void pass_sum(struct replay_pass *pass)
{
	for (unsigned int i = 0; i < pass->nr_workers; i++) {
		counts_add(&pass->counts, &pass->workers[i].counts);
		pass->events_per_second += worker_speed(&pass->workers[i]);
	}
}

static void objects_release(struct replay_pass *pass)
{
	for (u32 id = 0; pass->slots && id < pass->recording->nr_objects; id++) {
		object_release(pass, id);
		cond_resched();
	}
}

/* Let others measure memory. A signal ends it, too. */
static void hold(struct replay_pass *pass)
{
	if (pass->window != WINDOW_ORDERED || !READ_ONCE(replay_hold))
		return;
	WRITE_ONCE(replay_holding, true);
	while (READ_ONCE(replay_holding) && !signal_pending(current))
		msleep_interruptible(HOLD_NAP_MS);
	WRITE_ONCE(replay_holding, false);
}

static void workers_destroy(struct replay_pass *pass)
{
	for (unsigned int i = 0; i < pass->nr_workers; i++)
		vfree(pass->workers[i].order);
	vfree(pass->workers);
	vfree(pass->slots);
}

/**
 * pass_run() - replay the whole recording once
 * @pass: recording, allocator, window, verify and sample are set, all else is 0; the results are
 *	filled in
 *
 * Frees every object, after an error too.
 *
 * Return: 0, -EINTR after a signal, -ENOMEM, or the error of kthread_create().
 */
int pass_run(struct replay_pass *pass)
{
	int ret;

	pass->nr_workers = min(pass->recording->nr_cpus, num_online_cpus());
	pass->workers = __vmalloc(array_size(pass->nr_workers, sizeof(*pass->workers)),
				  GFP_KERNEL | __GFP_ZERO);
	if (!pass->workers)
		return -ENOMEM;
	init_completion(&pass->go);
	workers_init(pass);

	ret = slots_deal(pass);
	if (!ret)
		ret = events_deal(pass);
	if (!ret)
		ret = threads_create(pass);
	if (!ret) {
		hold(pass);
		ret = threads_await(pass);
	}
	threads_stop(pass);
	pass_sum(pass);
	if (pass->window == WINDOW_ORDERED)
		gauge_sample(pass);
	if (!ret)
		hold(pass);
	objects_release(pass);
	workers_destroy(pass);
	return ret;
}
