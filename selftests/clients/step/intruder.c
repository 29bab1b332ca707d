// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_step: what an interrupt may do to kspan. Of what it allocates it keeps some until the
 * operation that it interrupted has returned.
 */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "step.h"

#define OTHER_SIZE	96U
#define LARGE_SIZE	40000U
#define BULK		6U
#define STOCK		12U

#define GFP	(GFP_ATOMIC | __GFP_NOWARN)

struct freed_later {
	struct rcu_head rcu;
};

void (*drain)(struct kspan_heap *heap);

static size_t size;		/* of the operation's objects */
static struct objects stock;	/* allocated before it, of its size */
static struct objects others;	/* likewise, of another */
static struct objects kept;	/* allocated by the intruder */

static void keep(void *p, size_t bytes)
{
	if (!objects_add(&kept, p, bytes))
		kspan_free(p);
}

static void alloc_run(void)
{
	keep(kspan_alloc(size, GFP), size);
}

static void free_run(void)
{
	kspan_free(objects_take(&stock) ?: objects_take(&kept));
}

static void pair_run(void)
{
	void *p = kspan_alloc(size, GFP);

	if (!ZERO_OR_NULL_PTR(p))
		memset(p, 0xaa, min_t(size_t, size, 256));
	kspan_free(p);
}

static void other_run(void)
{
	kspan_free(objects_take(&others));
	keep(kspan_alloc(OTHER_SIZE, GFP), OTHER_SIZE);
}

static void tiny_run(void)
{
	void *p = kspan_alloc(3, GFP);

	keep(kspan_alloc(5, GFP), 5);
	kspan_free(p);
}

static void zeroed_run(void)
{
	void *p = kspan_zalloc(size, GFP);

	check_zeros(p, size);
	keep(p, size);
}

static void large_run(void)
{
	void *p = kspan_alloc(LARGE_SIZE, GFP);

	keep(kspan_alloc(LARGE_SIZE, GFP), LARGE_SIZE);
	kspan_free(p);
}

static void bulk_run(void)
{
	unsigned int i, n;
	void *p[BULK];

	n = kspan_alloc_bulk(size, GFP, BULK, p);
	for (i = n / 2; i < n; i++)
		keep(p[i], size);
	kspan_free_bulk(n / 2, p);
}

static void heap_run(void)
{
	void *p = kspan_heap_alloc(heap, size, GFP);

	keep(kspan_heap_alloc(heap, size, GFP), size);
	kspan_free(p);
}

static void pool_run(void)
{
	void *p = kspan_pool_alloc(pool, GFP);

	keep(kspan_pool_alloc(pool, GFP), kspan_pool_object_size(pool));
	kspan_pool_free(pool, p);
}

static void read_run(void)
{
	const void *p = stock.n ? stock.list[0].p : NULL;

	if (p && (!kspan_owns(p) || kspan_size(p) < size))
		step_error("an object of %zu bytes is not known", size);
}

static void drain_run(void)
{
	drain(NULL);
}

static void rcu_run(void)
{
	struct freed_later *p = kspan_alloc(sizeof(*p), GFP);

	kspan_free_rcu(p, rcu);
}

const struct intruder intruders[] = {
	{ "alloc", alloc_run },
	{ "free", free_run },
	{ "pair", pair_run },
	{ "other", other_run },
	{ "tiny", tiny_run },
	{ "zeroed", zeroed_run },
	{ "large", large_run },
	{ "bulk", bulk_run },
	{ "heap", heap_run },
	{ "pool", pool_run },
	{ "read", read_run },
	{ "drain", drain_run, true },
	{ "rcu", rcu_run, true },
	{ }
};

/* Before an operation on objects of @bytes. */
void intruder_prepare(size_t bytes, gfp_t gfp)
{
	unsigned int i;

	size = bytes;
	for (i = 0; i < STOCK && bytes <= KSPAN_MAX_SMALL; i++) {
		objects_add(&stock, kspan_alloc(bytes, gfp), bytes);
		objects_add(&others, kspan_alloc(OTHER_SIZE, gfp), OTHER_SIZE);
	}
}

/* Behind it: all objects are checked before one is freed. */
void intruder_end(void)
{
	objects_check(&stock);
	objects_check(&others);
	objects_check(&kept);
	objects_free(&stock);
	objects_free(&others);
	objects_free(&kept);
}
