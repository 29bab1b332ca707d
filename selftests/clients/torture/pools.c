// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: two pools, one of them with a constructor, and two mempools that all actors share,
 * and pools that a thread creates, fills, resets and destroys while the others run.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mempool.h>
#include <linux/smp.h>
#include <kspan/pool.h>
#include "torture.h"

#define SHARED_SIZE	200
#define SHARED_STOCK	64
#define ELEMENTS	32
#define BUILT_SIZE	120UL		/* bytes that the constructor writes */
#define BUILT_FACTOR	0xd6e8feb86659fd93ULL
#define POOL_OBJECTS	48
#define POOL_STOCK	8
#define POOL_LIMIT	(16UL << 20)

static struct kspan_pool *plain, *built;

static struct {
	mempool_t *pool;
	atomic_t out;
} elements, pool_elements;

static u64 built_chunk(const void *address)
{
	return (u64)(unsigned long)address * BUILT_FACTOR;
}

static void build(void *obj)
{
	u64 *chunk = obj;

	for (; (void *)chunk < obj + BUILT_SIZE; chunk++)
		*chunk = built_chunk(chunk);
}

/* Whether the object is in its constructed state. */
static void built_check(struct actor *a, const struct object *o)
{
	const u64 *chunk = o->p;

	for (; (void *)chunk < o->p + BUILT_SIZE; chunk++)
		if (*chunk != built_chunk(chunk)) {
			torture_error(a, o, "not as the constructor made it: %#llx at %zu", *chunk,
				      (size_t)((void *)chunk - o->p));
			return;
		}
}

/* Restores the constructed state, in which the object must be freed. */
void built_restore(const struct object *o)
{
	build(o->p);
}

int pools_init(void)
{
	struct kspan_pool_params pool_params = { .ctor = build };

	plain = kspan_pool_create("torture pool", SHARED_SIZE, NULL);
	if (IS_ERR(plain))
		return PTR_ERR(plain);
	built = kspan_pool_create("torture built pool", BUILT_SIZE, &pool_params);
	if (IS_ERR(built))
		return PTR_ERR(built);
	elements.pool = mempool_create(ELEMENTS, kspan_mempool_alloc, kspan_mempool_free,
				       (void *)SHARED_SIZE);
	pool_elements.pool = mempool_create(ELEMENTS, kspan_pool_mempool_alloc,
					    kspan_pool_mempool_free, plain);
	if (!elements.pool || !pool_elements.pool)
		return -ENOMEM;
	return kspan_pool_prefill(plain, SHARED_STOCK, GFP_KERNEL);
}

/* Also after an initialization that failed half-way. Live objects would be reported. */
void pools_exit(void)
{
	mempool_destroy(pool_elements.pool);
	mempool_destroy(elements.pool);
	kspan_pool_destroy(built);
	kspan_pool_destroy(plain);
}

void *make_in_pool(struct actor *a, struct request *r)
{
	r->size = SHARED_SIZE;
	r->origin = ORIGIN_POOL;
	r->align = 8;
	return kspan_pool_alloc(plain, r->gfp);
}

void *make_zero_in_pool(struct actor *a, struct request *r)
{
	r->size = SHARED_SIZE;
	r->origin = ORIGIN_POOL;
	r->align = 8;
	r->zero = true;
	return kspan_pool_zalloc(plain, r->gfp);
}

void *make_built(struct actor *a, struct request *r)
{
	struct object o = { .size = BUILT_SIZE, .context = a->context };

	r->size = BUILT_SIZE;
	r->origin = ORIGIN_BUILT;
	r->align = 8;
	o.p = kspan_pool_alloc(built, r->gfp);
	if (o.p)
		built_check(a, &o);
	return o.p;
}

/*
 * No more elements are in use than the mempool holds in reserve, so a caller that may sleep need
 * not wait for another actor. Where the mempool's lock may not be taken, this returns NULL.
 */
static void *element_alloc(struct actor *a, struct request *r, mempool_t *pool, atomic_t *out)
{
	void *p = NULL;

	r->size = SHARED_SIZE;
	r->align = 8;
	r->may_fail = true;
	if (!actor_locks(a))
		return NULL;
	if (atomic_inc_return(out) <= ELEMENTS)
		p = mempool_alloc(pool, r->gfp);
	if (!p)
		atomic_dec(out);
	return p;
}

void *make_element(struct actor *a, struct request *r)
{
	r->origin = ORIGIN_MEMPOOL;
	return element_alloc(a, r, elements.pool, &elements.out);
}

void *make_pool_element(struct actor *a, struct request *r)
{
	r->origin = ORIGIN_POOL_MEMPOOL;
	return element_alloc(a, r, pool_elements.pool, &pool_elements.out);
}

void element_free(const struct object *o)
{
	if (o->origin == ORIGIN_MEMPOOL) {
		mempool_free(o->p, elements.pool);
		atomic_dec(&elements.out);
	} else {
		mempool_free(o->p, pool_elements.pool);
		atomic_dec(&pool_elements.out);
	}
}

unsigned int pool_bulk(gfp_t gfp, unsigned int n, void **p, size_t *size)
{
	*size = SHARED_SIZE;
	return kspan_pool_alloc_bulk(plain, gfp, n, p);
}

void pool_object_free(struct actor *a, const struct object *o)
{
	count(a, COUNT_POOL_FREE);
	kspan_pool_free(o->origin == ORIGIN_BUILT ? built : plain, o->p);
}

/* A pool of one thread, and its live objects. */
struct private_pool {
	struct kspan_pool *pool;
	struct kspan_pool_params params;
	size_t size;
	unsigned int n;
	bool stocked;
	struct object objects[POOL_OBJECTS];
};

static void private_add(struct actor *a, struct private_pool *q, void *p, bool zero)
{
	struct request r = { .size = q->size, .zero = zero, .align = q->params.align ?: 8 };
	struct object *o = &q->objects[q->n++];

	*o = (struct object) { .p = p, .size = q->size, .zero = zero, .word = loose_word(a) };
	o->origin = q->params.ctor ? ORIGIN_BUILT : ORIGIN_POOL;
	o->context = a->context;
	o->cpu = raw_smp_processor_id();
	count(a, COUNT_ALLOCS);
	bytes_adjust(o->size);
	fresh_check(a, o, &r);
	if (q->params.ctor)
		built_check(a, o);
	object_fill(o);
}

static void private_fill(struct actor *a, struct private_pool *q, gfp_t gfp)
{
	unsigned int i, n = 1 + pick(a, POOL_OBJECTS / 2);
	void *many[POOL_OBJECTS / 2], *p;
	bool zero;

	gfp |= __GFP_NOWARN;
	for (i = pick(a, POOL_OBJECTS / 2); i; i--) {
		zero = !q->params.ctor && one_in(a, 2);
		p = zero ? kspan_pool_zalloc(q->pool, gfp) : kspan_pool_alloc(q->pool, gfp);
		if (p)
			private_add(a, q, p, zero);
		else if (!gfp_may_fail(gfp))
			torture_error(a, &q->objects[0], "no memory in a pool of %zu", q->size);
	}
	n = kspan_pool_alloc_bulk(q->pool, gfp, n, many);
	for (i = 0; i < n; i++)
		private_add(a, q, many[i], false);
}

/* Objects in the stock count as live; allocations may have used some of them. */
static void private_check(struct actor *a, const struct private_pool *q)
{
	unsigned int i, stock = q->stocked ? POOL_STOCK : 0;
	struct kspan_stats st;

	for (i = 0; i < q->n; i++)
		object_check(a, &q->objects[i]);
	kspan_pool_get_stats(q->pool, &st);
	if (st.live_objects < q->n || st.live_objects > q->n + stock)
		torture_error(a, &q->objects[0], "%llu objects live in a pool, not %u",
			      st.live_objects, q->n);
}

static void private_free(struct actor *a, struct private_pool *q)
{
	const struct object *o;

	while (q->n) {
		o = &q->objects[--q->n];
		object_gone(a, o);
		if (q->params.ctor)
			built_restore(o);
		count(a, COUNT_POOL_FREE);
		kspan_pool_free(q->pool, o->p);
	}
}

static void private_prefill(struct actor *a, struct private_pool *q)
{
	int err;

	count(a, COUNT_POOL_PREFILL);
	err = kspan_pool_prefill(q->pool, POOL_STOCK, GFP_KERNEL | __GFP_NOWARN);
	q->stocked |= !err;
	if (err && !params.fault)
		torture_error(a, &q->objects[0], "a pool cannot be filled before: %d", err);
}

static void private_reset(struct actor *a, struct private_pool *q)
{
	int err;

	while (q->n)
		object_gone(a, &q->objects[--q->n]);
	count(a, COUNT_POOL_RESET);
	err = kspan_pool_reset(q->pool);
	if (err && !params.fault)
		torture_error(a, &q->objects[0], "a pool's stock is gone: %d", err);
	private_check(a, q);
}

static void private_ask(struct actor *a, struct private_pool *q)
{
	struct kspan_heap *heap = kspan_pool_heap(q->pool);

	if (kspan_pool_object_size(q->pool) < q->size)
		torture_error(a, &q->objects[0], "a pool for %zu bytes has objects of %zu",
			      q->size, kspan_pool_object_size(q->pool));
	kspan_heap_set_limit(heap, POOL_LIMIT);
	if (kspan_heap_limit(heap) != POOL_LIMIT)
		torture_error(a, &q->objects[0], "a pool limited to %lu bytes says %zu",
			      POOL_LIMIT, kspan_heap_limit(heap));
}

static void private_life(struct actor *a, struct private_pool *q)
{
	private_ask(a, q);
	private_fill(a, q, gfp_pick(a));
	private_check(a, q);
	if (one_in(a, 2))
		private_free(a, q);
	private_prefill(a, q);
	private_reset(a, q);
	private_fill(a, q, gfp_pick(a));
	private_check(a, q);
	private_free(a, q);
}

static void private_pick(struct actor *a, struct private_pool *q)
{
	q->size = 1 + pick(a, 2000);
	if (one_in(a, 2))
		q->params.align = 1UL << pick(a, 10);
	if (one_in(a, 2)) {
		q->params.ctor = build;
		q->size += BUILT_SIZE;
		q->params.align = max(q->params.align, sizeof(u64));
	} else if (one_in(a, 2)) {
		q->params.flags = KSPAN_HEAP_ZERO_ON_FREE;
	}
}

void pool_life(struct actor *a)
{
	struct private_pool *q = kspan_zalloc(sizeof(*q), GFP_KERNEL | __GFP_NOWARN);
	char name[KSPAN_NAME_LEN];

	if (!q)
		return;
	private_pick(a, q);
	count(a, COUNT_POOL_LIFE);
	snprintf(name, sizeof(name), "torture pool %d", a->id);
	q->pool = kspan_pool_create(name, q->size, &q->params);
	if (!IS_ERR(q->pool)) {
		private_life(a, q);
		kspan_pool_destroy(q->pool);
	} else if (!params.fault) {
		torture_error(a, &q->objects[0], "no pool: %ld", PTR_ERR(q->pool));
	}
	kspan_free(q);
}
