// SPDX-License-Identifier: GPL-2.0
/*
 * The thread that replays the events of one CPU, in the recording's order.
 *
 * Order between CPUs: each worker publishes its cursor, the index in the whole recording of the
 * event it replays next. An event may be replayed when no other worker's cursor is `window' or more
 * events behind it. With WINDOW_ORDERED every event waits for all that come before it, whichever
 * CPU they belong to, so the live bytes follow the recording's exactly, peak included. With
 * WINDOW_FREE workers run at their own speed; only a free waits, for its object if another CPU
 * allocates it. No event waits for a later event of the recording, so the worker that is furthest
 * behind can always go on.
 *
 * Events of one context in a row are a batch: one softirq or hardirq replays it. All waiting is
 * done in the thread, before the batch is handed over: an interrupt handler that waited for
 * another CPU could keep that CPU waiting for its own answer to an IPI.
 */
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include "kspan_replay.h"

#define BATCH_MAX	32	/* events; bounds the time with interrupts off */
#define SPINS_MAX	2000	/* about 100 us, more than a turn of the other CPU takes */
#define RESCHED_EVENTS	128

/*
 * PREEMPT_RT moves interrupt handlers to threads unless they are marked as hard. On other kernels
 * lockdep applies RT's rule to a handler that is marked so, which forbids kmalloc() in it.
 */
#ifdef CONFIG_PREEMPT_RT
#define HARDIRQ_WORK	IRQ_WORK_INIT_HARD
#else
#define HARDIRQ_WORK	IRQ_WORK_INIT
#endif

static const struct replay_event *worker_event(const struct replay_worker *worker, u32 at)
{
	return &worker->pass->recording->events[worker->order[at]];
}

/* Reads the cursors of the other workers. */
static void limit_update(struct replay_worker *worker)
{
	struct replay_pass *pass = worker->pass;
	u32 slowest = U32_MAX;

	for (unsigned int i = 0; i < pass->nr_workers; i++) {
		if (i == worker->index)
			continue;
		/* Pairs with the release in event_replay(). */
		slowest = min(slowest, smp_load_acquire(&pass->workers[i].cursor));
	}
	worker->limit = (u64)slowest + pass->window;
}

/* If an object of our own is not allocated yet, this batch allocates it before the free. */
static bool object_ready(const struct replay_worker *worker, u32 id)
{
	struct replay_pass *pass = worker->pass;

	/* Pairs with the release in replay_alloc(). */
	return smp_load_acquire(object_slot(pass, id)) ||
	       pass->recording->objects[id].cpu % pass->nr_workers == worker->index;
}

static bool event_ready(struct replay_worker *worker, u32 at)
{
	const struct replay_event *event = worker_event(worker, at);

	if (worker->order[at] >= worker->limit) {
		limit_update(worker);
		if (worker->order[at] >= worker->limit)
			return false;
	}
	return event->flags & EVENT_ALLOC || object_ready(worker, event->id);
}

static void wait_ready(struct replay_worker *worker)
{
	u64 started = ktime_get_ns();
	unsigned int spins = 0;

	while (!event_ready(worker, worker->next) && !READ_ONCE(worker->pass->stop)) {
		if (++spins < SPINS_MAX)
			cpu_relax();
		else
			usleep_range(20, 100);	/* the other worker may need this very CPU */
	}
	worker->waited_ns += ktime_get_ns() - started;
}

/* Returns false if no event is left or the pass is to end early. */
static bool worker_may_go_on(struct replay_worker *worker)
{
	if (worker->next == worker->nr)
		return false;
	if (!event_ready(worker, worker->next))
		wait_ready(worker);
	return !READ_ONCE(worker->pass->stop);
}

static void batch_replay(struct replay_worker *worker)
{
	while (worker->next < worker->batch_end && event_replay(worker, false))
		;
	complete(&worker->batch_done);
}

static void softirq_replay(struct tasklet_struct *tasklet)
{
	batch_replay(container_of(tasklet, struct replay_worker, tasklet));
}

static void hardirq_replay(struct irq_work *irq_work)
{
	batch_replay(container_of(irq_work, struct replay_worker, irq_work));
}

/* kmalloc() must not be called there: its locks sleep on PREEMPT_RT. */
static bool hardirq_allowed(const struct replay_worker *worker)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || worker->pass->allocator == REPLAY_KSPAN;
}

static void batch_choose(struct replay_worker *worker, u8 context)
{
	u32 end = worker->next + 1;

	while (end < worker->nr && end - worker->next < BATCH_MAX &&
	       worker_event(worker, end)->context == context && event_ready(worker, end))
		end++;
	worker->batch_end = end;
}

static void task_replay(struct replay_worker *worker)
{
	if (event_replay(worker, false))
		return;
	worker->counts.retried++;
	event_replay(worker, true);
}

static void hardirq_enter(struct replay_worker *worker)
{
	if (!hardirq_allowed(worker)) {
		worker->counts.retried++;
		event_replay(worker, true);
		return;
	}
	batch_choose(worker, CONTEXT_HARDIRQ);
	irq_work_queue(&worker->irq_work);
	wait_for_completion(&worker->batch_done);
}

/* Softirqs raised with bottom halves disabled run when these are enabled: here. */
static void softirq_enter(struct replay_worker *worker)
{
	batch_choose(worker, CONTEXT_SOFTIRQ);
	local_bh_disable();
	tasklet_schedule(&worker->tasklet);
	local_bh_enable();
	wait_for_completion(&worker->batch_done);
}

/* Replays the next event, or the next batch. */
static void worker_step(struct replay_worker *worker)
{
	struct replay_pass *pass = worker->pass;

	/* The turn is this worker's until its event is replayed. */
	if (pass->window == WINDOW_ORDERED && pass->gauge.unsampled >= pass->sample)
		gauge_sample(pass);

	worker->batch_end = 0;
	switch (worker_event(worker, worker->next)->context) {
	case CONTEXT_TASK:
		task_replay(worker);
		break;
	case CONTEXT_SOFTIRQ:
		softirq_enter(worker);
		break;
	case CONTEXT_HARDIRQ:
		hardirq_enter(worker);
		break;
	}
	if (worker->next < worker->batch_end) {
		worker->counts.retried++;
		event_replay(worker, true);
	}
}

/**
 * worker_thread_fn() - a worker's thread
 * @data: the worker
 *
 * It replays all events, signals @done, and remains until kthread_stop().
 */
int worker_thread_fn(void *data)
{
	struct replay_worker *worker = data;
	u64 started;

	wait_for_completion(&worker->pass->go);
	started = ktime_get_ns();
	while (worker_may_go_on(worker)) {
		worker_step(worker);
		if (worker->next % RESCHED_EVENTS == 0)
			cond_resched();
	}
	worker->duration_ns = ktime_get_ns() - started;
	complete(&worker->done);

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

void worker_init(struct replay_worker *worker, struct replay_pass *pass, unsigned int cpu)
{
	worker->pass = pass;
	worker->index = worker - pass->workers;
	worker->cpu = cpu;
	tasklet_setup(&worker->tasklet, softirq_replay);
	worker->irq_work = HARDIRQ_WORK(hardirq_replay);
	init_completion(&worker->batch_done);
	init_completion(&worker->done);
}
