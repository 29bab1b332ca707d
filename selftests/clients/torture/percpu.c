// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: one per-CPU region from which all actors of all contexts allocate. Sometimes a
 * thread bars all actors, waits until none is inside, and resets the region: an epoch of objects
 * ends. Each object carries a word of its epoch, which reveals memory that was allocated twice in
 * one epoch.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <kspan/region.h>
#include "torture.h"

#define BLOCK_BYTES	(64UL << 10)
#define LIMIT_BYTES	(512UL << 10)	/* of each CPU */

static struct kspan_percpu_region *region;
static atomic_t users, closed;
static u32 epoch;

struct percpu_call {
	enum counter counter;
	void *(*alloc)(struct actor *a, struct request *r);
};

int percpu_init(void)
{
	struct kspan_region_params region_params = {
		.block_size = BLOCK_BYTES,
		.limit = LIMIT_BYTES,
	};

	region = kspan_percpu_region_create("torture", &region_params);
	return PTR_ERR_OR_ZERO(region);
}

void percpu_exit(void)
{
	kspan_percpu_region_destroy(region);
}

u32 percpu_epoch(void)
{
	return READ_ONCE(epoch);
}

/* While an actor is inside, the region is not reset and the epoch does not change. */
static bool enter(void)
{
	atomic_inc(&users);
	smp_mb__after_atomic();		/* pairs with the exchange in percpu_reset() */
	if (!atomic_read(&closed))
		return true;
	atomic_dec(&users);
	return false;
}

static void leave(void)
{
	smp_mb__before_atomic();	/* pairs with the acquire in percpu_reset() */
	atomic_dec(&users);
}

static void *call_alloc(struct actor *a, struct request *r)
{
	return kspan_percpu_region_alloc(region, r->size, r->gfp);
}

static void *call_aligned(struct actor *a, struct request *r)
{
	r->align = 1UL << pick(a, 13);
	return kspan_percpu_region_alloc_aligned(region, r->size, r->align, r->gfp);
}

static void *call_zalloc(struct actor *a, struct request *r)
{
	r->zero = true;
	return kspan_percpu_region_zalloc(region, r->size, r->gfp);
}

static void *call_array(struct actor *a, struct request *r)
{
	r->size *= 3;
	return kspan_percpu_region_alloc_array(region, 3, r->size / 3, r->gfp);
}

static void *call_calloc(struct actor *a, struct request *r)
{
	r->size *= 3;
	r->zero = true;
	return kspan_percpu_region_calloc(region, r->size / 3, 3, r->gfp);
}

static const struct percpu_call calls[] = {
	{ COUNT_PERCPU_ALLOC, call_alloc },
	{ COUNT_PERCPU_ALIGNED, call_aligned },
	{ COUNT_PERCPU_ZALLOC, call_zalloc },
	{ COUNT_PERCPU_ARRAY, call_array },
	{ COUNT_PERCPU_CALLOC, call_calloc },
};

static size_t part_size(struct actor *a)
{
	if (actor_sleeps(a) && one_in(a, 64))
		return pick(a, BLOCK_BYTES / 2);
	return pick(a, 256);
}

/* Allocates one object. Late in an epoch the region is usually full. */
static bool part_make(struct actor *a, const struct percpu_call *call, struct object *o)
{
	struct request r = { .size = part_size(a), .gfp = gfp_pick(a) | __GFP_NOWARN, .align = 8 };

	*o = (struct object) { .context = a->context, .cpu = raw_smp_processor_id() };
	count(a, call->counter);
	o->p = call->alloc(a, &r);
	o->size = r.size;
	if (a->context == CONTEXT_NMI && !ZERO_OR_NULL_PTR(o->p))
		torture_error(a, o, "a per-CPU region served an NMI");
	if (!o->p) {
		count(a, COUNT_NULLS);
		return false;
	}
	if (o->p == ZERO_SIZE_PTR)
		r.align = 1;
	content_check(a, o, &r);
	o->word = percpu_word(a);
	object_fill(o);
	return true;
}

/* Drops the objects that an actor kept from an earlier epoch; they must not be read. */
static void kept_check(struct actor *a)
{
	if (a->kept_epoch != percpu_epoch()) {
		a->kept_epoch = percpu_epoch();
		a->nr_kept = 0;
	}
	if (a->nr_kept)
		object_check(a, &a->kept[pick(a, a->nr_kept)]);
}

static void keep(struct actor *a, const struct object *o)
{
	if (a->nr_kept < KEPT_MAX)
		a->kept[a->nr_kept++] = *o;
	else
		a->kept[pick(a, KEPT_MAX)] = *o;
}

/* Return: false if the region is being reset. */
static bool call_once(struct actor *a, const struct percpu_call *call)
{
	struct object o;

	if (!enter())
		return false;
	kept_check(a);
	if (part_make(a, call, &o))
		keep(a, &o);
	leave();
	return true;
}

void percpu_step(struct actor *a)
{
	call_once(a, &calls[pick(a, ARRAY_SIZE(calls))]);
}

void percpu_reset(struct actor *a)
{
	if (atomic_xchg(&closed, 1))	/* another thread resets it */
		return;
	while (atomic_read_acquire(&users))
		schedule_timeout_uninterruptible(1);
	count(a, COUNT_PERCPU_RESET);
	WRITE_ONCE(epoch, epoch + 1);
	kspan_percpu_region_reset(region);
	atomic_set_release(&closed, 0);
}

/* Each call once. */
void percpu_tour(struct actor *a)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		while (on_tour(a, i) && !call_once(a, &calls[i]))
			schedule_timeout_uninterruptible(1);
}
