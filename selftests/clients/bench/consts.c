// SPDX-License-Identifier: GPL-2.0
/*
 * Pair loops whose size the compiler knows, as it does in most callers: one function a size, for
 * kspan (which finds the class at compile time) and for kmalloc (which finds its cache so).
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <kspan/kspan.h>
#include "bench.h"
#include "loops.h"

/* The sizes of the bench that are no class's own. */
#define ODD_SIZES(x) \
	x(200, 0) \
	x(720, 0) \
	x(3000, 0)

static __always_inline void *take_kspan(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kspan_alloc(size, gfp);
}

static __always_inline void give_kspan(struct bench_job *job, void *p)
{
	kspan_free(p);
}

static __always_inline void *take_kmalloc(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static __always_inline void give_kmalloc(struct bench_job *job, void *p)
{
	kfree(p);
}

#define CONST_PAIR_DEFINE(bytes, pages)							\
static noinline int kspan_pair_##bytes(struct bench_job *job)				\
{											\
	return pair_loop(job, bytes, take_kspan, give_kspan, BENCH_GFP);		\
}											\
static noinline int kmalloc_pair_##bytes(struct bench_job *job)			\
{											\
	return pair_loop(job, bytes, take_kmalloc, give_kmalloc, BENCH_GFP);		\
}

KSPAN_SIZE_CLASSES(CONST_PAIR_DEFINE)
ODD_SIZES(CONST_PAIR_DEFINE)

#define CONST_PAIR_ENTRY(bytes, pages) { bytes, kspan_pair_##bytes, kmalloc_pair_##bytes },

static const struct const_pair {
	size_t size;
	bench_fn kspan;
	bench_fn kmalloc;
} const_pairs[] = {
	KSPAN_SIZE_CLASSES(CONST_PAIR_ENTRY)
	ODD_SIZES(CONST_PAIR_ENTRY)
};

static const struct const_pair *pair_find(size_t size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(const_pairs); i++)
		if (const_pairs[i].size == size)
			return &const_pairs[i];
	return NULL;
}

bench_fn kspan_const_pair(size_t size)
{
	const struct const_pair *pair = pair_find(size);

	return pair ? pair->kspan : NULL;
}

bench_fn kmalloc_const_pair(size_t size)
{
	const struct const_pair *pair = pair_find(size);

	return pair ? pair->kmalloc : NULL;
}
