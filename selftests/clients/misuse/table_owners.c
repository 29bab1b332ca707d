// SPDX-License-Identifier: GPL-2.0
/* kspan_misuse: the table's heaps, pools and regions, and objects that went with them. */
#include <linux/err.h>
#include <linux/string.h>
#include <kspan/pool.h>
#include <kspan/region.h>
#include "table.h"

/* A heap, with a victim and others in it. */
static bool open_heap(struct table *t)
{
	struct kspan_heap *heap = kspan_heap_create("table", NULL);

	if (IS_ERR(heap)) {
		t->no_way = "no memory";
		return false;
	}
	t->heap = heap;
	return table_open(t, SMALL);
}

static void close_heap(struct table *t)
{
	table_close(t);
	kspan_heap_destroy(t->heap);
	t->heap = NULL;
}

enum { USE_FREE, USE_WRITE, USE_READ, USE_REALLOC, USE_SIZE };

static void use(struct table *t, void *p, unsigned int how)
{
	void *q;

	OPTIMIZER_HIDE_VAR(p);
	table_acts();
	switch (how) {
	case USE_FREE:
		kspan_free(p);
		break;
	case USE_WRITE:
		memset(p, 0x22, SMALL - 8);
		break;
	case USE_READ:
		if (table_is_tagged(p, SMALL - 8))
			t->harm |= HARM_READ;
		break;
	case USE_REALLOC:
		q = kspan_realloc(p, 4 * SMALL, GFP_KERNEL);
		if (q)
			t->harm |= HARM_SERVED;
		kspan_free(q);
		break;
	case USE_SIZE:
		kspan_size(p);
	}
	table_acted();
}

static void reset_run(struct table *t)
{
	void *p;

	if (open_heap(t)) {
		p = t->p;
		table_forget(t);
		kspan_heap_reset(t->heap);
		use(t, p, t->c->by);
	}
	close_heap(t);
}

static void reset_reuse_run(struct table *t)
{
	void *p;

	if (open_heap(t)) {
		p = t->p;
		table_forget(t);
		kspan_heap_reset(t->heap);
		table_reuse(t, p);
		use(t, p, t->c->by);
	}
	close_heap(t);
}

/* Its objects are gone. The others of the case are then of the default heap. */
static void destroy_run(struct table *t)
{
	void *p = NULL;

	if (open_heap(t))
		p = t->p;
	table_forget(t);
	kspan_heap_destroy(t->heap);
	t->heap = NULL;
	if (p)
		use(t, p, t->c->by);
}

static void wrong_heap_run(struct table *t)
{
	struct kspan_heap *heap = kspan_heap_create("table other", NULL);

	if (!IS_ERR(heap) && table_open(t, SMALL)) {
		table_acts();
		kspan_heap_free(heap, t->p);
		table_acted();
	}
	kspan_heap_destroy(heap);
}

static void heap_name_run(struct table *t)
{
	struct kspan_heap *heap = kspan_heap_create("table", NULL), *again;

	table_acts();
	again = kspan_heap_create("table", NULL);
	table_acted();
	if (!IS_ERR(again)) {
		t->harm |= HARM_SERVED;
		kspan_heap_destroy(again);
	}
	kspan_heap_destroy(heap);
}

/* The client loses an object: the end of its heap tells. */
static void heap_leak_run(struct table *t)
{
	if (!open_heap(t))
		return;
	t->objs[0] = NULL;
	table_close(t);
	table_acts();
	kspan_heap_destroy(t->heap);
	table_acted();
	t->heap = NULL;
}

/* ---- pools ---- */

static struct kspan_pool *open_pool(struct table *t, const char *name)
{
	struct kspan_pool *pool = kspan_pool_create(name, SMALL, NULL);

	if (!IS_ERR(pool))
		return pool;
	t->no_way = "no memory";
	return NULL;
}

static void pool_foreign_run(struct table *t)
{
	struct kspan_pool *pool = open_pool(t, "table pool");

	if (pool && table_open(t, SMALL)) {
		table_acts();
		kspan_pool_free(pool, t->p);
		table_acted();
	}
	kspan_pool_destroy(pool);
}

static void pool_wrong_run(struct table *t)
{
	struct kspan_pool *pool = open_pool(t, "table pool");
	struct kspan_pool *other = open_pool(t, "table pool 2");
	void *p = pool && other ? kspan_pool_alloc(pool, GFP_KERNEL) : NULL;

	if (p) {
		table_acts();
		kspan_pool_free(other, p);
		table_acted();
		kspan_pool_free(pool, p);
	}
	kspan_pool_destroy(other);
	kspan_pool_destroy(pool);
}

/* One other free between, or none: @by. */
static void pool_double_run(struct table *t)
{
	struct kspan_pool *pool = open_pool(t, "table pool");
	void *objs[8] = { }, *again[8] = { };
	unsigned int n = 0;

	if (!pool || kspan_pool_alloc_bulk(pool, GFP_KERNEL, 8, objs) != 8)
		goto out;
	kspan_pool_free(pool, objs[0]);
	if (t->c->by)
		kspan_pool_free(pool, objs[1]);
	table_acts();
	kspan_pool_free(pool, objs[0]);
	table_acted();
	for (n = 0; n < 8; n++) {
		again[n] = kspan_pool_alloc(pool, GFP_KERNEL);
		if (n && again[n] == again[0])
			t->harm |= HARM_TWICE;
	}
	for (n = 0; n < 8; n++)
		kspan_pool_free(pool, again[n]);
	for (n = 1 + t->c->by; n < 8; n++)
		kspan_pool_free(pool, objs[n]);
out:
	t->a->settle();
	kspan_pool_destroy(pool);
}

static void pool_destroyed_run(struct table *t)
{
	struct kspan_pool *pool = open_pool(t, "table pool");
	void *p = pool ? kspan_pool_alloc(pool, GFP_KERNEL) : NULL;

	kspan_pool_free(pool, p);
	kspan_pool_destroy(pool);
	if (p)
		use(t, p, t->c->by);
}

static void pool_heap_run(struct table *t)
{
	struct kspan_pool *pool = open_pool(t, "table pool");
	void *p;

	if (!pool)
		return;
	p = kspan_pool_alloc(pool, GFP_KERNEL);
	table_acts();
	if (t->c->by)
		kspan_heap_destroy(kspan_pool_heap(pool));
	else
		kspan_heap_reset(kspan_pool_heap(pool));
	table_acted();
	if (kspan_size(p) != SMALL)
		t->harm |= HARM_NEIGHBOUR;
	kspan_pool_free(pool, p);
	kspan_pool_destroy(pool);
}

/* ---- regions ---- */

static struct kspan_region *open_region(struct table *t)
{
	struct kspan_region *region = kspan_region_create("table", NULL);

	if (!IS_ERR(region))
		return region;
	t->no_way = "no memory";
	return NULL;
}

static void region_object_run(struct table *t)
{
	struct kspan_region *region = open_region(t);
	void *p = region ? kspan_region_alloc(region, SMALL, GFP_KERNEL) : NULL;

	if (p)
		use(t, p, t->c->by);
	kspan_region_destroy(region);
}

static void region_over_run(struct table *t)
{
	struct kspan_region *region = open_region(t);
	void *p, *q, *end;

	if (!region)
		return;
	p = kspan_region_alloc(region, SMALL, GFP_KERNEL);
	q = kspan_region_alloc(region, SMALL, GFP_KERNEL);
	if (p && q) {
		table_tag(q, SMALL, 1);
		end = p + SMALL;
		OPTIMIZER_HIDE_VAR(end);
		table_acts();
		memset(end, 0x22, 8);
		table_acted();
		if (*(u32 *)q == 0x22222222)
			t->harm |= HARM_NEIGHBOUR;
	}
	kspan_region_destroy(region);
}

/* Released, with a new owner or without: @by is how it is used. */
static void region_released(struct table *t, bool reused)
{
	struct kspan_region *region = open_region(t);
	struct kspan_region_mark mark;
	void *p, *q = NULL;

	if (!region)
		return;
	kspan_region_alloc(region, SMALL, GFP_KERNEL);
	kspan_region_mark(region, &mark);
	p = kspan_region_alloc(region, SMALL, GFP_KERNEL);
	if (p)
		table_tag(p, SMALL, 0);
	kspan_region_release(region, &mark);
	if (reused)
		q = kspan_region_alloc(region, SMALL, GFP_KERNEL);
	if (q)
		table_tag(q, SMALL, 1);
	if (p)
		use(t, p, t->c->by);
	if (q && !table_is_tagged(q, 8))
		t->harm |= HARM_NEIGHBOUR;
	kspan_region_destroy(region);
}

static void region_released_run(struct table *t)
{
	region_released(t, false);
}

static void region_reused_run(struct table *t)
{
	region_released(t, true);
}

static void region_order_run(struct table *t)
{
	struct kspan_region *region = open_region(t);
	struct kspan_region_mark outer, inner;

	if (!region)
		return;
	kspan_region_mark(region, &outer);
	kspan_region_alloc(region, SMALL, GFP_KERNEL);
	kspan_region_mark(region, &inner);
	table_acts();
	if (!kspan_region_release(region, &outer))
		t->harm |= HARM_SERVED;
	table_acted();
	kspan_region_release(region, &inner);
	kspan_region_destroy(region);
}

static void region_destroyed_run(struct table *t)
{
	struct kspan_region *region = open_region(t);
	void *p = region ? kspan_region_alloc(region, SMALL, GFP_KERNEL) : NULL;

	kspan_region_destroy(region);
	if (p)
		use(t, p, t->c->by);
}

static void region_limit_run(struct table *t)
{
	const struct kspan_region_params params = { .limit = 4096 };
	struct kspan_region *region = kspan_region_create("table limit", &params);

	if (IS_ERR(region)) {
		t->no_way = "no memory";
		return;
	}
	table_acts();
	if (kspan_region_alloc(region, 5000, GFP_KERNEL))
		t->harm |= HARM_SERVED;
	table_acted();
	kspan_region_destroy(region);
}

#define OF_KSPAN(name, run, by) { name, run, 0, by, CASE_KSPAN }

const struct table_case table_owners[] = {
	OF_KSPAN("free after heap reset", reset_run, USE_FREE),
	OF_KSPAN("write after heap reset", reset_run, USE_WRITE),
	OF_KSPAN("realloc after heap reset", reset_run, USE_REALLOC),
	OF_KSPAN("free after reset and reuse", reset_reuse_run, USE_FREE),
	OF_KSPAN("write after reset and reuse", reset_reuse_run, USE_WRITE),
	OF_KSPAN("free after heap destroy", destroy_run, USE_FREE),
	OF_KSPAN("write after heap destroy", destroy_run, USE_WRITE),
	OF_KSPAN("size after heap destroy", destroy_run, USE_SIZE),
	OF_KSPAN("realloc after heap destroy", destroy_run, USE_REALLOC),
	OF_KSPAN("free to the wrong heap", wrong_heap_run, 0),
	OF_KSPAN("heap name that is in use", heap_name_run, 0),
	OF_KSPAN("heap destroyed with an object", heap_leak_run, 0),
	OF_KSPAN("free to a pool of no object of it", pool_foreign_run, 0),
	OF_KSPAN("free to the wrong pool", pool_wrong_run, 0),
	OF_KSPAN("double free in a pool", pool_double_run, 0),
	OF_KSPAN("double free in a pool, 1 between", pool_double_run, 1),
	OF_KSPAN("free after pool destroy", pool_destroyed_run, USE_FREE),
	OF_KSPAN("write after pool destroy", pool_destroyed_run, USE_WRITE),
	OF_KSPAN("reset of a pool's heap", pool_heap_run, 0),
	OF_KSPAN("destroy of a pool's heap", pool_heap_run, 1),
	OF_KSPAN("free of a region's object", region_object_run, USE_FREE),
	OF_KSPAN("realloc of a region's object", region_object_run, USE_REALLOC),
	OF_KSPAN("write past a region's object", region_over_run, 0),
	OF_KSPAN("write after release", region_released_run, USE_WRITE),
	OF_KSPAN("write after release and reuse", region_reused_run, USE_WRITE),
	OF_KSPAN("read after release and reuse", region_reused_run, USE_READ),
	OF_KSPAN("free after release", region_released_run, USE_FREE),
	OF_KSPAN("release in the wrong order", region_order_run, 0),
	OF_KSPAN("free after region destroy", region_destroyed_run, USE_FREE),
	OF_KSPAN("region over its limit", region_limit_run, 0),
	{ }
};
