// SPDX-License-Identifier: GPL-2.0
/*
 * sweep: measures a call and its namesake, in one boot, at sizes from 0 to 8 MB: up to 4 KB each
 * size class, one byte more, and an odd size between; beyond, so many steps a doubling.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include <kspan/size_classes.h>
#include "bench.h"
#include "clock.h"
#include "sweep.h"

#define SIZES		512	/* at most */
#define SAMPLES		3	/* of which the median counts */
#define DENSE_MAX	4096	/* bytes; up to here each class */
#define FIRST_STRING	64

#define CLASS_BYTES(bytes, pages) bytes,
static const u32 class_sizes[] = { KSPAN_SIZE_CLASSES(CLASS_BYTES) };

/* Thousandths of a unit that a call and its free take. */
struct sweep_row {
	size_t size;
	u64 kspan, slab;
	bool failed;
};

/* run_lock guards these. */
static DEFINE_MUTEX(run_lock);
static struct sweep_row rows[SIZES];
static unsigned int nr_rows;
static const struct sweep_call *ran;

static void add_size(const struct sweep_call *call, size_t size)
{
	size_t larger = max(size, size * (call->resize ?: 100) / 100);

	if (size < call->least || size > call->most || larger > SWEEP_MAX || nr_rows == SIZES)
		return;
	rows[nr_rows++].size = size;
}

static void choose_sizes(const struct sweep_call *call, unsigned int steps)
{
	size_t size, base;
	unsigned int i;

	nr_rows = 0;
	if (call->most == FIRST_STRING) {
		for (size = call->least; size <= call->most; size++)
			add_size(call, size);
		return;
	}
	for (size = 0; size < 8; size++)
		add_size(call, size);
	for (i = 0; i < ARRAY_SIZE(class_sizes) && class_sizes[i] <= DENSE_MAX; i++) {
		add_size(call, class_sizes[i]);
		add_size(call, class_sizes[i] + 1);
		add_size(call, class_sizes[i] + (class_sizes[i + 1] - class_sizes[i]) / 2 + 1);
	}
	for (base = DENSE_MAX; base < SWEEP_MAX; base *= 2)
		for (i = 0; i < steps; i++) {
			if (!i)
				add_size(call, base + 1);
			add_size(call, base + (i + 1) * base / steps);
		}
}

/* Pages of a large object take long to clear: fewer of them tell as much. */
static unsigned long ops_for(size_t size)
{
	return size <= DENSE_MAX ? 32 : size <= (64 << 10) ? 8 : size <= (512 << 10) ? 2 : 1;
}

static bool measure(sweep_fn fn, struct sweep_job *job, u64 *milli)
{
	u64 samples[SAMPLES], start;
	unsigned int i;
	bool ok;

	job->ops = 4 * ops_for(job->size);	/* as warm as it gets */
	if (job->size > (512 << 10))
		job->ops = 2;
	ok = fn(job);
	job->ops = ops_for(job->size);
	for (i = 0; i < SAMPLES && ok; i++) {
		start = clock_read();
		ok = fn(job);
		samples[i] = clock_milli(clock_since(start), job->ops);
	}
	if (ok)
		*milli = u64_median(samples, SAMPLES);
	cond_resched();
	return ok;
}

static u64 without(u64 milli, u64 loop)
{
	return milli - min(milli, loop);
}

static sweep_fn namesake(const struct sweep_call *call, const struct sweep_job *job)
{
	return max(job->size, job->to) > KMALLOC_MAX_SIZE ? call->large : call->slab;
}

static void measure_row(const struct sweep_call *call, struct sweep_job *job, struct sweep_row *row)
{
	u64 loop = 0;

	job->size = row->size;
	job->to = max(row->size * call->resize / 100, (size_t)1);
	job->gfp = call->gfp;
	row->failed = !measure(sweep_nothing, job, &loop) ||
		      !measure(call->kspan, job, &row->kspan) ||
		      !measure(namesake(call, job), job, &row->slab);
	row->kspan = without(row->kspan, loop);
	row->slab = without(row->slab, loop);
}

/* A usercopy region keeps the kernel from merging the cache with another one. */
static bool open_pool(struct sweep_job *job, size_t size)
{
	job->pool = kspan_pool_create("sweep pool", size, NULL);
	if (IS_ERR(job->pool)) {
		job->pool = NULL;
		return false;
	}
	job->cache = kmem_cache_create_usercopy("kspan_sweep", size, 0, 0, 0, size, NULL);
	return job->cache;
}

static void close_pool(struct sweep_job *job)
{
	kmem_cache_destroy(job->cache);
	kspan_pool_destroy(job->pool);
	job->cache = NULL;
	job->pool = NULL;
}

static int run_call(const struct sweep_call *call, struct sweep_job *job)
{
	bool pooled = call->most == KSPAN_MAX_SMALL;
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr_rows && !err; i++) {
		if (pooled && !open_pool(job, rows[i].size))
			err = -ENOMEM;
		else
			measure_row(call, job, &rows[i]);
		if (pooled)
			close_pool(job);
	}
	return err;
}

static int open_and_run(const struct sweep_call *call)
{
	struct sweep_job job = {};
	int err = -ENOMEM;

	job.src = vmalloc(SWEEP_MAX);
	if (!job.src)
		return -ENOMEM;
	memset(job.src, 'x', SWEEP_MAX - 1);
	job.src[SWEEP_MAX - 1] = '\0';
	job.heap = kspan_heap_create("sweep", NULL);
	if (!IS_ERR(job.heap)) {
		err = run_call(call, &job);
		kspan_heap_destroy(job.heap);
	}
	vfree(job.src);
	return err;
}

/**
 * sweep_run() - measure a call at all sizes
 * @text: the call's name, then the steps a doubling; taken apart in place
 *
 * Context: Process context.
 * Return: 0, or -EINVAL, -ENOMEM.
 */
int sweep_run(char *text)
{
	char *name = strsep(&text, " ");
	unsigned int i, steps;
	int err = -EINVAL;

	if (!text || kstrtouint(strim(text), 0, &steps) || !steps || steps > 16)
		return -EINVAL;
	mutex_lock(&run_lock);
	for (i = 0; i < sweep_nr_calls; i++) {
		if (strcmp(sweep_calls[i].name, name))
			continue;
		ran = &sweep_calls[i];
		choose_sizes(ran, steps);
		err = open_and_run(ran);
	}
	mutex_unlock(&run_lock);
	return err;
}

int sweep_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	mutex_lock(&run_lock);
	for (i = 0; i < nr_rows; i++) {
		seq_printf(m, "sweep call=%s size=%zu ", ran->name, rows[i].size);
		if (rows[i].failed)
			seq_puts(m, "failed=1\n");
		else
			seq_printf(m, "kspan=%llu slab=%llu\n", rows[i].kspan, rows[i].slab);
	}
	mutex_unlock(&run_lock);
	return 0;
}
