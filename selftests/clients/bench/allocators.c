// SPDX-License-Identifier: GPL-2.0
/*
 * The compared allocators. Each has two inline functions, take and give, and a table of the loops
 * built from them.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <kspan/kspan.h>
#include "bench.h"
#include "loops.h"

#define SMALL_MAX	(4UL << 20)	/* the largest kmalloc on x86-64 */

/* No allocator: always the same bytes, hidden from the compiler. */
static u64 none_object[2];

static __always_inline void *take_none(struct bench_job *job, size_t size, gfp_t gfp)
{
	void *p = none_object;

	OPTIMIZER_HIDE_VAR(p);
	return p;
}

static __always_inline void give_none(struct bench_job *job, void *p)
{
	OPTIMIZER_HIDE_VAR(p);
}

static __always_inline bool take_bulk_none(struct bench_job *job, void **objs, unsigned int n)
{
	OPTIMIZER_HIDE_VAR(n);
	return n;
}

static __always_inline void give_bulk_none(struct bench_job *job, void **objs, unsigned int n)
{
	OPTIMIZER_HIDE_VAR(n);
}

char bench_text[BENCH_TEXT];

static __always_inline char *dup_none(const char *text, gfp_t gfp)
{
	OPTIMIZER_HIDE_VAR(text);
	return (char *)text;
}

BENCH_LOOPS_DEFINE(none)
BENCH_BULK_DEFINE(none)
BENCH_STRDUP_DEFINE(none)

/* An empty loop does not use the constant size, so the loops of all sizes are the same. */
static void none_const_pair(struct bench_cell *cell)
{
	cell->run = none_pair;
}

static const struct bench_alloc bench_none = {
	.name = "none",
	.max_size = SIZE_MAX,
	.const_pair = none_const_pair,
	.loop[LOOP_BULK] = none_bulk,
	.loop[LOOP_RCU] = none_pair,
	.loop[LOOP_STRDUP] = none_strdups,
	BENCH_LOOPS_OF(none),
};

static __always_inline void *take_kspan(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kspan_alloc(size, gfp);
}

static __always_inline void give_kspan(struct bench_job *job, void *p)
{
	kspan_free(p);
}

static __always_inline bool take_bulk_kspan(struct bench_job *job, void **objs, unsigned int n)
{
	return kspan_alloc_bulk(job->size, BENCH_GFP, n, objs);
}

static __always_inline void give_bulk_kspan(struct bench_job *job, void **objs, unsigned int n)
{
	kspan_free_bulk(n, objs);
}

static __always_inline char *dup_kspan(const char *text, gfp_t gfp)
{
	return kspan_strdup(text, gfp);
}

BENCH_LOOPS_DEFINE(kspan)
BENCH_BULK_DEFINE(kspan)
BENCH_STRDUP_DEFINE(kspan)

struct rcu_object {
	struct rcu_head rcu;
};

static __always_inline void give_rcu_kspan(struct bench_job *job, void *p)
{
	kspan_free_rcu((struct rcu_object *)p, rcu);
}

BENCH_RCU_DEFINE(kspan)

static const struct bench_alloc bench_kspan = {
	.name = "kspan",
	.max_size = SIZE_MAX,
	.const_pair = kspan_const_pair,
	.loop[LOOP_BULK] = kspan_bulk,
	.loop[LOOP_RCU] = kspan_rcu,
	.loop[LOOP_STRDUP] = kspan_strdups,
	BENCH_LOOPS_OF(kspan),
};

static __always_inline void *take_kmalloc(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static __always_inline void give_kmalloc(struct bench_job *job, void *p)
{
	kfree(p);
}

/* kmalloc has a bulk free only; objects are allocated one by one. */
static __always_inline bool take_bulk_kmalloc(struct bench_job *job, void **objs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		objs[i] = kmalloc(job->size, BENCH_GFP);
		if (unlikely(!objs[i])) {
			kfree_bulk(i, objs);
			return false;
		}
	}
	return true;
}

static __always_inline void give_bulk_kmalloc(struct bench_job *job, void **objs, unsigned int n)
{
	kfree_bulk(n, objs);
}

static __always_inline char *dup_kmalloc(const char *text, gfp_t gfp)
{
	return kstrdup(text, gfp);
}

BENCH_LOOPS_DEFINE(kmalloc)
BENCH_BULK_DEFINE(kmalloc)
BENCH_STRDUP_DEFINE(kmalloc)

static __always_inline void give_rcu_kmalloc(struct bench_job *job, void *p)
{
	kfree_rcu((struct rcu_object *)p, rcu);
}

BENCH_RCU_DEFINE(kmalloc)

static const struct bench_alloc bench_kmalloc = {
	.name = "kmalloc",
	.max_size = SMALL_MAX,
	.min_cost = 8,
	.const_pair = kmalloc_const_pair,
	.loop[LOOP_BULK] = kmalloc_bulk,
	.loop[LOOP_RCU] = kmalloc_rcu,
	.loop[LOOP_STRDUP] = kmalloc_strdups,
	BENCH_LOOPS_OF(kmalloc),
};

static __always_inline void *take_cache(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kmem_cache_alloc(job->cache, gfp);
}

static __always_inline void give_cache(struct bench_job *job, void *p)
{
	kmem_cache_free(job->cache, p);
}

static __always_inline bool take_bulk_cache(struct bench_job *job, void **objs, unsigned int n)
{
	return kmem_cache_alloc_bulk(job->cache, BENCH_GFP, n, objs);
}

static __always_inline void give_bulk_cache(struct bench_job *job, void **objs, unsigned int n)
{
	kmem_cache_free_bulk(job->cache, n, objs);
}

BENCH_LOOPS_DEFINE(cache)
BENCH_BULK_DEFINE(cache)

/* A usercopy region keeps the kernel from merging this cache with another one. */
static int cache_open(struct bench_cell *cell)
{
	static unsigned int serial;
	size_t size = cell->jobs->size;
	struct kmem_cache *cache;
	char name[24];
	unsigned int t;

	snprintf(name, sizeof(name), "kspan_bench_%u", serial++);
	cache = kmem_cache_create_usercopy(name, size, 0, 0, 0, size, NULL);
	if (!cache)
		return -ENOMEM;
	for (t = 0; t < cell->threads; t++)
		cell->jobs[t].cache = cache;
	return 0;
}

static void cache_close(struct bench_cell *cell)
{
	kmem_cache_destroy(cell->jobs->cache);
}

static const struct bench_alloc bench_cache = {
	.name = "cache",
	.max_size = 32 << 10,
	.min_cost = 8,
	.fixed = true,
	.open = cache_open,
	.close = cache_close,
	.loop[LOOP_BULK] = cache_bulk,
	BENCH_LOOPS_OF(cache),
};

static __always_inline void *take_kvmalloc(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp);
}

static __always_inline void give_kvmalloc(struct bench_job *job, void *p)
{
	kvfree(p);
}

BENCH_LOOPS_DEFINE(kvmalloc)

static const struct bench_alloc bench_kvmalloc = {
	.name = "kvmalloc",
	.max_size = SIZE_MAX,
	.min_cost = 8,
	BENCH_LOOPS_OF(kvmalloc),
};

static __always_inline void *take_vmalloc(struct bench_job *job, size_t size, gfp_t gfp)
{
	return __vmalloc(size, gfp);
}

static __always_inline void give_vmalloc(struct bench_job *job, void *p)
{
	vfree(p);
}

BENCH_LOOPS_DEFINE(vmalloc)

/* The guard page costs only address space; the vm_struct and its page array cost memory. */
static const struct bench_alloc bench_vmalloc = {
	.name = "vmalloc",
	.max_size = SIZE_MAX,
	.min_cost = PAGE_SIZE + 512,
	BENCH_LOOPS_OF(vmalloc),
};

const struct bench_alloc *const bench_allocs[] = {
	[BENCH_NONE] = &bench_none,
	[BENCH_KSPAN] = &bench_kspan,
	&bench_kmalloc,
	&bench_cache,
	&bench_kvmalloc,
	&bench_vmalloc,
	&bench_heap,
	&bench_pool,
	&bench_region,
	&bench_override,
#if IS_REACHABLE(CONFIG_GENERIC_ALLOCATOR)
	&bench_genpool,
#endif
};

const unsigned int bench_nr_allocs = ARRAY_SIZE(bench_allocs);
