// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: a heap and a pool that all actors allocate from, and heaps that a thread makes,
 * fills, resets and destroys while the others go on.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include "torture.h"

#define POOL_SIZE	200
#define POOL_STOCK	64
#define HEAP_OBJECTS	48
#define HEAP_MAX_SIZE	20000UL

static struct kspan_heap *heap;
static struct kspan_pool *pool;

int own_init(void)
{
	heap = kspan_heap_create("torture", NULL);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	pool = kspan_pool_create("torture pool", POOL_SIZE, NULL);
	if (!IS_ERR(pool) && !kspan_pool_prefill(pool, POOL_STOCK, GFP_KERNEL))
		return 0;
	own_exit();
	return IS_ERR(pool) ? PTR_ERR(pool) : -ENOMEM;
}

/* What is live would be reported. */
void own_exit(void)
{
	kspan_pool_destroy(pool);
	kspan_heap_destroy(heap);
}

void *make_in_heap(struct actor *a, struct request *r)
{
	return kspan_heap_alloc(heap, r->size, r->gfp);
}

void *make_in_pool(struct actor *a, struct request *r)
{
	r->size = POOL_SIZE;
	return kspan_pool_alloc(pool, r->gfp);
}

/* A heap of one thread, and what lives in it. */
struct private_heap {
	struct kspan_heap *heap;
	unsigned int n;
	struct object objects[HEAP_OBJECTS];
};

static void private_fill(struct actor *a, struct private_heap *h)
{
	struct object *o;

	for (; h->n < HEAP_OBJECTS && !one_in(a, 40); h->n++) {
		o = &h->objects[h->n];
		*o = (struct object) { .size = min(size_pick(a), HEAP_MAX_SIZE) };
		o->zero = one_in(a, 8);
		o->word = loose_word(a);
		o->p = kspan_heap_alloc(h->heap, o->size, gfp_pick(a) | (o->zero ? __GFP_ZERO : 0));
		if (!o->p)
			break;
		if (o->zero)
			zero_check(a, o, 0, "a zeroed allocation from a heap");
		object_fill(o);
	}
}

static void private_check(struct actor *a, const struct private_heap *h, u64 live)
{
	struct kspan_stats st;
	unsigned int i;

	for (i = 0; i < h->n; i++)
		object_check(a, &h->objects[i]);
	kspan_heap_get_stats(h->heap, &st);
	if (st.live_objects != live)
		torture_error(a, &h->objects[0], "%llu objects live in a heap, not %llu",
			      st.live_objects, live);
}

static unsigned int private_live(const struct private_heap *h)
{
	unsigned int i, n = 0;

	for (i = 0; i < h->n; i++)
		n += !ZERO_OR_NULL_PTR(h->objects[i].p);
	return n;
}

static void private_free(struct actor *a, struct private_heap *h)
{
	while (h->n)
		kspan_free(h->objects[--h->n].p);
}

static void private_life(struct actor *a, struct private_heap *h)
{
	unsigned int rounds = 1 + pick(a, 3);

	while (rounds--) {
		private_fill(a, h);
		private_check(a, h, private_live(h));
		if (one_in(a, 2)) {
			kspan_heap_reset(h->heap);
			h->n = 0;
		} else {
			private_free(a, h);
		}
		private_check(a, h, 0);
	}
}

/* The heap goes while other threads allocate, and with it any trace of its pages. */
void heap_step(struct actor *a)
{
	struct kspan_heap_params heap_params = { .flags = pick(a, 4) };
	struct private_heap *h;
	char name[KSPAN_NAME_LEN];

	if (!actor_sleeps(a) || !one_in(a, 8))
		return;
	h = kspan_zalloc(sizeof(*h), GFP_KERNEL | __GFP_NOWARN);
	if (!h)
		return;
	count(a, COUNT_HEAP_LIFE);
	snprintf(name, sizeof(name), "torture %d", a->id);
	h->heap = kspan_heap_create(name, &heap_params);
	if (!IS_ERR(h->heap)) {
		private_life(a, h);
		kspan_heap_destroy(h->heap);
	} else if (!params.fault) {
		torture_error(a, &h->objects[0], "no heap: %ld", PTR_ERR(h->heap));
	}
	kspan_free(h);
}
