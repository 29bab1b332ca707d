/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sweep: each call of kspan beside its namesake of slab.h, at sizes from 0 to 8 MB. The calls are
 * in sweep_calls.c; sweep.c measures them.
 */
#ifndef _KSPAN_BENCH_SWEEP_H
#define _KSPAN_BENCH_SWEEP_H

#include <linux/seq_file.h>
#include <linux/types.h>

#define SWEEP_MAX	(8UL << 20)	/* the largest size, and what realloc grows to at most */

/**
 * struct sweep_job - what the measured loops work on
 * @size: bytes
 * @to: bytes that the object is resized to
 * @ops: turns of the loop
 * @gfp: flags of the allocation
 * @src: what is copied, SWEEP_MAX bytes; of strings the end is
 * @heap: a heap
 * @pool: a pool of objects of @size, or NULL
 * @cache: a kmem_cache of objects of @size, or NULL
 */
struct sweep_job {
	size_t size;
	size_t to;
	unsigned long ops;
	gfp_t gfp;
	char *src;
	struct kspan_heap *heap;
	struct kspan_pool *pool;
	struct kmem_cache *cache;
};

typedef bool (*sweep_fn)(const struct sweep_job *job);

/**
 * struct sweep_call - a call and its namesake, each followed by the free
 * @name: as it is written to "sweep" and in the results
 * @gfp: flags of the allocation
 * @least: bytes
 * @most: bytes
 * @resize: size * @resize / 100 is what the object is resized to
 * @kspan: the loop of kspan's call
 * @slab: that of the namesake
 * @large: that of the namesake beyond KMALLOC_MAX_SIZE
 */
struct sweep_call {
	const char *name;
	gfp_t gfp;
	size_t least, most;
	unsigned int resize;
	sweep_fn kspan, slab, large;
};

extern const struct sweep_call sweep_calls[];
extern const unsigned int sweep_nr_calls;
bool sweep_nothing(const struct sweep_job *job);

int sweep_run(char *text);
int sweep_show(struct seq_file *m, void *unused);

#endif /* _KSPAN_BENCH_SWEEP_H */
