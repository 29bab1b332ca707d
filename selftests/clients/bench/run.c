// SPDX-License-Identifier: GPL-2.0
/*
 * A run: the patterns, the cells of each, and the rounds in which the cells take turns.
 */
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include "bench.h"
#include "clock.h"

#define OPS_MAX		1000000	/* pairs in a timed section */
#define OPS_TRIAL	64	/* pairs by which a section's length is found */

#define SOLO(n, l, v, ...) { .name = n, .loop = l, .live = v, .min_threads = 1, ##__VA_ARGS__ }

const struct bench_pattern bench_patterns[] = {
	SOLO("pair", LOOP_PAIR, 1),
	SOLO("pair_const", LOOP_PAIR, 1, .constant = true),
	SOLO("zero", LOOP_ZERO, 1),
	SOLO("rcu", LOOP_RCU, 1),
	SOLO("strdup", LOOP_STRDUP, 1),
	SOLO("batch", LOOP_BATCH, 1024),
	SOLO("batch_rev", LOOP_BATCH, 1024, .order = 1),
	SOLO("batch_shuf", LOOP_BATCH, 1024, .order = 2),
	SOLO("bulk16", LOOP_BULK, 16),
	SOLO("bulk64", LOOP_BULK, 64),
	SOLO("tiny", LOOP_VARIED, 1024, .variety = VARIETY_TINY),
	SOLO("churn", LOOP_CHURN, 1000),
	SOLO("churn_mix", LOOP_CHURN, 1000, .variety = VARIETY_MIX),
	{ .name = "larson", .kind = KIND_LARSON, .loop = LOOP_CHURN, .live = 1000,
	  .min_threads = 2 },
	{ .name = "prodcons", .kind = KIND_PIPE, .loop = LOOP_FILL, .live = BENCH_BLOCK,
	  .min_threads = 2 },
};

const unsigned int bench_nr_patterns = ARRAY_SIZE(bench_patterns);

/* The data that all cells of one pattern and size share. */
struct bench_group {
	const struct bench_pattern *pattern;
	size_t size;
	unsigned int live;
	u32 *order;
	u32 *sizes;
	struct bench_cell *cells;
	unsigned int nr_cells;
};

static u64 rng_state;

static u32 rng_next(u32 limit)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((rng_state >> 32) * limit) >> 32;
}

static u32 size_draw(const struct bench_group *group)
{
	switch (group->pattern->variety) {
	case VARIETY_TINY:
		return min(1 + rng_next(15), 1 + rng_next(15));
	case VARIETY_MIX:
		return (8U << rng_next(9)) + (rng_next(2) ? 0 : 4);
	default:
		return group->size;
	}
}

static void order_fill(u32 *order, unsigned int n, unsigned int how)
{
	unsigned int i, j;

	for (i = 0; i < n; i++)
		order[i] = how == 1 ? n - 1 - i : i;
	for (i = n - 1; how == 2 && i > 0; i--) {
		j = rng_next(i + 1);
		swap(order[i], order[j]);
	}
}

/* Churned sets have as many empty slots as full ones. */
static unsigned int cell_slots(const struct bench_cell *cell)
{
	return cell->pattern->loop == LOOP_CHURN ? 2 * cell->live : cell->live;
}

/* Uses at most half of the memory: a cell that needs more is skipped with -ENOMEM. */
static bool cell_fits(const struct bench_cell *cell)
{
	size_t each = max(cell->size, cell->alloc->min_cost);
	u64 bytes = (u64)cell->threads * cell->live * each;

	if (cell->alloc == bench_allocs[BENCH_NONE])
		return true;
	return bytes + bytes / 4 < (u64)si_mem_available() << (PAGE_SHIFT - 1);
}

/* Leaves the cell's run NULL if the pattern excludes the allocator. */
static void cell_find_run(struct bench_cell *cell)
{
	const struct bench_alloc *alloc = cell->alloc;
	const struct bench_pattern *pattern = cell->pattern;

	if (cell->size > alloc->max_size || cell->threads < pattern->min_threads)
		return;
	if (pattern->variety == VARIETY_MIX && alloc->fixed)
		return;
	if (pattern->kind == KIND_PIPE && cell->threads % 2)
		return;
	if (!pattern->constant)
		cell->run = alloc->loop[pattern->loop];
	else if (alloc->const_pair)
		alloc->const_pair(cell);
}

static int jobs_open(struct bench_cell *cell, const struct bench_group *group)
{
	struct bench_job *job;
	unsigned int t;

	cell->jobs = kcalloc(cell->threads, sizeof(*cell->jobs), GFP_KERNEL);
	if (!cell->jobs)
		return -ENOMEM;
	for (t = 0; t < cell->threads; t++) {
		job = &cell->jobs[t];
		job->size = cell->size;
		job->live = cell_slots(cell);
		job->ops = roundup(OPS_TRIAL, job->live);
		job->order = group->order;
		job->sizes = group->sizes;
		job->rng = t + 1;
		job->objs = vzalloc(array_size(job->live, sizeof(*job->objs)));
		if (!job->objs)
			return -ENOMEM;
	}
	return 0;
}

/* A live set starts with the first half of the slots; the first churn spreads it, untimed. */
static int churn_open(struct bench_cell *cell)
{
	struct bench_job *job;
	unsigned int t;
	int err;

	for (t = 0; t < cell->threads; t++) {
		job = &cell->jobs[t];
		job->live = cell->live;
		err = cell->alloc->loop[LOOP_FILL](job);
		job->live = cell_slots(cell);
		job->ops = cell->live / 2 + 1;
		if (!err)
			err = cell->run(job);
		job->ops = OPS_TRIAL;
		if (err)
			return err;
	}
	return 0;
}

/* A producer's objects are freed by its consumer: nothing is left in the jobs. */
static void cell_close(struct bench_cell *cell)
{
	unsigned int t;

	if (!cell->jobs)
		return;
	if (cell->pattern->loop == LOOP_CHURN)
		for (t = 0; t < cell->threads && cell->jobs[t].objs; t++)
			cell->alloc->loop[LOOP_DRAIN](&cell->jobs[t]);
	if (cell->alloc->close)
		cell->alloc->close(cell);
	for (t = 0; t < cell->threads; t++)
		vfree(cell->jobs[t].objs);
	kfree(cell->jobs);
}

/* The number of operations of which a section must be a multiple. */
static unsigned int cell_step(const struct bench_cell *cell)
{
	switch (cell->pattern->loop) {
	case LOOP_BATCH:
	case LOOP_VARIED:
	case LOOP_BULK:
		return cell->live;
	default:
		return 1;
	}
}

/*
 * Sets the length of a section to about the time that the clock asks for, by the cost of short
 * ones. Churn and handed-over objects need longer sections, as their cost varies from pair to pair.
 * If even the shortest section is too long, a sample has fewer sections.
 */
static int cell_trial(struct bench_cell *cell)
{
	u64 milli, section = clock_section();
	unsigned long ops;
	unsigned int t;
	int err;

	cell->sections = min(3U, clock_sections());
	err = cell_measure(cell, &milli);
	if (err)
		return err;
	if (cell->pattern->loop == LOOP_CHURN || cell->pattern->kind != KIND_SOLO)
		section *= 4;
	ops = clamp_t(u64, div64_u64(section, milli + 1), 1, OPS_MAX);
	ops = roundup(ops, cell_step(cell));
	for (t = 0; t < cell->threads; t++)
		cell->jobs[t].ops = ops;
	cell->sections = clamp_t(u64, div64_u64(section * 4 * clock_sections(), ops * milli + 1),
				 cell->sections, clock_sections());
	return 0;
}

static void cell_open(struct bench_cell *cell, const struct bench_group *group)
{
	cell_find_run(cell);
	if (!cell->run) {
		cell->err = -ENOENT;
		return;
	}
	cell->err = cell_fits(cell) ? jobs_open(cell, group) : -ENOMEM;
	if (!cell->err && cell->alloc->open)
		cell->err = cell->alloc->open(cell);
	if (!cell->err && cell->pattern->loop == LOOP_CHURN)
		cell->err = churn_open(cell);
	if (!cell->err)
		cell->err = cell_trial(cell);
}

static void round_measure(struct bench_cell *cell, unsigned int round)
{
	if (!cell->err)
		cell->err = cell_measure(cell, &cell->samples[round]);
}

static int group_alloc(struct bench_group *group, const struct bench_spec *spec)
{
	unsigned int i;

	group->nr_cells = spec->nr_threads * hweight_long(spec->allocs);
	group->cells = vzalloc(array_size(group->nr_cells, sizeof(*group->cells)));
	group->order = vmalloc(array_size(group->live, sizeof(u32)));
	group->sizes = kmalloc_array(BENCH_VARIETY, sizeof(u32), GFP_KERNEL);
	if (!group->cells || !group->order || !group->sizes)
		return -ENOMEM;
	rng_state = 1;
	order_fill(group->order, group->live, group->pattern->order);
	for (i = 0; i < BENCH_VARIETY; i++)
		group->sizes[i] = size_draw(group);
	return 0;
}

static void group_open(struct bench_group *group, const struct bench_spec *spec)
{
	struct bench_cell *cell = group->cells;
	unsigned int t, a;

	for (t = 0; t < spec->nr_threads; t++)
		for_each_set_bit(a, &spec->allocs, bench_nr_allocs) {
			cell->alloc = bench_allocs[a];
			cell->pattern = group->pattern;
			cell->threads = spec->threads[t];
			cell->size = group->size;
			cell->live = group->live;
			cell_open(cell++, group);
		}
}

static int group_run(struct bench_group *group, const struct bench_spec *spec)
{
	unsigned int round, i;
	int err;

	err = group_alloc(group, spec);
	if (err)
		goto out_free;
	group_open(group, spec);
	for (round = 0; round < spec->rounds && !err; round++) {
		for (i = 0; i < group->nr_cells; i++)
			round_measure(&group->cells[i], round);
		if (signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (!err)
		err = group_report(group->cells, group->nr_cells, spec->rounds);
	for (i = 0; i < group->nr_cells; i++)
		cell_close(&group->cells[i]);
out_free:
	kfree(group->sizes);
	vfree(group->order);
	vfree(group->cells);
	return err;
}

static int pattern_run(const struct bench_pattern *pattern, const struct bench_spec *spec)
{
	static const u32 tiny_size = 15, mix_size = 4096;
	const u32 *sizes = spec->sizes;
	unsigned int i, n = spec->nr_sizes;
	int err = 0;

	if (pattern->variety != VARIETY_NONE) {
		sizes = pattern->variety == VARIETY_TINY ? &tiny_size : &mix_size;
		n = 1;
	}
	for (i = 0; i < n && !err; i++) {
		struct bench_group group = {
			.pattern = pattern,
			.size = sizes[i],
			.live = spec->live ?: pattern->live,
		};

		err = group_run(&group, spec);
	}
	return err;
}

int spec_run(const struct bench_spec *spec)
{
	unsigned int p;
	int err = 0;

	for_each_set_bit(p, &spec->patterns, bench_nr_patterns) {
		err = pattern_run(&bench_patterns[p], spec);
		if (err)
			break;
	}
	return err;
}
