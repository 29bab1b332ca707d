/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan_bench: declarations that its files share.
 *
 * A run measures cells in rounds: a cell is an allocator at a number of threads, for one pattern,
 * size and live set. In every round each cell is measured once (A B A B ...), so that disturbances
 * of the machine affect all cells alike. The allocator "none" runs the same loops without an
 * allocator: its cost is that of the loop, which is subtracted from all others.
 */
#ifndef _KSPAN_BENCH_H
#define _KSPAN_BENCH_H

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/seq_file.h>
#include <linux/types.h>

#define BENCH_ROUNDS	64	/* at most */
#define BENCH_SECTIONS	15	/* timed in a sample, at most */
#define BENCH_SIZES	128	/* a run's list of sizes, at most */
#define BENCH_THREADS	16	/* entries in a run's list of thread counts, at most */
#define BENCH_VARIETY	1024	/* entries in a table of varied sizes; a power of two */
#define BENCH_BLOCK	128	/* objects that producer and consumer hand over at once */
#define BENCH_GFP	(GFP_KERNEL | __GFP_NOWARN)
#define BENCH_TEXT	4096	/* bytes of the longest string, with its NUL */

/* The loops that every allocator brings. Each does job->ops pairs, but for fill and drain. */
enum bench_loop {
	LOOP_PAIR,	/* allocate, free at once */
	LOOP_ZERO,	/* the same, zeroed */
	LOOP_RCU,	/* allocate job->size bytes, free them after a grace period */
	LOOP_STRDUP,	/* copy a string of job->size bytes with its NUL, free at once */
	LOOP_BATCH,	/* allocate job->live, then free them in job->order */
	LOOP_VARIED,	/* the same with sizes out of job->sizes */
	LOOP_BULK,	/* job->live at a time through the bulk calls */
	LOOP_CHURN,	/* a random slot: full, free it; empty, fill it */
	LOOP_FILL,	/* fill the job->live slots */
	LOOP_DRAIN,	/* free the objects of the job->live slots */
	BENCH_LOOPS,
};

/**
 * struct bench_job - the data of one thread
 * @size: bytes of an object (of the largest one, where sizes vary)
 * @live: objects held at once; slots, for the churn, half of which are full
 * @ops: pairs in a timed section
 * @objs: @live slots
 * @order: a permutation of 0 .. @live - 1
 * @sizes: BENCH_VARIETY sizes
 * @cache: the kmem_cache's own
 * @pool: the gen_pool's own
 * @heap: the kspan heap's own
 * @own_pool: the kspan pool's own
 * @region: the thread's own
 * @rng: state of the random numbers
 */
struct bench_job {
	size_t size;
	unsigned int live;
	unsigned long ops;
	void **objs;
	const u32 *order;
	const u32 *sizes;
	struct kmem_cache *cache;
	struct gen_pool *pool;
	struct kspan_heap *heap;
	struct kspan_pool *own_pool;
	struct kspan_region *region;
	u64 rng;
};

typedef int (*bench_fn)(struct bench_job *job);

struct bench_cell;

/**
 * struct bench_alloc - an allocator
 * @name: as it is written in a run's list and in the results
 * @max_size: the largest object it is asked for
 * @min_cost: bytes that even the smallest object takes
 * @fixed: one size only: no part in patterns that mix sizes widely
 * @loop: its loops; NULL where it has none
 * @const_pair: sets the cell's run to the pair loop of its size as a constant, or to NULL
 * @open: creates the data that the cell's jobs need, or NULL
 * @close: destroys it, or NULL
 */
struct bench_alloc {
	const char *name;
	size_t max_size;
	size_t min_cost;
	bool fixed;
	bench_fn loop[BENCH_LOOPS];
	void (*const_pair)(struct bench_cell *cell);
	int (*open)(struct bench_cell *cell);
	void (*close)(struct bench_cell *cell);
};

/* How a pattern's threads work together. */
enum bench_kind {
	KIND_SOLO,	/* not at all */
	KIND_LARSON,	/* they pass their sets of objects round */
	KIND_PIPE,	/* the even ones allocate, the odd ones free */
};

enum bench_variety {
	VARIETY_NONE,	/* every object is of the row's size */
	VARIETY_TINY,	/* 1 to 15 bytes, short strings oftener */
	VARIETY_MIX,	/* 8 to 4,096 bytes, as many in each power of two */
};

/**
 * struct bench_pattern - a sequence of allocations and frees
 * @name: as it is written in a run's list and in the results
 * @kind: how threads work together
 * @loop: the loop of a thread
 * @constant: the size is known at compile time
 * @order: 0 frees in order, 1 in reverse, 2 shuffled
 * @variety: how sizes vary
 * @live: default for job->live
 * @min_threads: fewer make no sense
 */
struct bench_pattern {
	const char *name;
	enum bench_kind kind;
	enum bench_loop loop;
	bool constant;
	unsigned int order;
	enum bench_variety variety;
	unsigned int live;
	unsigned int min_threads;
};

/**
 * struct bench_cell - one allocator at one number of threads
 * @alloc: the allocator
 * @pattern: the pattern
 * @threads: number of threads, each on its own CPU
 * @size: bytes of an object
 * @live: objects that a thread holds at once
 * @sections: timed sections in a sample, the median of which is the sample
 * @run: the loop in use
 * @jobs: one a thread
 * @samples: thousandths of a unit (instruction or nanosecond) a pair, one a round
 * @err: 0, or the error that left no samples; -ENOENT: the pattern excludes the allocator
 */
struct bench_cell {
	const struct bench_alloc *alloc;
	const struct bench_pattern *pattern;
	unsigned int threads;
	size_t size;
	unsigned int live;
	unsigned int sections;
	bench_fn run;
	struct bench_job *jobs;
	u64 samples[BENCH_ROUNDS];
	int err;
};

/**
 * struct bench_spec - a request written to "run"
 * @patterns: bit per entry of bench_patterns
 * @allocs: bit per entry of bench_allocs
 * @sizes: bytes
 * @nr_sizes: entries in @sizes
 * @threads: numbers of threads
 * @nr_threads: entries in @threads
 * @live: objects held at once, 0 for the pattern's default
 * @rounds: times that each cell is measured
 */
struct bench_spec {
	unsigned long patterns;
	unsigned long allocs;
	u32 sizes[BENCH_SIZES];
	unsigned int nr_sizes;
	unsigned int threads[BENCH_THREADS];
	unsigned int nr_threads;
	unsigned int live;
	unsigned int rounds;
};

extern char bench_text[BENCH_TEXT];	/* its end is a string of any length up to that */

/* allocators.c: "none" comes first, kspan second. */
#define BENCH_NONE	0
#define BENCH_KSPAN	1
extern const struct bench_alloc *const bench_allocs[];
extern const unsigned int bench_nr_allocs;

/* genpool.c; absent in a kernel built without gen_pool */
extern const struct bench_alloc bench_genpool;

/* own.c */
extern const struct bench_alloc bench_heap;
extern const struct bench_alloc bench_pool;
extern const struct bench_alloc bench_region;
extern const struct bench_alloc bench_override;

/* consts.c */
void kspan_const_pair(struct bench_cell *cell);
void kmalloc_const_pair(struct bench_cell *cell);

/* run.c */
extern const struct bench_pattern bench_patterns[];
extern const unsigned int bench_nr_patterns;
int spec_run(const struct bench_spec *spec);

/* spec.c */
int spec_parse(struct bench_spec *spec, char *text);

/* worker.c */
int cell_measure(struct bench_cell *cell, u64 *milli);

/* report.c */
int group_report(struct bench_cell *cells, unsigned int n, unsigned int rounds);
int results_show(struct seq_file *m, void *unused);
int table_show(struct seq_file *m, void *unused);
void results_clear(void);
u64 u64_median(u64 *values, unsigned int n);

/* ballast.c */
int ballast_set(unsigned int arenas);
unsigned int ballast_arenas(void);

#endif /* _KSPAN_BENCH_H */
