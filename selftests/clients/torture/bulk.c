// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: many objects of one size at once, by the bulk calls and one by one. A batch is
 * longer than the number of objects that mcache and mcentral exchange at a time, so objects move in
 * both directions.
 */
#include <linux/minmax.h>
#include <linux/smp.h>
#include "torture.h"

#define BATCH_MAX	64
#define BATCH_SIZE	8192UL

enum batch_source { BATCH_DEFAULT, BATCH_HEAP, BATCH_POOL, NR_BATCH_SOURCES };

struct batch {
	unsigned int n;
	u8 origin;
	size_t size;
	gfp_t gfp;
	bool zero;
	u64 word;		/* of object 0; the next ones follow */
	void *p[BATCH_MAX];
};

static void batch_pick(struct actor *a, struct batch *b)
{
	b->n = 1 + pick(a, a->context == CONTEXT_TASK ? BATCH_MAX : BATCH_MAX / 4);
	b->size = min(size_pick(a), BATCH_SIZE);
	b->gfp = gfp_pick(a);
	b->zero = one_in(a, 8);
	b->origin = ORIGIN_HEAP;
	b->word = loose_word(a);
	if (b->zero)
		b->gfp |= __GFP_ZERO;
}

static struct object batch_object(struct actor *a, const struct batch *b, unsigned int i)
{
	struct object o = {
		.p = b->p[i],
		.size = b->size,
		.word = b->word + i,
		.zero = b->zero,
		.origin = b->origin,
		.context = a->context,
		.cpu = raw_smp_processor_id(),
	};

	return o;
}

static void batch_failed(struct actor *a, const struct batch *b)
{
	struct object o = batch_object(a, b, 0);

	count(a, COUNT_NULLS);
	if (!gfp_may_fail(b->gfp))
		torture_error(a, &o, "no memory for %u of %zu bytes, gfp %pGg", b->n, b->size,
			      &b->gfp);
}

static void batch_fill(struct actor *a, const struct batch *b)
{
	struct request r = { .size = b->size, .zero = b->zero, .fixed = true };
	struct object o;
	unsigned int i;

	r.align = natural_align(b->size);
	for (i = 0; i < b->n; i++) {
		o = batch_object(a, b, i);
		fresh_check(a, &o, &r);
		object_fill(&o);
		count(a, COUNT_ALLOCS);
	}
	bytes_adjust(b->n * b->size);
}

/* Moves some objects of the batch to the table and leaves NULL in their place. */
static void batch_share(struct actor *a, struct batch *b)
{
	struct slot *slot;
	unsigned int i;

	for (i = 0; i < b->n; i++) {
		if (!one_in(a, 4))
			continue;
		slot = slot_claim(a, SLOT_EMPTY);
		if (!slot)
			return;
		slot->object = batch_object(a, b, i);
		object_check(a, &slot->object);
		slot->object.word = slot_next_word(slot);
		slot_fill(slot);
		slot_put(slot, SLOT_FULL);
		b->p[i] = NULL;
	}
}

static void batch_gone(struct actor *a, const struct batch *b)
{
	struct object o;
	unsigned int i;

	for (i = 0; i < b->n; i++) {
		if (!b->p[i])
			continue;
		o = batch_object(a, b, i);
		object_check(a, &o);
		object_gone(a, &o);
	}
}

static void batch_free_each(struct actor *a, const struct batch *b)
{
	bool backwards = one_in(a, 2);
	unsigned int i;

	for (i = 0; i < b->n; i++)
		kspan_free(b->p[backwards ? b->n - 1 - i : i]);
}

/* Uses the allocated batch, then frees it. */
static void batch_live(struct actor *a, struct batch *b)
{
	batch_fill(a, b);
	if (one_in(a, 4))
		batch_share(a, b);
	batch_gone(a, b);
	if (one_in(a, 2))
		batch_free_each(a, b);
	else
		kspan_free_bulk(b->n, b->p);
}

static unsigned int batch_alloc(struct actor *a, struct batch *b, enum batch_source source)
{
	switch (source) {
	case BATCH_HEAP:
		count(a, COUNT_HEAP_ALLOC_BULK);
		return kspan_heap_alloc_bulk(heap_pick(a), b->size, b->gfp, b->n, b->p);
	case BATCH_POOL:
		count(a, COUNT_POOL_ALLOC_BULK);
		b->origin = ORIGIN_POOL;
		return pool_bulk(b->gfp, b->n, b->p, &b->size);
	default:
		count(a, COUNT_ALLOC_BULK);
		return kspan_alloc_bulk(b->size, b->gfp, b->n, b->p);
	}
}

static void bulk_alloc(struct actor *a, enum batch_source source)
{
	struct batch b;
	unsigned int got;
	size_t taken;

	batch_pick(a, &b);
	taken = b.n * b.size;
	if (!bytes_take(taken))
		return;
	got = batch_alloc(a, &b, source);
	bytes_adjust(-(s64)taken);
	if (got == b.n) {
		batch_live(a, &b);
	} else {
		b.p[0] = NULL;
		batch_failed(a, &b);
	}
}

void bulk_alloc_step(struct actor *a)
{
	bulk_alloc(a, pick(a, NR_BATCH_SOURCES));
}

void burst_step(struct actor *a)
{
	unsigned int i, wanted;
	struct batch b;

	batch_pick(a, &b);
	if (!bytes_take(b.n * b.size))
		return;
	count(a, COUNT_BURST);
	wanted = b.n;
	for (i = 0; i < b.n; i++) {
		b.p[i] = kspan_alloc(b.size, b.gfp);
		if (!b.p[i])
			b.n = i;
	}
	bytes_adjust(-(s64)(wanted * b.size));
	if (b.n < wanted)
		batch_failed(a, &b);
	if (b.n)
		batch_live(a, &b);
}

/* Objects of all sizes, with holes between. */
void bulk_free_step(struct actor *a)
{
	struct slot *slot;
	void *p[BATCH_MAX];
	unsigned int n = 0;

	while (n < BATCH_MAX / 2 && !one_in(a, 24)) {
		p[n++] = NULL;
		slot = slot_claim(a, SLOT_FULL);
		if (!slot)
			continue;
		object_check(a, &slot->object);
		if (is_element(&slot->object)) {
			slot_put(slot, SLOT_FULL);
			continue;
		}
		slot_disown(slot);
		object_gone(a, &slot->object);
		if (slot->object.origin == ORIGIN_BUILT)
			built_restore(&slot->object);
		p[n - 1] = slot->object.p;
		slot_put(slot, SLOT_EMPTY);
	}
	count(a, COUNT_FREE_BULK);
	kspan_free_bulk(n, p);
}

/* Each of them once. */
void bulk_tour(struct actor *a)
{
	enum batch_source source;

	for (source = 0; source < NR_BATCH_SOURCES; source++)
		if (on_tour(a, source))
			bulk_alloc(a, source);
	burst_step(a);
	bulk_free_step(a);
}
