// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: selects the next operation of an actor, on one object of the table.
 */
#include <linux/sched/mm.h>
#include <linux/string.h>
#include "torture.h"

/* An actor that cannot take the mempool's lock here skips objects of a mempool. */
static bool may_release(struct actor *a, const struct object *o)
{
	return !is_element(o) || actor_locks(a);
}

static void release_step(struct actor *a)
{
	struct slot *slot = slot_claim(a, SLOT_FULL);

	if (!slot)
		return;
	object_check(a, &slot->object);
	if (!may_release(a, &slot->object)) {
		slot_put(slot, SLOT_FULL);
		return;
	}
	slot_disown(slot);
	object_release(a, &slot->object);
	slot_put(slot, SLOT_EMPTY);
}

static void make_step(struct actor *a)
{
	struct slot *slot = slot_claim(a, SLOT_EMPTY);
	bool made;

	if (!slot) {
		release_step(a);
		return;
	}
	made = object_make(a, &slot->object, slot_next_word(slot));
	if (made)
		slot_fill(slot);
	slot_put(slot, made ? SLOT_FULL : SLOT_EMPTY);
	if (!made)
		release_step(a);
}

static void check_step(struct actor *a)
{
	struct slot *slot = slot_claim(a, SLOT_FULL);
	struct object *o;

	if (!slot)
		return;
	o = &slot->object;
	object_check(a, o);
	if (!ZERO_OR_NULL_PTR(o->p)) {
		if (!kspan_owns(o->p + pick(a, o->size)))
			torture_error(a, o, "kspan_owns() denies it");
		if (kspan_size(o->p) < o->size)
			torture_error(a, o, "kspan_size() is now %zu", kspan_size(o->p));
	}
	slot_put(slot, SLOT_FULL);
}

/* Allocates and frees at once: the fast path. */
static void pair_step(struct actor *a)
{
	struct object o = { };

	count(a, COUNT_PAIR);
	if (!object_make(a, &o, loose_word(a)))
		return;
	object_fill(&o);
	object_check(a, &o);
	object_release(a, &o);
}

static size_t realloc_size(struct actor *a, const struct object *o)
{
	switch (pick(a, 8)) {
	case 0:
		return 0;
	case 1:
	case 2:
		return o->size / 2 + pick(a, 16);
	case 3:
		return o->size + pick(a, 64);
	case 4:
		return min_t(size_t, o->size * 2, params.max_size);
	default:
		return size_pick(a);
	}
}

static void *realloc_call(struct actor *a, void *p, size_t size, gfp_t gfp)
{
	if (!size)
		count(a, COUNT_REALLOC_ZERO);
	switch (pick(a, 8)) {
	case 0:
	case 1:
		count(a, COUNT_REALLOC_ARRAY);
		return kspan_realloc_array(p, 1, size, gfp);
	case 2:
		count(a, COUNT_HEAP_REALLOC);
		return kspan_heap_realloc(heap_pick(a), p, size, gfp);
	case 3:
		count(a, COUNT_HEAP_REALLOC_ARRAY);
		return kspan_heap_realloc_array(heap_pick(a), p, 1, size, gfp);
	default:
		count(a, COUNT_REALLOC);
		return kspan_realloc(p, size, gfp);
	}
}

/* Checks the object that realloc returned, before it gets its own pattern. */
static void realloc_check(struct actor *a, const struct object *o, const struct object *old)
{
	size_t align = o->size < 16 ? natural_align(o->size) : 8;

	if (!o->size || ZERO_OR_NULL_PTR(o->p)) {
		if (o->size || o->p != ZERO_SIZE_PTR)
			torture_error(a, o, "realloc gave a wrong address");
		return;
	}
	if (!IS_ALIGNED((unsigned long)o->p, align))
		torture_error(a, o, "realloc result not aligned to %zu", align);
	if (kspan_size(o->p) < o->size)
		torture_error(a, o, "realloc result has only %zu bytes", kspan_size(o->p));
	object_check_moved(a, o, old);
	if (o->zero)
		zero_check(a, o, old->extent, "a realloc with __GFP_ZERO");
}

/* Changes the size of @o. Its slot has no owner meanwhile. */
static void object_resize(struct actor *a, struct object *o, u64 word)
{
	const struct object old = *o;
	gfp_t gfp = gfp_pick(a);
	size_t size = realloc_size(a, o);
	void *p;

	if (!bytes_take(size))
		return;
	if (o->zero)
		gfp |= __GFP_ZERO;
	p = realloc_call(a, o->p, size, gfp);
	if (!p) {
		count(a, COUNT_NULLS);
		bytes_adjust(-(s64)size);
		object_check(a, o);
		if (!gfp_may_fail(gfp))
			torture_error(a, o, "no memory to realloc to %zu, gfp %pGg", size, &gfp);
		return;
	}
	if (p != o->p)		/* a pool's object has moved to the default heap */
		o->origin = ORIGIN_HEAP;
	o->p = p;
	o->size = size;
	realloc_check(a, o, &old);
	bytes_adjust(-(s64)old.size);
	o->word = word;
}

static void realloc_step(struct actor *a)
{
	struct slot *slot = slot_claim(a, SLOT_FULL);

	if (!slot)
		return;
	object_check(a, &slot->object);
	if (slot->object.origin <= ORIGIN_POOL) {
		slot_disown(slot);
		object_resize(a, &slot->object, slot_next_word(slot));
		slot_fill(slot);
	}
	slot_put(slot, SLOT_FULL);
}

/* Functions that return information or must refuse. */
static void query_step(struct actor *a)
{
	struct object o = { .p = &o };
	size_t size = size_pick(a), n = SIZE_MAX / 2 + pick(a, 100);
	struct kspan_stats stats;

	count(a, COUNT_QUERY);
	if (kspan_size_roundup(size) < size)
		torture_error(a, &o, "kspan_size_roundup(%zu) is less", size);
	if (kspan_owns(&o) || kspan_owns(NULL) || kspan_owns(ZERO_SIZE_PTR) ||
	    kspan_owns((void *)n))
		torture_error(a, &o, "kspan_owns() claims foreign addresses");
	if (kspan_size(NULL) || kspan_size(ZERO_SIZE_PTR))
		torture_error(a, &o, "kspan_size() of nothing is not 0");
	if (kspan_alloc_array(n, 4, GFP_NOWAIT) || kspan_calloc(4, n, GFP_NOWAIT) ||
	    kspan_realloc_array(NULL, n, 4, GFP_NOWAIT))
		torture_error(a, &o, "an array of more than SIZE_MAX bytes");
	count(a, COUNT_FREE_NULL);
	kspan_free(NULL);
	kspan_free(ZERO_SIZE_PTR);
	kspan_free_sensitive(NULL);
	kspan_free_sized(NULL, size);
	heap_limit_check(a);
	if (!actor_sleeps(a))
		return;
	kspan_get_stats(&stats);
	if (stats.arenas && stats.held_bytes > stats.arena_bytes)
		torture_error(a, &o, "%llu bytes held of %llu", stats.held_bytes,
			      stats.arena_bytes);
}

static void trim_step(struct actor *a)
{
	if (!actor_sleeps(a) || !one_in(a, 256))
		return;
	count(a, COUNT_TRIM);
	kspan_trim();
}

/* Private heaps, pools and regions that a thread creates and destroys while the others run. */
static void (*const lives[])(struct actor *a) = {
	heap_life, pool_life, region_life, percpu_reset,
};

static void life_step(struct actor *a)
{
	if (actor_sleeps(a) && one_in(a, 16))
		lives[pick(a, ARRAY_SIZE(lives))](a);
}

struct step {
	void (*run)(struct actor *a);
	unsigned int weight;
};

static const struct step steps[] = {
	{ make_step, 40 }, { release_step, 27 }, { check_step, 10 }, { realloc_step, 14 },
	{ pair_step, 20 }, { burst_step, 2 }, { bulk_alloc_step, 3 }, { bulk_free_step, 1 },
	{ percpu_step, 4 }, { query_step, 1 }, { life_step, 1 }, { trim_step, 1 },
};

void actor_step(struct actor *a)
{
	const struct step *step;
	u32 sum = 0;

	for (step = steps; step < steps + ARRAY_SIZE(steps); step++)
		sum += step->weight;
	sum = pick(a, sum);
	for (step = steps; sum >= step->weight; step++)
		sum -= step->weight;
	step->run(a);
	count(a, COUNT_OPS);
}

/*
 * The first operations of the threads: together they call each function once, so that even a short
 * run on a slow machine calls them all. A life waits for grace periods: one per thread is enough.
 */
void actor_tour(struct actor *a)
{
	unsigned int i;

	makers_tour(a);
	bulk_tour(a);
	percpu_tour(a);
	query_step(a);
	for (i = 0; i < ARRAY_SIZE(lives); i++)
		if (on_tour(a, i))
			lives[i](a);
	if (on_tour(a, i))
		heap_keep_leaks(a);
}
