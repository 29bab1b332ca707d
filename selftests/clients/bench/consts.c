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

#define KSPAN_PAIR_DEFINE(bytes, pages)						\
static noinline int kspan_pair_##bytes(struct bench_job *job)			\
{										\
	return pair_loop(job, bytes, take_kspan, give_kspan, BENCH_GFP);	\
}

#define KMALLOC_PAIR_DEFINE(bytes, pages)					\
static noinline int kmalloc_pair_##bytes(struct bench_job *job)			\
{										\
	return pair_loop(job, bytes, take_kmalloc, give_kmalloc, BENCH_GFP);	\
}

/* Every class, and the sizes of the bench that are no class's own. */
KSPAN_SIZE_CLASSES(KSPAN_PAIR_DEFINE)
KSPAN_PAIR_DEFINE(200, 1)
KSPAN_PAIR_DEFINE(720, 1)
KSPAN_PAIR_DEFINE(3000, 1)
KSPAN_SIZE_CLASSES(KMALLOC_PAIR_DEFINE)
KMALLOC_PAIR_DEFINE(200, 1)
KMALLOC_PAIR_DEFINE(720, 1)
KMALLOC_PAIR_DEFINE(3000, 1)

#define PAIR_ENTRY(bytes, pages) { bytes, kspan_pair_##bytes, kmalloc_pair_##bytes },

static const struct const_pair {
	size_t size;
	bench_fn kspan;
	bench_fn kmalloc;
} const_pairs[] = {
	KSPAN_SIZE_CLASSES(PAIR_ENTRY)
	PAIR_ENTRY(200, 1)
	PAIR_ENTRY(720, 1)
	PAIR_ENTRY(3000, 1)
};

static const struct const_pair *pair_find(size_t size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(const_pairs); i++)
		if (const_pairs[i].size == size)
			return &const_pairs[i];
	return NULL;
}

void kspan_const_pair(struct bench_cell *cell)
{
	const struct const_pair *pair = pair_find(cell->size);

	cell->run = pair ? pair->kspan : NULL;
}

void kmalloc_const_pair(struct bench_cell *cell)
{
	const struct const_pair *pair = pair_find(cell->size);

	cell->run = pair ? pair->kmalloc : NULL;
}
