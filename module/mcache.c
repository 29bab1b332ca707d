// SPDX-License-Identifier: GPL-2.0
/*
 * mcache: filling and emptying magazines. Upper layer; see mcache.h for who may touch what. The
 * slow sections here hold the mcache busy while they take an mcentral's lock, one at a time.
 */
#include <linux/slab.h>
#include "depot.h"
#include "heap.h"
#include "magazine.h"
#include "mcache.h"
#include "mheap.h"
#include "object.h"
#include "tiny.h"

/* Up to this size an object that was just freed is zeroed rather than a fresh one taken. */
#define HOT_BYTES		256U

/* Runs claimed at a time: spans of large objects have one object each. */
#define MAX_RUNS		16

/* Move objects of the run to the magazine, as far as it has room. */
static void run_unpack(struct mcache_slot *slot, unsigned int class)
{
	unsigned int bit, size = size_classes[class].size;
	unsigned long bits = slot->bits, obj;
	void **top = slot->top;

	for (; bits && top < slot->end; bits &= bits - 1) {
		bit = __ffs(bits);
		obj = slot->first + bit * size;
		*top++ = (void *)obj;
	}
	slot->top = top;
	slot->bits = bits;
}

static void run_install(struct mcache_slot *slot, const struct run *run)
{
	slot->bits = run->bits;
	slot->first = run->first;
	slot->fresh = run->fresh;
	slot->got += run->n;
}

/* Claim runs for about half a magazine. The last one may have more than that: it stays a run. */
static void refill_from_central(struct mcache_slot *slot, struct mcentral *central)
{
	unsigned int i, n, nr_wanted = DIV_ROUND_UP(slot->capacity, 2);
	struct run runs[MAX_RUNS];

	if (size_classes[central->class].nr_objs == 1) {
		n = mcentral_claim_single(central, slot->top, nr_wanted);
		slot->top += n;
		slot->got += n;
		return;
	}
	n = mcentral_claim_runs(central, runs, MAX_RUNS, nr_wanted);
	for (i = 0; i < n; i++) {
		run_install(slot, &runs[i]);
		run_unpack(slot, central->class);
		kspan_assert(i == n - 1 || !slot->bits);
	}
}

/* Take one object of the run. Return: it, with OBJ_FRESH. */
static unsigned long run_take(struct mcache_slot *slot, unsigned int class)
{
	unsigned int bit = __fls(slot->bits);	/* fresh ones have the high bits */

	slot->bits &= ~BIT(bit);
	return (slot->first + bit * (unsigned long)size_classes[class].size) |
	       (bit >= slot->fresh ? OBJ_FRESH : 0);
}

/**
 * mcache_take() - take an object that is at hand
 * @mc: an mcache that the caller has entered
 * @class: the slot
 * @zeroed: whether the object is going to be zeroed
 *
 * Zeros are best had for nothing; but a small object that was just freed is zeroed sooner than one
 * is fetched that is in no cache.
 *
 * Return: the object, with OBJ_FRESH, or 0.
 */
unsigned long mcache_take(struct mcache *mc, unsigned int class, bool zeroed)
{
	struct mcache_slot *slot = &mc->slot[class];
	void *obj = NULL;

	if (!zeroed || !slot->bits || size_classes[class].size <= HOT_BYTES)
		obj = mcache_pop(slot);
	if (obj || !slot->bits)
		return (unsigned long)obj;
	return run_take(slot, class);
}

/* In the place of the empty magazine. */
static bool take_magazine(struct mcache_slot *slot, struct mcentral *central)
{
	struct magazine *full = depot_take_full(central, magazine_of(slot));

	if (!full)
		return false;
	magazine_install(slot, full);
	slot->got += full->n;
	return true;
}

/* In the place of the full one. */
static bool give_magazine(struct mcache *mc, struct mcache_slot *slot, struct mcentral *central)
{
	struct magazine *full = magazine_of(slot), *spare, *empty;
	unsigned int n = mcache_slot_len(slot);

	if (!depot_has_room(central))
		return false;
	full->n = n;
	spare = depot_swap_full(central, full);
	empty = magazine_another(mc->heap, slot, central->class, spare);
	if (!spare && (!empty || !depot_give_full(central, full))) {
		kfree(empty);
		return false;
	}
	slot->got -= n;		/* others have @full by now */
	magazine_install(slot, empty);
	return true;
}

/* Objects past the mcache: of a magazine that waits, or of a span. */
static unsigned long alloc_past(struct mcentral *central)
{
	return mcentral_alloc_one(central) ?: depot_alloc_one(central);
}

/**
 * mcache_refill() - get an object for a magazine that is empty
 * @mc: an mcache that the caller has entered, in a slow section
 * @class: the slot
 *
 * Return: the object, or NULL if mcentral has none.
 */
void *mcache_refill(struct mcache *mc, unsigned int class)
{
	struct mcache_slot *slot = &mc->slot[class];
	struct mcentral *central = &mc->heap->central[class];

	if (!slot->base && !magazine_create(slot, class))
		return (void *)(alloc_past(central) & ~OBJ_FRESH);
	if (slot->bits) {
		run_unpack(slot, class);
	} else {
		slot->starved = true;
		if (!take_magazine(slot, central))
			refill_from_central(slot, central);
	}
	return mcache_pop(slot);
}

/* The same, for one that is going to be zeroed: the run is kept together while it is fresh. */
static unsigned long refill_zeroed(struct mcache *mc, unsigned int class)
{
	struct mcache_slot *slot = &mc->slot[class];
	struct run run;

	if (!slot->bits && mcentral_claim_runs(&mc->heap->central[class], &run, 1, 1)) {
		slot->starved = true;
		run_install(slot, &run);
	}
	return slot->bits ? run_take(slot, class) :
			    depot_alloc_one(&mc->heap->central[class]);
}

static unsigned long take_or_refill(struct mcache *mc, unsigned int class, bool zeroed)
{
	unsigned long obj = mcache_take(mc, class, zeroed);

	if (obj)
		return obj;
	return zeroed ? refill_zeroed(mc, class) : (unsigned long)mcache_refill(mc, class);
}

/**
 * mcache_alloc_slow() - allocate when the magazine is empty or the mcache busy
 * @heap: whose mcache
 * @class: size class or CLASS_TINY
 * @gfp: what may be done
 *
 * Return: the object, with OBJ_FRESH, or 0.
 */
unsigned long mcache_alloc_slow(struct kspan_heap *heap, unsigned int class, gfp_t gfp)
{
	struct mcentral *central = &heap->central[class];
	struct mcache *mc;
	unsigned long obj;

	if (!may_lock())
		return 0;
	might_alloc(gfp);
	do {
		slow_section_begin();
		mc = mcache_enter_or_create(heap);
		if (mc) {
			obj = take_or_refill(mc, class, want_init_on_alloc(gfp));
			mcache_exit(mc);
		} else {
			obj = alloc_past(central);
		}
		slow_section_end();
	} while (!obj && mcentral_grow(central, gfp));
	return obj;
}

/* Objects that were freed twice were counted as freed twice. */
static void put_back(struct mcache_slot *slot, struct mcentral *central, void *const *objs,
		     unsigned int n)
{
	unsigned int nr_refused = size_classes[central->class].nr_objs == 1 ?
				  mcentral_put_single(central, objs, n) :
				  mcentral_put(central, objs, n);

	slot->got -= n - nr_refused;
	slot->frees -= nr_refused;
}

/* Give the @n objects that were freed longest ago back, and close the gap. */
static void magazine_flush(struct mcache_slot *slot, struct mcentral *central, unsigned int n)
{
	unsigned int len = mcache_slot_len(slot);

	put_back(slot, central, slot->base + 1, n);
	memmove(slot->base + 1, slot->base + 1 + n, (len - n) * sizeof(*slot->base));
	slot->top -= n;
}

/**
 * mcache_push_slow() - free into a slot whose magazine may be full or missing
 * @mc: an mcache that the caller has entered, in a slow section
 * @slot: the slot of the object's class
 * @obj: the object
 *
 * A magazine that ran empty since it was last full is too small for what goes on: it grows.
 * Otherwise it goes to the depot, or if that has enough half of its objects go back to their spans.
 */
void mcache_push_slow(struct mcache *mc, struct mcache_slot *slot, void *obj)
{
	unsigned int class = slot - mc->slot;
	struct mcentral *central = &mc->heap->central[class];

	if (!slot->base && !magazine_create(slot, class)) {
		slot->frees++;
		put_back(slot, central, &obj, 1);
		return;
	}
	if (slot->top == slot->end && slot->starved) {
		slot->starved = false;
		magazine_grow(mc->heap, slot, class);
	}
	if (slot->top == slot->end && !give_magazine(mc, slot, central))
		magazine_flush(slot, central, DIV_ROUND_UP(slot->capacity, 2));
	*slot->top++ = obj;
	slot->frees++;
}

/**
 * mcache_free_slow() - free when the magazine is full or the mcache busy
 * @span: the object's span, of a class or tiny
 * @obj: the object's start
 */
void mcache_free_slow(struct mspan *span, void *obj)
{
	struct mcache *mc;

	if (!may_lock()) {
		mheap_free_late(span, mspan_index(span, (unsigned long)obj));
		return;
	}
	slow_section_begin();
	mc = mcache_enter_or_create(span->heap);
	if (mc) {
		mcache_push_slow(mc, &mc->slot[span->class], obj);
		mcache_exit(mc);
	} else {
		mcentral_free_one(&span->heap->central[span->class], span,
				  mspan_index(span, (unsigned long)obj));
	}
	slow_section_end();
}

static void slot_drain(struct mcache *mc, unsigned int class)
{
	struct mcache_slot *slot = &mc->slot[class];
	struct mcentral *central = &mc->heap->central[class];
	struct run run = {
		.first = slot->first,
		.bits = slot->bits,
		.n = hweight_long(slot->bits),
	};

	if (slot->bits) {
		slot->got -= run.n;
		slot->bits = 0;
		mcentral_put_run(central, &run);
	}
	if (slot->base) {
		if (mcache_slot_len(slot))
			magazine_flush(slot, central, mcache_slot_len(slot));
		kfree(magazine_of(slot));
		magazine_install(slot, NULL);
	}
	slot->starved = false;
}

static bool slot_is_idle(const struct mcache_slot *slot)
{
	return mcache_peek(slot->idle) && slot->seen == mcache_slot_activity(slot);
}

/**
 * mcache_drain() - give back what an mcache holds
 * @mc: an mcache that the caller has entered, or whose CPU is dead
 * @idle_only: only slots that the scavenger found idle, and that still are
 */
void mcache_drain(struct mcache *mc, bool idle_only)
{
	unsigned int class;

	if (!idle_only || (mc->tiny_idle && mc->tiny_seen == mcache_tiny_activity(mc)))
		tiny_leave(mc);
	for (class = 1; class < NR_CLASSES; class++)
		if (!idle_only || slot_is_idle(&mc->slot[class]))
			slot_drain(mc, class);
}
