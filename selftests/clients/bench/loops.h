/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The measured loops, written once and instantiated for each allocator by BENCH_LOOPS(). take and
 * give are inlined, so that the compiled loop calls the allocator as a client would, without an
 * indirect call or a switch. All other code of a loop is in the loop of "none" as well.
 */
#ifndef _KSPAN_BENCH_LOOPS_H
#define _KSPAN_BENCH_LOOPS_H

#include "bench.h"

typedef void *(*take_fn)(struct bench_job *job, size_t size, gfp_t gfp);
typedef void (*give_fn)(struct bench_job *job, void *p);
typedef bool (*take_bulk_fn)(struct bench_job *job, void **objs, unsigned int n);
typedef void (*give_bulk_fn)(struct bench_job *job, void **objs, unsigned int n);

/* Knuth's MMIX generator; the upper half is random enough, and the cost is two instructions. */
static __always_inline u32 rng_below(u64 *rng, u32 limit)
{
	*rng = *rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((*rng >> 32) * limit) >> 32;
}

static __always_inline int
pair_loop(struct bench_job *job, size_t size, take_fn take, give_fn give, gfp_t gfp)
{
	unsigned long n;
	void *p;

	for (n = job->ops; n; n--) {
		p = take(job, size, gfp);
		if (unlikely(!p))
			return -ENOMEM;
		give(job, p);
	}
	return 0;
}

typedef char *(*dup_fn)(const char *text, gfp_t gfp);

static __always_inline int strdup_loop(struct bench_job *job, dup_fn dup, give_fn give)
{
	const char *text = bench_text + BENCH_TEXT - job->size;
	unsigned long n;
	char *p;

	for (n = job->ops; n; n--) {
		p = dup(text, BENCH_GFP);
		if (unlikely(!p))
			return -ENOMEM;
		give(job, p);
	}
	return 0;
}

static __always_inline int
fill_loop(struct bench_job *job, bool varied, bool touch, take_fn take, give_fn give)
{
	void **objs = job->objs;
	size_t size = job->size;
	unsigned int i;

	for (i = 0; i < job->live; i++) {
		if (varied)
			size = job->sizes[i % BENCH_VARIETY];
		objs[i] = take(job, size, BENCH_GFP);
		if (unlikely(!objs[i]))
			goto err_give;
		if (touch)
			WRITE_ONCE(*(u8 *)objs[i], i);
	}
	return 0;

err_give:
	while (i--) {
		give(job, objs[i]);
		objs[i] = NULL;
	}
	return -ENOMEM;
}

static __always_inline int
batch_loop(struct bench_job *job, bool varied, take_fn take, give_fn give)
{
	const u32 *order = job->order;
	unsigned long n;
	unsigned int i;

	for (n = 0; n < job->ops; n += job->live) {
		if (fill_loop(job, varied, false, take, give))
			return -ENOMEM;
		for (i = 0; i < job->live; i++)
			give(job, job->objs[order[i]]);
	}
	return 0;
}

static __always_inline int
bulk_loop(struct bench_job *job, take_bulk_fn take, give_bulk_fn give)
{
	unsigned long n;

	for (n = 0; n < job->ops; n += job->live) {
		if (unlikely(!take(job, job->objs, job->live)))
			return -ENOMEM;
		give(job, job->objs, job->live);
	}
	return 0;
}

/* Half of the slots are full at the start, and about half of them stay so. */
static __always_inline int churn_loop(struct bench_job *job, take_fn take, give_fn give)
{
	void **objs = job->objs;
	u64 rng = job->rng;
	unsigned long n;
	int err = 0;
	u32 i;

	for (n = 2 * job->ops; n; n--) {
		i = rng_below(&rng, job->live);
		if (objs[i]) {
			give(job, objs[i]);
			objs[i] = NULL;
			continue;
		}
		objs[i] = take(job, job->sizes[i % BENCH_VARIETY], BENCH_GFP);
		if (unlikely(!objs[i])) {
			err = -ENOMEM;
			break;
		}
		WRITE_ONCE(*(u8 *)objs[i], i);
	}
	job->rng = rng;
	return err;
}

static __always_inline int drain_loop(struct bench_job *job, give_fn give)
{
	void **objs = job->objs;
	unsigned int i;

	for (i = 0; i < job->live; i++) {
		if (objs[i])
			give(job, objs[i]);
		objs[i] = NULL;
	}
	return 0;
}

/* Defines NAME_pair() ... NAME_drain() out of take_NAME() and give_NAME(). */
#define BENCH_LOOPS_DEFINE(name)						\
static noinline int name##_pair(struct bench_job *job)				\
{										\
	return pair_loop(job, job->size, take_##name, give_##name, BENCH_GFP);	\
}										\
static noinline int name##_zero(struct bench_job *job)				\
{										\
	return pair_loop(job, job->size, take_##name, give_##name,		\
			 BENCH_GFP | __GFP_ZERO);				\
}										\
static noinline int name##_batch(struct bench_job *job)				\
{										\
	return batch_loop(job, false, take_##name, give_##name);		\
}										\
static noinline int name##_varied(struct bench_job *job)			\
{										\
	return batch_loop(job, true, take_##name, give_##name);			\
}										\
static noinline int name##_churn(struct bench_job *job)				\
{										\
	return churn_loop(job, take_##name, give_##name);			\
}										\
static noinline int name##_fill(struct bench_job *job)				\
{										\
	return fill_loop(job, true, true, take_##name, give_##name);		\
}										\
static noinline int name##_drain(struct bench_job *job)				\
{										\
	return drain_loop(job, give_##name);					\
}

/* The matching initialiser of a struct bench_alloc. */
#define BENCH_LOOPS_OF(name)			\
	.loop[LOOP_PAIR] = name##_pair,		\
	.loop[LOOP_ZERO] = name##_zero,		\
	.loop[LOOP_BATCH] = name##_batch,	\
	.loop[LOOP_VARIED] = name##_varied,	\
	.loop[LOOP_CHURN] = name##_churn,	\
	.loop[LOOP_FILL] = name##_fill,		\
	.loop[LOOP_DRAIN] = name##_drain

/* The same for the loop of strings, for allocators that copy them. */
#define BENCH_STRDUP_DEFINE(name)						\
static noinline int name##_strdups(struct bench_job *job)			\
{										\
	return strdup_loop(job, dup_##name, give_##name);			\
}

/* The same for objects that are freed after a grace period. */
#define BENCH_RCU_DEFINE(name)							\
static noinline int name##_rcu(struct bench_job *job)				\
{										\
	return pair_loop(job, job->size, take_##name, give_rcu_##name, BENCH_GFP);	\
}

/* The same for the bulk loop, for allocators with bulk calls. */
#define BENCH_BULK_DEFINE(name)							\
static noinline int name##_bulk(struct bench_job *job)				\
{										\
	return bulk_loop(job, take_bulk_##name, give_bulk_##name);		\
}

#endif /* _KSPAN_BENCH_LOOPS_H */
