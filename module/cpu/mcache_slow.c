// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_slow: fill and empty the magazines of mcaches, within the CPU's budget. The slow sections
 * here keep the mcache busy while they take mcentrals' locks, one at a time.
 */
#include "base/kick.h"
#include "base/trace.h"
#include "central/depot.h"
#include "cpu/mcache.h"
#include "pages/report.h"

/**
 * mcache_take() - take an object from an mcache's magazine or claim
 * @slot: the slot of an mcache that the caller has entered
 * @class: its class
 * @zeroed: whether the caller needs a zeroed object
 *
 * A fresh object needs no zeroing. But a small object that was just freed is in the processor's
 * cache: zeroing it is faster than fetching a fresh object from memory.
 *
 * Return: the object, with OBJ_FRESH if it is fresh, or 0.
 */
unsigned long mcache_take(struct mcache_slot *slot, unsigned int class, bool zeroed)
{
	void *obj = NULL;

	if (!zeroed || !slot->bits || size_classes[class].size <= HOT_BYTES)
		obj = slot_pop(slot);
	if (obj || !slot->bits)
		return (unsigned long)obj;
	return slot_take_claimed(slot, class);
}

/* Whether a slot can give its magazine up: it has grown; if @kind, to more than it needed. */
static bool can_give(const struct mcache_slot *slot, unsigned int class, bool kind)
{
	if (slot->capacity <= magazine_first_capacity(class) && class < CLASS_POWER)
		return false;
	return slot->base && !(kind && peek(slot->missed));
}

/*
 * Have large spans, or a class other than @class, make room: the class sheds its depot or drains
 * its slot. Return: false if none can.
 */
static bool steal(struct mcache *mc, unsigned int class, bool kind)
{
	unsigned int i, other;

	if (!mc->heap->is_pool && kept_shed(mcache_kept(mc), NULL, kind))
		return true;
	for_each_class(mc->heap, i) {
		mc->hand = mc->hand % mc->heap->owner.nr_classes + 1;
		other = owner_class(&mc->heap->owner, mc->hand);
		if (other == class)
			continue;
		if (depot_shed(heap_central(mc->heap, other), kind))
			return true;
		if (!can_give(mcache_slot(mc, other), other, kind))
			continue;
		preempt_disable();
		slot_drain(mcache_slot(mc, other), heap_central(mc->heap, other));
		preempt_enable();
		return true;
	}
	return false;
}

/*
 * Make room for a magazine in this CPU's budget: capacity moves to where it is missed, from slots
 * that ran neither empty nor full since the worker looked, else from those that are next.
 */
static bool make_room(struct mcache *mc, unsigned int class, unsigned int capacity,
		      unsigned int replaced)
{
	while (!magazine_fits(class, capacity, replaced))
		if (!steal(mc, class, true) && !steal(mc, class, false))
			return false;
	return true;
}

/**
 * mcache_miss_large() - note that a large object found no span, and make room for one in the budget
 * @mc: an mcache that the caller has entered, in a slow section
 * @npages: pages of the object
 *
 * As for a magazine, but only from the second time on may it take what others need, too.
 */
void mcache_miss_large(struct mcache *mc, unsigned long npages)
{
	unsigned long bytes = npages << KSPAN_PAGE_SHIFT;
	bool again = kept_miss(mcache_kept(mc), npages) > 1;

	while (kept_may_have(mcache_kept(mc), bytes) && !magazine_has_room(bytes))
		if (!steal(mc, 0, true) && !(again && steal(mc, 0, false)))
			return;
}

static bool create_magazine(struct mcache *mc, unsigned int class)
{
	return make_room(mc, class, magazine_first_capacity(class), 0) &&
	       slot_create_magazine(mcache_slot(mc, class), class);
}

static void grow(struct mcache *mc, unsigned int class)
{
	struct mcache_slot *slot = mcache_slot(mc, class);
	unsigned int capacity = magazine_next_capacity(slot->capacity, class,
						       mc->heap->magazine_bytes);

	if (make_room(mc, class, capacity, slot->capacity))
		slot_grow(slot, class, mc->heap->magazine_bytes);
}

static void event_flush(const struct mcentral *central, unsigned int n, unsigned int to)
{
	trace_flush(size_classes[central->class].size, n, to, central->owner->name,
		    central->owner->place.node);
}

/* Give the slot's full magazine to the depot, and install an empty one. */
static bool give_magazine(struct mcache *mc, struct mcache_slot *slot, struct mcentral *central)
{
	struct magazine *full = slot_magazine(slot), *spare, *empty;
	unsigned int n = slot_len(slot);

	if (!depot_has_room(central) || !make_room(mc, central->class, slot->capacity, 0))
		return false;
	full->n = n;
	spare = depot_swap_full(central, full);
	empty = slot_another_magazine(slot, central->class, mc->heap->magazine_bytes, spare);
	if (!spare && (!empty || !depot_give_full(central, full))) {
		magazine_free(empty);
		return false;
	}
	event_flush(central, n, TRACE_FLUSH_DEPOT);
	slot->got -= n;		/* other CPUs may use @full by now */
	slot_install(slot, empty);
	return true;
}

/**
 * mcache_alloc_past() - allocate past the mcache: from a span, or else from a magazine in the depot
 * @central: the class
 *
 * Context: A slow section.
 * Return: the object, with OBJ_FRESH, or 0.
 */
unsigned long mcache_alloc_past(struct mcentral *central)
{
	return mcentral_alloc_one(central) ?: depot_alloc_one(central);
}

/**
 * mcache_refill() - refill an empty magazine and take an object from it
 * @mc: an mcache that the caller has entered, in a slow section
 * @class: the slot
 *
 * Return: the object, or NULL if neither mcentral nor the depot has one.
 */
void *mcache_refill(struct mcache *mc, unsigned int class)
{
	struct mcache_slot *slot = mcache_slot(mc, class);
	struct mcentral *central = heap_central(mc->heap, class);

	WRITE_ONCE(slot->missed, true);
	if (!slot->base && !create_magazine(mc, class))
		return (void *)(mcache_alloc_past(central) & ~OBJ_FRESH);
	if (slot->bits) {
		slot_unpack(slot, class);
	} else {
		slot->starved = true;
		if (!slot_exchange(slot, central))
			slot_refill(slot, central);
		trace_refill(size_classes[class].size, slot_len(slot), central->owner->name,
			     central->owner->place.node);
	}
	return slot_pop_checked(slot, central);
}

/* The same for a zeroed object: the claim is not unpacked, so that fresh objects stay known. */
static unsigned long refill_zeroed(struct mcache_slot *slot, struct mcentral *central)
{
	struct claim claim;

	if (slot->bits)
		return slot_take_claimed(slot, central->class);
	depot_settle_some(central);
	if (mcentral_claim(central, &claim, 1, 1)) {
		slot->starved = true;
		slot_install_claim(slot, &claim);
		trace_refill(size_classes[central->class].size, hweight_long(slot->bits),
			     central->owner->name, central->owner->place.node);
		kick_if_asleep();
		return slot_take_claimed(slot, central->class);
	}
	return depot_alloc_one(central);
}

static unsigned long take_or_refill(struct mcache *mc, struct mcentral *central, bool zeroed)
{
	struct mcache_slot *slot = mcache_slot(mc, central->class);
	unsigned long obj = mcache_take(slot, central->class, zeroed);

	if (obj)
		return obj;
	return zeroed ? refill_zeroed(slot, central) :
			(unsigned long)mcache_refill(mc, central->class);
}

/**
 * mcache_find_more() - get a class more objects: those that drains returned, or another span
 * @central: the class
 * @gfp: the caller's flags
 *
 * Return: whether there may be free objects now.
 */
bool mcache_find_more(struct mcentral *central, gfp_t gfp)
{
	bool settled;

	spinning_begin();
	settled = depot_settle_some(central);
	spinning_end();
	return settled || mcentral_grow(central, gfp);
}

/**
 * mcache_alloc_slow() - allocate when the magazine is empty or the mcache busy
 * @heap: the heap
 * @class: size class or CLASS_TINY
 * @gfp: allocation flags
 *
 * Return: the object, with OBJ_FRESH if it is fresh, or 0.
 */
unsigned long mcache_alloc_slow(struct kspan_heap *heap, unsigned int class, gfp_t gfp)
{
	struct mcentral *central;
	struct mcache *mc;
	unsigned long obj;

	if (!may_lock())
		return 0;
	heap = heap_here(heap);
	central = heap_central(heap, class);
	might_alloc(gfp);
	report_account(gfp);
	do {
		slow_section_begin();
		mc = mcache_enter_or_create(heap);
		if (mc) {
			obj = take_or_refill(mc, central, want_init_on_alloc(gfp));
			mcache_exit(mc);
		} else {
			obj = mcache_alloc_past(central);
		}
		slow_section_end();
	} while (!obj && mcache_find_more(central, gfp));
	return obj;
}

/*
 * Give objects back to their spans. mcentral refuses an object that was freed twice: its second
 * free is taken out of the count.
 */
static void put_back(struct mcache_slot *slot, struct mcentral *central, void *const *objs,
		     unsigned int n)
{
	unsigned int nr_refused = mcentral_put(central, objs, n);

	slot->got -= n - nr_refused;
	slot->frees -= nr_refused;
}

/*
 * Give the least recently freed objects back to their spans, and close the gap. Half of a large
 * magazine would take one free too long; closing the gap takes time, too.
 */
static void magazine_flush(struct mcache_slot *slot, struct mcentral *central)
{
	unsigned int len = slot_len(slot);
	unsigned int n = min(DIV_ROUND_UP(len, 2), max(len / 8, 2 * MCENTRAL_AT_ONCE));

	event_flush(central, n, TRACE_FLUSH_SPANS);
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
 * A full magazine that ran empty since it was last full is too small: it grows. Otherwise, or if it
 * cannot grow, it goes to the depot. If the depot does not take it, some of its objects go back to
 * their spans.
 */
void mcache_push_slow(struct mcache *mc, struct mcache_slot *slot, void *obj)
{
	unsigned int class = owner_class(&mc->heap->owner, slot - mc->slot);
	struct mcentral *central = heap_central(mc->heap, class);

	if (!slot->base && !create_magazine(mc, class)) {
		slot->frees++;
		put_back(slot, central, &obj, 1);
		return;
	}
	WRITE_ONCE(slot->missed, true);
	if (slot->top == slot->end && slot->starved) {
		slot->starved = false;
		grow(mc, class);
	}
	if (slot->top == slot->end && !give_magazine(mc, slot, central))
		magazine_flush(slot, central);
	*slot->top++ = obj;
	slot->frees++;
}

/**
 * mcache_free_slow() - free when the magazine is full or the mcache busy
 * @span: the object's span, of a size class or CLASS_TINY
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
	mc = mcache_enter_or_create(heap_of(span));
	if (mc) {
		mcache_push_slow(mc, mcache_slot_at(mc, span->slot), obj);
		mcache_exit(mc);
	} else {
		mcentral_free_one(heap_central(heap_of(span), span->class), span,
				  mspan_index(span, (unsigned long)obj));
	}
	slow_section_end();
}
