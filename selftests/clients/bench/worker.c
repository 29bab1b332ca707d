// SPDX-License-Identifier: GPL-2.0
/*
 * The threads of a cell, each bound to a CPU, and their timing. Only the loops are timed, not the
 * waiting for each other, so that a sample is the cost of the allocator's calls.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "bench.h"
#include "clock.h"

#define RING_BLOCKS	8
#define SPINS_MAX	10000	/* some 100 us: a section or a block takes less */

/* A producer's objects on their way to its consumer; each side writes its own counter only. */
struct bench_ring {
	void *objs[RING_BLOCKS][BENCH_BLOCK];
	unsigned int filled ____cacheline_aligned_in_smp;
	unsigned int drained ____cacheline_aligned_in_smp;
	bool failed;	/* the producer gave up: nothing comes after @filled */
};

struct bench_gang;

struct bench_worker {
	struct bench_gang *gang;
	struct task_struct *task;
	unsigned int index;
	u64 ticks[BENCH_SECTIONS];
	unsigned int section;	/* the one that is timed now */
	u64 pairs;	/* done in each */
	int err;
};

struct bench_gang {
	struct bench_cell *cell;
	struct bench_ring *rings;	/* one a pair of threads, if the pattern is a pipe */
	struct completion done;
	atomic_t running;
	atomic_t arrived;	/* calls of gang_wait() so far, of all threads */
	struct bench_worker workers[];
};

/*
 * One turn of waiting for another thread. The other thread has its own CPU, but in a virtual
 * machine that CPU may wait for a CPU of the host: spinning on would only take the host's time.
 */
static void spin_once(unsigned int *spins)
{
	if (++*spins % SPINS_MAX)
		cpu_relax();
	else
		usleep_range(50, 100);
}

/* Waits until all threads are here. */
static void gang_wait(struct bench_gang *gang)
{
	int threads = gang->cell->threads;
	int goal = roundup(atomic_inc_return(&gang->arrived), threads);
	unsigned int spins = 0;

	while (atomic_read(&gang->arrived) < goal)
		spin_once(&spins);
	smp_mb(); /* what the others did before they arrived is seen after the wait */
}

static void section_time(struct bench_worker *w, bench_fn run, struct bench_job *job)
{
	u64 start = clock_read();
	int err = run(job);

	w->ticks[w->section] += clock_since(start);
	if (err)
		w->err = err;
}

/* An untimed section first, so that the caches hold this allocator's lines. */
static void solo_work(struct bench_worker *w)
{
	struct bench_cell *cell = w->gang->cell;
	struct bench_job *job = &cell->jobs[w->index];

	w->err = cell->run(job);
	w->pairs = job->ops;
	gang_wait(w->gang);
	for (; w->section < cell->sections; w->section++)
		section_time(w, cell->run, job);
}

/* Each section works on the set of objects that another thread left; the first is not timed. */
static void larson_work(struct bench_worker *w)
{
	struct bench_cell *cell = w->gang->cell;
	unsigned int i, epoch = 0;

	for (;;) {
		gang_wait(w->gang);
		if (w->section == cell->sections)
			break;
		i = (w->index + epoch) % cell->threads;
		section_time(w, cell->run, &cell->jobs[i]);
		if (epoch++)
			w->section++;
		else
			w->ticks[0] = 0;
	}
	w->pairs = cell->jobs->ops;
}

/* Blocks of a section, at least one whole turn of the ring. */
static unsigned int section_blocks(const struct bench_cell *cell)
{
	return max_t(unsigned int, RING_BLOCKS, cell->jobs->ops / BENCH_BLOCK);
}

/* Called before each block. The first section is warm-up and is repeated. */
static void pipe_section(struct bench_worker *w, unsigned int b)
{
	unsigned int n = section_blocks(w->gang->cell);

	if (b == n)
		w->ticks[0] = 0;
	else if (b > n && b % n == 0)
		w->section++;
}

static void producer_work(struct bench_worker *w, struct bench_ring *ring)
{
	struct bench_cell *cell = w->gang->cell;
	struct bench_job job = cell->jobs[w->index];
	unsigned int b, goal = section_blocks(cell) * (cell->sections + 1), spins = 0;

	job.live = BENCH_BLOCK;
	for (b = 0; b < goal; b++) {
		/* pairs with the consumer's release: its last look at the block is over */
		while (b - smp_load_acquire(&ring->drained) >= RING_BLOCKS)
			spin_once(&spins);
		pipe_section(w, b);
		job.objs = ring->objs[b % RING_BLOCKS];
		section_time(w, cell->alloc->loop[LOOP_FILL], &job);
		if (w->err) {
			/* pairs with the consumer's acquire: every full block is counted */
			smp_store_release(&ring->failed, true);
			return;
		}
		/* pairs with the consumer's acquire: it sees the block full */
		smp_store_release(&ring->filled, b + 1);
	}
	w->pairs = section_blocks(cell) * BENCH_BLOCK;
}

/* Returns false if block @b will not come. */
static bool ring_wait(struct bench_ring *ring, unsigned int b)
{
	unsigned int spins = 0;

	/* pairs with the producer's release */
	while (smp_load_acquire(&ring->filled) <= b) {
		/* pairs with the producer's release, after which it fills no more */
		if (smp_load_acquire(&ring->failed))
			return READ_ONCE(ring->filled) > b;
		spin_once(&spins);
	}
	return true;
}

static void consumer_work(struct bench_worker *w, struct bench_ring *ring)
{
	struct bench_cell *cell = w->gang->cell;
	struct bench_job job = cell->jobs[w->index];
	unsigned int b, goal = section_blocks(cell) * (cell->sections + 1);

	job.live = BENCH_BLOCK;
	for (b = 0; b < goal && ring_wait(ring, b); b++) {
		pipe_section(w, b);
		job.objs = ring->objs[b % RING_BLOCKS];
		section_time(w, cell->alloc->loop[LOOP_DRAIN], &job);
		/* pairs with the producer's acquire */
		smp_store_release(&ring->drained, b + 1);
	}
}

static void pipe_work(struct bench_worker *w)
{
	struct bench_ring *ring = &w->gang->rings[w->index / 2];

	gang_wait(w->gang);
	if (w->index % 2)
		consumer_work(w, ring);
	else
		producer_work(w, ring);
}

static int worker_main(void *data)
{
	struct bench_worker *w = data;
	struct bench_gang *gang = w->gang;

	gang_wait(gang);
	if (gang->cell->pattern->kind == KIND_LARSON)
		larson_work(w);
	else if (gang->cell->pattern->kind == KIND_PIPE)
		pipe_work(w);
	else
		solo_work(w);
	if (atomic_dec_and_test(&gang->running))
		complete(&gang->done);
	return 0;
}

/* The n-th online CPU, or -1. */
static int cpu_nth(unsigned int n)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (!n--)
			return cpu;
	return -1;
}

static int worker_create(struct bench_worker *w)
{
	int cpu = cpu_nth(w->index);

	if (cpu < 0)
		return -ENODEV;
	w->task = kthread_create(worker_main, w, "kspan_bench/%u", w->index);
	if (IS_ERR(w->task))
		return PTR_ERR(w->task);
	get_task_struct(w->task);
	kthread_bind(w->task, cpu);
	return 0;
}

/* Returns when the thread has ended, so that the module may be unloaded. */
static void worker_destroy(struct bench_worker *w)
{
	kthread_stop(w->task);
	put_task_struct(w->task);
}

static int gang_run(struct bench_gang *gang)
{
	unsigned int t, threads = gang->cell->threads;
	int err = 0;

	init_completion(&gang->done);
	atomic_set(&gang->running, threads);
	for (t = 0; t < threads; t++) {
		gang->workers[t].gang = gang;
		gang->workers[t].index = t;
		err = worker_create(&gang->workers[t]);
		if (err)
			goto out_destroy;
	}
	for (t = 0; t < threads; t++)
		wake_up_process(gang->workers[t].task);
	wait_for_completion(&gang->done);

out_destroy:
	while (t--)
		worker_destroy(&gang->workers[t]);
	return err;
}

/*
 * A thread's figure is its median section, which excludes sections in which the host gave the CPU
 * to other work.
 */
static int gang_sum(struct bench_gang *gang, u64 *milli)
{
	u64 ticks = 0, pairs = 0;
	unsigned int t;

	for (t = 0; t < gang->cell->threads; t++) {
		if (gang->workers[t].err)
			return gang->workers[t].err;
		ticks += u64_median(gang->workers[t].ticks, gang->cell->sections);
		pairs += gang->workers[t].pairs;
	}
	*milli = clock_milli(ticks, pairs);
	return 0;
}

/* One sample: thousandths of a unit that a pair of this cell takes, its loop included. */
int cell_measure(struct bench_cell *cell, u64 *milli)
{
	struct bench_gang *gang;
	int err = -ENOMEM;

	gang = kzalloc(struct_size(gang, workers, cell->threads), GFP_KERNEL);
	if (!gang)
		return -ENOMEM;
	gang->cell = cell;
	gang->rings = vzalloc(array_size(DIV_ROUND_UP(cell->threads, 2), sizeof(*gang->rings)));
	if (gang->rings)
		err = gang_run(gang);
	if (!err)
		err = gang_sum(gang, milli);
	vfree(gang->rings);
	kfree(gang);
	return err;
}
